//! The declarations of the kinds.

use std::collections::BTreeMap;

use allclear_core::kind::{LatestMetrics, Metric};
use allclear_core::outcome::{Finding, Labels, Metrics, Verdict};

use crate::support::declared;

#[test]
fn the_rules_of_the_kinds_follow_those_over_the_status() {
    let rules: Vec<&str> = allclear_probes::kinds().rules().map(|rule| rule.id).collect();
    assert_eq!(
        rules,
        [
            "service_down",
            "high_response_time",
            "latency_anomaly",
            "consecutive_failures",
            "failure_rate",
            "rate_limited",
            "low_uptime",
            "critical_service_down",
            "service_recovery",
            "low_headroom",
            "balance_low",
            "key_expires_soon",
            "model_retires_in_90_days",
            "model_retires_in_30_days",
            "model_retires_in_7_days",
            "model_retires_in_1_day",
            "cost_anomaly",
            "probe_budget_spent"
        ]
    );
}

#[test]
fn kinds_that_measure_the_same_metric_declare_it_alike() {
    let mut declared: BTreeMap<&str, &Metric> = BTreeMap::new();
    for metric in allclear_probes::kinds().iter().flat_map(|kind| kind.metrics) {
        let first = declared.entry(metric.name).or_insert(metric);
        assert_eq!(*first, metric);
    }
    assert!(declared.len() > 30);
}

/// An undeclared metric of a kind fails each test of its checks: a check reports only what `declared` finds.
#[test]
fn a_finding_with_an_undeclared_metric_or_label_fails_the_test_of_its_kind() {
    let healthy = || Finding::of(Verdict::Healthy);
    for kind in allclear_probes::kinds().iter() {
        for metric in kind.metrics {
            let name = metric.with_part("usd").unwrap_or_else(|| metric.name.to_owned());
            let mut finding = healthy();
            finding.metrics.insert(name, 1.0);
            declared(kind.name, finding);
        }
        let mut finding = healthy();
        finding.metrics.insert("undeclared".to_owned(), 1.0);
        let refused = std::panic::catch_unwind(|| declared(kind.name, finding));
        assert!(refused.is_err(), "{}", kind.name);
        let mut finding = healthy();
        finding.labels.insert("undeclared".to_owned(), String::new());
        let refused = std::panic::catch_unwind(|| declared(kind.name, finding));
        assert!(refused.is_err(), "{}", kind.name);
    }
}

#[test]
fn an_example_measures_what_its_kind_declares() {
    for kind in allclear_probes::kinds().iter() {
        for (name, _) in kind.example.metrics {
            let is_declared = kind.metrics.iter().any(|metric| metric.is_named(name));
            assert!(is_declared, "{}: {name}", kind.name);
        }
    }
    let without: Vec<&str> = allclear_probes::kinds()
        .iter()
        .filter(|kind| !kind.example.has_latency())
        .map(|kind| kind.name)
        .collect();
    assert_eq!(without, ["heartbeat"]);
}

#[test]
fn a_report_and_the_result_of_a_check_name_the_facts_of_an_account() {
    let llm = allclear_probes::kinds().get("llm").unwrap();
    let metrics = [
        ("first_token_ms", 312.4),
        ("tokens_per_second", 84.2),
        ("headroom_percent", 4.0),
        ("balance_usd", 12.4),
        ("balance_days_left", 9.3),
        ("spend_yesterday_usd", 41.2),
        ("spend_usual_usd", 38.0),
        ("key_expires_days", 13.0),
    ];
    let metrics: Metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
    let labels = [("tightest", "tokens"), ("works_up_to", "key"), ("completion", "paused")];
    let labels: Labels = labels.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let absent = Labels::new();
    let measured = LatestMetrics {
        name: "openai",
        metrics: &metrics,
        labels: &labels,
        present_labels: &absent,
    };
    let report = [
        "headroom 4 % (tokens)",
        "balance $12.40, 9 days",
        "spent $41.20 yesterday, usually $38.00",
        "the key expires in 13 days",
    ];
    assert_eq!((llm.texts.report)(&measured), report);
    let present = LatestMetrics { present_labels: &labels, ..measured };
    let report = [&report[..], &["works up to: key", "completions paused"]].concat();
    assert_eq!((llm.texts.report)(&present), report);
    assert_eq!(
        (llm.texts.outcome)(&measured),
        [
            "first token after 312 ms",
            "84 tokens/s",
            "headroom 4 %",
            "works up to key",
            "completion paused"
        ]
    );
}

#[test]
fn a_budget_is_measured_by_declared_metrics() {
    let spending: Vec<&str> = allclear_probes::kinds()
        .iter()
        .filter_map(|kind| Some((kind, kind.budget?)))
        .map(|(kind, budget)| {
            for name in [budget.spent_usd, budget.used_percent] {
                assert!(kind.metrics.iter().any(|metric| metric.name == name), "{name}");
            }
            kind.name
        })
        .collect();
    assert_eq!(spending, ["llm"]);
}
