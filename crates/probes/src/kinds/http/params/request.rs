//! The parameters of one request, and the request that they make.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_expression::Expression;
use bytes::Bytes;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::super::capture::Capture;
use super::super::outgoing::Outgoing;
use super::super::redirect::Policy;
use super::super::variables::VARIABLES;
use super::super::{HttpRequest, HttpWay};
use crate::SharedState;
use crate::api::{AuthParams, GivenHeaders, RequestHeaders, read_url};
use crate::exchange::{Target, TlsSetup};
use crate::params::ParamProblems;

const DEFAULT_MAX_BODY_BYTES: u32 = 1024 * 1024;
const LARGEST_MAX_BODY_BYTES: u32 = 16 * 1024 * 1024;
const DEFAULT_FOLLOW: u8 = 5;
const MAX_FOLLOW: u8 = 20;

/// The treatment of redirects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RedirectParams {
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

/// The connections of a check, as far as their parameters are right.
pub(in super::super) struct HttpConnection<'a> {
    pub(in super::super) way: Option<Arc<HttpWay>>,
    pub(in super::super) tls: Option<TlsSetup>,
    pub(in super::super) shared: &'a SharedState,
}

/// The parameters of a request.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct RequestParams<'a> {
    pub(in super::super) url: &'a str,
    pub(in super::super) method: Option<&'a str>,
    pub(in super::super) headers: &'a BTreeMap<String, String>,
    pub(in super::super) body: Option<&'a str>,
    pub(in super::super) auth: Option<&'a AuthParams>,
    pub(in super::super) redirects: Option<&'a RedirectParams>,
    pub(in super::super) max_body_bytes: Option<u32>,
    pub(in super::super) expect: Option<&'a str>,
    pub(in super::super) degraded: Option<&'a str>,
}

/// Reads a request with the values that are taken from its answer.
pub(in super::super) fn read_request(
    params: &RequestParams<'_>,
    captures: Vec<Capture>,
    connection: &HttpConnection<'_>,
    problems: &mut ParamProblems,
) -> Option<HttpRequest> {
    let url = read_url(&["url"], params.url, problems);
    let target = match (&url, &connection.tls) {
        (Some(url), Some(tls)) => {
            Target::new(url.clone(), tls).map_err(|what| problems.add(&["url"], what, None)).ok()
        }
        _ => None,
    };
    let method = method(params.method, problems);
    let redirects = redirects(params.redirects, method.as_ref(), problems);
    let given = GivenHeaders { headers: params.headers, auth: params.auth };
    let headers = RequestHeaders::read(given, &connection.shared.user_agent, problems);
    let body = Bytes::from(params.body.unwrap_or_default().to_owned());
    let outgoing = method.zip(headers).map(|(method, headers)| Outgoing { method, headers, body });
    let max_body_bytes = params.max_body_bytes.unwrap_or(DEFAULT_MAX_BODY_BYTES);
    if max_body_bytes > LARGEST_MAX_BODY_BYTES {
        let hint = format!("at most {LARGEST_MAX_BODY_BYTES}");
        problems.add(&["max_body_bytes"], "the limit is too large", Some(&hint));
    }
    let mut condition = |key, text: Option<&str>| {
        let condition = problems.condition(&[key], text, VARIABLES)?;
        check_consistency(key, &condition, url.as_ref(), max_body_bytes, problems);
        Some(condition)
    };
    let expect = condition("expect", params.expect);
    let degraded = condition("degraded", params.degraded);
    let (way, tls) = connection.way.clone().zip(connection.tls.clone())?;
    Some(HttpRequest {
        way,
        target: target?,
        tls,
        outgoing: outgoing?,
        redirects: redirects?,
        max_body_bytes: usize::try_from(max_body_bytes).unwrap_or(usize::MAX),
        expect,
        degraded,
        captures: captures.into(),
    })
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
