//! Baidu Qianfan and iFlytek Spark: numbers in fields of their own.

use allclear_core::reason::Reason::{
    self, AuthInvalid, EndpointNotFound, Overloaded, Permission, ProbeInvalid, QuotaDaily,
    QuotaExceeded, ServerError, Throttled,
};

use super::ServerFamily;
use crate::classify::rule::{ErrorContext, ErrorRule};
use crate::error::ErrorEnvelope;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "baidu",
    wrote: has_error_msg,
    of: &[],
    rules: &[
        code(ServerError, "1"),
        code(ServerError, "2"),
        code(EndpointNotFound, "3"),
        code(Overloaded, "4"),
        code(Permission, "6"),
        code(AuthInvalid, "13"),
        code(AuthInvalid, "14"),
        code(AuthInvalid, "15"),
        code(QuotaDaily, "17"),
        code(Throttled, "18"),
        code(QuotaExceeded, "19"),
        code(ProbeInvalid, "100"),
        code(AuthInvalid, "110"),
        code(AuthInvalid, "111"),
        code(ServerError, "336000"),
        code(ServerError, "336200"),
        // Forms of the request that its API refuses.
        code(ProbeInvalid, "336001"),
        code(ProbeInvalid, "336002"),
        code(ProbeInvalid, "336003"),
        code(ProbeInvalid, "336006"),
        code(ProbeInvalid, "336007"),
        code(Overloaded, "336100"),
        code(Throttled, "336501"),
        code(Throttled, "336502"),
    ],
};

pub(super) const SPARK: ServerFamily = ServerFamily {
    name: "spark",
    wrote: is_header,
    of: &[],
    rules: &[
        code(Permission, "10005"),
        code(Throttled, "10007"),
        code(Overloaded, "10008"),
        code(ServerError, "10010"),
        code(ProbeInvalid, "10013"),
        code(ProbeInvalid, "10014"),
        code(ProbeInvalid, "10019"),
        code(ProbeInvalid, "10907"),
        code(ServerError, "10110"),
        code(Permission, "11200"),
        code(QuotaDaily, "11201"),
        code(Throttled, "11202"),
        code(Throttled, "11203"),
    ],
};

fn has_error_msg(error: &ErrorContext<'_>) -> bool {
    let details = &error.body.details;
    error.body.envelope == ErrorEnvelope::Flat
        && details.get("error_msg").is_some()
        && details.get("error_code").is_some()
}

fn is_header(error: &ErrorContext<'_>) -> bool {
    error.body.envelope == ErrorEnvelope::Header
}
