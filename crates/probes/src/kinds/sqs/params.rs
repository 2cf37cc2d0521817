//! The parameters of a `sqs` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::queue::{CheckedQueue, QueuePlace};
use super::{AgeReading, OLDEST_MESSAGE_SECONDS, SqsDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams};
use crate::aws::{AwsAccess, AwsParams, CheckedService, CredentialParams};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// Parameters of the `sqs` check: the messages of a queue of Amazon SQS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The queue: its URL, its ARN, or its name in the account of the credentials.
    queue: String,
    /// The region. Default: that of the URL or the ARN, or else that of the process.
    region: Option<String>,
    /// The access keys. Default: the identity of the process, on AWS the role of the prober.
    credentials: Option<CredentialParams>,
    /// The address of SQS and CloudWatch, for a local AWS: `http://127.0.0.1:4566`. Default: those of the region.
    #[schemars(extend("format" = "url"))]
    endpoint: Option<String>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: that of the `http` check.
    proxy: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let queue = CheckedQueue::read(&params.queue, &mut problems);
    if let Some(CheckedQueue { place: QueuePlace::Url { region: None, .. }, .. }) = &queue
        && params.endpoint.is_none()
    {
        let hint = Some("set `endpoint` to the address of the local AWS, or write the ARN");
        problems.add(&["queue"], "the host of the URL is none of SQS", hint);
    }
    let of_queue = queue.as_ref().and_then(CheckedQueue::region);
    let given = AwsParams {
        region: params.region.as_deref(),
        of_resource: of_queue,
        endpoint: params.endpoint.as_deref(),
        credentials: params.credentials.as_ref(),
        connection: ApiParams {
            proxy: params.proxy.as_deref(),
            tls: params.tls.as_ref(),
            ip: params.ip,
        },
    };
    let access = AwsAccess::read(CheckedService::Sqs, given, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let is_needed = conditions.ask_for(OLDEST_MESSAGE_SECONDS.name);
    let age = if is_needed { AgeReading::Needed } else { AgeReading::Unused };
    let parts = access
        .zip(queue)
        .map(|((access, target), queue)| (target, SqsDialog { access, queue, age }));
    let shared = Arc::clone(shared);
    let check = parts.map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
