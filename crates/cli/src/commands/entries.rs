//! The entries that operators make at run time: their store, their names, and what the commands about them share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_aws::dynamo::DynamoStore;
use allclear_core::Timestamp;
use allclear_core::config::{Config, WithRetention as _};
use allclear_core::event::AlertRecord;
use allclear_core::id::EntryId;
use allclear_core::incident::{AutomaticIncident, IncidentEntry, IncidentId};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::ports::{
    LoadState, ReadHistory, ReadIncidents, ReadOperatorEntries as _, RecordIncidentEntries as _,
    RecordOperatorEntries as _, StoreError, StoreResult,
};
use allclear_core::window::Occurrence;
use allclear_engine::publish::{PageFacts, facts};
use allclear_evaluate::ConfigIndex;
use allclear_local::SqliteStore;
use anyhow::Context as _;

use crate::arguments::when::{When, Zone};
use crate::arguments::{Authorship, Paths, StackOption};
use crate::local::{self, EntryAccess};
use crate::stack::Stack;

/// The store of the entries: of this machine or of a stack.
pub(super) enum EntryStore {
    Local(Box<SqliteStore>),
    Stack(Box<DynamoStore>),
}

/// The config and the entries that a command works with.
pub(super) struct EntryContext {
    pub(super) config: Arc<Config>,
    pub(super) store: EntryStore,
    /// The time at which a change has its effect, as part of a message.
    pub(super) effect: &'static str,
}

impl EntryContext {
    /// Opens the store and the config of the stack; those of this machine if there is none.
    pub(super) async fn open(
        place: &Paths,
        stack: &StackOption,
        access: EntryAccess,
    ) -> anyhow::Result<Self> {
        if let Some(name) = stack.stack.as_deref() {
            let stack = Stack::find(name).await?;
            let config = stack.config().await?;
            // The same retention as that of the functions.
            let store = stack.store()?.with_retention_of(&config.settings);
            let store = EntryStore::Stack(Box::new(store));
            return Ok(Self { config, store, effect: "the functions read it at their next run" });
        }
        let config = local::load(place)?.config;
        let store = EntryStore::Local(Box::new(local::store_of_entries(place, access)?));
        Ok(Self { config, store, effect: "a running `allclear up` reads it at its next check" })
    }

    /// Returns the entries that have not expired at `now`.
    pub(super) async fn current_entries(
        &self,
        now: Timestamp,
    ) -> anyhow::Result<Vec<OperatorEntry>> {
        let mut entries = self.store.entries(now).await?;
        entries.retain(|entry| !entry.has_expired(now));
        Ok(entries)
    }

    /// Writes a new entry under `id`, or under a name that is chosen here.
    pub(super) async fn add(
        &self,
        draft: EntryDraft,
        id: Option<&EntryId>,
        now: Timestamp,
    ) -> anyhow::Result<OperatorEntry> {
        let kind = draft.content.kind();
        for n_try in 0..MAX_TRIES {
            let name = match id {
                Some(id) => id.clone(),
                None => chosen_id(kind, now, n_try)?,
            };
            let entry = draft.clone().entry(name, now);
            match self.store.add(&entry).await {
                Ok(()) => return Ok(entry),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error).context("the entry may not have been stored"),
            }
            if let Some(id) = id {
                anyhow::bail!("there is an entry `{id}` already: choose another `--id`");
            }
        }
        anyhow::bail!("no free name for the entry was found: name one with `--id`")
    }
}

/// An entry without a name.
#[derive(Debug, Clone)]
pub(super) struct EntryDraft {
    pub(super) author: String,
    pub(super) comment: String,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) content: EntryContent,
}

impl EntryDraft {
    /// Creates an entry without a name.
    pub(super) fn new(
        by: &Authorship,
        expires_at: Option<Timestamp>,
        content: EntryContent,
    ) -> Self {
        let author = by.author.clone().unwrap_or_else(local::user_name);
        Self { author, comment: by.comment.clone(), expires_at, content }
    }

    fn entry(self, id: EntryId, created_at: Timestamp) -> OperatorEntry {
        let Self { author, comment, expires_at, mut content } = self;
        if let EntryContent::Maintenance(window) = &mut content
            && let Ok(named) = id.as_str().parse()
        {
            window.id = named;
        }
        OperatorEntry { id, created_at, author, comment, expires_at, content }
    }
}

/// The number of names that are tried for a new entry.
const MAX_TRIES: u64 = 20;

/// Returns a short name that is unlikely to be taken: `silence-k3x9p2a`.
fn chosen_id(kind: &str, now: Timestamp, n_try: u64) -> anyhow::Result<EntryId> {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut rest = now.as_millisecond().unsigned_abs() + n_try;
    let mut code = Vec::new();
    // Seven digits of the time in milliseconds repeat after a year.
    for _ in 0..7 {
        let digit = usize::try_from(rest % 32).unwrap_or_default();
        code.extend(DIGITS.get(digit).copied().map(char::from));
        rest /= 32;
    }
    let code: String = code.into_iter().rev().collect();
    Ok(EntryId::new(format!("{kind}-{code}"))?)
}

impl EntryStore {
    async fn entries(&self, now: Timestamp) -> StoreResult<Vec<OperatorEntry>> {
        match self {
            Self::Local(store) => store.operator_entries(now).await,
            Self::Stack(store) => store.operator_entries(now).await,
        }
    }

    async fn add(&self, entry: &OperatorEntry) -> StoreResult<()> {
        match self {
            Self::Local(store) => store.add_operator_entry(entry).await,
            Self::Stack(store) => store.add_operator_entry(entry).await,
        }
    }

    /// Ends an entry and returns it; `None` if there is none.
    pub(super) async fn end(
        &self,
        id: &EntryId,
        now: Timestamp,
    ) -> StoreResult<Option<OperatorEntry>> {
        match self {
            Self::Local(store) => store.end_operator_entry(id, now).await,
            Self::Stack(store) => store.end_operator_entry(id, now).await,
        }
    }

    /// Returns the alerts that fire, by time.
    pub(super) async fn firing(&self, now: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        let mut alerts = match self {
            Self::Local(store) => store.alerts(now).await?,
            Self::Stack(store) => store.alerts(now).await?,
        };
        alerts.retain(|alert| alert.resolved_at.is_none());
        Ok(alerts)
    }

    /// Returns the incidents that changed at `from` or later, those that are open, and the entries about all incidents.
    pub(super) async fn incidents(&self, from: Timestamp) -> StoreResult<IncidentRecords> {
        match self {
            Self::Local(store) => IncidentRecords::read(&**store, from).await,
            Self::Stack(store) => IncidentRecords::read(&**store, from).await,
        }
    }

    /// Reads the facts of the page at `now`.
    pub(super) async fn page_facts(
        &self,
        index: &ConfigIndex,
        now: Timestamp,
    ) -> StoreResult<PageFacts> {
        match self {
            Self::Local(store) => facts(&**store, index, now).await,
            Self::Stack(store) => facts(&**store, index, now).await,
        }
    }

    /// Writes an entry about an incident.
    pub(super) async fn add_about_incident(&self, entry: &IncidentEntry) -> StoreResult<()> {
        match self {
            Self::Local(store) => store.add_incident_entry(entry).await,
            Self::Stack(store) => store.add_incident_entry(entry).await,
        }
    }
}

/// The stored records of incidents.
#[derive(Debug, Default)]
pub(super) struct IncidentRecords {
    /// The latest form of each, by the time of its latest change.
    pub(super) automatic: Vec<AutomaticIncident>,
    pub(super) entries: Vec<IncidentEntry>,
}

impl IncidentRecords {
    /// Reads the incidents that changed at `from` or later, those that are open, and the entries about all incidents.
    pub(super) async fn read(
        store: &(impl LoadState + ReadHistory + ReadIncidents),
        from: Timestamp,
    ) -> StoreResult<Self> {
        let mut latest: BTreeMap<IncidentId, AutomaticIncident> = BTreeMap::new();
        for shard in store.shards().await? {
            let checkpoint = store.load_state(&shard).await?;
            latest.extend(checkpoint.into_iter().flat_map(|one| one.state.incidents));
        }
        for changed in store.incidents(from).await? {
            if latest.get(&changed.id).is_none_or(|known| known.changed_at <= changed.changed_at) {
                latest.insert(changed.id.clone(), changed);
            }
        }
        let mut automatic: Vec<AutomaticIncident> = latest.into_values().collect();
        automatic.sort_by(|a, b| (a.changed_at, &a.id).cmp(&(b.changed_at, &b.id)));
        Ok(Self { automatic, entries: store.incident_entries().await? })
    }
}

/// The start and the end of an entry on the command line.
pub(super) struct EntryTimes<'a> {
    pub(super) from: &'a When,
    pub(super) to: Option<&'a When>,
    pub(super) lasting: Option<Duration>,
    pub(super) zone: Option<&'a Zone>,
}

impl EntryTimes<'_> {
    /// Returns the start and the end, which is later than the start and than `now`.
    pub(super) fn resolve(&self, now: Timestamp) -> anyhow::Result<(Timestamp, Timestamp)> {
        let start = self.from.resolve(now, self.zone, Occurrence::First)?;
        let end = match (self.to, self.lasting) {
            (Some(to), _) => to.resolve(now, self.zone, Occurrence::Last)?,
            (None, Some(lasting)) => {
                start.checked_add(lasting).context("the end is too far away")?
            }
            (None, None) => anyhow::bail!("there is no end: add `--for 2h`"),
        };
        anyhow::ensure!(start < end, "the end, {end:.0}, is not after the start, {start:.0}");
        Ok((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_names_differ_from_one_try_and_millisecond_to_the_next() {
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        let id = |now, n_try| chosen_id("silence", now, n_try).unwrap().to_string();
        assert_eq!(id(now, 0).len(), "silence-".len() + 7);
        assert_ne!(id(now, 0), id(now, 1));
        assert_eq!(id(now, 1), id(now + Duration::from_millis(1), 0));
    }

    #[test]
    fn an_end_before_the_start_is_refused() {
        let now: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        let (from, to) = (When::In(Duration::from_hours(2)), When::In(Duration::from_hours(1)));
        let limits = EntryTimes { from: &from, to: Some(&to), lasting: None, zone: None };
        let error = limits.resolve(now).unwrap_err().to_string();
        assert!(error.contains("2026-11-30T11:00:00Z, is not after the start"), "{error}");
    }
}
