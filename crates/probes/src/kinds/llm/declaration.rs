//! The declaration of the kind `llm`: its metrics, the rules over them, and an example.

use std::time::Duration;

use allclear_core::kind::{BudgetMetrics, Example, Kind, Metric, Unit};
use allclear_core::outcome::Parts;
use allclear_core::rule::BuiltinRule;
use allclear_core::status::{Fault, Severity};

use super::labels;
use super::texts::TEXTS;

pub(crate) const KIND: Kind = Kind {
    name: "llm",
    metrics: METRICS,
    labels: labels::ALL,
    rules: RULES,
    texts: TEXTS,
    budget: Some(BUDGET),
    example: EXAMPLE,
};

/// The metrics of the steps.
const METRICS: &[Metric] = &[
    Metric::new("headers_ms", Unit::Milliseconds),
    Metric::new("first_token_ms", Unit::Milliseconds),
    Metric::new("first_reasoning_ms", Unit::Milliseconds),
    Metric::new("longest_gap_ms", Unit::Milliseconds),
    Metric::new("tokens_per_second", Unit::Other("tokens/s")),
    Metric::new("input_tokens", Unit::Number),
    Metric::new("output_tokens", Unit::Number),
    Metric::new("reasoning_tokens", Unit::Number),
    Metric::new("server_ms", Unit::Milliseconds),
    Metric::new("dimensions", Unit::Number),
    Metric::new("answer_bytes", Unit::Bytes),
    Metric::with_label("headroom_percent", Unit::Percent, labels::TIGHTEST),
    // One for each rate limit that the provider names in its headers.
    Metric::new("remaining_*", Unit::Number),
    // One for each currency, by its code of three letters.
    Metric::new("balance_???", Unit::Number),
    Metric::new("balance_days_left", Unit::Days),
    Metric::new("spend_month_usd", Unit::Dollars),
    Metric::new("spend_yesterday_usd", Unit::Dollars),
    Metric::new("spend_usual_usd", Unit::Dollars),
    Metric::new("spend_anomaly", Unit::Number),
    Metric::new("key_expires_days", Unit::Days),
    Metric::with_label("model_shutdown_days", Unit::Days, labels::MODEL),
    Metric::new("models_listed", Unit::Number),
    Metric::new("cost_month_usd", Unit::Dollars),
    Metric::with_label("cost_month_percent", Unit::Percent, labels::COMPLETION),
];

/// Each rule is about a matter of the account, which may be on while the provider is healthy.
const RULES: &[BuiltinRule] = &[
    BuiltinRule::new("low_headroom", "metrics.headroom_percent < 10", Severity::Warning)
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
    spent_usd: "cost_month_usd",
    used_percent: "cost_month_percent",
    paused: labels::COMPLETION,
};

/// A completion of a few tokens.
const EXAMPLE: Example = Example {
    parts: Parts {
        dns: Some(Duration::from_micros(1_500)),
        connect: Some(Duration::from_millis(12)),
        tls: Some(Duration::from_millis(21)),
        first_byte: Some(Duration::from_millis(85)),
        transfer: Some(Duration::from_micros(700)),
    },
    metrics: &[
        ("first_token_ms", 312.0),
        ("headers_ms", 298.0),
        ("headroom_percent", 97.0),
        ("input_tokens", 12.0),
        ("output_tokens", 4.0),
    ],
};
