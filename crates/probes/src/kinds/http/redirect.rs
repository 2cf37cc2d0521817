//! Whether a redirect is followed, and what may be sent where it leads. Pure.

use std::net::IpAddr;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::header::LOCATION;
use http::{Method, StatusCode};
use url::Host;

use super::HttpCheck;
use super::exchange::Exchange;
use super::outgoing::Message;
use crate::excerpt::excerpt;
use crate::exchange::{Target, TlsSetup};

/// How redirects are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// How many are followed; with 0 a redirect is an answer like any other.
    pub(super) follow: u8,
    /// Whether they must stay on the host of the check.
    pub(super) same_host: bool,
}

/// What to do after an answer.
#[derive(Debug)]
pub(super) enum Step {
    /// It is the last answer.
    Stop,
    /// Another request goes there.
    Follow(Box<NextHop>),
}

/// Where a redirect leads.
#[derive(Debug)]
pub(super) struct NextHop {
    pub(super) target: Target,
    /// Whether that is another server than the one that sent the redirect.
    pub(super) leaves_origin: bool,
    /// Whether the request becomes a GET without a body.
    pub(super) becomes_get: bool,
}

/// What follows on the answer of `from`, after `n_followed` redirects.
pub(super) fn next(
    check: &HttpCheck,
    from: &Target,
    sent: &Message,
    exchange: &Exchange,
    n_followed: u8,
) -> Result<Step, Cause> {
    let policy = check.redirects;
    let status = exchange.status();
    if policy.follow == 0 || !is_redirect(status) {
        return Ok(Step::Stop);
    }
    let Some(location) = exchange.headers().get(LOCATION) else { return Ok(Step::Stop) };
    let refused = |what: String| Cause::target(Reason::RedirectRefused, what);
    let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
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
    let is_own_host = url.host_str() == check.target.url.host_str();
    if policy.same_host && !is_own_host {
        return Err(to_nowhere("it leaves the host, which `same_host` forbids".to_owned()));
    }
    let server_name = check.tls.server_name.clone().filter(|_| is_own_host);
    let identity = check.tls.identity.clone().filter(|_| is_own_host);
    let tls = TlsSetup { server_name, identity, ..check.tls.clone() };
    let target = Target::new(url, &tls).map_err(to_nowhere)?;
    let leaves_origin = !target.has_origin_of(from);
    let becomes_get = match status {
        StatusCode::SEE_OTHER => sent.method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => sent.method == Method::POST,
        _ => false,
    };
    if leaves_origin && !becomes_get && !sent.body.is_empty() {
        return Err(to_nowhere("the body of the request would go to another server".to_owned()));
    }
    Ok(Step::Follow(Box::new(NextHop { target, leaves_origin, becomes_get })))
}

/// Whether `host` lies within this machine or its link, where no redirect from outside leads:
/// otherwise a target could make the monitor ask its own machine's services.
pub(super) fn enter(host: &Host, addresses: &[IpAddr], may_go_inside: bool) -> Result<bool, Cause> {
    let is_inside = addresses.iter().any(|ip| is_inside(*ip));
    if is_inside && !may_go_inside {
        let what = format!("a redirect to `{host}` leads into the monitor's own machine or link");
        return Err(Cause::target(Reason::RedirectRefused, what));
    }
    Ok(is_inside)
}

fn is_inside(ip: IpAddr) -> bool {
    let mapped = match ip {
        IpAddr::V4(ip) => Some(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped(),
    };
    let is_inside_v4 = mapped.is_some_and(|ip| {
        ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_broadcast()
    });
    let is_inside_v6 = matches!(ip, IpAddr::V6(ip)
        if ip.is_loopback() || ip.is_unspecified() || ip.is_unicast_link_local());
    is_inside_v4 || is_inside_v6
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
    fn a_redirect_from_outside_does_not_lead_inside() {
        let host = Host::Domain("metadata.test".to_owned());
        let address = ["192.0.2.1".parse().unwrap(), "169.254.169.254".parse().unwrap()];
        let cause = enter(&host, &address, false).unwrap_err();
        assert_eq!(cause.reason, Reason::RedirectRefused);
        assert_eq!(enter(&host, &address, true), Ok(true));
        assert_eq!(enter(&host, &address[..1], false), Ok(false));
    }

    #[test]
    fn the_machine_itself_and_its_link_are_inside() {
        for inside in
            ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"]
        {
            assert!(is_inside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["192.0.2.1", "10.0.0.1", "2001:db8::1"] {
            assert!(!is_inside(outside.parse().unwrap()), "{outside}");
        }
    }
}
