//! The declaration of the kind `llm`: its metrics, the rules over them, and an example.

use std::time::Duration;

use allclear_core::kind::{
    BudgetMetrics, Example, Kind, Metric, ProviderDeclaration, SpeedMetrics,
};
use allclear_core::outcome::DurationParts;
use allclear_core::rule::{BuiltinRule, RuleConfirmation};
use allclear_core::status::{Fault, Severity};
use allclear_core::threshold::Category;

use super::texts::TEXTS;
use super::{labels, metrics, offering};

pub(crate) const KIND: Kind = Kind {
    name: "llm",
    category: Category::External,
    metrics: METRICS,
    labels: labels::ALL,
    rules: RULES,
    texts: TEXTS,
    properties: crate::properties::provider,
    budget: Some(BUDGET),
    providers: Some(PROVIDERS),
    example: EXAMPLE,
};

/// The metrics of the steps.
const METRICS: &[Metric] = &[
    metrics::HEADERS_MS,
    metrics::FIRST_TOKEN_MS,
    metrics::FIRST_REASONING_MS,
    metrics::LONGEST_GAP_MS,
    metrics::TOKENS_PER_SECOND,
    metrics::INPUT_TOKENS,
    metrics::OUTPUT_TOKENS,
    metrics::REASONING_TOKENS,
    metrics::SERVER_MS,
    metrics::DIMENSIONS,
    metrics::ANSWER_BYTES,
    metrics::HEADROOM_PERCENT,
    metrics::REMAINING,
    metrics::BALANCE,
    metrics::BALANCE_DAYS_LEFT,
    metrics::SPEND_MONTH_USD,
    metrics::SPEND_YESTERDAY_USD,
    metrics::SPEND_USUAL_USD,
    metrics::SPEND_ANOMALY,
    metrics::KEY_EXPIRES_DAYS,
    metrics::MODEL_SHUTDOWN_DAYS,
    metrics::MODELS_LISTED,
    metrics::COST_MONTH_USD,
    metrics::COST_MONTH_PERCENT,
    // Of the connection.
    metrics::TLS_VERSION,
    metrics::CERTIFICATE_DAYS,
    metrics::CERTIFICATE_VERIFIED,
];

/// Each rule is about a matter of the account, which may be on while the provider is healthy.
const RULES: &[BuiltinRule] = &[
    BuiltinRule::new("low_headroom", "metrics.headroom_percent < 10", Severity::Warning)
        .confirmed_by(RuleConfirmation::SAMPLES)
        .about(Fault::Quota),
    BuiltinRule::new("balance_low", "metrics.balance_days_left < 7", Severity::Warning)
        .about(Fault::Quota),
    BuiltinRule::new("key_expires_soon", "metrics.key_expires_days < 14", Severity::Warning)
        .about(Fault::Credentials),
    retirement("model_retires_in_90_days", "metrics.model_shutdown_days <= 90", Severity::Info),
    retirement("model_retires_in_30_days", "metrics.model_shutdown_days <= 30", Severity::Warning),
    retirement("model_retires_in_7_days", "metrics.model_shutdown_days <= 7", Severity::Error),
    retirement("model_retires_in_1_day", "metrics.model_shutdown_days <= 1", Severity::Critical),
    BuiltinRule::new(
        "cost_anomaly",
        "metrics.spend_anomaly >= 2 && metrics.spend_yesterday_usd >= 5",
        Severity::Warning,
    )
    .about(Fault::Quota),
    BuiltinRule::new("probe_budget_spent", "metrics.cost_month_percent >= 100", Severity::Info)
        .about(Fault::Quota),
];

const fn retirement(id: &'static str, condition: &'static str, severity: Severity) -> BuiltinRule {
    BuiltinRule::new(id, condition, severity).about(Fault::Request)
}

const BUDGET: BudgetMetrics = BudgetMetrics {
    spent_usd: metrics::COST_MONTH_USD.name,
    used_percent: metrics::COST_MONTH_PERCENT.name,
    paused: labels::COMPLETION,
};

const PROVIDERS: ProviderDeclaration = ProviderDeclaration {
    speed: SpeedMetrics {
        first_token_ms: metrics::FIRST_TOKEN_MS.name,
        tokens_per_second: metrics::TOKENS_PER_SECOND.name,
    },
    offering: offering::of,
    models: offering::models,
};

/// A completion of a few tokens.
const EXAMPLE: Example = Example {
    parts: DurationParts {
        dns: Some(Duration::from_micros(1_500)),
        connect: Some(Duration::from_millis(12)),
        tls: Some(Duration::from_millis(21)),
        first_byte: Some(Duration::from_millis(85)),
        transfer: Some(Duration::from_micros(700)),
    },
    metrics: &[
        (metrics::FIRST_TOKEN_MS.name, 312.0),
        (metrics::HEADERS_MS.name, 298.0),
        (metrics::HEADROOM_PERCENT.name, 97.0),
        (metrics::INPUT_TOKENS.name, 12.0),
        (metrics::OUTPUT_TOKENS.name, 4.0),
    ],
};
