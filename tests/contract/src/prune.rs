//! Removal of expired records, and of nothing else.

use std::time::Duration;

use allclear_core::budget::{BudgetKey, Month, ReserveResult};
use allclear_core::config::Settings;
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind, Predecessor};
use allclear_core::ports::{
    CommitState, LookBack, Outbox, Prune, ReadHistory, ReadIncidents, ReadOperatorEntries,
    ReadRuns, RecordIncidentEntries, RecordOperatorEntries, RecordRun, ReserveBudget,
};
use allclear_core::rollup::Period;
use allclear_core::state::{Decision, Folded, ShardState};

use crate::samples::{
    alert, at, decision, delivery, entries, incidents, key, monitor, rollup_record, run, shard,
};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Checks that each kind of record is removed after its own retention.
pub async fn records_older_than_the_retention_are_removed(
    store: &(impl CommitState + Outbox + Prune + ReadHistory + RecordRun),
) {
    let settings = settings();
    let mut decided = Decision::default();
    for minutes in [0, 3 * DAY] {
        let mut events = decision("api", minutes);
        events.alerts[0].resolved_at = Some(at(minutes + 1));
        events.deliveries[0].state = DeliveryState::Sent { at: at(minutes + 1) };
        let day = rollup_record("api", Period::Day, minutes, 1);
        events.rollups.push(day);
        decided.append(events);
        for run_minutes in 0..3 {
            store.record_run(&run(minutes + run_minutes)).await.unwrap();
        }
    }
    commit(store, &decided).await;

    let from = at(-10 * DAY);
    let n_runs = async || store.runs(from).await.unwrap().len();
    store.prune(&settings, at(5 * HOUR)).await.unwrap();
    assert_eq!(n_runs().await, 6, "nothing is old yet");
    assert_eq!(store.transitions(from).await.unwrap().len(), 2);

    store.prune(&settings, at(3 * DAY + 10)).await.unwrap();
    assert_eq!(n_runs().await, 3);
    assert_eq!(store.transitions(from).await.unwrap(), decided.transitions[1..]);
    assert_eq!(store.alerts(from).await.unwrap(), decided.alerts[1..]);
    assert_eq!(store.suppressions(from).await.unwrap(), decided.suppressions[1..]);
    assert_eq!(store.deliveries(from).await.unwrap(), decided.deliveries[1..]);
    let hours = store.rollups(Period::Hour, from).await.unwrap();
    assert_eq!(hours, decided.rollups[2..3]);
    assert_eq!(store.rollups(Period::Day, from).await.unwrap().len(), 2, "days are kept longer");

    store.prune(&settings, at(30 * DAY)).await.unwrap();
    assert_eq!(n_runs().await, 0);
    assert_eq!(store.transitions(from).await.unwrap(), []);
    assert_eq!(store.rollups(Period::Day, from).await.unwrap(), []);
    assert_eq!(store.shards().await.unwrap(), [shard()], "a state is kept for ever");
}

/// Checks that counters are removed three months after the end of their month.
pub async fn counters_of_past_months_are_removed(store: &(impl Prune + ReserveBudget)) {
    let (monitor, month) = (monitor("api"), Month::of(at(0)));
    let key = BudgetKey { monitor, month };
    let amount = Cost::from_nanodollars(1);
    for (day, expected) in [(0, 1), (90, 2), (160, 1)] {
        store.prune(&settings(), at(day * DAY)).await.unwrap();
        let reserved = store.reserve(&key, amount, Cost::from_dollars(1.0)).await.unwrap();
        let ReserveResult::Granted(reservation) = reserved else { panic!("{reserved:?}") };
        assert_eq!(reservation.spent.nanodollars(), expected, "after {day} days");
    }
}

/// Checks that an expired entry of an operator is removed when no service needs it any more, and not before.
pub async fn entries_that_are_still_needed_are_kept(
    store: &(impl Prune + ReadOperatorEntries + RecordOperatorEntries),
) {
    let entry = entries::silence("one");
    store.add_operator_entry(&entry).await.unwrap();
    let until = entry.needed_until().unwrap();
    store.prune(&settings(), until - Duration::from_secs(1)).await.unwrap();
    let read_at = at(0);
    assert_eq!(store.operator_entries(read_at).await.unwrap(), std::slice::from_ref(&entry));
    store.prune(&settings(), until + Duration::from_secs(1)).await.unwrap();
    assert_eq!(store.operator_entries(read_at).await.unwrap(), []);
}

/// Checks that an owed delivery of any age is kept, together with the notice that it resolves.
pub async fn owed_deliveries_are_kept(store: &(impl CommitState + Outbox + Prune)) {
    let alarm = sent(delivery(NoticeKind::Firing, "api", 0));
    let unrelated = sent(delivery(NoticeKind::Firing, "web", 0));
    let mut all_clear = delivery(NoticeKind::Resolved, "api", 1);
    all_clear.after = vec![alarm.id.clone()];
    let deliveries = vec![alarm.clone(), unrelated.clone(), all_clear.clone()];
    commit(store, &Decision { deliveries, ..Decision::default() }).await;
    store.prune(&settings(), at(1_000 * DAY)).await.unwrap();
    assert_eq!(store.owed().await.unwrap(), [all_clear]);
    assert_eq!(store.predecessor(&alarm.id).await.unwrap(), Predecessor::Sent);
    assert_eq!(store.predecessor(&unrelated.id).await.unwrap(), Predecessor::Forgotten);
}

/// Checks that the record of an open alert is kept, and the notices that its all-clear will
/// resolve.
pub async fn the_records_of_an_open_alert_are_kept(
    store: &(impl CommitState + Outbox + Prune + ReadHistory),
) {
    let alarm = sent(delivery(NoticeKind::Firing, "api", 0));
    let over = sent(delivery(NoticeKind::Firing, "web", 0));
    let open = alert("api", 0, None);
    let decision = Decision {
        alerts: vec![open.clone(), alert("web", 0, Some(at(1)))],
        deliveries: vec![alarm.clone(), over],
        ..Decision::default()
    };
    commit(store, &decision).await;
    store.prune(&settings(), at(1_000 * DAY)).await.unwrap();
    assert_eq!(store.alerts(at(0)).await.unwrap(), [open]);
    assert_eq!(store.deliveries(at(0)).await.unwrap(), [alarm]);
}

/// Checks that an open incident of any age is kept with its entries, and that a resolved one is removed with them.
pub async fn an_open_incident_and_its_entries_are_kept(
    store: &(impl CommitState + Prune + ReadIncidents + RecordIncidentEntries),
) {
    let (open, over) = (incidents::open("api", 0), incidents::resolved("web", 0));
    let decided = Decision { incidents: vec![open.clone(), over.clone()], ..Decision::default() };
    commit(store, &decided).await;
    let (kept, removed) = (incidents::entries(&open.id, 2), incidents::entries(&over.id, 2));
    for entry in kept.iter().chain(&removed) {
        store.add_incident_entry(entry).await.unwrap();
    }
    store.prune(&settings(), at(1_000 * DAY)).await.unwrap();
    assert_eq!(store.incidents(at(0)).await.unwrap(), [open]);
    assert_eq!(store.incident_entries().await.unwrap(), kept);
}

/// Checks that the entries about an incident of the evaluator are removed with its record, although one of them is newer.
pub async fn the_entries_of_an_incident_are_removed_with_its_record(
    store: &(impl CommitState + Prune + ReadIncidents + RecordIncidentEntries),
) {
    let over = incidents::resolved("web", 0);
    commit(store, &Decision { incidents: vec![over.clone()], ..Decision::default() }).await;
    let mut entries = incidents::entries(&over.id, 2)[1..].to_vec();
    entries[3].at = at(2 * DAY);
    for entry in &entries {
        store.add_incident_entry(entry).await.unwrap();
    }
    store.prune(&settings(), at(DAY)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap(), entries);
    store.prune(&settings(), at(2 * DAY)).await.unwrap();
    assert_eq!(store.incidents(at(0)).await.unwrap(), []);
    assert_eq!(store.incident_entries().await.unwrap(), [], "no part of it is left");
}

/// Checks that the old entries of an incident by hand are kept while it has a new one.
pub async fn the_entries_of_an_incident_are_removed_together(
    store: &(impl Prune + ReadIncidents + RecordIncidentEntries),
) {
    let mut entries = incidents::entries(&incidents::id("by-hand", 0), 0);
    entries[4].at = at(10 * DAY);
    for entry in &entries {
        store.add_incident_entry(entry).await.unwrap();
    }
    store.prune(&settings(), at(10 * DAY + 5)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap(), entries);
    store.prune(&settings(), at(1_000 * DAY)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap(), []);
}

/// Checks that the entries of an incident by hand are kept at any age until an entry ends it, and that those about a
/// forgotten incident are removed although no entry ends it.
pub async fn the_entries_of_an_open_incident_by_hand_are_kept(
    store: &(impl Prune + ReadIncidents + RecordIncidentEntries),
) {
    let by_hand = incidents::entries(&incidents::id("by-hand", 0), 0);
    let forgotten = incidents::entries(&incidents::id("forgotten", 0), 0);
    let (open, mut end) = (&by_hand[..3], by_hand[3].clone());
    for entry in open.iter().chain(&forgotten[1..3]) {
        store.add_incident_entry(entry).await.unwrap();
    }
    store.prune(&settings(), at(1_000 * DAY)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap(), open);

    end.at = at(1_000 * DAY);
    store.add_incident_entry(&end).await.unwrap();
    store.prune(&settings(), at(1_000 * DAY + 5)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap().len(), 4);
    store.prune(&settings(), at(1_002 * DAY)).await.unwrap();
    assert_eq!(store.incident_entries().await.unwrap(), []);
}

/// Checks that these runs are kept even if the retention of runs is shorter.
pub async fn runs_that_may_still_be_folded_are_kept(store: &(impl Prune + ReadRuns + RecordRun)) {
    let settings = Settings { keep_runs: Duration::ZERO, ..settings() };
    let mut folded = Folded::default();
    folded.insert(key(HOUR));
    for minutes in [0, 30, 60] {
        store.record_run(&run(minutes)).await.unwrap();
    }
    store.prune(&settings, at(HOUR)).await.unwrap();
    let unfolded = store.unfolded_runs(&shard(), &folded, LookBack::Horizon, 10).await.unwrap();
    assert_eq!(unfolded, [run(0), run(30)]);
}

/// Checks a retention that exceeds the representable times.
pub async fn an_unlimited_retention_removes_nothing(
    store: &(impl CommitState + Prune + ReadHistory),
) {
    let decided = decision("api", 0);
    commit(store, &decided).await;
    for keep in [Duration::from_hours(24 * 365 * 1_000), Duration::MAX] {
        let settings = Settings {
            keep_runs: keep,
            keep_hours: keep,
            keep_days: keep,
            keep_events: keep,
            ..settings()
        };
        store.prune(&settings, at(0)).await.unwrap();
    }
    assert_eq!(store.transitions(at(0)).await.unwrap(), decided.transitions);
    assert_eq!(store.rollups(Period::Hour, at(-HOUR)).await.unwrap(), decided.rollups);
}

fn settings() -> Settings {
    let day = Duration::from_hours(24);
    Settings {
        keep_runs: day,
        keep_hours: day,
        keep_days: day * 7,
        keep_events: day,
        ..Settings::default()
    }
}

fn sent(delivery: Delivery) -> Delivery {
    Delivery { n_tries: 1, state: DeliveryState::Sent { at: at(2) }, ..delivery }
}

async fn commit(store: &impl CommitState, decision: &Decision) {
    store.commit(&shard(), 0, &ShardState::default(), decision).await.unwrap();
}
