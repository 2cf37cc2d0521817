//! The invocation of the function, and its result.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use serde_json::json;

use super::contract::{FunctionResult, FunctionStatus, event, failure, read};
use super::{FUNCTION_METRIC, LambdaDialog};
use crate::api::{ApiCaller, ApiStep};
use crate::aws::{AwsCall, AwsPermission, CheckedService};
use crate::service::{ReadValue, ServiceReading};

/// The largest answer of a function, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The header that asks to wait for the result.
const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");

/// The header of a result that is an error of the function.
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

impl LambdaDialog {
    /// Invokes the function and waits for its result.
    pub(super) async fn invoke(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let region = self.access.region();
        let (path, query) = self.function.path_and_query(region);
        let mut url = caller.url(&path);
        url.set_query(query.as_deref());
        let event = event(caller.context.now, caller.remaining(), &self.input);
        let call = AwsCall {
            step: ApiStep::ONLY,
            service: CheckedService::Lambda,
            url,
            headers: vec![
                (CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (INVOCATION_TYPE, HeaderValue::from_static("RequestResponse")),
            ],
            body: Bytes::from(event.to_string()),
            max_bytes: MAX_BYTES,
        };
        let answer = self.access.call(caller, call).await?;
        if !answer.status.is_success() {
            let resource = self.function.permitted(region);
            let permission = AwsPermission {
                action: "lambda:InvokeFunction",
                resource: &resource,
                stack_parameter: "CheckedFunctionArns",
            };
            let place = (ApiStep::ONLY, CheckedService::Lambda);
            return Err(self.access.refusal(&answer, place, permission));
        }
        caller.answered();
        if answer.headers.contains_key(&FUNCTION_ERROR) {
            return Err(failure(&answer.body));
        }
        judge(&read(&answer.body)?, caller)
    }
}

/// Keeps the measurements of a result, and returns the cause that it reports or its values.
fn judge(result: &FunctionResult, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
    for (name, value) in &result.metrics {
        caller.measure_part(FUNCTION_METRIC, name, *value);
    }
    let message = result.shown_message();
    let mut reading = ServiceReading::default();
    if !message.is_empty() {
        reading.set("message", ReadValue::Text(message.clone()));
    }
    reading.set("metrics", ReadValue::Json(json!(result.metrics)));
    match result.status {
        FunctionStatus::Healthy => {}
        FunctionStatus::Degraded => reading.degrade(Cause::of(Reason::PluginWarning, message)),
        FunctionStatus::Unhealthy => return Err(Cause::of(Reason::PluginCritical, message)),
        FunctionStatus::Unknown => return Err(Cause::of(Reason::PluginUnknown, message)),
    }
    Ok(reading)
}
