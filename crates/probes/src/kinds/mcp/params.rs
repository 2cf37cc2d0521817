//! The parameters of an `mcp` check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{McpDialog, ToolCall, VARIABLES};
use crate::SharedState;
use crate::api::{
    ApiCheck, ApiParams, ApiTarget, AuthParams, GivenHeaders, RequestHeaders, read_url,
};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// Parameters of the `mcp` check: an MCP server, its handshake, its tools and optionally the call of one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL of the server: its endpoint, often `/mcp`, or with `transport = "sse"` the address of its
    /// stream, often `/sse`.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The transport. Default: `http`.
    #[serde(default)]
    transport: McpTransport,
    /// Headers to send. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Credentials of the check.
    auth: Option<AuthParams>,
    /// The names of tools that the server must offer.
    #[serde(default)]
    expected_tools: Vec<String>,
    /// A tool to call. It should have no effect, because each check calls it.
    call: Option<CallParams>,
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

/// The transport of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum McpTransport {
    /// Streamable HTTP.
    #[default]
    Http,
    /// HTTP with server-sent events, of the version 2024-11-05.
    Sse,
}

/// A call of a tool.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallParams {
    /// The name of the tool.
    tool: String,
    /// The arguments of the tool.
    #[serde(default)]
    arguments: Map<String, Value>,
    /// A text that the result must contain.
    contains: Option<String>,
}

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
    let call = params.call.map(|call| read_call(call, &mut problems));
    for (variable, what) in [("call_text", "text"), ("call_json", "structured content")] {
        if call.is_none() && conditions.ask_for(variable) {
            let problem = format!("`{variable}` is used, and no tool is called");
            let hint = format!("set `call`; the variable is the {what} of its result");
            problems.add(&[], problem, Some(&hint));
        }
    }
    let mut expected_tools: BTreeSet<String> = params.expected_tools.into_iter().collect();
    expected_tools.extend(call.iter().map(|call| call.tool.clone()));
    let dialog = McpDialog { transport: params.transport, expected_tools, call };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ApiCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn read_call(params: CallParams, problems: &mut ParamProblems) -> ToolCall {
    let CallParams { tool, arguments, contains } = params;
    if tool.is_empty() {
        problems.add(&["call", "tool"], "the name is empty", Some("write the name of a tool"));
    }
    ToolCall { tool, arguments, contains }
}
