//! The parameters of the `http` check, and the check that they make.

mod request;

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::steps::{self, HttpStepParams};
use super::{HttpCheck, HttpWay};
use crate::SharedState;
use crate::api::AuthParams;
use crate::exchange::{HttpVersion, ProxyParam, TlsSetup};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::tls::TlsParams;

pub(super) use self::request::{HttpConnection, RedirectParams, RequestParams, read_request};

/// Parameters of the `http` check: one request, or several in steps, on a fresh connection each time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The URL of the request, with `http` or `https`. Required without `steps`.
    #[schemars(extend("format" = "url"))]
    url: Option<String>,
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
    #[schemars(range(max = 16_777_216))]
    max_body_bytes: Option<u32>,
    /// The condition for healthy. Default: a 2xx or 3xx status.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, if `expect` holds. With `steps`, it has only the variable
    /// `response_time_ms`, the time of all steps.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
    /// Requests in place of the one of `url`, made one after another until one fails. Each has the keys
    /// of one request; at most 10.
    steps: Option<Vec<HttpStepParams>>,
}

/// Builds the check. The error lists all problems of the parameters.
pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let tls = TlsSetup::read(params.tls.as_ref(), shared, &mut problems);
    let way = ProxyParam::read(params.proxy.as_deref(), &mut problems).map(|proxy| HttpWay {
        shared: Arc::clone(shared),
        family: params.ip,
        version: params.http_version,
        proxy,
    });
    let connection = HttpConnection { way: way.map(Arc::new), tls, shared };
    let check = match &params.steps {
        None => single(&params, &connection, &mut problems),
        Some(given) => {
            params.refuse_keys_of_steps(&mut problems);
            let degraded = params.degraded.as_deref();
            Some(HttpCheck::Steps(steps::read(given, degraded, &connection, &mut problems)))
        }
    };
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

fn single(
    params: &Params,
    connection: &HttpConnection<'_>,
    problems: &mut ParamProblems,
) -> Option<HttpCheck> {
    let Some(url) = &params.url else {
        let hint = "add `url`, or `steps` for several requests";
        problems.add(&[], "missing field `url`", Some(hint));
        return None;
    };
    let request = RequestParams {
        url,
        method: params.method.as_deref(),
        headers: &params.headers,
        body: params.body.as_deref(),
        auth: params.auth.as_ref(),
        redirects: params.redirects.as_ref(),
        max_body_bytes: params.max_body_bytes,
        expect: params.expect.as_deref(),
        degraded: params.degraded.as_deref(),
    };
    let request = read_request(&request, Vec::new(), connection, problems)?;
    Some(HttpCheck::Single(Box::new(request)))
}

impl Params {
    /// Notes the keys that belong to a step.
    fn refuse_keys_of_steps(&self, problems: &mut ParamProblems) {
        let given = [
            ("url", self.url.is_some()),
            ("method", self.method.is_some()),
            ("headers", !self.headers.is_empty()),
            ("body", self.body.is_some()),
            ("auth", self.auth.is_some()),
            ("redirects", self.redirects.is_some()),
            ("max_body_bytes", self.max_body_bytes.is_some()),
            ("expect", self.expect.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            let what = format!("a check with `steps` has `{key}` in each step");
            problems.add(&[key], what, Some("move it into the steps"));
        }
    }
}
