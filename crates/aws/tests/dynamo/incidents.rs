//! The expiry of incidents, and the size of their records.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_aws::dynamo::items::{self, Item};
use allclear_aws::dynamo::{DynamoStore, Retention, encoding, keys};
use allclear_contract::samples::{self, at, incidents, shard};
use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentEntry, IncidentId};
use allclear_core::ports::{CommitState, ReadIncidents, RecordIncidentEntries};
use allclear_core::state::{Decision, ShardState};

use crate::table::{FOR_EVER, Table};

/// The retention of events: so long that nothing has expired yet.
const KEPT: Duration = Duration::from_hours(24 * 365 * 100);

const RETENTION: Retention = Retention { events: KEPT, ..FOR_EVER };

/// Returns the seconds of expiry of all items of a partition that belong to an incident, each once.
async fn expiries(table: &Table, pk: &str, id: Option<&IncidentId>) -> BTreeSet<Option<i64>> {
    let is_meant = |item: &Item| {
        items::text(item, keys::PK) == Some(pk)
            && id.is_none_or(|id| items::text(item, keys::SK).unwrap().starts_with(id.as_str()))
    };
    let all = table.items().await;
    let of = |item: &Item| Some(item.get(keys::EXPIRES)?.as_n().unwrap().parse().unwrap());
    all.iter().filter(|item| is_meant(item)).map(of).collect()
}

fn after(minutes: i64) -> BTreeSet<Option<i64>> {
    BTreeSet::from([Some((at(minutes) + KEPT).as_second())])
}

fn never() -> BTreeSet<Option<i64>> {
    BTreeSet::from([None])
}

async fn add(store: &DynamoStore, entries: &[IncidentEntry]) {
    for entry in entries {
        store.add_incident_entry(entry).await.unwrap();
    }
}

/// Commits an incident of the evaluator, which the state contains while it is open.
async fn commit(store: &DynamoStore, version: u64, incident: &AutomaticIncident) {
    let mut state = ShardState::default();
    if incident.is_open() {
        state.incidents.insert(incident.id.clone(), incident.clone());
    }
    let decision = Decision { incidents: vec![incident.clone()], ..Decision::default() };
    store.commit(&shard(), version, &state, &decision).await.unwrap();
}

#[tokio::test]
async fn an_incident_by_hand_expires_whole_after_its_last_entry_and_never_while_it_is_open() {
    for table in Table::on_each().await {
        let store = table.reopened(RETENTION);
        let entries = incidents::entries(&incidents::id("by-hand", 0), 0);
        add(&store, &entries[..3]).await;
        assert_eq!(expiries(&table, "incident", None).await, never(), "it is open");
        add(&store, &entries[3..4]).await;
        assert_eq!(expiries(&table, "incident", None).await, after(3), "its end");
        add(&store, &entries[4..]).await;
        assert_eq!(expiries(&table, "incident", None).await, after(4), "its analysis");
        assert_eq!(store.incident_entries().await.unwrap(), entries);
    }
}

#[tokio::test]
async fn the_entries_about_an_incident_of_the_evaluator_expire_with_its_record() {
    for table in Table::on_each().await {
        let store = table.reopened(RETENTION);
        let (open, closed) = (incidents::open("api", 0), incidents::resolved("api", 0));
        commit(&store, 0, &open).await;
        let entries = incidents::entries(&open.id, 2);
        // The end by an operator is no end while the evaluator has it open.
        add(&store, &entries[1..4]).await;
        let id = Some(&open.id);
        assert_eq!(expiries(&table, "incident", id).await, never(), "it is open");

        commit(&store, 1, &closed).await;
        let other = incidents::entries(&incidents::id("by-hand", 30), 30);
        add(&store, &other[..1]).await;
        let expected = after(9);
        assert_eq!(closed.changed_at, at(9));
        assert_eq!(
            expiries(&table, "incident", id).await,
            expected,
            "the next entry of any sees it"
        );
        add(&store, &entries[4..]).await;
        assert_eq!(
            expiries(&table, "incident", id).await,
            expected,
            "the analysis is a part of it"
        );
        assert!(expiries(&table, "event", None).await.is_superset(&expected), "and its record");
        assert_eq!(expiries(&table, "incident", Some(&other[0].incident)).await, never());
    }
}

#[tokio::test]
async fn an_incident_that_has_expired_is_read_in_no_part() {
    for table in Table::on_each().await {
        let store = table.reopened(Retention { events: Duration::ZERO, ..FOR_EVER });
        let past: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let mut entries = incidents::entries(&incidents::id("by-hand", 0), 0);
        for (entry, n) in entries.iter_mut().zip(0..) {
            entry.at = past + Duration::from_mins(n);
        }
        add(&store, &entries[..3]).await;
        assert_eq!(store.incident_entries().await.unwrap(), entries[..3], "it is open");
        add(&store, &entries[3..4]).await;
        let read = store.incident_entries().await.unwrap();
        assert_eq!(read, [], "before DynamoDB has deleted the items");
    }
}

#[test]
fn the_largest_records_fit_into_items() {
    let largest = incidents::largest();
    let n_bytes = encoding::encode_value(&largest).unwrap().len();
    println!("{} episodes take {n_bytes} bytes", largest.episodes.len());
    assert!(n_bytes <= largest.stored_bytes(), "the bound is one: {}", largest.stored_bytes());
    let decision = Decision { incidents: vec![largest], ..Decision::default() };
    let items = items::decision(&samples::shard(), 1, &decision, &FOR_EVER).unwrap();
    let most = items.iter().map(allclear_aws::dynamo::units::item_bytes).max().unwrap();
    assert!(most < allclear_aws::dynamo::limits::MAX_ITEM_BYTES, "{most}");
}
