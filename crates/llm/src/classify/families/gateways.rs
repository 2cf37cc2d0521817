//! Gateways: their own codes, for any provider behind them.

use allclear_core::reason::Reason::{
    self, AuthInvalid, Billing, Overloaded, Permission, ProbeInvalid, QuotaExceeded, ServerError,
    Throttled,
};

use super::{ServerFamily, anything};
use crate::classify::rule::ErrorRule;

const fn code(reason: Reason, code: &'static str) -> ErrorRule {
    ErrorRule::means(reason).code(code)
}

/// one-api, new-api and their forks.
pub(super) const ONE_API: ServerFamily = ServerFamily {
    name: "one-api",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "insufficient_user_quota"),
        code(Billing, "insufficient_token_quota"),
        code(Billing, "pre_consume_token_quota_failed"),
        code(Billing, "token_quota_exhausted"),
        code(Billing, "quota_not_enough"),
        code(Permission, "token_model_forbidden"),
        code(ProbeInvalid, "sensitive_words_detected"),
        code(ProbeInvalid, "prompt_blocked"),
        code(Overloaded, "get_channel_failed"),
        code(Overloaded, "channel:no_available_key"),
        code(ServerError, "do_request_failed"),
        code(ServerError, "read_response_body_failed"),
        code(ServerError, "bad_response_body"),
        code(ServerError, "empty_response"),
    ],
};

/// LiteLLM, also behind another name.
pub(super) const LITELLM: ServerFamily = ServerFamily {
    name: "litellm",
    wrote: anything,
    of: &[],
    rules: &[
        code(Billing, "budget_exceeded"),
        code(Billing, "ExceededBudget"),
        code(Permission, "key_model_access_denied"),
        code(Permission, "team_model_access_denied"),
        code(AuthInvalid, "token_not_found_in_db"),
        // Without a database, it knows no other key than its own.
        code(AuthInvalid, "no_db_connection"),
        code(AuthInvalid, "expired_key"),
    ],
};

/// Gateways for any API: Azure API Management, Apigee, Kong, Portkey.
pub(super) const API_GATEWAY: ServerFamily = ServerFamily {
    name: "api-gateway",
    wrote: anything,
    of: &[],
    rules: &[
        code(QuotaExceeded, "policies.ratelimit.QuotaViolation"),
        code(Throttled, "policies.ratelimit.SpikeArrestViolation"),
        code(AuthInvalid, "oauth.v2.InvalidApiKey"),
        code(AuthInvalid, "oauth.v2.FailedToResolveAPIKey"),
        ErrorRule::means(QuotaExceeded).status(403).texts(&["token quota is exceeded"]),
        ErrorRule::means(QuotaExceeded).texts(&["out of", "quota"]),
        ErrorRule::means(ProbeInvalid).status(446),
    ],
};
