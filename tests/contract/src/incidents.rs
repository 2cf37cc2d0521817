//! Incidents, and the entries of operators about them.

use allclear_core::incident::{AutomaticIncident, Incident, IncidentChange, IncidentEntry};
use allclear_core::ports::{CommitState, ReadIncidents, RecordIncidentEntries, StoreError};
use allclear_core::state::{Decision, ShardState};

use crate::samples::{at, incidents, shard};

/// Checks that incidents come back with all of their fields, sorted by the time of their latest change.
pub async fn incidents_round_trip_by_their_latest_change(
    store: &(impl CommitState + ReadIncidents),
) {
    assert_eq!(store.incidents(at(-10_000)).await.unwrap(), []);
    let (open, resolved) = (incidents::open("api", 20), incidents::resolved("web", 0));
    commit(store, 0, vec![open.clone(), resolved.clone()]).await;
    assert_eq!(store.incidents(at(-10_000)).await.unwrap(), [resolved, open.clone()]);
    assert_eq!(store.incidents(at(24)).await.unwrap(), []);
    assert_eq!(store.incidents(open.changed_at).await.unwrap(), [open]);
}

/// Checks that the latest form of an incident replaces those of earlier decisions, and that a repeated decision changes
/// nothing.
pub async fn the_latest_form_of_an_incident_is_read_once(
    store: &(impl CommitState + ReadIncidents),
) {
    let (open, resolved) = (incidents::open("api", 0), incidents::resolved("api", 0));
    commit(store, 0, vec![open]).await;
    for version in [1, 2] {
        commit(store, version, vec![resolved.clone()]).await;
        let read = store.incidents(at(-10_000)).await.unwrap();
        assert_eq!(read, std::slice::from_ref(&resolved));
    }
}

/// Checks that each kind of entry comes back with all of its fields, by incident and time.
pub async fn entries_round_trip_by_incident_and_time(
    store: &(impl ReadIncidents + RecordIncidentEntries),
) {
    assert_eq!(store.incident_entries().await.unwrap(), []);
    let mut ids = [incidents::id("api", 0), incidents::id("web", 0)];
    ids.sort();
    let stored: Vec<IncidentEntry> = ids.iter().flat_map(|id| incidents::entries(id, 0)).collect();
    for entry in stored.iter().rev() {
        store.add_incident_entry(entry).await.unwrap();
    }
    assert_eq!(store.incident_entries().await.unwrap(), stored);
}

/// Checks that of two entries about one incident of the same time, the second one is a conflict and changes nothing.
pub async fn an_entry_does_not_replace_another_one_of_the_same_time(
    store: &(impl ReadIncidents + RecordIncidentEntries),
) {
    let (one, other) = same_time();
    store.add_incident_entry(&one).await.unwrap();
    let added = store.add_incident_entry(&other).await;
    assert!(matches!(added, Err(StoreError::Conflict { .. })), "{added:?}");
    assert_eq!(store.incident_entries().await.unwrap(), [one]);
}

/// Checks that of two entries that are written at the same time, one is kept and the other one is a conflict.
pub async fn one_of_two_racing_entries_of_the_same_time_is_added(
    store: &(impl ReadIncidents + RecordIncidentEntries),
) {
    let (one, other) = same_time();
    let (first, second) =
        tokio::join!(store.add_incident_entry(&one), store.add_incident_entry(&other));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let written = if first.is_ok() { one } else { other };
    assert_eq!(store.incident_entries().await.unwrap(), [written]);
}

/// Checks that entries and decisions about one incident keep each other, in any order of writing.
pub async fn entries_and_decisions_do_not_overwrite_each_other(
    store: &(impl CommitState + ReadIncidents + RecordIncidentEntries),
) {
    let (open, resolved) = (incidents::open("api", 0), incidents::resolved("api", 0));
    let entries = &incidents::entries(&open.id, 2)[1..3];
    commit(store, 0, vec![open]).await;
    store.add_incident_entry(&entries[0]).await.unwrap();
    commit(store, 1, vec![resolved.clone()]).await;
    store.add_incident_entry(&entries[1]).await.unwrap();

    let facts = store.incidents(at(-10_000)).await.unwrap();
    let read = store.incident_entries().await.unwrap();
    assert_eq!((facts.as_slice(), read.as_slice()), ([resolved].as_slice(), entries));
    let merged = Incident::merge_all(facts, read);
    assert_eq!(merged[0].title.as_deref(), Some("Checkout is down"));
    assert!(!merged[0].is_open());
}

/// Checks that the record and the entries of the largest incident are stored whole, with texts of four bytes a character.
pub async fn the_largest_incident_round_trips(
    store: &(impl CommitState + ReadIncidents + RecordIncidentEntries),
) {
    let largest = incidents::largest();
    assert!(largest.stored_bytes() > AutomaticIncident::MAX_BYTES - 1_024, "it is at the limit");
    let entry = incidents::largest_entry(&largest.id);
    store.add_incident_entry(&entry).await.unwrap();
    commit(store, 0, vec![largest.clone()]).await;
    assert_eq!(store.incidents(at(-10_000)).await.unwrap(), [largest]);
    assert_eq!(store.incident_entries().await.unwrap(), [entry]);
}

fn same_time() -> (IncidentEntry, IncidentEntry) {
    let one = incidents::entries(&incidents::id("api", 0), 0).remove(0);
    let other = IncidentEntry { change: IncidentChange::Publish, ..one.clone() };
    (one, other)
}

async fn commit(store: &impl CommitState, version: u64, incidents: Vec<AutomaticIncident>) {
    let decision = Decision { incidents, ..Decision::default() };
    store.commit(&shard(), version, &ShardState::default(), &decision).await.unwrap();
}
