//! Decision on following a redirect, and the data that may be sent to its target. Pure.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::{AsciiSet, percent_encode};

use super::HttpRequest;
use super::exchange::Exchange;
use super::hop::NextHop;
use super::outgoing::Message;
use crate::excerpt::excerpt;
use crate::exchange::Target;

/// Treatment of redirects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// Limit of followed redirects; with 0 a redirect is an answer like any other.
    pub(super) follow: u8,
    /// True if redirects must stay on the host of the check.
    pub(super) same_host: bool,
}

/// Next step after an answer.
#[derive(Debug)]
pub(super) enum RedirectStep {
    /// It is the last answer.
    Stop,
    /// Another request goes there.
    Follow(Box<NextHop>),
}

/// Returns the next step after the answer of `from`, with `n_followed` redirects behind it.
pub(super) fn next(
    request: &HttpRequest,
    from: &Target,
    sent: &Message,
    exchange: &Exchange,
    n_followed: u8,
) -> Result<RedirectStep, Cause> {
    let policy = request.redirects;
    let status = exchange.status();
    if policy.follow == 0 || !is_redirect(status) {
        return Ok(RedirectStep::Stop);
    }
    let Some(location) = exchange.headers().get(LOCATION) else { return Ok(RedirectStep::Stop) };
    let refused = |what: String| Cause::of(Reason::RedirectRefused, what);
    let location = text_of(location);
    if n_followed >= policy.follow {
        return Err(refused(format!(
            "more than {} redirects; the next one leads to `{}`",
            policy.follow,
            excerpt(&location)
        )));
    }
    let to_nowhere =
        |what: String| refused(format!("a redirect to `{}`: {what}", excerpt(&location)));
    let url = from.url.join(&location).map_err(|error| to_nowhere(error.to_string()))?;
    let is_own_host = url.host_str() == request.target.url.host_str();
    if policy.same_host && !is_own_host {
        return Err(to_nowhere("it leaves the host, which `same_host` forbids".to_owned()));
    }
    let tls = if is_own_host { request.tls.clone() } else { request.tls.for_other_hosts() };
    let target = Target::new(url, &tls).map_err(to_nowhere)?;
    let leaves_origin = !target.origin().may_know_secrets_of(&from.origin());
    let becomes_get = match status {
        StatusCode::SEE_OTHER => sent.method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => sent.method == Method::POST,
        _ => false,
    };
    if leaves_origin && !becomes_get && !sent.body.is_empty() {
        return Err(to_nowhere("the body of the request would go to another server".to_owned()));
    }
    Ok(RedirectStep::Follow(Box::new(NextHop { target, leaves_origin, becomes_get })))
}

/// Returns the text of a `location`, in which bytes beyond ASCII are escaped, as browsers do,
/// because their charset is unknown.
fn text_of(location: &HeaderValue) -> String {
    percent_encode(location.as_bytes(), &AsciiSet::EMPTY).to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_unchanged() {
        for (location, expected) in [
            (&b"/caf\xe9?q=\xff"[..], "/caf%E9?q=%FF"),
            ("/caf\u{e9}".as_bytes(), "/caf%C3%A9"),
            (b"/plain?a=b#c%20", "/plain?a=b#c%20"),
        ] {
            let location = HeaderValue::from_bytes(location).unwrap();
            assert_eq!(text_of(&location), expected);
        }
    }
}
