//! A request of a check of an API, and the redirects that it may follow.

use allclear_core::kind::Metric;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, percent_encode};
use serde_json::Value;
use url::Url;

use crate::excerpt::excerpt;
use crate::exchange::Target;

/// The most bytes of an answer unless a request allows more.
const DEFAULT_MAX_BYTES: usize = 1024 * 1024;

/// The most redirects of one request.
const MAX_REDIRECTS: usize = 5;

/// One of the requests of an attempt, by the name that messages show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiStep<'a> {
    /// The name; empty for the only request of a check, which messages do not name.
    pub(crate) name: &'a str,
    /// The metric of the time from the request to the end of its answer.
    pub(crate) time: Option<Metric>,
}

impl ApiStep<'static> {
    /// The only request of a check.
    pub(crate) const ONLY: Self = Self { name: "", time: None };

    /// Creates a step whose time is a metric.
    pub(crate) const fn timed(name: &'static str, time: Metric) -> Self {
        Self { name, time: Some(time) }
    }
}

impl ApiStep<'_> {
    /// Names the step in a cause.
    pub(crate) fn name_in(&self, mut cause: Cause) -> Cause {
        // A proxy and a secret are none of the step's.
        if !self.name.is_empty() && cause.fault.is_target_side() {
            cause.message = format!("{}: {}", self.name, cause.message);
        }
        cause
    }
}

/// A request without the headers that every request of the check has.
#[derive(Debug, Clone)]
pub(crate) struct ApiRequest<'a> {
    pub(crate) step: ApiStep<'a>,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The most bytes of the answer, as they come and decoded.
    pub(crate) max_bytes: usize,
}

impl<'a> ApiRequest<'a> {
    /// Creates a request without a body.
    pub(crate) fn get(step: ApiStep<'a>, url: Url) -> Self {
        Self {
            step,
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            max_bytes: DEFAULT_MAX_BYTES,
        }
    }

    /// Creates a request with a document.
    pub(crate) fn post(step: ApiStep<'a>, url: Url, document: &Value) -> Self {
        let body = Bytes::from(document.to_string());
        let json = HeaderValue::from_static("application/json");
        let request = Self { method: Method::POST, body, ..Self::get(step, url) };
        request.with_header(CONTENT_TYPE, json)
    }

    /// Sets a header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// The way of a request through redirects.
#[derive(Debug)]
pub(super) struct RedirectedRequest {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    n_followed: usize,
}

impl RedirectedRequest {
    /// Begins at the URL of the request, with all headers.
    pub(super) fn new(url: Url, headers: HeaderMap) -> Self {
        Self { url, headers, n_followed: 0 }
    }

    /// Follows the redirect of an answer to a request to `from`; returns false if it is none.
    ///
    /// Credentials stay with their server, and so does a request that is no `GET`.
    pub(super) fn follow(
        &mut self,
        (method, from): (&Method, &Target),
        (status, answered): (StatusCode, &HeaderMap),
        target: impl FnOnce(&Url) -> Result<Target, Cause>,
    ) -> Result<bool, Cause> {
        let Some(location) = answered.get(LOCATION).filter(|_| is_redirect(status)) else {
            return Ok(false);
        };
        let location = percent_encode(location.as_bytes(), &AsciiSet::EMPTY).to_string();
        let refused = |what: &str| {
            let what = format!("a redirect to `{}`: {what}", excerpt(&location));
            Cause::of(Reason::RedirectRefused, what)
        };
        let url = self.url.join(&location).map_err(|error| refused(&error.to_string()))?;
        let to = target(&url)?;
        let is_own = to.origin().may_know_secrets_of(&from.origin());
        let keeps_method =
            [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT].contains(&status);
        if *method != Method::GET && !(is_own && keeps_method) {
            return Err(refused("the request would change; set `url` to where it leads"));
        }
        if self.n_followed >= MAX_REDIRECTS {
            return Err(refused(&format!("it is one more than {MAX_REDIRECTS}")));
        }
        if !is_own {
            self.drop_confidential();
        }
        self.n_followed += 1;
        self.url = url;
        Ok(true)
    }

    fn drop_confidential(&mut self) {
        let is_confidential = |(name, value): (&HeaderName, &HeaderValue)| {
            let is = value.is_sensitive() || [AUTHORIZATION, COOKIE].contains(name);
            is.then(|| name.clone())
        };
        let names: Vec<HeaderName> = self.headers.iter().filter_map(is_confidential).collect();
        for name in names {
            self.headers.remove(name);
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ]
    .contains(&status)
}
