//! The notes that a process knows to be in the store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use allclear_core::checker_state::Note;
use allclear_core::id::MonitorId;

/// The notes that this process knows to be in the store, so that unchanged notes are not written again. A
/// note that the store did not accept is kept here. Otherwise a check would repeat immediately what it does
/// once an hour.
#[derive(Default)]
pub(crate) struct NoteCache(Mutex<HashMap<MonitorId, CachedState>>);

#[derive(Default)]
struct CachedState {
    /// The note that was last seen in the store.
    stored: Option<Note>,
    /// A newer note, which the store did not accept.
    unwritten: Option<Note>,
}

impl NoteCache {
    /// Returns the latest note, given that the store has `stored`. If another process has written a note
    /// since, that note replaces one that could not be written here.
    pub(crate) fn read(&self, monitor: &MonitorId, stored: Option<Note>) -> Option<Note> {
        let mut entries = self.entries();
        let entry = entries.entry(monitor.clone()).or_default();
        if entry.stored != stored {
            *entry = CachedState { stored, unwritten: None };
        }
        entry.unwritten.clone().or_else(|| entry.stored.clone())
    }

    /// Removes the notes that the store already has.
    pub(crate) fn drop_stored(&self, notes: &mut Vec<(MonitorId, Note)>) {
        let mut entries = self.entries();
        notes.retain(|(monitor, note)| {
            let Some(entry) = entries.get_mut(monitor) else { return true };
            let is_stored = entry.stored.as_ref() == Some(note);
            if is_stored {
                entry.unwritten = None;
            }
            !is_stored
        });
    }

    pub(crate) fn written(&self, notes: Vec<(MonitorId, Note)>) {
        let entry = |note| CachedState { stored: Some(note), unwritten: None };
        self.entries().extend(notes.into_iter().map(|(monitor, note)| (monitor, entry(note))));
    }

    pub(crate) fn unwritten(&self, notes: Vec<(MonitorId, Note)>) {
        let mut entries = self.entries();
        for (monitor, note) in notes {
            entries.entry(monitor).or_default().unwritten = Some(note);
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<MonitorId, CachedState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
