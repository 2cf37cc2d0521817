//! The parameters of a `clerk` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use http::header::AUTHORIZATION;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ClerkDialog, VARIABLES};
use crate::SharedState;
use crate::api::{ApiCheck, ApiParams, ApiTarget, RequestHeaders, read_url};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The Backend API.
const CLERK: &str = "https://api.clerk.com";

/// Parameters of the `clerk` check: the Backend API of Clerk with a secret key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The secret key of the instance, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    secret_key: String,
    /// The URL of the Backend API, without `/v1`. Default: `https://api.clerk.com`.
    #[schemars(extend("format" = "url"))]
    url: Option<String>,
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
    let url = read_url(&["url"], params.url.as_deref().unwrap_or(CLERK), &mut problems);
    let key = problems.secret(&["secret_key"], &params.secret_key);
    let headers = key.map(|key| {
        RequestHeaders::new(&shared.user_agent).with_secret(AUTHORIZATION, "Bearer ", key)
    });
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, headers), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let shared = Arc::clone(shared);
    let check = target.map(|target| ApiCheck { shared, target, conditions, dialog: ClerkDialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
