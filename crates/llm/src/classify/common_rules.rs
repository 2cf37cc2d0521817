//! The rules that hold for every provider, after its own and those of its family.
//!
//! Within a tier of precision the first match decides: money, then access, then limits. A limit that
//! advertises a higher plan is tried before money, because its text names money as well.

mod access;
mod limits;
mod money;
mod request;
mod service;

use allclear_core::reason::Reason;

use super::rule::{ErrorContext, ErrorRule};
use crate::classify::CallKind;
use crate::error::BodyFormat;

/// The tables in the order in which they are tried.
pub(crate) const TABLES: &[&[ErrorRule]] = &[
    limits::BEFORE_MONEY,
    money::RULES,
    limits::LONG,
    access::RULES,
    request::NAMES,
    service::RULES,
    limits::SHORT,
    request::RULES,
    money::BROAD,
    access::BROAD,
    service::BROAD,
];

/// Creates a rule for a code.
const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

/// Creates a rule for a text that contains this part.
const fn words(reason: Reason, parts: &'static [&'static str]) -> ErrorRule {
    ErrorRule::means(reason).texts(parts)
}

/// Returns the meaning of a status without any matching rule, and the id of that decision.
pub(crate) fn of_status(status: u16, error: &ErrorContext<'_>) -> (Reason, String) {
    let reason = match status {
        401 => Reason::AuthInvalid,
        402 => Reason::Billing,
        // A page comes from a proxy, which knows nothing of keys.
        403 if error.body.form == BodyFormat::Html => Reason::ServerError,
        403 => Reason::Permission,
        404 | 410 => of_missing(error),
        301 | 308 => Reason::EndpointNotFound,
        405 if error.step == Some(CallKind::Completion) => Reason::EndpointNotFound,
        429 => Reason::Throttled,
        451 => Reason::RegionBlocked,
        503 | 529 => Reason::Overloaded,
        408 | 424 | 500.. => Reason::ServerError,
        _ => Reason::ProbeInvalid,
    };
    let of_a_page = if error.body.form == BodyFormat::Html { "+page" } else { "" };
    (reason, format!("{status}{of_a_page}"))
}

/// Returns the meaning of a missing thing: only a completion names a model, and only an answer of
/// the API itself mentions it.
fn of_missing(error: &ErrorContext<'_>) -> Reason {
    let is_route = error.body.form != BodyFormat::Json
        || error.body.message.is_empty()
        || error.body.message.trim_end_matches('.').eq_ignore_ascii_case("not found");
    if error.step == Some(CallKind::Completion) && !is_route {
        Reason::ModelNotFound
    } else {
        Reason::EndpointNotFound
    }
}

/// Returns the meaning of the words of an error without any status, and the id of that decision.
pub(crate) fn from_text(error: &ErrorContext<'_>) -> (Reason, String) {
    const WORDS: &[(Reason, &str, &[&str])] = &[
        (Reason::Overloaded, "unavailable", &["overloaded", "unavailable", "no capacity"]),
        (
            Reason::Throttled,
            "rate-limit",
            &[
                "rate limit",
                "rate_limit",
                "ratelimit",
                "too many requests",
                "too_many_requests",
                "throttl",
                "resource_exhausted",
                "频率",
                "限流",
            ],
        ),
        (
            Reason::ProbeInvalid,
            "invalid-request",
            &["invalid_request", "validationexception", "blockreason", "invalid param"],
        ),
        (Reason::AuthInvalid, "unauthorized", &["unauthorized", "invalid key", "login fail"]),
    ];
    let found = WORDS.iter().find(|(_, _, words)| words.iter().any(|it| error.text.contains(it)));
    match found {
        Some((reason, id, _)) => (*reason, format!("no-status+{id}")),
        None => (Reason::ServerError, "no-status".to_owned()),
    }
}
