//! The parameters of a `lambda` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::function::CheckedFunction;
use super::{LambdaDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams};
use crate::aws::{AwsAccess, AwsParams, CheckedService, CredentialParams};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The largest `input`, in bytes of JSON.
const MAX_INPUT: usize = 16 * 1024;

/// Parameters of the `lambda` check: a function of AWS Lambda that makes a check of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The function: its name, or its ARN. A version or alias may follow after a `:`.
    function: String,
    /// The version or alias. Default: the latest version.
    qualifier: Option<String>,
    /// The values that the function gets as `input`. They are no place for secrets.
    #[serde(default)]
    input: Map<String, Value>,
    /// The region. Default: that of the ARN, or else that of the process.
    region: Option<String>,
    /// The access keys. Default: the identity of the process, on AWS the role of the prober.
    credentials: Option<CredentialParams>,
    /// The address of Lambda, for a local AWS: `http://127.0.0.1:4566`. Default: that of the region.
    #[schemars(extend("format" = "url"))]
    endpoint: Option<String>,
    /// The condition for healthy, over the variables of this check, unless the function reports a failure.
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
    let function =
        CheckedFunction::read(&params.function, params.qualifier.as_deref(), &mut problems);
    let input = Value::Object(params.input);
    let n_bytes = input.to_string().len();
    if n_bytes > MAX_INPUT {
        let what = format!("the input has {n_bytes} bytes, and {MAX_INPUT} are allowed");
        problems.add(&["input"], what, Some("shorten it"));
    }
    let given = AwsParams {
        region: params.region.as_deref(),
        of_resource: function.as_ref().and_then(CheckedFunction::region),
        endpoint: params.endpoint.as_deref(),
        credentials: params.credentials.as_ref(),
        connection: ApiParams {
            proxy: params.proxy.as_deref(),
            tls: params.tls.as_ref(),
            ip: params.ip,
        },
    };
    let access = AwsAccess::read(CheckedService::Lambda, given, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let parts = access
        .zip(function)
        .map(|((access, target), function)| (target, LambdaDialog { access, function, input }));
    let shared = Arc::clone(shared);
    let check = parts.map(|(target, dialog)| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
