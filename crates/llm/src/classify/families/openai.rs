//! OpenAI: the codes of its dialect, which compatible servers and gateways use as well.

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, ModelNotFound, Overloaded, Permission, ProbeInvalid, QuotaExceeded,
    RegionBlocked, Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

pub(super) const FAMILY: ServerFamily = ServerFamily {
    name: "openai",
    wrote: anything,
    of: &[],
    rules: &[
        // Its type is that of a lack of money.
        code(Permission, "org_under_review").first(),
        // A gateway that has one code for all that is wrong with a key.
        code(QuotaExceeded, "invalid_api_key").texts(&["usage limit"]).first(),
        code(QuotaExceeded, "invalid_api_key").texts(&["quota", "exceeded"]).first(),
        code(QuotaExceeded, "invalid_api_key").texts(&["quota", "exhausted"]).first(),
        code(Billing, "insufficient_quota"),
        code(Billing, "credit_balance_exhausted"),
        code(Billing, "organization_spend_limit_exceeded"),
        code(Billing, "project_spend_limit_exceeded"),
        code(Billing, "organization_usage_limit_exceeded"),
        code(Billing, "billing_hard_limit_reached"),
        code(Billing, "billing_not_active"),
        code(QuotaExceeded, "usage_limit_reached"),
        code(RegionBlocked, "unsupported_country_region_territory"),
        code(Permission, "ip_not_authorized"),
        code(AuthInvalid, "invalid_api_key"),
        code(AuthInvalid, "account_deactivated"),
        code(ModelNotFound, "model_not_found"),
        code(ProbeInvalid, "context_length_exceeded"),
        code(ProbeInvalid, "string_above_max_length"),
        code(ProbeInvalid, "content_filter"),
        code(ProbeInvalid, "content_policy_violation"),
        code(ProbeInvalid, "invalid_prompt"),
        code(Overloaded, "server_is_overloaded"),
        // Traffic that grows too fast, which passes; without the status, it is the service's own load.
        code(Throttled, "slow_down").status(429),
        code(Overloaded, "slow_down"),
    ],
};
