//! `MiniMax`: codes in `base_resp`, mostly with the status 200.

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, ProbeInvalid, QuotaExceeded, ServerError, Throttled,
};

use super::ServerFamily;
use crate::classify::rule::{ErrorContext, ErrorRule};
use crate::error::ErrorEnvelope;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "minimax",
    wrote: is_base_resp,
    of: &["minimax", "minimax-cn"],
    rules: &[
        code(ServerError, "1000"),
        code(ServerError, "1001"),
        code(Throttled, "1002"),
        code(AuthInvalid, "1004"),
        code(Billing, "1008"),
        code(ServerError, "1013"),
        code(ServerError, "1024"),
        code(ProbeInvalid, "1026"),
        code(ProbeInvalid, "1027"),
        code(ServerError, "1033"),
        code(Throttled, "1039"),
        code(Throttled, "1041"),
        code(ProbeInvalid, "1042"),
        code(ProbeInvalid, "2013"),
        code(Throttled, "2045"),
        code(AuthInvalid, "2049"),
        code(QuotaExceeded, "2056"),
    ],
};

fn is_base_resp(error: &ErrorContext<'_>) -> bool {
    error.body.envelope == ErrorEnvelope::BaseResp
}
