//! Z.ai (Zhipu): codes of four digits.

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, EndpointNotFound, ModelNotFound, Overloaded, Permission,
    ProbeInvalid, QuotaDaily, QuotaExceeded, ServerError, Throttled,
};

use super::ServerFamily;
use crate::classify::rule::{ErrorContext, ErrorRule};
use crate::error::ErrorEnvelope;
use crate::lenient;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "zhipu",
    wrote: has_its_code,
    of: &["zai", "zhipu"],
    rules: &[
        code(AuthInvalid, "1000"),
        code(AuthInvalid, "1001"),
        code(AuthInvalid, "1002"),
        code(AuthInvalid, "1003"),
        code(AuthInvalid, "1004"),
        code(AuthInvalid, "1005"),
        code(ServerError, "1100"),
        code(Billing, "1110"),
        code(AuthInvalid, "1111"),
        code(AuthInvalid, "1112"),
        code(Billing, "1113"),
        code(ServerError, "1120"),
        code(AuthInvalid, "1121"),
        code(ServerError, "1200"),
        code(ProbeInvalid, "1210"),
        code(ModelNotFound, "1211"),
        code(ProbeInvalid, "1212"),
        code(ProbeInvalid, "1213"),
        code(ProbeInvalid, "1214"),
        code(ProbeInvalid, "1215"),
        code(Permission, "1220"),
        code(EndpointNotFound, "1221"),
        code(EndpointNotFound, "1222"),
        code(ServerError, "1230"),
        code(ServerError, "1234"),
        code(ProbeInvalid, "1261"),
        code(ProbeInvalid, "1300"),
        code(ProbeInvalid, "1301"),
        code(Throttled, "1302"),
        code(Throttled, "1303"),
        code(QuotaDaily, "1304"),
        // The load of all callers on the model.
        code(Overloaded, "1305"),
        code(QuotaExceeded, "1308"),
        code(Billing, "1309"),
        code(QuotaExceeded, "1310"),
        code(ModelNotFound, "1311"),
        code(Overloaded, "1312"),
        code(Throttled, "1313"),
    ],
};

/// Checks for a code of four digits that begins with 1, in the object of the error or beside `msg`.
fn has_its_code(error: &ErrorContext<'_>) -> bool {
    let details = &error.body.details;
    let has_place = match error.body.envelope {
        ErrorEnvelope::Error => true,
        ErrorEnvelope::Flat => details.get("msg").is_some(),
        ErrorEnvelope::Errors
        | ErrorEnvelope::BaseResp
        | ErrorEnvelope::Header
        | ErrorEnvelope::Detail
        | ErrorEnvelope::Fault => false,
    };
    let code = details.get("code").and_then(lenient::count);
    has_place && code.is_some_and(|code| (1_000..2_000).contains(&code))
}
