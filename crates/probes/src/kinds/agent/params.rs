//! The parameters of an `agent` check.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{AgentDialog, VARIABLES};
use crate::SharedState;
use crate::api::{
    ApiCheck, ApiParams, ApiTarget, AuthParams, GivenHeaders, RequestHeaders, read_url,
};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// Parameters of the `agent` check: an HTTP agent, its card (A2A) or its health endpoint.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The base URL of the agent, below which its card is, or the URL of the card itself, which ends with `.json`.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The path of a health endpoint below `url`. With it, the card is read only if the check uses it.
    health: Option<String>,
    /// The ids or names of skills that the card must have.
    #[serde(default)]
    expected_skills: Vec<String>,
    /// The capabilities that the card must have, such as `streaming`, or the addresses of extensions.
    #[serde(default)]
    expected_capabilities: Vec<String>,
    /// Headers to send. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Credentials of the check.
    auth: Option<AuthParams>,
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

/// The variables that need the card.
const OF_CARD: [&str; 7] =
    ["card", "card_ms", "skills", "skill_count", "capabilities", "agent_name", "agent_version"];

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let url = read_url(&["url"], &params.url, &mut problems);
    let given = GivenHeaders { headers: &params.headers, auth: params.auth.as_ref() };
    let headers = RequestHeaders::read(given, &shared.user_agent, &mut problems);
    let connection =
        ApiParams { proxy: params.proxy.as_deref(), tls: params.tls.as_ref(), ip: params.ip };
    let target = ApiTarget::read((url, headers), connection, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    if params.health.is_none() && (conditions.ask_for("health") || conditions.ask_for("health_ms"))
    {
        let what = "a condition uses the health endpoint, and the check requests none";
        problems.add(&[], what, Some("set `health` to its path"));
    }
    let reads_card = params.health.is_none()
        || !params.expected_skills.is_empty()
        || !params.expected_capabilities.is_empty()
        || OF_CARD.iter().any(|name| conditions.ask_for(name));
    let dialog = AgentDialog {
        health: params.health,
        reads_card,
        expected_skills: params.expected_skills.into_iter().collect(),
        expected_capabilities: params.expected_capabilities.into_iter().collect(),
    };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
