//! Signed requests.

use std::fmt;

use allclear_core::outcome::Cause;
use allclear_core::ports::Unsigned;
use allclear_core::reason::Reason;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::Url;

use super::access::AwsAccess;
use super::refusal;
use super::service::{AwsPermission, CheckedService, JsonOperation};
use crate::api::{ApiAnswer, ApiCaller, ApiRequest, ApiStep};

/// The header with the name of an operation.
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// A request before it is signed.
#[derive(Debug)]
pub(crate) struct AwsCall<'a> {
    pub(crate) step: ApiStep<'a>,
    pub(crate) service: CheckedService,
    pub(crate) url: Url,
    /// Headers that are signed, all with visible characters.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// The most bytes of the answer.
    pub(crate) max_bytes: usize,
}

impl AwsAccess {
    /// Makes an operation with a JSON protocol, and returns its output or the cause of a refusal.
    pub(crate) async fn json(
        &self,
        caller: &mut ApiCaller<'_>,
        (step, operation): (ApiStep<'_>, JsonOperation),
        input: &Value,
        permission: AwsPermission<'_>,
    ) -> Result<Value, Cause> {
        let JsonOperation { service, name } = operation;
        let unusable = |what: String| step.name_in(Cause::of(Reason::NotSent, what));
        let url = self.url(service).ok_or_else(|| unusable(format!("{service} has no address")))?;
        let target = format!("{}.{name}", service.target_prefix().unwrap_or_default());
        let target = HeaderValue::try_from(target).map_err(|error| unusable(error.to_string()))?;
        let json = HeaderValue::from_static("application/x-amz-json-1.0");
        let call = AwsCall {
            step,
            service,
            url,
            headers: vec![(CONTENT_TYPE, json), (TARGET, target)],
            body: Bytes::from(input.to_string()),
            max_bytes: 1024 * 1024,
        };
        let answer = self.call(caller, call).await?;
        if !answer.status.is_success() {
            return Err(self.refusal(&answer, (step, service), permission));
        }
        answer.document(step).await
    }

    /// Signs and sends a request, and returns the answer, whatever its status.
    pub(crate) async fn call(
        &self,
        caller: &mut ApiCaller<'_>,
        call: AwsCall<'_>,
    ) -> Result<ApiAnswer, Cause> {
        let AwsCall { step, service, url, headers, body, max_bytes } = call;
        let mut request = ApiRequest { method: Method::POST, ..ApiRequest::get(step, url) };
        request.max_bytes = max_bytes;
        request.headers.extend(headers);
        request.body = body;
        self.sign(caller, service, &mut request).await?;
        caller.fetch(&request).await
    }

    async fn sign(
        &self,
        caller: &ApiCaller<'_>,
        service: CheckedService,
        request: &mut ApiRequest<'_>,
    ) -> Result<(), Cause> {
        let failed =
            |what: String| Cause::of(Reason::NotSent, format!("cannot sign the request: {what}"));
        let Some(signer) = &caller.shared.signer else {
            return Err(failed("this process has no AWS credentials".to_owned()));
        };
        let to_sign: Vec<(&str, &str)> = request
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let unsigned = Unsigned {
            service: service.name(),
            region: &self.region,
            method: request.method.as_str(),
            url: request.url.as_str(),
            headers: &to_sign,
            body: &request.body,
        };
        let identity = self.identity(caller.context.secrets)?;
        let signing = signer.sign(unsigned, identity, caller.context.now);
        for (name, value) in signing.await.map_err(failed)? {
            let wrong = |what: &dyn fmt::Display| failed(format!("invalid header: {what}"));
            let name = HeaderName::try_from(name).map_err(|error| wrong(&error))?;
            let mut value =
                HeaderValue::try_from(value.expose_secret()).map_err(|error| wrong(&error))?;
            value.set_sensitive(true);
            request.headers.insert(name, value);
        }
        Ok(())
    }

    /// Returns the cause of an answer that refuses a request.
    pub(crate) fn refusal(
        &self,
        answer: &ApiAnswer,
        (step, service): (ApiStep<'_>, CheckedService),
        permission: AwsPermission<'_>,
    ) -> Cause {
        refusal::cause(answer, (step, service), (permission, self.signed_by()))
    }
}
