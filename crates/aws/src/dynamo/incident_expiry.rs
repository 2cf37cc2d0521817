//! The expiry of the entries about incidents. DynamoDB deletes single items, and an incident must disappear whole, so
//! that all entries about one incident expire at the same second. Those about an open incident do not expire.
//!
//! The evaluator does not write entries. The end of an incident of the evaluator is therefore taken into account when
//! the next entry about any incident is written.

use std::collections::{BTreeMap, HashSet};

use allclear_core::Timestamp;
use allclear_core::incident::{AutomaticIncident, IncidentChange, IncidentEntry, IncidentId};
use allclear_core::ports::{LoadState as _, ReadHistory as _, ReadIncidents as _, StoreResult};
use aws_sdk_dynamodb::types::AttributeValue;

use super::calls::Range;
use super::items::{self, Item, Retention};
use super::request::{CallInput, unavailable};
use super::{DynamoStore, keys};

const EXPIRE: &str = "set expiry of entries about incidents";

/// The entries about one incident as they are stored, by time.
#[derive(Debug, Default)]
struct StoredEntries {
    entries: Vec<IncidentEntry>,
    /// The second of expiry of each; `None` if it does not expire.
    expiries: Vec<Option<i64>>,
}

/// The record of the evaluator about an incident.
#[derive(Debug, Clone, Copy)]
pub(super) enum RecordedFacts<'a> {
    /// There is none: an operator has opened the incident, or the record has expired.
    Missing,
    /// The incident is open.
    Open,
    /// The incident is closed.
    Closed(&'a AutomaticIncident),
}

/// Returns the second at which all entries about one incident expire; `None` while the incident is open.
pub(super) fn expiry(
    entries: &[IncidentEntry],
    facts: RecordedFacts<'_>,
    retention: &Retention,
) -> Option<i64> {
    let latest = entries.iter().map(|entry| entry.at).max()?;
    let is_end = |entry: &IncidentEntry| matches!(entry.change, IncidentChange::Resolve { .. });
    let ended_at = match facts {
        RecordedFacts::Open => return None,
        RecordedFacts::Missing if is_by_hand(entries) && !entries.iter().any(is_end) => {
            return None;
        }
        RecordedFacts::Missing => latest,
        // The record expires at this time. Without it, the entries are no incident.
        RecordedFacts::Closed(facts) => facts.changed_at,
    };
    items::expires(ended_at, retention.events)
}

fn is_by_hand(entries: &[IncidentEntry]) -> bool {
    entries.iter().any(|entry| matches!(entry.change, IncidentChange::Open(_)))
}

impl DynamoStore {
    /// Makes the entries about each incident expire together, after an entry about `written`.
    pub(super) async fn expire_incident_entries(&self, written: &IncidentId) -> StoreResult<()> {
        let stored = self.query(EXPIRE, &Range::all_of(keys::INCIDENT)).await?;
        let mut by_incident: BTreeMap<IncidentId, StoredEntries> = BTreeMap::new();
        for item in &stored {
            if let Ok(entry) = items::read_incident_entry(item) {
                let of_incident = by_incident.entry(entry.incident.clone()).or_default();
                of_incident.expiries.push(expiry_of(item));
                of_incident.entries.push(entry);
            }
        }
        by_incident.retain(|id, stored| id == written || !stored.expire_together());
        let automatic = by_incident.iter().filter(|(_, stored)| !is_by_hand(&stored.entries));
        let facts = self.facts_of(automatic.map(|(id, _)| id).collect()).await?;
        for (id, stored) in &by_incident {
            let expiry = expiry(&stored.entries, facts.of(id), &self.retention);
            // The opening last: without it, the rest is no incident.
            let times = stored.entries.iter().zip(&stored.expiries).rev();
            for (entry, _) in times.filter(|(_, known)| **known != expiry) {
                self.set_expiry(entry, expiry).await?;
            }
        }
        Ok(())
    }

    /// Reads the records of the evaluator about these incidents.
    async fn facts_of(&self, ids: Vec<&IncidentId>) -> StoreResult<KnownFacts> {
        let mut facts = KnownFacts::default();
        if ids.is_empty() {
            return Ok(facts);
        }
        for shard in self.shards().await? {
            if let Some(checkpoint) = self.load_state(&shard).await? {
                facts.open.extend(checkpoint.state.incidents.into_keys());
            }
        }
        let over = ids.into_iter().filter(|id| !facts.open.contains(*id));
        let from: Option<Timestamp> = over.map(IncidentId::before_its_records).min();
        if let Some(from) = from {
            let closed = self.incidents(from).await?;
            facts.closed = closed.into_iter().map(|one| (one.id.clone(), one)).collect();
        }
        Ok(facts)
    }

    async fn set_expiry(&self, entry: &IncidentEntry, expiry: Option<i64>) -> StoreResult<()> {
        let input = CallInput::default()
            .with_key(&items::keyed(keys::INCIDENT, &keys::incident_entry(entry)))
            .with_condition("attribute_exists(pk)")
            .with_name("#expires", keys::EXPIRES);
        let input = match expiry {
            Some(second) => input
                .with("UpdateExpression", "SET #expires = :expires")
                .with_value(":expires", &AttributeValue::N(second.to_string())),
            None => input.with("UpdateExpression", "REMOVE #expires"),
        };
        let written = self.write("UpdateItem", input).await;
        written.map(|_| ()).map_err(|error| unavailable(EXPIRE, entry.incident.as_str(), error))
    }
}

impl StoredEntries {
    /// Returns true if all of them expire, at the same second.
    fn expire_together(&self) -> bool {
        let first = self.expiries.first().copied().flatten();
        first.is_some() && self.expiries.iter().all(|one| *one == first)
    }
}

/// The records of the evaluator that were read.
#[derive(Debug, Default)]
struct KnownFacts {
    open: HashSet<IncidentId>,
    closed: BTreeMap<IncidentId, AutomaticIncident>,
}

impl KnownFacts {
    fn of(&self, id: &IncidentId) -> RecordedFacts<'_> {
        if self.open.contains(id) {
            return RecordedFacts::Open;
        }
        match self.closed.get(id) {
            Some(facts) if facts.is_open() => RecordedFacts::Open,
            Some(facts) => RecordedFacts::Closed(facts),
            None => RecordedFacts::Missing,
        }
    }
}

fn expiry_of(item: &Item) -> Option<i64> {
    item.get(keys::EXPIRES)?.as_n().ok()?.parse().ok()
}
