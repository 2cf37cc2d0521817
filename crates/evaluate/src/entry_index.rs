//! The entries of operators, prepared for evaluation. They change more often than the config and are few, so that they
//! are kept apart from it.

use std::collections::HashMap;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::id::EntryId;
use allclear_core::matcher::AlertLabels;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::window::Maintenance;

use crate::matchers::{CompiledMatchers, PatternError};

/// A silence that mutes an alert now, from the config or from an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveSilence<'a> {
    /// The person who requested it.
    pub author: &'a str,
    /// The reason for it; empty if none was given.
    pub comment: &'a str,
    /// The end; `None` if it has none.
    pub until: Option<Timestamp>,
}

/// The entries of operators with compiled matchers.
#[derive(Debug, Clone)]
pub(crate) struct EntryIndex {
    entries: Arc<[OperatorEntry]>,
    /// The positions of the silences, with their matchers.
    silences: Vec<(usize, CompiledMatchers)>,
    /// The positions of the acknowledgements of each alert, in the order of the entries.
    acknowledgements: HashMap<AlertId, Vec<usize>>,
    /// The silences that cannot be used, each with the reason.
    pub(crate) errors: Vec<EntryError>,
}

/// An entry that cannot be used, because another version wrote it. It has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the entry `{id}` has no effect: {source}: end it and make it again")]
pub struct EntryError {
    /// The entry.
    pub id: EntryId,
    /// The error in its matchers.
    #[source]
    pub source: PatternError,
}

impl Default for EntryIndex {
    fn default() -> Self {
        Self::new(Vec::new().into())
    }
}

impl EntryIndex {
    /// Prepares `entries`.
    pub(crate) fn new(entries: Arc<[OperatorEntry]>) -> Self {
        let (mut silences, mut errors) = (Vec::new(), Vec::new());
        let mut acknowledgements: HashMap<AlertId, Vec<usize>> = HashMap::new();
        for (position, entry) in entries.iter().enumerate() {
            match &entry.content {
                EntryContent::Maintenance(_) => {}
                EntryContent::Silence { matchers, .. } => match CompiledMatchers::new(matchers) {
                    Ok(matchers) => silences.push((position, matchers)),
                    Err(source) => errors.push(EntryError { id: entry.id.clone(), source }),
                },
                EntryContent::Acknowledgement { alerts } => {
                    for alert in alerts {
                        acknowledgements.entry(alert.clone()).or_default().push(position);
                    }
                }
            }
        }
        Self { entries, silences, acknowledgements, errors }
    }

    /// Returns all entries.
    pub(crate) fn entries(&self) -> &Arc<[OperatorEntry]> {
        &self.entries
    }

    /// Returns the maintenance windows, each with the time at which an operator entered it.
    pub(crate) fn maintenances(&self) -> impl Iterator<Item = (&Maintenance, Timestamp)> {
        self.entries.iter().filter_map(|entry| match &entry.content {
            EntryContent::Maintenance(window) => Some((&**window, entry.created_at)),
            EntryContent::Silence { .. } | EntryContent::Acknowledgement { .. } => None,
        })
    }

    /// Returns the silence that mutes an alert with `labels` at `at`.
    pub(crate) fn silence(
        &self,
        labels: &AlertLabels<'_>,
        at: Timestamp,
    ) -> Option<ActiveSilence<'_>> {
        let mut silences = self.silences.iter();
        let (position, _) = silences.find(|(position, matchers)| {
            let entry = self.entries.get(*position);
            entry.is_some_and(|entry| entry.is_in_force(at)) && matchers.hold(labels)
        })?;
        let OperatorEntry { author, comment, expires_at, .. } = self.entries.get(*position)?;
        Some(ActiveSilence { author, comment, until: *expires_at })
    }

    /// Returns the acknowledgements of `alert`, those that are no longer in force included.
    pub(crate) fn acknowledgements(&self, alert: &AlertId) -> impl Iterator<Item = &OperatorEntry> {
        let positions = self.acknowledgements.get(alert).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.entries.get(*position))
    }
}
