//! Tests of values that are not measured each time, and of alerts about concerns of the operator while all
//! checks succeed.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::delivery::NoticeKind;
use allclear_core::id::{RegionId, ShardId};
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::Decision;
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::fold::fold;
use jiff::SignedDuration;

use crate::scenario::{FoldScenario, builtin_rules, channel, config, finding, id, monitor, rule};
use crate::scenario::{immediate_rules, notices, start};

/// Folds an outcome of `api` at `minutes` after the start.
fn at(
    scenario: &mut FoldScenario,
    minutes: u64,
    letter: char,
    metrics: &[(&str, f64)],
) -> Decision {
    labelled(scenario, minutes, letter, metrics, &[])
}

fn labelled(
    scenario: &mut FoldScenario,
    minutes: u64,
    letter: char,
    metrics: &[(&str, f64)],
    labels: &[(&str, &str)],
) -> Decision {
    let mut outcome = Outcome::new(id("api"), Duration::ZERO, finding(letter), 1);
    outcome.metrics = metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    outcome.labels =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    fold_one(scenario, start() + Duration::from_mins(minutes), outcome)
}

fn fold_one(scenario: &mut FoldScenario, scheduled_at: Timestamp, outcome: Outcome) -> Decision {
    let key = RunKey { scheduled_at, region: RegionId::local(), lane: Lane::Main };
    let shard = ShardId::main();
    let run =
        Run { shard, key, lag: Duration::ZERO, took: Duration::ZERO, outcomes: vec![outcome] };
    fold(&mut scenario.state, &run, &scenario.index)
}

fn two_audiences() -> FoldScenario {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials, Fault::Quota, Fault::Request];
    let mut public = channel("public");
    public.filter.faults = vec![Fault::Target];
    let mut config = config(vec![monitor("api")], immediate_rules());
    config.channels = vec![owners, public];
    FoldScenario::new(config)
}

#[test]
fn an_occasional_measurement_that_is_absent_changes_no_alert() {
    let mut queue = rule("queue", "metrics.queue > 5", Severity::Warning);
    queue.hold_for = Duration::from_mins(30);
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], vec![queue]));
    assert!(at(&mut scenario, 0, 'H', &[("queue", 6.0)]).alerts.is_empty());
    assert!(at(&mut scenario, 15, 'H', &[]).alerts.is_empty(), "it is pending still");
    assert_eq!(
        notices(&at(&mut scenario, 30, 'H', &[("queue", 7.0)]).deliveries),
        ["10:30:00 team api firing warning queue"]
    );
    for minutes in 31..60 {
        assert!(at(&mut scenario, minutes, 'H', &[]).is_empty());
    }
    assert_eq!(
        notices(&at(&mut scenario, 60, 'H', &[("queue", 5.0)]).deliveries),
        ["11:00:00 team api resolved warning queue"]
    );
}

#[test]
fn a_condition_that_holds_without_its_measurement_fires_without_it() {
    let rules = vec![rule("either", "!(healthy && metrics.queue < 5)", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    at(&mut scenario, 0, 'H', &[("queue", 1.0)]);
    at(&mut scenario, 1, 'U', &[]);
    assert_eq!(
        notices(&at(&mut scenario, 2, 'U', &[]).deliveries),
        ["10:02:00 team api firing warning either"]
    );
}

#[test]
fn an_alert_without_measurements_is_resolved_after_a_day() {
    let rules = vec![rule("queue", "metrics.queue > 5", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    at(&mut scenario, 0, 'H', &[("queue", 6.0)]);
    at(&mut scenario, 60, 'H', &[("queue", 6.0)]);
    let day = 24 * 60;
    assert!(at(&mut scenario, day + 59, 'H', &[]).alerts.is_empty(), "true 23:59 h before");
    assert!(at(&mut scenario, day + 60, '?', &[]).alerts.is_empty(), "nothing was measured at all");
    let over = at(&mut scenario, day + 61, 'H', &[]);
    assert_eq!(notices(&over.deliveries), ["11:01:00 team api resolved warning queue"]);
}

#[test]
fn a_pending_alert_ends_after_a_day_without_measurements() {
    let mut queue = rule("queue", "metrics.queue > 5", Severity::Warning);
    queue.hold_for = Duration::from_hours(23);
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], vec![queue]));
    at(&mut scenario, 0, 'H', &[("queue", 6.0)]);
    at(&mut scenario, 24 * 60, 'H', &[]);
    assert!(at(&mut scenario, 24 * 60 + 1, 'H', &[("queue", 6.0)]).alerts.is_empty());
}

#[test]
fn an_alert_on_a_value_missing_from_the_config_is_resolved() {
    let rules =
        vec![rule("slow", "response_time_ms > expected_response_time_ms * 2", Severity::Warning)];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules.clone()));
    assert_eq!(notices(&scenario.fold_letters("HS").deliveries).len(), 1);
    let mut unexpected = monitor("api");
    unexpected.expected_response_time = None;
    let mut later = FoldScenario::new(config(vec![unexpected], rules));
    later.state = std::mem::take(&mut scenario.state);
    let over = at(&mut later, 1, 'S', &[]);
    assert_eq!(notices(&over.deliveries), ["10:01:00 team api resolved warning slow"]);
}

#[test]
fn an_account_alert_goes_to_its_owner_with_the_measured_value() {
    let mut scenario = two_audiences();
    let metrics = [("headroom_percent", 4.0), ("remaining_tokens", 400.0)];
    let low = labelled(&mut scenario, 0, 'H', &metrics, &[("tightest", "tokens")]);
    assert_eq!(notices(&low.deliveries), ["10:00:00 owners api firing warning low_headroom"]);
    let notification = &low.deliveries[0].notification;
    assert_eq!(notification.message, "headroom_percent = 4 (tokens)");
    assert_eq!(notification.title(), "api: low_headroom");
    assert_eq!((notification.fault, notification.reason), (Some(Fault::Quota), None));
    let over = at(&mut scenario, 1, 'H', &[("headroom_percent", 80.0)]);
    assert_eq!(notices(&over.deliveries), ["10:01:00 owners api resolved warning low_headroom"]);
    assert_eq!(over.deliveries[0].notification.fault, Some(Fault::Quota));
}

#[test]
fn account_alerts_and_outages_use_separate_channels() {
    let mut scenario = two_audiences();
    at(&mut scenario, 0, 'H', &[("headroom_percent", 4.0)]);
    let mut down = Decision::default();
    for minutes in 1..6 {
        down.append(at(&mut scenario, minutes, 'U', &[]));
    }
    assert_eq!(
        notices(&down.deliveries),
        ["10:03:00 public api firing critical consecutive_failures"]
    );
    assert!(
        down.deliveries[0].notification.still_firing.is_empty(),
        "the other channel is not concerned"
    );
    let mut over = at(&mut scenario, 6, 'H', &[]);
    over.append(at(&mut scenario, 7, 'H', &[]));
    assert_eq!(
        notices(&over.deliveries),
        ["10:06:00 public api resolved critical consecutive_failures+service_down"]
    );
    assert_eq!(over.deliveries[0].notification.title(), "All clear: api is healthy");
    let end = at(&mut scenario, 8, 'H', &[("headroom_percent", 50.0)]);
    assert_eq!(notices(&end.deliveries), ["10:08:00 owners api resolved warning low_headroom"]);
    assert_eq!(end.deliveries[0].notification.fault, Some(Fault::Quota));
}

#[test]
fn an_account_alert_hides_no_other_and_its_higher_severity_is_notified() {
    let mut scenario = two_audiences();
    let soon = [("key_expires_days", 13.0), ("headroom_percent", 9.0)];
    at(&mut scenario, 0, 'H', &[("headroom_percent", 9.0)]);
    assert_eq!(
        notices(&at(&mut scenario, 1, 'H', &soon).deliveries),
        ["10:01:00 owners api firing warning key_expires_soon"]
    );
    let labels = [("model", "gpt-4o-mini")];
    let in_30 = labelled(&mut scenario, 2, 'H', &[("model_shutdown_days", 30.0)], &labels);
    assert_eq!(
        notices(&in_30.deliveries),
        ["10:02:00 owners api firing warning model_retires_in_30_days+model_retires_in_90_days"]
    );
    assert_eq!(in_30.deliveries[0].notification.message, "model_shutdown_days = 30 (gpt-4o-mini)");
    assert_eq!(
        notices(&at(&mut scenario, 3, 'H', &[("model_shutdown_days", 7.0)]).deliveries),
        [
            "10:03:00 owners api updated error model_retires_in_7_days+model_retires_in_30_days+model_retires_in_90_days"
        ]
    );
    let again = at(&mut scenario, 4, 'H', &[("model_shutdown_days", 29.0)]);
    assert_eq!(
        notices(&again.deliveries),
        ["10:04:00 owners api resolved error model_retires_in_7_days"],
        "their date was moved"
    );
}

#[test]
fn an_outage_and_an_account_alert_are_separate_messages() {
    let mut matter = rule("retires", "metrics.days < 2", Severity::Critical);
    matter.fault = Some(Fault::Request);
    let rules = vec![rule("down", "unhealthy", Severity::Warning), matter];
    let mut scenario = FoldScenario::new(config(vec![monitor("api")], rules));
    at(&mut scenario, 0, 'H', &[]);
    at(&mut scenario, 1, 'U', &[]);
    let decided = at(&mut scenario, 2, 'U', &[("days", 1.0)]);
    assert_eq!(
        notices(&decided.deliveries),
        ["10:02:00 team api firing warning down", "10:02:00 team api firing critical retires"],
        "the outage can end before the account is in order"
    );
    let trouble = finding('U').verdict.cause().unwrap().message.clone();
    assert_eq!(decided.deliveries[0].notification.message, trouble);
    at(&mut scenario, 3, 'H', &[("days", 9.0)]);
    let over = at(&mut scenario, 4, 'H', &[("days", 9.0)]);
    assert_eq!(over.deliveries[0].notification.message, trouble);
}

#[test]
fn small_amounts_are_not_an_anomaly() {
    let mut scenario = two_audiences();
    let small = [("spend_anomaly", 9.0), ("spend_yesterday_usd", 4.0)];
    assert!(at(&mut scenario, 0, 'H', &small).alerts.is_empty());
    let large = [("spend_anomaly", 2.5), ("spend_yesterday_usd", 40.0)];
    assert_eq!(
        at(&mut scenario, 1, 'H', &large).deliveries[0].notification.message,
        "spend_anomaly = 2.5, spend_yesterday_usd = 40"
    );
}

fn provider_labels(level: &str) -> Vec<(&str, &str)> {
    vec![("provider_status", level), ("provider_headline", "Elevated errors")]
}

fn provider_sentences(decision: &Decision) -> Vec<(NoticeKind, &str)> {
    let notifications = decision.deliveries.iter().map(|delivery| &delivery.notification);
    notifications
        .map(|one| (one.kind, one.provider_status.as_deref().unwrap_or_default()))
        .collect()
}

#[test]
fn the_delay_of_the_provider_report_is_in_the_notice() {
    let mut scenario = FoldScenario::of_one();
    let fine = [("provider_status", "operational")];
    labelled(&mut scenario, 0, 'H', &[], &fine);
    let mut down = Decision::default();
    for minutes in 1..4 {
        down.append(labelled(&mut scenario, minutes, 'U', &[], &fine));
    }
    assert_eq!(
        provider_sentences(&down),
        [(
            NoticeKind::Firing,
            "The provider reports: operational; we detected the problem 2m ago."
        )]
    );
    for minutes in 4..20 {
        let level = if minutes < 15 { "operational" } else { "degraded" };
        labelled(&mut scenario, minutes, 'U', &[], &provider_labels(level));
    }
    labelled(&mut scenario, 20, 'H', &[], &provider_labels("degraded"));
    let over = labelled(&mut scenario, 21, 'H', &[], &fine);
    assert_eq!(
        provider_sentences(&over),
        [(
            NoticeKind::Resolved,
            "The provider reports: operational; it reported the problem 14m after our detection."
        )]
    );
}

#[test]
fn an_earlier_provider_report_is_in_the_notice_and_changes_no_verdict() {
    let mut scenario = FoldScenario::of_one();
    assert!(labelled(&mut scenario, 0, 'H', &[], &provider_labels("down")).deliveries.is_empty());
    assert!(labelled(&mut scenario, 5, 'H', &[], &provider_labels("down")).is_empty());
    let mut down = Decision::default();
    let mut identified = provider_labels("down");
    identified.push(("provider_phase", "identified"));
    for minutes in 6..9 {
        down.append(labelled(&mut scenario, minutes, 'U', &[], &identified));
    }
    let sentence = "The provider reports: down (“Elevated errors”, identified), first reported 6m \
                    before our detection.";
    assert_eq!(provider_sentences(&down), [(NoticeKind::Firing, sentence)]);
}

#[test]
fn a_second_outage_does_not_reuse_the_lag_of_the_first() {
    let mut scenario = FoldScenario::of_one();
    labelled(&mut scenario, 0, 'H', &[], &[("provider_status", "operational")]);
    let lag = |scenario: &FoldScenario| {
        scenario.state.monitors[&id("api")].provider_status.as_ref().unwrap().lag
    };
    for (minutes, letter) in (1..).zip("UUUHH?UU".chars()) {
        let level = if minutes < 3 { "operational" } else { "degraded" };
        labelled(&mut scenario, minutes, letter, &[], &provider_labels(level));
        if minutes == 5 {
            assert_eq!(lag(&scenario), Some(SignedDuration::from_mins(2)), "they were later");
        }
    }
    assert_eq!(
        lag(&scenario),
        Some(SignedDuration::from_mins(-4)),
        "they spoke at 3, it fails from 7"
    );
    for (minutes, letter) in (9..).zip("??UU".chars()) {
        labelled(&mut scenario, minutes, letter, &[], &provider_labels("degraded"));
    }
    assert_eq!(
        lag(&scenario),
        Some(SignedDuration::from_mins(-4)),
        "the same trouble after a pause"
    );
}

#[test]
fn an_own_fault_is_not_compared_with_the_provider_status() {
    let mut scenario = FoldScenario::of_one();
    let fine = [("provider_status", "operational")];
    let mut down = Decision::default();
    for minutes in 0..3 {
        down.append(labelled(&mut scenario, minutes, 'K', &[], &fine));
    }
    assert_eq!(
        provider_sentences(&down),
        [(NoticeKind::Firing, "The provider reports: operational.")]
    );
    assert_eq!(down.deliveries[0].notification.reason, Some(Reason::AuthInvalid));
    let known = &scenario.state.monitors[&id("api")];
    assert_eq!(known.provider_status.as_ref().unwrap().lag, None);
}

#[test]
fn a_provider_status_without_updates_expires() {
    let mut scenario = FoldScenario::of_one();
    labelled(&mut scenario, 0, 'H', &[], &[("provider_status", "operational")]);
    let provider_status =
        |scenario: &FoldScenario| scenario.state.monitors[&id("api")].provider_status.clone();
    at(&mut scenario, 5 * 60, 'H', &[]);
    assert!(provider_status(&scenario).is_some());
    at(&mut scenario, 6 * 60, 'H', &[]);
    assert_eq!(provider_status(&scenario), None);
}

#[test]
fn only_a_lasting_rate_limit_is_notified() {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Throttled];
    let mut config = config(vec![monitor("api")], builtin_rules());
    config.channels = vec![owners];
    let mut scenario = FoldScenario::new(config);
    let mut limited = |minutes: u64| {
        let cause = Cause::of(Reason::Throttled, "slow down");
        let finding = Finding::of(Verdict::Degraded(cause));
        let outcome = Outcome::new(id("api"), Duration::ZERO, finding, 1);
        fold_one(&mut scenario, start() + Duration::from_mins(minutes), outcome)
    };
    for minutes in 0..10 {
        assert_eq!(limited(minutes).deliveries, [], "after {minutes} minutes");
    }
    let notices: Vec<Decision> = (10..13).map(&mut limited).collect();
    let rules: Vec<&str> = notices
        .iter()
        .flat_map(|decision| &decision.deliveries)
        .flat_map(|delivery| &delivery.notification.alerts)
        .map(|alert| alert.rule.as_str())
        .collect();
    assert_eq!(rules, ["rate_limited"]);
}
