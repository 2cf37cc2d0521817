//! The cause that an unwanted answer names itself, for any expectation.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::StatusCode;

use super::exchange::HttpResponse;
use super::outgoing::Credentials;
use crate::api::{SentCredentials, reason_of_status};

/// Parts of the pages that nginx, Apache and IIS answer with if a client certificate is missing.
const DEMANDS: [&str; 2] = ["ssl certificate", "client certificate"];

/// Returns the cause that `answer` names; `None` if only the expectation can decide. `what`
/// describes the answer.
pub(super) fn cause(answer: &HttpResponse, credentials: &Credentials, what: &str) -> Option<Cause> {
    let status = answer.status;
    if demands_certificate(answer) {
        let what = format!(
            "{what}; the server demands a client certificate: check `tls.client_certificate` and \
             `tls.client_key`"
        );
        return Some(Cause::of(Reason::AuthInvalid, what));
    }
    let sent = match credentials {
        Credentials::Dropped { from, to }
            if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) =>
        {
            let what = format!(
                "{what}; the credentials were not sent, because a redirect led from {from} to {to}: \
                 set `url` to where it leads"
            );
            return Some(Cause::of(Reason::ProbeInvalid, what));
        }
        Credentials::Sent => SentCredentials::Yes,
        // A server that gave the value to this account refuses the account, if it refuses by 403.
        Credentials::Captured if status == StatusCode::FORBIDDEN => SentCredentials::Yes,
        Credentials::None | Credentials::Captured | Credentials::Dropped { .. } => {
            SentCredentials::No
        }
    };
    reason_of_status(status, sent).map(|reason| Cause::of(reason, what))
}

fn demands_certificate(answer: &HttpResponse) -> bool {
    match answer.status.as_u16() {
        // Nginx: the certificate is wrong, or missing.
        495 | 496 => true,
        400 | 403 => {
            let body = String::from_utf8_lossy(&answer.refusal).to_ascii_lowercase();
            DEMANDS.iter().any(|demand| body.contains(demand))
        }
        _ => false,
    }
}
