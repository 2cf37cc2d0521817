//! Hosted services that are met as servers of OpenAI's dialect.

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, ModelNotFound, Overloaded, Permission, ProbeInvalid, QuotaDaily,
    QuotaExceeded, Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::{ErrorContext, ErrorRule};
use crate::error::ErrorEnvelope;
use crate::lenient;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const MOONSHOT: ServerFamily = ServerFamily {
    name: "moonshot",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "exceeded_current_quota_error"),
        code(Overloaded, "engine_overloaded_error"),
        code(Throttled, "rate_limit_reached_error"),
        // Also comes with a plan whose use is exhausted.
        code(Permission, "access_terminated_error").broad(),
        code(ModelNotFound, "resource_not_found_error"),
        code(AuthInvalid, "incorrect_api_key_error"),
        code(AuthInvalid, "invalid_authentication_error"),
    ],
};

pub(super) const SILICONFLOW: ServerFamily = ServerFamily {
    name: "siliconflow",
    wrote: has_long_code,
    of: &["siliconflow", "siliconflow-cn"],
    rules: &[
        code(Billing, "30001"),
        code(Billing, "30011"),
        code(ModelNotFound, "30003"),
        code(ModelNotFound, "20012"),
        code(ProbeInvalid, "20015"),
        code(ProbeInvalid, "20024"),
        code(Overloaded, "50505"),
        code(Overloaded, "50501"),
        code(Throttled, "50603"),
        code(Throttled, "50604"),
    ],
};

pub(super) const NOVITA: ServerFamily = ServerFamily {
    name: "novita",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "NOT_ENOUGH_BALANCE"),
        code(Billing, "BILLING_FAILED"),
        code(Billing, "BILLING_AUTH_FAILED"),
        code(Billing, "BILLING_BALANCE_NOT_ENOUGH"),
    ],
};

pub(super) const GITHUB_MODELS: ServerFamily = ServerFamily {
    name: "github-models",
    wrote: anything,
    of: &[],
    rules: &[
        code(QuotaDaily, "RateLimitReached").texts(&["byday"]),
        code(Permission, "no_access"),
        code(ProbeInvalid, "tokens_limit_reached"),
        code(ModelNotFound, "unknown_model"),
        code(ModelNotFound, "unavailable_model"),
    ],
};

pub(super) const WATSONX: ServerFamily = ServerFamily {
    name: "watsonx",
    wrote: anything,
    of: &[],
    rules: &[
        code(QuotaExceeded, "token_quota_reached"),
        code(QuotaExceeded, "instance_quota_exceeded"),
        code(Throttled, "consumption_limit_reached"),
        code(AuthInvalid, "authentication_token_expired"),
        code(AuthInvalid, "authentication_token_not_valid"),
        code(Permission, "authorization_rejected"),
        code(ModelNotFound, "model_not_supported"),
    ],
};

/// Checks for a code of five digits at the top level.
fn has_long_code(error: &ErrorContext<'_>) -> bool {
    let code = error.body.details.get("code").and_then(lenient::count);
    error.body.envelope == ErrorEnvelope::Flat
        && code.is_some_and(|code| (10_000..100_000).contains(&code))
}
