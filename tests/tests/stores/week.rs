//! A week of one shard, evaluated on each store: the decisions and the deliveries are the same.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::event::{AlertRecord, SuppressedBy, Suppression, Transition};
use allclear_core::id::ShardId;
use allclear_core::ports::{
    Outbox, ReadOperatorEntries, RecordOperatorEntries, RecordRun, Recorded,
};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::run::Run;
use allclear_core::state::{Decision, ShardState};
use allclear_engine::evaluate::{EvaluateStore, Shards};
use allclear_evaluate::ConfigIndex;
use allclear_local::SqliteStore;
use allclear_support::MemoryStore;
use insta::assert_snapshot;

use crate::script::{self, Event, N_HOURS, config_of, hour, start};
use crate::table;

/// The ports of a store that the week uses.
trait WeekStore:
    EvaluateStore + ReadOperatorEntries + RecordOperatorEntries + RecordRun + Outbox
{
}

impl<S> WeekStore for S where
    S: EvaluateStore + ReadOperatorEntries + RecordOperatorEntries + RecordRun + Outbox
{
}

/// The facts of a week, as the evaluator has returned them and as the store has kept them.
#[derive(Debug, PartialEq)]
struct Week {
    /// The decisions of each evaluation.
    decided: Vec<(Timestamp, Decision)>,
    state: ShardState,
    transitions: Vec<Transition>,
    alerts: Vec<AlertRecord>,
    suppressions: Vec<Suppression>,
    deliveries: Vec<Delivery>,
    owed: Vec<Delivery>,
    hours: Vec<RollupRecord>,
    days: Vec<RollupRecord>,
}

/// An evaluator process on a store.
struct Process<'a, S> {
    store: &'a S,
    shards: Shards,
    decided: Vec<(Timestamp, Decision)>,
}

impl<'a, S: WeekStore> Process<'a, S> {
    fn new(store: &'a S) -> Self {
        Self { store, shards: shards_of(config_of(0)), decided: Vec::new() }
    }

    async fn evaluate(&mut self, oldest: Timestamp, now: Timestamp) {
        let evaluated = self.shards.evaluate(self.store, &ShardId::main(), oldest, now).await;
        assert!(evaluated.error.is_none(), "at {now}: {:?}", evaluated.error);
        if !evaluated.committed.is_empty() {
            self.decided.push((now, evaluated.committed));
        }
    }

    /// Evaluates at the times that the evaluator asks for, up to `end`.
    async fn wait_until(&mut self, end: Timestamp) {
        while let Some(at) = self.shards.next_notice_at(&ShardId::main()).filter(|at| *at < end) {
            self.evaluate(at, at).await;
        }
    }

    /// Records runs, in this order, and evaluates.
    async fn record(&mut self, runs: &[Run], now: Timestamp) {
        for run in runs {
            assert_eq!(self.store.record_run(run).await.unwrap(), Recorded::New);
        }
        let Some(oldest) = runs.iter().map(|run| run.key.scheduled_at).min() else { return };
        self.evaluate(oldest, now).await;
    }

    async fn meet(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Enter(entry) => self.store.add_operator_entry(&entry).await.unwrap(),
            Event::Acknowledge(monitor) => {
                let entry = script::acknowledgement(self.state(), monitor, now);
                self.store.add_operator_entry(&entry).await.unwrap();
            }
            Event::End(id) => {
                assert!(self.store.end_operator_entry(&id, now).await.unwrap().is_some());
            }
            Event::Config(n) => {
                self.shards.checkpoint(self.store).await.unwrap();
                self.shards = shards_of(config_of(n));
            }
            // The runs since the last checkpoint are folded again.
            Event::Crash(n) => self.shards = shards_of(config_of(n)),
        }
    }

    fn state(&self) -> &ShardState {
        self.shards.state(&ShardId::main()).unwrap()
    }
}

fn shards_of(config: Config) -> Shards {
    Shards::deployed(Arc::new(ConfigIndex::new(Arc::new(config)).unwrap()))
}

/// Evaluates the week on an empty store.
async fn lived_on<S: WeekStore>(store: &S) -> Week {
    let mut process = Process::new(store);
    let mut late: Vec<Run> = Vec::new();
    for n in 0..N_HOURS {
        let now = hour(n);
        process.wait_until(now).await;
        for event in script::events(n) {
            process.meet(event, now).await;
        }
        let mut runs = script::runs(n);
        runs.append(&mut late);
        if n % 13 == 5 {
            late.extend(runs.pop());
        }
        if n % 5 == 0 {
            runs.reverse();
        }
        process.record(&runs, now).await;
        if n % 7 == 3 {
            for run in &runs {
                assert_eq!(store.record_run(run).await.unwrap(), Recorded::Already);
            }
            process.evaluate(now, now + Duration::from_secs(1)).await;
        }
    }
    process.shards.checkpoint(store).await.unwrap();
    let state = store.load_state(&ShardId::main()).await.unwrap().unwrap().state;
    Week {
        decided: process.decided,
        state,
        transitions: store.transitions(start()).await.unwrap(),
        alerts: store.alerts(start()).await.unwrap(),
        suppressions: store.suppressions(start()).await.unwrap(),
        deliveries: store.deliveries(start()).await.unwrap(),
        owed: store.owed().await.unwrap(),
        hours: store.rollups(Period::Hour, start()).await.unwrap(),
        days: store.rollups(Period::Day, start()).await.unwrap(),
    }
}

/// Returns `2 10:00 team firing critical db/down db/failing` for each delivery.
fn notices(deliveries: &[Delivery]) -> String {
    let line = |delivery: &Delivery| {
        let notification = &delivery.notification;
        let of_others = notification.details.others.iter().flat_map(|one| &one.alerts);
        let alerts = notification.alerts.iter().map(|one| &one.id).chain(of_others);
        let names: Vec<String> =
            alerts.map(|id| id.as_str().rsplit_once('/').unwrap().0.to_owned()).collect();
        let at = delivery.created_at.to_string();
        let kind = format!("{:?}", notification.kind).to_lowercase();
        let change = notification.details.change.as_deref();
        let change = change.map(|text| format!(" ({text})")).unwrap_or_default();
        let (channel, severity) = (&delivery.channel, notification.severity);
        format!(
            "{} {} {channel} {kind} {severity} {}{change}",
            &at[8..10],
            &at[11..16],
            names.join(" ")
        )
    };
    deliveries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Compares a week with the one in memory, part by part.
fn assert_same(week: &Week, expected: &Week, place: &str) {
    let of = |week: &Week| notices(&week.deliveries);
    assert_eq!(of(week), of(expected), "the notices on {place}");
    for (one, other) in week.decided.iter().zip(&expected.decided) {
        assert_eq!(one, other, "a decision on {place}");
    }
    assert_eq!(week.state, expected.state, "the state on {place}");
    assert!(week == expected, "another part differs on {place}: {week:?} is not {expected:?}");
}

#[tokio::test]
async fn the_stores_in_memory_in_sqlite_and_in_dynamodb_decide_the_same() {
    let expected = lived_on(&MemoryStore::default()).await;

    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("allclear.db")).unwrap();
    assert_same(&lived_on(&sqlite).await, &expected, "SQLite");

    let dynamo = table::fresh().await;
    assert_same(&lived_on(&dynamo).await, &expected, "DynamoDB");
}

/// The config changes on the 6th at 14:00 and on the 8th at 10:00. What a change ends has ended then, and the channels
/// that it adds are notified from then on.
#[tokio::test]
async fn the_week_has_every_kind_of_notice_and_of_suppression() {
    let week = lived_on(&MemoryStore::default()).await;
    assert_snapshot!(notices(&week.deliveries), @"
    03 11:01 team firing error db/failing
    03 12:00 team updated critical db/down db/failing (the severity has risen from error to critical)
    03 14:00 team updated critical db/down db/failing (acknowledged by ann)
    03 19:00 team resolved critical db/down db/failing
    03 20:01 team firing critical api/down api/failing
    03 22:01 team reminder critical api/down api/failing
    03 23:01 pager firing critical api/down api/failing (not acknowledged in time)
    04 01:00 pager resolved critical api/down api/failing
    04 01:00 team resolved critical api/down api/failing
    04 10:01 team firing critical mail/down mail/failing
    04 13:00 team resolved critical mail/down mail/failing
    04 13:00 team momentary info mail/recovered
    04 20:01 team firing critical api/down api/failing
    04 23:00 team resolved critical api/down api/failing
    05 13:01 eu-team firing warning mail/partly
    05 19:00 eu-team resolved warning mail/partly
    05 23:01 team firing error api/failing
    06 04:00 team reminder error api/failing
    06 07:00 team resolved error api/failing
    06 09:01 owner firing error key/failing
    06 10:00 owner updated critical key/down key/failing (the severity has risen from error to critical)
    06 12:00 owner reminder critical key/down key/failing
    06 12:00 team firing critical api/down api/failing
    06 14:00 crew firing critical api/down
    06 14:00 eu-team firing critical api/down
    06 14:01 owner resolved error key/failing
    06 14:01 team resolved error api/failing
    06 15:00 pager firing critical api/down (not acknowledged in time)
    06 16:00 crew reminder critical api/down
    06 16:00 eu-team reminder critical api/down
    06 17:00 pager reminder critical api/down
    06 18:01 owner reminder critical key/down
    06 19:00 crew resolved critical api/down
    06 19:00 eu-team resolved critical api/down
    06 19:00 pager resolved critical api/down
    06 19:00 team resolved critical api/down
    06 21:00 owner resolved critical key/down
    07 07:00 crew firing warning allclear/region_silent.us
    07 16:00 crew resolved warning allclear/region_silent.us
    08 03:00 crew firing critical db/down
    08 03:00 eu-team firing critical db/down
    08 05:00 crew reminder critical db/down
    08 05:00 eu-team reminder critical db/down
    08 06:00 pager firing critical db/down (not acknowledged in time)
    08 08:00 pager reminder critical db/down
    08 09:00 crew reminder critical db/down
    08 09:00 eu-team reminder critical db/down
    08 10:00 crew resolved critical db/down
    08 10:00 eu-team resolved critical db/down
    08 10:00 pager resolved critical db/down
    ");
    let of_kind = |kind| week.deliveries.iter().any(|one| one.notification.kind == kind);
    for kind in [
        NoticeKind::Firing,
        NoticeKind::Updated,
        NoticeKind::Reminder,
        NoticeKind::Resolved,
        NoticeKind::Momentary,
    ] {
        assert!(of_kind(kind), "no {kind:?}");
    }
    for by in [
        SuppressedBy::Maintenance,
        SuppressedBy::Silence,
        SuppressedBy::Dependency,
        SuppressedBy::NoChannel,
    ] {
        assert!(week.suppressions.iter().any(|one| one.by == by), "none by {by:?}");
    }
    let n_decided: usize = week.decided.iter().map(|(_, one)| one.deliveries.len()).sum();
    assert_eq!(n_decided, week.deliveries.len());
    assert_eq!(week.owed.len(), week.deliveries.len(), "no notifier runs");
}
