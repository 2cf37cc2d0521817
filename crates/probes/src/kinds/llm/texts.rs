//! The texts about the metrics of an `llm` check.

use allclear_core::cost::Cost;
use allclear_core::kind::{Label, LatestMetrics, Metric, Texts, Unit};

use super::{labels, metrics};

pub(super) const TEXTS: Texts = Texts { summary: &[spend, headroom, ends], report, outcome };

/// A headroom below this has a line in a summary, in percent.
const LOW_HEADROOM: f64 = 25.0;

/// The longest label that is shown whole, in characters.
const MAX_LABEL: usize = 100;

/// The number of days before the end of a key or a model from which on it has a line.
const SOON_DAYS: f64 = 90.0;

/// Returns the line about the spend of an account and its balance.
fn spend(of: &LatestMetrics<'_>) -> Vec<String> {
    let dollars =
        |metric: Metric| of.metric(metric.name).map(|amount| Unit::Dollars.format(amount));
    let mut parts = Vec::new();
    if let Some(yesterday) = dollars(metrics::SPEND_YESTERDAY_USD) {
        let usual = dollars(metrics::SPEND_USUAL_USD).map(|usual| format!(" (usually {usual})"));
        parts.push(format!("{yesterday} yesterday{}", usual.unwrap_or_default()));
    }
    parts.extend(dollars(metrics::SPEND_MONTH_USD).map(|month| format!("{month} this month")));
    if let Some(balance) = dollars(metrics::BALANCE_USD) {
        let days = of
            .metric(metrics::BALANCE_DAYS_LEFT.name)
            .map(|days| format!(", enough for {}", in_days(days)));
        parts.push(format!("balance {balance}{}", days.unwrap_or_default()));
    }
    let line = format!("Spend of {}: {}.", of.name, parts.join(", "));
    if parts.is_empty() { Vec::new() } else { vec![line] }
}

/// Returns the line about a rate limit that is nearly used up.
fn headroom(of: &LatestMetrics<'_>) -> Vec<String> {
    let low = of.metric(metrics::HEADROOM_PERCENT.name).filter(|percent| *percent < LOW_HEADROOM);
    let limit =
        shortened(of, labels::TIGHTEST).map(|limit| format!(" of {limit}")).unwrap_or_default();
    let line = |percent| format!("Headroom of {}: {percent:.0} %{limit}.", of.name);
    low.map(line).into_iter().collect()
}

/// Returns the lines about a model and a key that end soon.
fn ends(of: &LatestMetrics<'_>) -> Vec<String> {
    let soon = |metric: Metric| of.metric(metric.name).filter(|days| *days <= SOON_DAYS);
    let name = of.name;
    let model = soon(metrics::MODEL_SHUTDOWN_DAYS).map(|days| {
        let model = shortened(of, labels::MODEL).unwrap_or_else(|| "its model".to_owned());
        if days <= 0.0 {
            format!("Retired: {model} of {name}.")
        } else {
            format!("Retires in {}: {model} of {name}.", in_days(days))
        }
    });
    let key = soon(metrics::KEY_EXPIRES_DAYS)
        .map(|days| format!("Expires in {}: the key of {name}.", in_days(days.max(0.0))));
    model.into_iter().chain(key).collect()
}

/// Returns a label in one short line. It may hold the answer of a provider.
fn shortened(of: &LatestMetrics<'_>, label: Label) -> Option<String> {
    let words = of.label(label)?.split_whitespace();
    Some(words.collect::<Vec<_>>().join(" ").chars().take(MAX_LABEL).collect())
}

/// Returns a number of days in words, rounded down.
fn in_days(days: f64) -> String {
    match days.floor() {
        days if days < 1.0 => "less than a day".to_owned(),
        days if days < 2.0 => "1 day".to_owned(),
        days => format!("{days:.0} days"),
    }
}

fn report(of: &LatestMetrics<'_>) -> Vec<String> {
    let dollars = |usd: f64| Cost::from_dollars(usd).to_string();
    let mut facts = Vec::new();
    if let Some(percent) = of.metric(metrics::HEADROOM_PERCENT.name) {
        let limit = of.label(labels::TIGHTEST).map(|name| format!(" ({name})"));
        facts.push(format!("headroom {percent:.0} %{}", limit.unwrap_or_default()));
    }
    if let Some(balance) = of.metric(metrics::BALANCE_USD.name) {
        let lasting =
            of.metric(metrics::BALANCE_DAYS_LEFT.name).map(|days| format!(", {days:.0} days"));
        facts.push(format!("balance {}{}", dollars(balance), lasting.unwrap_or_default()));
    }
    if let Some(spent) = of.metric(metrics::SPEND_YESTERDAY_USD.name) {
        let usual = of
            .metric(metrics::SPEND_USUAL_USD.name)
            .map(|usual| format!(", usually {}", dollars(usual)));
        facts.push(format!("spent {} yesterday{}", dollars(spent), usual.unwrap_or_default()));
    }
    if let Some(spent) = of.metric(metrics::SPEND_MONTH_USD.name) {
        facts.push(format!("spent {} this month", dollars(spent)));
    }
    if let Some(days) = of.metric(metrics::KEY_EXPIRES_DAYS.name) {
        facts.push(format!("the key expires in {days:.0} days"));
    }
    if let Some(days) = of.metric(metrics::MODEL_SHUTDOWN_DAYS.name) {
        facts.push(format!("the model ends in {days:.0} days"));
    }
    if let Some(step) = of.present_label(labels::WORKS_UP_TO) {
        facts.push(format!("works up to: {step}"));
    }
    if let Some(why) = of.present_label(labels::COMPLETION) {
        facts.push(format!("completions {why}"));
    }
    facts
}

fn outcome(of: &LatestMetrics<'_>) -> Vec<String> {
    let metric = |metric: Metric| of.metric(metric.name).map(|value| metric.unit.format(value));
    let after = |what: &str, text: Option<String>| text.map(|text| format!("{what} {text}"));
    let label = |label: Label| of.label(label).map(str::to_owned);
    let parts = [
        after("first token after", metric(metrics::FIRST_TOKEN_MS)),
        metric(metrics::TOKENS_PER_SECOND),
        after("headroom", metric(metrics::HEADROOM_PERCENT)),
        after("served by", label(labels::SERVED_BY)),
        after("works up to", label(labels::WORKS_UP_TO)),
        after("key is", label(labels::KEY)),
        after("completion", label(labels::COMPLETION)),
    ];
    parts.into_iter().flatten().collect()
}
