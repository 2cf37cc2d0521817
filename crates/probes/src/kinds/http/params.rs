//! The parameters of the `http` check, and the check that they make.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_expression::Expression;
use bytes::Bytes;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::HttpCheck;
use super::outgoing::Outgoing;
use super::redirect::Policy;
use super::variables::VARIABLES;
use crate::SharedState;
use crate::api::{AuthParams, GivenHeaders, RequestHeaders, read_url};
use crate::exchange::{HttpVersion, ProxyParam, Target, TlsSetup};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::tls::TlsParams;

const DEFAULT_MAX_BODY_BYTES: u32 = 1024 * 1024;
const LARGEST_MAX_BODY_BYTES: u32 = 16 * 1024 * 1024;
const DEFAULT_FOLLOW: u8 = 5;
const MAX_FOLLOW: u8 = 20;

/// Parameters of the `http` check: one request, on a fresh connection each time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL of the request, with `http` or `https`.
    #[schemars(extend("format" = "url"))]
    url: String,
    /// The HTTP method. Default: `GET`.
    method: Option<String>,
    /// Headers to send. A value is a text, or `secret:name` as a whole.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body to send, as text.
    body: Option<String>,
    /// Credentials of the check.
    auth: Option<AuthParams>,
    /// The treatment of redirects.
    redirects: Option<RedirectParams>,
    /// The TLS settings.
    tls: Option<TlsParams>,
    /// The version of HTTP. Default: `negotiated`.
    #[serde(default)]
    http_version: HttpVersion,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: `proxy` of `[defaults]`, and without that the variables `HTTPS_PROXY`, `HTTP_PROXY`,
    /// `ALL_PROXY` and `NO_PROXY` of the environment.
    proxy: Option<String>,
    /// The limit of the body, in bytes. Default: 1048576 (1 MiB). A larger body is a failure if a
    /// condition uses `body` or `json`, and otherwise not read to its end. If the body has
    /// a content encoding (gzip, deflate, br or zstd), the limit applies both to the bytes on the
    /// network and to the decoded ones. With 0, only the head is read.
    #[schemars(range(max = LARGEST_MAX_BODY_BYTES))]
    max_body_bytes: Option<u32>,
    /// The condition for healthy. Default: a 2xx or 3xx status.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, if `expect` holds.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

/// The treatment of redirects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RedirectParams {
    /// The number of redirects that are followed; one more is a failure. With 0 a redirect is an answer like any
    /// other. Default: 5 for `GET` and `HEAD`, 0 for other methods. Secrets are sent only to
    /// the server of `url`, and over `https` if `http` leads there. Cookies that a server sets are
    /// sent back to it.
    #[schemars(range(max = MAX_FOLLOW))]
    follow: Option<u8>,
    /// If `true`, redirects must stay on the host of `url`.
    #[serde(default)]
    same_host: bool,
}

/// Builds the check. The error lists all problems of the parameters.
pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let url = read_url(&["url"], &params.url, &mut problems);
    let tls = TlsSetup::read(params.tls.as_ref(), shared, &mut problems);
    let target = match (&url, &tls) {
        (Some(url), Some(tls)) => {
            Target::new(url.clone(), tls).map_err(|what| problems.add(&["url"], what, None)).ok()
        }
        _ => None,
    };
    let method = method(params.method.as_deref(), &mut problems);
    let redirects = redirects(params.redirects.as_ref(), method.as_ref(), &mut problems);
    let given = GivenHeaders { headers: &params.headers, auth: params.auth.as_ref() };
    let headers = RequestHeaders::read(given, &shared.user_agent, &mut problems);
    let body = Bytes::from(params.body.clone().unwrap_or_default());
    let outgoing = method.zip(headers).map(|(method, headers)| Outgoing { method, headers, body });
    let max_body_bytes = params.max_body_bytes.unwrap_or(DEFAULT_MAX_BODY_BYTES);
    if max_body_bytes > LARGEST_MAX_BODY_BYTES {
        let hint = format!("at most {LARGEST_MAX_BODY_BYTES}");
        problems.add(&["max_body_bytes"], "the limit is too large", Some(&hint));
    }
    let proxy = ProxyParam::read(params.proxy.as_deref(), &mut problems);
    let mut condition = |key, text: &Option<String>| {
        let condition = problems.condition(&[key], text.as_deref(), VARIABLES)?;
        check_consistency(key, &condition, url.as_ref(), max_body_bytes, &mut problems);
        Some(condition)
    };
    let expect = condition("expect", &params.expect);
    let degraded = condition("degraded", &params.degraded);
    let parts = target.zip(tls).zip(outgoing.zip(redirects)).zip(proxy);
    let check = parts.map(|(((target, tls), (outgoing, redirects)), proxy)| HttpCheck {
        shared: Arc::clone(shared),
        target,
        tls,
        family: params.ip,
        version: params.http_version,
        proxy,
        outgoing,
        redirects,
        max_body_bytes: usize::try_from(max_body_bytes).unwrap_or(usize::MAX),
        expect,
        degraded,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn method(text: Option<&str>, problems: &mut ParamProblems) -> Option<Method> {
    let Some(text) = text else { return Some(Method::GET) };
    let known =
        Method::from_bytes(text.as_bytes()).ok().filter(|method| *method != Method::CONNECT);
    let upper = text.to_ascii_uppercase();
    if known.is_none() || upper != text {
        let hint = format!("write `{upper}`");
        let hint = known.is_some().then_some(hint.as_str());
        problems.add(&["method"], format!("`{text}` is not a method that a check can use"), hint);
        return None;
    }
    known
}

fn redirects(
    params: Option<&RedirectParams>,
    method: Option<&Method>,
    problems: &mut ParamProblems,
) -> Option<Policy> {
    let is_harmless = method.is_none_or(|method| [Method::GET, Method::HEAD].contains(method));
    let follow = params.and_then(|params| params.follow).unwrap_or(if is_harmless {
        DEFAULT_FOLLOW
    } else {
        0
    });
    if follow > MAX_FOLLOW {
        let hint = format!("at most {MAX_FOLLOW}");
        problems.add(&["redirects", "follow"], "too many redirects", Some(&hint));
        return None;
    }
    Some(Policy { follow, same_host: params.is_some_and(|params| params.same_host) })
}

/// Notes a condition that can never hold.
fn check_consistency(
    key: &str,
    condition: &Expression,
    url: Option<&Url>,
    max_body_bytes: u32,
    problems: &mut ParamProblems,
) {
    if condition.asks_for("certificate_days") && url.is_some_and(|url| url.scheme() == "http") {
        let what = "`certificate_days` is used, and plain HTTP has no certificate";
        problems.add(&[key], what, Some("use an `https` URL"));
    }
    if max_body_bytes == 0 && (condition.asks_for("body") || condition.asks_for("json")) {
        let what = "the body is used, and `max_body_bytes = 0` leaves it unread";
        problems.add(&[key], what, Some("raise `max_body_bytes`"));
    }
}
