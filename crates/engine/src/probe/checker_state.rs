//! State that a check leaves to later ones: the note of its checker, and the models of the provider.
//!
//! If the store fails, a check only loses its memory. A run is never delayed: all calls here end within
//! seconds, whatever the store does.

use std::collections::HashMap;

use crate::failure::store_code;
use allclear_core::catalog::{Catalog, KnownCatalog};
use allclear_core::checker::PriorState;
use allclear_core::checker_state::Note;
use allclear_core::cost::Cost;
use allclear_core::error_chain::chain;
use allclear_core::id::MonitorId;
use allclear_core::outcome::{Finding, Outcome};
use allclear_core::ports::{ReadCatalogs, ReadNotes, RecordCatalog, RecordNotes, StoreResult};
use allclear_core::redact::Redactor;
use allclear_core::schedule::Slot;
use futures_util::future::join;
use serde_json::Value;

use crate::probe::Prober;
use crate::probe::store_call::{with_retry, with_timeout};

/// The last note of one checker, as far as it could be read.
#[derive(Debug, Clone, Default)]
pub(crate) enum ReadState {
    /// Its note cannot be read at the moment.
    #[default]
    Unreadable,
    /// It has left no note yet.
    Blank,
    /// Its last note.
    Noted(Note),
}

impl ReadState {
    pub(crate) fn prior_state(&self) -> PriorState<'_> {
        match self {
            Self::Unreadable => PriorState::Unreadable,
            Self::Blank => PriorState::Blank,
            Self::Noted(note) => PriorState::Noted(note),
        }
    }
}

/// The notes of the checkers that are about to check; `None` if they cannot be read.
pub(crate) struct ReadStates(Option<HashMap<MonitorId, Note>>);

impl ReadStates {
    pub(crate) fn take(&mut self, monitor: &MonitorId) -> ReadState {
        match &mut self.0 {
            None => ReadState::Unreadable,
            Some(notes) => notes.remove(monitor).map_or(ReadState::Blank, ReadState::Noted),
        }
    }
}

/// The results of the attempts of a check, without their verdicts.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    pub(crate) n_attempts: u8,
    cost: Cost,
    note: Option<Note>,
    catalog: Option<Catalog>,
}

impl Tried {
    /// Adds one attempt.
    pub(crate) fn add(&mut self, finding: &mut Finding) {
        self.n_attempts = self.n_attempts.saturating_add(1);
        self.cost += std::mem::take(&mut finding.cost);
        self.note = finding.note.take().or(self.note.take());
        self.catalog = finding.catalog.take().or(self.catalog.take());
    }

    /// Returns the note for the next attempt: the note of the last attempt, or the one from `before`.
    pub(crate) fn prior_state<'a>(&'a self, before: &'a ReadState) -> PriorState<'a> {
        self.note.as_ref().map_or(before.prior_state(), PriorState::Noted)
    }
}

/// A finished check.
#[derive(Debug)]
pub(crate) struct FinishedCheck {
    pub(crate) outcome: Outcome,
    note: Option<Note>,
    catalog: Option<Catalog>,
}

impl FinishedCheck {
    /// Builds the result of a check from all its attempts. The outcome bears the cost of all of them.
    pub(crate) fn new(
        tried: Tried,
        redactor: &Redactor,
        outcome: impl FnOnce(Cost, u8) -> Outcome,
    ) -> Self {
        let Tried { n_attempts, cost, note, catalog } = tried;
        let note = note.and_then(|note| redacted(&note, redactor));
        let catalog = catalog.map(|catalog| catalog.redacted(redactor));
        Self { outcome: outcome(cost, n_attempts), note, catalog }
    }

    /// Returns the results for another attempt of the same check, without the verdict.
    pub(crate) fn into_tried(self) -> Tried {
        let Self { outcome: Outcome { cost, attempts, .. }, note, catalog } = self;
        Tried { n_attempts: attempts, cost, note, catalog }
    }
}

/// Returns the note without secrets. A note quotes the target and is stored.
fn redacted(note: &Note, redactor: &Redactor) -> Option<Note> {
    let mut value = serde_json::to_value(note).ok()?;
    redact(&mut value, redactor);
    Note::of(&value)
}

fn redact(value: &mut Value, redactor: &Redactor) {
    match value {
        Value::String(text) => *text = redactor.redact(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, redactor)),
        Value::Object(values) => values.values_mut().for_each(|value| redact(value, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The new notes and catalogs of some checks, to store after the run.
#[derive(Debug, Default)]
pub(crate) struct NewStates {
    notes: Vec<(MonitorId, Note)>,
    catalogs: Vec<(MonitorId, Catalog)>,
}

impl NewStates {
    /// Keeps the note and the catalog of `found`, and returns its outcome.
    pub(crate) fn take(&mut self, found: FinishedCheck) -> Outcome {
        let FinishedCheck { outcome, note, catalog } = found;
        self.notes.extend(note.map(|note| (outcome.monitor.clone(), note)));
        self.catalogs.extend(catalog.map(|catalog| (outcome.monitor.clone(), catalog)));
        outcome
    }
}

impl Prober {
    /// Reads the last notes of the checkers of `slots` that take notes. Does not read the store if none does.
    pub(crate) async fn prior_states<S: ReadNotes>(
        &self,
        store: &S,
        slots: &[Slot<'_>],
    ) -> ReadStates {
        let monitors: Vec<MonitorId> = slots
            .iter()
            .map(|slot| &slot.monitor.id)
            .filter(|id| self.checkers.get(id).is_some_and(|one| one.takes_notes()))
            .cloned()
            .collect();
        if monitors.is_empty() || self.without_state {
            return ReadStates(Some(HashMap::new()));
        }
        let read = with_timeout("read", "notes", store.notes(&self.region, &monitors)).await;
        let notes = read.inspect_err(|error| {
            let (code, error) = (store_code(error), chain(error));
            tracing::error!(%code, error, "failed to read checker state; skipped the checks that need it");
        });
        ReadStates(notes.ok().map(|notes| {
            let mut stored: HashMap<MonitorId, Note> = notes.into_iter().collect();
            let note = |monitor: MonitorId| {
                let note = self.notes.read(&monitor, stored.remove(&monitor))?;
                Some((monitor, note))
            };
            monitors.into_iter().filter_map(note).collect()
        }))
    }

    /// Keeps the new notes of a run that could not be written, for the life of this process.
    pub(crate) fn cache_unwritten(&self, new_states: NewStates) {
        self.notes.unwritten(new_states.notes);
    }

    /// Writes the new notes and catalogs. Failures are logged.
    pub(crate) async fn write_states<S>(&self, store: &S, new_states: NewStates)
    where
        S: RecordNotes + ReadCatalogs + RecordCatalog,
    {
        if self.without_state {
            return;
        }
        let NewStates { mut notes, catalogs } = new_states;
        self.notes.drop_stored(&mut notes);
        let notes_written = async {
            if notes.is_empty() {
                return Ok(());
            }
            let write = with_retry(|| store.record_notes(&self.region, &notes));
            with_timeout("record", "notes", write).await
        };
        let catalogs_written = async {
            if catalogs.is_empty() {
                return Ok(());
            }
            with_timeout("record", "catalogs", with_retry(|| update_catalogs(store, &catalogs)))
                .await
        };
        let (notes_written, catalogs_written) = join(notes_written, catalogs_written).await;
        match notes_written {
            Ok(()) => self.notes.written(notes),
            Err(error) => {
                let (code, error, n_notes) = (store_code(&error), chain(&error), notes.len());
                tracing::error!(%code, error, n_notes, "failed to write checker state");
                self.notes.unwritten(notes);
            }
        }
        if let Err(error) = catalogs_written {
            let (code, error) = (store_code(&error), chain(&error));
            tracing::error!(%code, error, "failed to write a model catalog");
        }
    }
}

/// Adds `catalogs_written` to the known catalogs.
async fn update_catalogs<S>(store: &S, catalogs_written: &[(MonitorId, Catalog)]) -> StoreResult<()>
where
    S: ReadCatalogs + RecordCatalog,
{
    let mut known: HashMap<MonitorId, KnownCatalog> = store.catalogs().await?.into_iter().collect();
    for (monitor, latest) in catalogs_written {
        let latest = latest.clone();
        let known = match known.remove(monitor) {
            Some(known) => known.followed_by(latest),
            None => KnownCatalog::first(latest),
        };
        store.record_catalog(monitor, &known).await?;
    }
    Ok(())
}
