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

use crate::scenario::{Stage, builtin_rules, channel, config, finding, id, monitor, rule};
use crate::scenario::{start, told};

/// Folds an outcome of `api` at `minutes` after the start.
fn at(stage: &mut Stage, minutes: u64, letter: char, metrics: &[(&str, f64)]) -> Decision {
    labelled(stage, minutes, letter, metrics, &[])
}

fn labelled(
    stage: &mut Stage,
    minutes: u64,
    letter: char,
    metrics: &[(&str, f64)],
    labels: &[(&str, &str)],
) -> Decision {
    let mut outcome = Outcome::new(id("api"), Duration::ZERO, finding(letter), 1);
    outcome.metrics = metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    outcome.labels =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    fold_one(stage, start() + Duration::from_mins(minutes), outcome)
}

fn fold_one(stage: &mut Stage, scheduled_at: Timestamp, outcome: Outcome) -> Decision {
    let key = RunKey { scheduled_at, region: RegionId::local(), lane: Lane::Main };
    let shard = ShardId::main();
    let run =
        Run { shard, key, lag: Duration::ZERO, took: Duration::ZERO, outcomes: vec![outcome] };
    fold(&mut stage.state, &run, &stage.index)
}

fn two_audiences() -> Stage {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Credentials, Fault::Quota, Fault::Request];
    let mut public = channel("public");
    public.filter.faults = vec![Fault::Target];
    let mut config = config(vec![monitor("api")], builtin_rules());
    config.channels = vec![owners, public];
    Stage::new(config)
}

#[test]
fn an_occasional_measurement_that_is_absent_changes_no_alert() {
    let mut queue = rule("queue", "metrics.queue > 5", Severity::Warning);
    queue.hold_for = Duration::from_mins(30);
    let mut stage = Stage::new(config(vec![monitor("api")], vec![queue]));
    assert!(at(&mut stage, 0, 'H', &[("queue", 6.0)]).alerts.is_empty());
    assert!(at(&mut stage, 15, 'H', &[]).alerts.is_empty(), "it is pending still");
    assert_eq!(
        told(&at(&mut stage, 30, 'H', &[("queue", 7.0)]).deliveries),
        ["10:30:00 team api firing warning queue"]
    );
    for minutes in 31..60 {
        assert!(at(&mut stage, minutes, 'H', &[]).is_empty());
    }
    assert_eq!(
        told(&at(&mut stage, 60, 'H', &[("queue", 5.0)]).deliveries),
        ["11:00:00 team api resolved warning queue"]
    );
}

#[test]
fn a_condition_that_holds_without_its_measurement_fires_without_it() {
    let rules = vec![rule("either", "!(healthy && metrics.queue < 5)", Severity::Warning)];
    let mut stage = Stage::new(config(vec![monitor("api")], rules));
    at(&mut stage, 0, 'H', &[("queue", 1.0)]);
    at(&mut stage, 1, 'U', &[]);
    assert_eq!(
        told(&at(&mut stage, 2, 'U', &[]).deliveries),
        ["10:02:00 team api firing warning either"]
    );
}

#[test]
fn an_alert_without_measurements_is_resolved_after_a_day() {
    let rules = vec![rule("queue", "metrics.queue > 5", Severity::Warning)];
    let mut stage = Stage::new(config(vec![monitor("api")], rules));
    at(&mut stage, 0, 'H', &[("queue", 6.0)]);
    at(&mut stage, 60, 'H', &[("queue", 6.0)]);
    let day = 24 * 60;
    assert!(at(&mut stage, day + 59, 'H', &[]).alerts.is_empty(), "true 23:59 h before");
    assert!(at(&mut stage, day + 60, '?', &[]).alerts.is_empty(), "nothing was measured at all");
    let over = at(&mut stage, day + 61, 'H', &[]);
    assert_eq!(told(&over.deliveries), ["11:01:00 team api resolved warning queue"]);
}

#[test]
fn a_pending_alert_ends_after_a_day_without_measurements() {
    let mut queue = rule("queue", "metrics.queue > 5", Severity::Warning);
    queue.hold_for = Duration::from_hours(23);
    let mut stage = Stage::new(config(vec![monitor("api")], vec![queue]));
    at(&mut stage, 0, 'H', &[("queue", 6.0)]);
    at(&mut stage, 24 * 60, 'H', &[]);
    assert!(at(&mut stage, 24 * 60 + 1, 'H', &[("queue", 6.0)]).alerts.is_empty());
}

#[test]
fn an_alert_on_a_value_missing_from_the_config_is_resolved() {
    let rules =
        vec![rule("slow", "response_time_ms > expected_response_time_ms * 2", Severity::Warning)];
    let mut stage = Stage::new(config(vec![monitor("api")], rules.clone()));
    assert_eq!(told(&stage.play("HS").deliveries).len(), 1);
    let mut unexpected = monitor("api");
    unexpected.expected_response_time = None;
    let mut later = Stage::new(config(vec![unexpected], rules));
    later.state = std::mem::take(&mut stage.state);
    let over = at(&mut later, 1, 'S', &[]);
    assert_eq!(told(&over.deliveries), ["10:01:00 team api resolved warning slow"]);
}

#[test]
fn an_account_alert_goes_to_its_owner_with_the_measured_value() {
    let mut stage = two_audiences();
    let metrics = [("headroom_percent", 4.0), ("remaining_tokens", 400.0)];
    let low = labelled(&mut stage, 0, 'H', &metrics, &[("tightest", "tokens")]);
    assert_eq!(told(&low.deliveries), ["10:00:00 owners api firing warning low_headroom"]);
    let notification = &low.deliveries[0].notification;
    assert_eq!(notification.message, "headroom_percent = 4 (tokens)");
    assert_eq!(notification.title(), "api: low_headroom");
    assert_eq!((notification.fault, notification.reason), (Some(Fault::Quota), None));
    let over = at(&mut stage, 1, 'H', &[("headroom_percent", 80.0)]);
    assert_eq!(told(&over.deliveries), ["10:01:00 owners api resolved warning low_headroom"]);
    assert_eq!(over.deliveries[0].notification.fault, Some(Fault::Quota));
}

#[test]
fn account_alerts_and_outages_use_separate_channels() {
    let mut stage = two_audiences();
    at(&mut stage, 0, 'H', &[("headroom_percent", 4.0)]);
    let mut down = Decision::default();
    for minutes in 1..6 {
        down.append(at(&mut stage, minutes, 'U', &[]));
    }
    assert_eq!(
        told(&down.deliveries),
        ["10:03:00 public api firing critical consecutive_failures"]
    );
    assert!(down.deliveries[0].notification.still_firing.is_empty(), "no business of theirs");
    let mut over = at(&mut stage, 6, 'H', &[]);
    over.append(at(&mut stage, 7, 'H', &[]));
    assert_eq!(
        told(&over.deliveries),
        ["10:06:00 public api resolved critical consecutive_failures"]
    );
    assert_eq!(over.deliveries[0].notification.title(), "All clear: api is healthy");
    let end = at(&mut stage, 8, 'H', &[("headroom_percent", 50.0)]);
    assert_eq!(told(&end.deliveries), ["10:08:00 owners api resolved warning low_headroom"]);
    assert_eq!(end.deliveries[0].notification.fault, Some(Fault::Quota));
}

#[test]
fn an_account_alert_hides_no_other_and_its_higher_severity_is_notified() {
    let mut stage = two_audiences();
    let soon = [("key_expires_days", 13.0), ("headroom_percent", 9.0)];
    at(&mut stage, 0, 'H', &[("headroom_percent", 9.0)]);
    assert_eq!(
        told(&at(&mut stage, 1, 'H', &soon).deliveries),
        ["10:01:00 owners api firing warning key_expires_soon"]
    );
    let labels = [("model", "gpt-4o-mini")];
    let in_30 = labelled(&mut stage, 2, 'H', &[("model_shutdown_days", 30.0)], &labels);
    assert_eq!(
        told(&in_30.deliveries),
        ["10:02:00 owners api firing warning model_retires_in_30_days+model_retires_in_90_days"]
    );
    assert_eq!(in_30.deliveries[0].notification.message, "model_shutdown_days = 30 (gpt-4o-mini)");
    assert_eq!(
        told(&at(&mut stage, 3, 'H', &[("model_shutdown_days", 7.0)]).deliveries),
        ["10:03:00 owners api firing error model_retires_in_7_days"]
    );
    let again = at(&mut stage, 4, 'H', &[("model_shutdown_days", 29.0)]);
    assert_eq!(
        told(&again.deliveries),
        ["10:04:00 owners api resolved error model_retires_in_7_days"],
        "their date was moved"
    );
}

#[test]
fn an_outage_notice_names_a_more_severe_account_alert() {
    let mut matter = rule("retires", "metrics.days < 2", Severity::Critical);
    matter.fault = Some(Fault::Request);
    let rules = vec![rule("down", "unhealthy", Severity::Warning), matter];
    let mut stage = Stage::new(config(vec![monitor("api")], rules));
    at(&mut stage, 0, 'H', &[]);
    at(&mut stage, 1, 'U', &[]);
    let decided = at(&mut stage, 2, 'U', &[("days", 1.0)]);
    assert_eq!(
        told(&decided.deliveries),
        ["10:02:00 team api firing critical retires+down"],
        "one notice for both"
    );
    let trouble = finding('U').verdict.cause().unwrap().message.clone();
    assert_eq!(decided.deliveries[0].notification.message, trouble);
    at(&mut stage, 3, 'H', &[("days", 9.0)]);
    let over = at(&mut stage, 4, 'H', &[("days", 9.0)]);
    assert_eq!(over.deliveries[0].notification.message, trouble);
}

#[test]
fn small_amounts_are_not_an_anomaly() {
    let mut stage = two_audiences();
    let small = [("spend_anomaly", 9.0), ("spend_yesterday_usd", 4.0)];
    assert!(at(&mut stage, 0, 'H', &small).alerts.is_empty());
    let large = [("spend_anomaly", 2.5), ("spend_yesterday_usd", 40.0)];
    assert_eq!(
        at(&mut stage, 1, 'H', &large).deliveries[0].notification.message,
        "spend_anomaly = 2.5, spend_yesterday_usd = 40"
    );
}

fn says(level: &str) -> Vec<(&str, &str)> {
    vec![("provider_status", level), ("provider_headline", "Elevated errors")]
}

fn words(decision: &Decision) -> Vec<(NoticeKind, &str)> {
    let notifications = decision.deliveries.iter().map(|delivery| &delivery.notification);
    notifications.map(|one| (one.kind, one.word.as_deref().unwrap_or_default())).collect()
}

#[test]
fn the_delay_of_the_provider_report_is_in_the_notice() {
    let mut stage = Stage::of_one();
    let fine = [("provider_status", "operational")];
    labelled(&mut stage, 0, 'H', &[], &fine);
    let mut down = Decision::default();
    for minutes in 1..4 {
        down.append(labelled(&mut stage, minutes, 'U', &[], &fine));
    }
    assert_eq!(
        words(&down),
        [(
            NoticeKind::Firing,
            "The provider reports: operational; we detected the problem 2m ago."
        )]
    );
    for minutes in 4..20 {
        let level = if minutes < 15 { "operational" } else { "degraded" };
        labelled(&mut stage, minutes, 'U', &[], &says(level));
    }
    labelled(&mut stage, 20, 'H', &[], &says("degraded"));
    let over = labelled(&mut stage, 21, 'H', &[], &fine);
    assert_eq!(
        words(&over),
        [(
            NoticeKind::Resolved,
            "The provider reports: operational; it reported the problem 14m after our detection."
        )]
    );
}

#[test]
fn an_earlier_provider_report_is_in_the_notice_and_changes_no_verdict() {
    let mut stage = Stage::of_one();
    assert!(labelled(&mut stage, 0, 'H', &[], &says("down")).deliveries.is_empty());
    assert!(labelled(&mut stage, 5, 'H', &[], &says("down")).is_empty());
    let mut down = Decision::default();
    for minutes in 6..9 {
        down.append(labelled(&mut stage, minutes, 'U', &[], &says("down")));
    }
    assert_eq!(
        words(&down),
        [(
            NoticeKind::Firing,
            "The provider reports: down (“Elevated errors”), first reported 6m before our detection."
        )]
    );
}

#[test]
fn a_second_outage_does_not_reuse_the_lag_of_the_first() {
    let mut stage = Stage::of_one();
    labelled(&mut stage, 0, 'H', &[], &[("provider_status", "operational")]);
    let lag = |stage: &Stage| stage.state.monitors[&id("api")].word.as_ref().unwrap().lag;
    for (minutes, letter) in (1..).zip("UUUHH?UU".chars()) {
        let level = if minutes < 3 { "operational" } else { "degraded" };
        labelled(&mut stage, minutes, letter, &[], &says(level));
        if minutes == 5 {
            assert_eq!(lag(&stage), Some(SignedDuration::from_mins(2)), "they were later");
        }
    }
    assert_eq!(
        lag(&stage),
        Some(SignedDuration::from_mins(-4)),
        "they spoke at 3, it fails from 7"
    );
    for (minutes, letter) in (9..).zip("??UU".chars()) {
        labelled(&mut stage, minutes, letter, &[], &says("degraded"));
    }
    assert_eq!(lag(&stage), Some(SignedDuration::from_mins(-4)), "the same trouble after a pause");
}

#[test]
fn an_own_fault_is_not_compared_with_the_provider_status() {
    let mut stage = Stage::of_one();
    let fine = [("provider_status", "operational")];
    let mut down = Decision::default();
    for minutes in 0..3 {
        down.append(labelled(&mut stage, minutes, 'K', &[], &fine));
    }
    assert_eq!(words(&down), [(NoticeKind::Firing, "The provider reports: operational.")]);
    assert_eq!(down.deliveries[0].notification.reason, Some(Reason::AuthInvalid));
    let known = &stage.state.monitors[&id("api")];
    assert_eq!(known.word.as_ref().unwrap().lag, None);
}

#[test]
fn a_provider_status_without_updates_expires() {
    let mut stage = Stage::of_one();
    labelled(&mut stage, 0, 'H', &[], &[("provider_status", "operational")]);
    let word = |stage: &Stage| stage.state.monitors[&id("api")].word.clone();
    at(&mut stage, 5 * 60, 'H', &[]);
    assert!(word(&stage).is_some());
    at(&mut stage, 6 * 60, 'H', &[]);
    assert_eq!(word(&stage), None);
}

#[test]
fn only_a_lasting_rate_limit_is_notified() {
    let mut owners = channel("owners");
    owners.filter.faults = vec![Fault::Throttled];
    let mut config = config(vec![monitor("api")], builtin_rules());
    config.channels = vec![owners];
    let mut stage = Stage::new(config);
    let mut limited = |minutes: u64| {
        let cause = Cause::of(Reason::Throttled, "slow down");
        let finding = Finding::of(Verdict::Degraded(cause));
        let outcome = Outcome::new(id("api"), Duration::ZERO, finding, 1);
        fold_one(&mut stage, start() + Duration::from_mins(minutes), outcome)
    };
    for minutes in 0..10 {
        assert_eq!(limited(minutes).deliveries, [], "after {minutes} minutes");
    }
    let told: Vec<Decision> = (10..13).map(&mut limited).collect();
    let rules: Vec<&str> = told
        .iter()
        .flat_map(|decision| &decision.deliveries)
        .flat_map(|delivery| &delivery.notification.alerts)
        .map(|alert| alert.rule.as_str())
        .collect();
    assert_eq!(rules, ["rate_limited"]);
}
