//! Meanings: what errors mean everywhere, where a provider's own table says nothing else.

use allclear_core::reason::Reason;

use crate::classify::Step;
use crate::error::Form;
use crate::row::{Condition, Row, Seen};

const fn code(reason: Reason, code: &'static str) -> Row {
    Row::means(reason).code(code)
}

const fn texts(reason: Reason, texts: &'static [&'static str]) -> Row {
    Row::means(reason).texts(texts)
}

/// The rows that hold for every provider.
pub(crate) const COMMON: &[Row] = &[
    // What a good key may not do: from here, or at all.
    code(Reason::RegionBlocked, "unsupported_country_region_territory"),
    code(Reason::RegionBlocked, "region_restricted"),
    texts(Reason::RegionBlocked, &["country, region, or territory not supported"]),
    texts(Reason::RegionBlocked, &["location is not supported"]),
    texts(Reason::Permission, &["missing scopes"]),
    texts(Reason::Permission, &["insufficient permissions"]),
    texts(Reason::Permission, &["sufficient permissions"]),
    code(Reason::Permission, "ip_not_authorized"),
    code(Reason::Permission, "permission_error"),
    code(Reason::Permission, "permission_denied"),
    code(Reason::Permission, "AccessDeniedException"),
    // Bad keys.
    code(Reason::AuthInvalid, "invalid_api_key"),
    code(Reason::AuthInvalid, "authentication_error"),
    code(Reason::AuthInvalid, "API_KEY_INVALID"),
    code(Reason::AuthInvalid, "UNAUTHENTICATED"),
    code(Reason::AuthInvalid, "unauthenticated:no-credentials"),
    code(Reason::AuthInvalid, "UnrecognizedClientException"),
    code(Reason::AuthInvalid, "ExpiredTokenException"),
    code(Reason::AuthInvalid, "InvalidSignatureException"),
    code(Reason::AuthInvalid, "MissingAuthenticationTokenException"),
    code(Reason::AuthInvalid, "IncompleteSignatureException"),
    texts(Reason::AuthInvalid, &["incorrect api key"]),
    texts(Reason::AuthInvalid, &["invalid api key"]),
    texts(Reason::AuthInvalid, &["invalid x-api-key"]),
    texts(Reason::AuthInvalid, &["invalid api token"]),
    texts(Reason::AuthInvalid, &["api key not valid"]),
    texts(Reason::AuthInvalid, &["api key has expired"]),
    texts(Reason::AuthInvalid, &["api key expired"]),
    texts(Reason::AuthInvalid, &["organization has been disabled"]),
    texts(Reason::AuthInvalid, &["no api key"]),
    texts(Reason::AuthInvalid, &["invalid username or password"]),
    texts(Reason::AuthInvalid, &["invalid credentials"]),
    texts(Reason::AuthInvalid, &["authentication fails"]),
    texts(Reason::AuthInvalid, &["invalid subscription key"]),
    texts(Reason::AuthInvalid, &["security token", "invalid"]),
    texts(Reason::AuthInvalid, &["security token", "expired"]),
    // Money.
    code(Reason::Billing, "insufficient_quota"),
    code(Reason::Billing, "credit_balance_exhausted"),
    code(Reason::Billing, "organization_spend_limit_exceeded"),
    code(Reason::Billing, "project_spend_limit_exceeded"),
    code(Reason::Billing, "organization_usage_limit_exceeded"),
    code(Reason::Billing, "billing_hard_limit_reached"),
    code(Reason::Billing, "billing_error"),
    code(Reason::Billing, "enforced_spend_limit_reached"),
    code(Reason::Billing, "payment_required"),
    code(Reason::Billing, "budget_exceeded"),
    texts(Reason::Billing, &["credit balance is too low"]),
    texts(Reason::Billing, &["monthly included credits"]),
    texts(Reason::Billing, &["insufficient balance"]),
    texts(Reason::Billing, &["maximum billing reached"]),
    texts(Reason::Billing, &["payment method"]),
    texts(Reason::Billing, &["requires more credits"]),
    texts(Reason::Billing, &["no credits remaining"]),
    texts(Reason::Billing, &["budget has been exceeded"]),
    texts(Reason::Billing, &["exceeded budget"]),
    texts(Reason::Billing, &["spending limit"]),
    texts(Reason::Billing, &["spend limit"]),
    texts(Reason::Billing, &["check your plan and billing"])
        .status(429)
        .when(Condition::DoesNotSayWhen),
    // Long quotas.
    texts(Reason::QuotaDaily, &["per day"]).status(429),
    texts(Reason::QuotaDaily, &["per-day"]).status(429),
    texts(Reason::QuotaDaily, &["perday"]).status(429),
    texts(Reason::QuotaDaily, &["(tpd)"]).status(429),
    texts(Reason::QuotaDaily, &["(rpd)"]).status(429),
    // Models.
    code(Reason::ModelNotFound, "model_not_found"),
    code(Reason::ModelNotFound, "model_not_supported"),
    code(Reason::ModelNotFound, "model_not_available"),
    code(Reason::ModelNotFound, "model_decommissioned"),
    code(Reason::ModelNotFound, "model_deprecated"),
    code(Reason::ModelNotFound, "no_endpoints"),
    code(Reason::ModelNotFound, "free_variant_ended"),
    code(Reason::ModelNotFound, "DeploymentNotFound"),
    code(Reason::ModelNotFound, "invalid_model"),
    // Addresses, which may have the word for a model in them.
    texts(Reason::EndpointNotFound, &["resource not found"]).status(404),
    texts(Reason::EndpointNotFound, &["method not found"]).status(404),
    texts(Reason::EndpointNotFound, &["page not found"]).status(404),
    texts(Reason::EndpointNotFound, &["file not found"]).status(404),
    texts(Reason::EndpointNotFound, &["no route"]).status(404),
    texts(Reason::EndpointNotFound, &["invalid url"]).status(404),
    texts(Reason::EndpointNotFound, &["unknown url"]).status(404),
    texts(Reason::EndpointNotFound, &["unknown request url"]).status(404),
    texts(Reason::EndpointNotFound, &["/v1/"]).status(404),
    texts(Reason::ModelNotFound, &["model", "does not exist"]),
    texts(Reason::ModelNotFound, &["model", "not found"]),
    texts(Reason::ModelNotFound, &["model", "is not found"]),
    texts(Reason::ModelNotFound, &["model", "not supported by any provider"]),
    texts(Reason::ModelNotFound, &["model", "decommissioned"]),
    texts(Reason::ModelNotFound, &["model identifier is invalid"]),
    texts(Reason::ModelNotFound, &["invalid model"]),
    texts(Reason::ModelNotFound, &["is not a valid model"]),
    // What says more than its status.
    Row::healthy().status(400).texts(&["could not finish the message because max_tokens"]),
    // Traffic that grows too fast, which passes; without the status, it is the service's own load.
    code(Reason::Throttled, "slow_down").status(429),
    code(Reason::Overloaded, "overloaded_error"),
    code(Reason::Overloaded, "server_is_overloaded"),
    code(Reason::Overloaded, "slow_down"),
    code(Reason::Overloaded, "service_tier_capacity_exceeded"),
    texts(Reason::Overloaded, &["service tier capacity exceeded"]),
    code(Reason::Overloaded, "capacity_exhausted"),
    code(Reason::Overloaded, "capacity_exceeded"),
    code(Reason::Overloaded, "provider_overloaded"),
    code(Reason::Overloaded, "insufficient_system_resource"),
    code(Reason::ProbeInvalid, "context_length_exceeded"),
    code(Reason::ProbeInvalid, "content_filter"),
    code(Reason::ProbeInvalid, "invalid_prompt"),
];

/// What a status means by itself, where an error came with it.
pub(crate) fn of_status(status: u16, step: Option<Step>, error: &Seen<'_>) -> Reason {
    match status {
        401 => Reason::AuthInvalid,
        402 => Reason::Billing,
        // A page is of something in between, which knows nothing of keys.
        403 if error.body.form == Form::Html => Reason::ServerError,
        403 => Reason::Permission,
        404 | 410 => of_missing(step, error),
        301 | 308 => Reason::EndpointNotFound,
        429 => Reason::Throttled,
        451 => Reason::RegionBlocked,
        503 | 529 => Reason::Overloaded,
        408 | 424 | 500.. => Reason::ServerError,
        _ => Reason::ProbeInvalid,
    }
}

/// What a missing thing is: only a completion names a model, and only an answer of the API itself
/// speaks of it.
fn of_missing(step: Option<Step>, error: &Seen<'_>) -> Reason {
    let is_route = error.body.form != Form::Json
        || error.body.message.is_empty()
        || error.body.message.trim_end_matches('.').eq_ignore_ascii_case("not found");
    if step == Some(Step::Completion) && !is_route {
        Reason::ModelNotFound
    } else {
        Reason::EndpointNotFound
    }
}

/// What the words of an error mean that came without any status.
pub(crate) fn of_words(error: &Seen<'_>) -> Reason {
    const WORDS: &[(&[&str], Reason)] = &[
        (&["overloaded", "unavailable", "no capacity"], Reason::Overloaded),
        (&["rate limit", "rate_limit", "too many requests", "throttl"], Reason::Throttled),
        (&["invalid_request", "validationexception", "blockreason"], Reason::ProbeInvalid),
    ];
    let found = WORDS.iter().find(|(words, _)| words.iter().any(|word| error.text.contains(word)));
    found.map_or(Reason::ServerError, |(_, reason)| *reason)
}
