//! The parameters of a `websocket` check.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use http::HeaderValue;
use http::header::{
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{VARIABLES, WebSocketCheck};
use crate::SharedState;
use crate::exchange::{HttpEndpoint, HttpEndpointParams};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::Conditions;
use crate::tls::TlsParams;

/// The most bytes of a message that is sent.
const MAX_SENT_BYTES: usize = 64 * 1024;

/// Parameters of the `websocket` check: the handshake, optionally a message that is sent, and the messages that come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL, with `ws` or `wss`: `wss://example.com/live`.
    url: String,
    /// Headers of the handshake. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The subprotocol that the server must select, such as `graphql-transport-ws`.
    subprotocol: Option<String>,
    /// A text to send after the handshake.
    send: Option<String>,
    /// A JSON document to send in place of `send`.
    send_json: Option<Value>,
    /// The condition for healthy. With `message` or `json`, one of the messages must meet it.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The HTTP proxy: its URL, `secret:name` for a secret with its URL, or `none`. Default: `proxy` of
    /// `[defaults]`, and without that the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` of the
    /// environment.
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
    let url = url(&params.url, &mut problems);
    let endpoint = HttpEndpointParams {
        url: ("url", url.as_ref()),
        headers: ("headers", &params.headers),
        tls: params.tls.as_ref(),
        proxy: params.proxy.as_deref(),
        ip: params.ip,
    };
    let endpoint = HttpEndpoint::read(endpoint, shared, &mut problems);
    let own = [
        SEC_WEBSOCKET_EXTENSIONS,
        SEC_WEBSOCKET_KEY,
        SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION,
    ];
    for name in own {
        if endpoint.as_ref().is_some_and(|endpoint| endpoint.headers.has(&name)) {
            let what = format!("`{name}` is set by the check itself");
            problems.add(&["headers", name.as_str()], what, Some("see `subprotocol`"));
        }
    }
    let subprotocol = params.subprotocol.as_deref().and_then(|name| token(name, &mut problems));
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    let send = message(params.send, params.send_json.as_ref(), &mut problems);
    let shared = Arc::clone(shared);
    let check =
        endpoint.map(|endpoint| WebSocketCheck { shared, endpoint, subprotocol, send, conditions });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

/// Returns the URL of the handshake, which is one of HTTP.
fn url(text: &str, problems: &mut ParamProblems) -> Option<Url> {
    let hint = Some("write for example `wss://example.com/live`");
    let http = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => format!("http://{rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => format!("https://{rest}"),
        Some(_) | None => {
            problems.add(&["url"], format!("`{text}` has neither `ws://` nor `wss://`"), hint);
            return None;
        }
    };
    let url = Url::parse(&http)
        .map_err(|error| problems.add(&["url"], format!("`{text}` is not a URL: {error}"), hint))
        .ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "write `headers = { authorization = \"secret:…\" }`";
        problems.add(&["url"], "the URL holds credentials", Some(hint));
        return None;
    }
    Some(url)
}

fn token(name: &str, problems: &mut ParamProblems) -> Option<HeaderValue> {
    let is_token = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        problems.add(&["subprotocol"], format!("`{name}` is not the name of a subprotocol"), None);
        return None;
    }
    HeaderValue::try_from(name).ok()
}

fn message(
    send: Option<String>,
    send_json: Option<&Value>,
    problems: &mut ParamProblems,
) -> Option<String> {
    if send.is_some() && send_json.is_some() {
        problems.add(&["send_json"], "`send` is set too", Some("keep one of the two"));
    }
    let text = send.or_else(|| send_json.map(Value::to_string))?;
    if text.len() > MAX_SENT_BYTES {
        let what = format!("a message of more than {MAX_SENT_BYTES} bytes");
        problems.add(&["send"], what, Some("send less"));
    }
    Some(text)
}
