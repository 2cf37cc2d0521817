//! Summaries are sent once when they are due, whatever happens in between.

use std::sync::Arc;

use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::{ChannelId, MonitorId, ShardId, SummaryId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Verdict;
use allclear_core::rule::RuleScope;
use allclear_core::status::Severity;
use allclear_core::summary::{Summary, SummaryPeriod};
use allclear_engine::ConfigAge;
use allclear_engine::evaluate::Evaluator;
use allclear_support::{CallOutcome, Operation, PlannedFault};

use crate::world::{Store, at, config, down, evaluator_of};

/// One hour in seconds. The first run is at 10:00, summaries are due at 11:00.
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn channel(id: &str, min_severity: Severity) -> Channel {
    Channel {
        id: ChannelId::new(id).unwrap(),
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter { min_severity, faults: Vec::new(), scope: RuleScope::default() },
    }
}

fn daily(channels: &[&str]) -> Arc<Config> {
    let summary = Summary {
        id: SummaryId::new("daily").unwrap(),
        every: SummaryPeriod::Day,
        at: "11:00".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        channels: channels.iter().map(|id| ChannelId::new(id).unwrap()).collect(),
    };
    Arc::new(Config {
        channels: vec![channel("team", Severity::Info), channel("pager", Severity::Critical)],
        summaries: vec![summary],
        ..Config::clone(&config())
    })
}

async fn evaluate(evaluator: &mut Evaluator, store: &Store, second: u64) -> Vec<Delivery> {
    let decided = evaluator.evaluate(&**store, &ShardId::main(), at(second)).await.unwrap();
    let is_summary = |one: &Delivery| one.notification.kind == NoticeKind::Summary;
    decided.deliveries.into_iter().filter(is_summary).collect()
}

/// Records and folds runs at these seconds.
async fn evaluate_at(evaluator: &mut Evaluator, store: &Store, seconds: &[u64]) -> Vec<Delivery> {
    let mut summaries = Vec::new();
    for second in seconds {
        store.record(*second, Verdict::Healthy);
        summaries.extend(evaluate(evaluator, store, *second).await);
    }
    summaries
}

#[tokio::test]
async fn a_summary_is_sent_once_to_each_channel_that_accepts_it() {
    let (store, mut evaluator) = (Store::default(), evaluator_of(daily(&[])));
    assert!(evaluate_at(&mut evaluator, &store, &[0, HOUR - 1]).await.is_empty());
    let sent = evaluate_at(&mut evaluator, &store, &[HOUR]).await;
    assert_eq!(sent.len(), 1, "the pager takes nothing so mild");
    assert_eq!(sent[0].channel.as_str(), "team");
    assert_eq!(sent[0].notification.title(), "Daily summary, 2026-11-21");
    assert_eq!(sent[0].notification.since.to_string(), "2026-11-20T11:00:00Z");
    let mut restarted = evaluator_of(daily(&[]));
    assert!(evaluate_at(&mut restarted, &store, &[HOUR + 30, DAY]).await.is_empty());
    let next = evaluate_at(&mut restarted, &store, &[DAY + HOUR]).await;
    assert_eq!(next.len(), 1);
    assert_ne!(next[0].id, sent[0].id);
}

#[tokio::test]
async fn only_the_latest_of_several_missed_summaries_is_sent() {
    let (store, mut evaluator) = (Store::default(), evaluator_of(daily(&["pager"])));
    evaluate_at(&mut evaluator, &store, &[0]).await;
    let sent =
        evaluate_at(&mut evaluator_of(daily(&["pager"])), &store, &[3 * DAY + 5 * HOUR]).await;
    let titles: Vec<String> = sent.iter().map(|one| one.notification.title()).collect();
    assert_eq!(titles, ["Daily summary, 2026-11-24"]);
    assert_eq!(sent[0].notification.at, at(3 * DAY + HOUR), "it covers no more than its day");
    assert_eq!(sent[0].channel.as_str(), "pager", "it was named");
}

#[tokio::test]
async fn an_outage_that_ended_unnotified_is_in_the_summary() {
    let (store, mut evaluator) = (Store::default(), evaluator_of(daily(&[])));
    evaluate_at(&mut evaluator, &store, &[0]).await;
    for second in [1_800, 1_830, HOUR, HOUR + 600] {
        store.record(second, down());
        evaluate(&mut evaluator, &store, second).await;
    }
    for second in [30, 60, 90] {
        store.record(DAY + HOUR + second, Verdict::Healthy);
    }
    let sent = evaluate(&mut evaluator, &store, DAY + HOUR + 90).await;
    let message = &sent[0].notification.message;
    let expected = "down once, for 1d from 2026-11-21 11:00 UTC\n";
    assert!(message.contains(expected), "{message}");
}

#[tokio::test]
async fn an_outage_ends_when_the_config_no_longer_has_its_monitor() {
    let store = Store::default();
    let mut evaluator = evaluator_of(daily(&[]));
    evaluate_at(&mut evaluator, &store, &[0, HOUR]).await;
    for second in [HOUR + 600, HOUR + 630, HOUR + 1_200] {
        store.record(second, down());
        evaluate(&mut evaluator, &store, second).await;
    }
    let mut without = Config::clone(&daily(&[]));
    let removed = without.monitors.remove(0);
    without.monitors.push(Monitor::new(MonitorId::new("web").unwrap(), removed.check));
    evaluate(&mut evaluator_of(Arc::new(without)), &store, HOUR + 1_260).await;

    let mut returned = evaluator_of(daily(&[]));
    evaluate_at(&mut returned, &store, &[20 * HOUR, 20 * HOUR + 30]).await;
    let sent = evaluate_at(&mut returned, &store, &[DAY + HOUR]).await;
    let message = &sent[0].notification.message;
    assert!(message.contains("down once, for 11m from 2026-11-21 11:10 UTC"), "{message}");
}

#[tokio::test]
async fn a_new_summary_waits_for_its_time_and_a_removed_one_is_not_sent() {
    let store = Store::default();
    assert!(evaluate_at(&mut evaluator_of(config()), &store, &[0, HOUR, DAY]).await.is_empty());
    let mut evaluator = evaluator_of(daily(&[]));
    assert!(evaluate_at(&mut evaluator, &store, &[DAY + 60]).await.is_empty());
    assert_eq!(evaluate_at(&mut evaluator, &store, &[DAY + HOUR]).await.len(), 1);
}

#[tokio::test]
async fn an_older_config_without_a_summary_keeps_its_state() {
    let (store, mut evaluator) = (Store::default(), evaluator_of(daily(&[])));
    evaluate_at(&mut evaluator, &store, &[0]).await;
    let mut older = evaluator_of(config());
    older.set_config_age(ConfigAge::Older);
    assert!(evaluate_at(&mut older, &store, &[HOUR]).await.is_empty());
    assert_eq!(evaluate_at(&mut evaluator_of(daily(&[])), &store, &[HOUR + 60]).await.len(), 1);
    assert!(evaluate_at(&mut evaluator_of(config()), &store, &[DAY]).await.is_empty());
    let sent = evaluate_at(&mut evaluator_of(daily(&[])), &store, &[DAY + HOUR]).await;
    assert!(sent.is_empty(), "a summary that is removed and added again starts without a state");
}

#[tokio::test]
async fn a_summary_is_sent_once_despite_a_lost_race_or_a_busy_store() {
    let (store, mut evaluator) = (Store::default(), evaluator_of(daily(&[])));
    evaluate_at(&mut evaluator, &store, &[0]).await;
    store.inject(PlannedFault::on(Operation::Transitions, CallOutcome::Unavailable));
    assert!(evaluate_at(&mut evaluator, &store, &[HOUR]).await.is_empty(), "it has to wait");
    store.fail_commits(1, CallOutcome::Conflict);
    assert_eq!(evaluate(&mut evaluator, &store, HOUR + 1).await.len(), 1);
    assert!(evaluate(&mut evaluator_of(daily(&[])), &store, HOUR + 2).await.is_empty());
}

#[tokio::test]
async fn a_summary_reports_uptimes_outages_and_alerts() {
    let mut config = Config::clone(&daily(&[]));
    config.monitors[0].check.kind = "llm".to_owned();
    let (store, mut evaluator) = (Store::default(), evaluator_of(Arc::new(config)));
    evaluate_at(&mut evaluator, &store, &[0, HOUR]).await;
    for minute in 61..71 {
        store.record(minute * 60, down());
    }
    for minute in 71..(25 * 60) {
        store.record(minute * 60, Verdict::Healthy);
    }
    let metrics = [
        ("headroom_percent", 12.0),
        ("balance_usd", 12.4),
        ("balance_days_left", 9.3),
        ("spend_yesterday_usd", 41.2),
        ("spend_usual_usd", 38.0),
        ("model_shutdown_days", 21.0),
    ];
    let labels = [("tightest", "tokens"), ("model", "gpt-4o-mini")];
    store.record_measured(DAY + 1, &metrics, &labels);
    store.record(DAY + HOUR, Verdict::Healthy);
    let sent = evaluate(&mut evaluator, &store, DAY + HOUR).await;
    let expected = "\
        API: uptime 99.30 %, down once, for 10m from 2026-11-21 11:01 UTC: http_status\n\
        Alerts: 1 fired (1 critical).\n\
        Spend of API: $41.20 yesterday (usually $38.00), balance $12.40, enough for 9 days.\n\
        Headroom of API: 12 % of tokens.\n\
        Retires in 21 days: gpt-4o-mini of API.\n\
        Cost of the checks: $0.0100, $0.0100 this month.";
    assert_eq!(sent[0].notification.message, expected);
}
