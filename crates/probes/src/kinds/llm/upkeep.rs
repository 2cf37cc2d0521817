//! The writes of a check to the store while all is well, for estimates of what they cost.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::note::Note;

use super::LlmCheck;
use super::ladder::Mode;
use super::memory::{Listed, Memory};
use super::note;
use super::steps::Step;

/// A balance, where the check reads one.
const BALANCE_USD: f64 = 123.45;

/// The interval between two times that a list of models is handed on.
const LIST_EVERY_SECONDS: i64 = 6 * 60 * 60;

/// The checks of a monitor one after the other, all of them good, without a provider.
#[derive(Debug, Clone)]
pub struct Upkeep {
    check: Arc<LlmCheck>,
    interval: Duration,
    noted: Memory,
}

/// The writes of one check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// The note, where it is written.
    pub note: Option<Note>,
    /// The number of amounts that are reserved and settled.
    pub n_reservations: u32,
}

impl Upkeep {
    pub(super) fn new(check: Arc<LlmCheck>, interval: Duration) -> Self {
        let noted = Memory { of: check.mark.clone(), ..Memory::default() };
        Self { check, interval, noted }
    }

    /// Returns what the check at `now` writes.
    pub fn check(&mut self, now: Timestamp) -> Written {
        let mut memory = self.noted.clone();
        let mut n_reservations = 0;
        for step in self.check.cadence.steps() {
            if !self.check.is_due(step, &self.noted, now, Mode::Usual) {
                continue;
            }
            memory.record(step, now, Ok(()));
            match step {
                Step::Models => list(&mut memory, now),
                Step::Completion => n_reservations += 1,
                Step::Usage => memory.keep_balance(now, BALANCE_USD),
                Step::Reach | Step::Key | Step::StatusPage => {}
            }
        }
        let next = now + self.interval;
        if !note::has_changed(&self.noted, &memory, &self.check.cadence, next) {
            return Written { note: None, n_reservations };
        }
        self.noted = memory;
        Written { note: self.noted.note(), n_reservations }
    }
}

fn list(memory: &mut Memory, now: Timestamp) {
    let last = memory.listed.as_ref().map(|listed| listed.handed_on);
    let is_recent =
        last.is_some_and(|last| now.as_second() - last.as_second() < LIST_EVERY_SECONDS);
    let handed_on = last.filter(|_| is_recent).unwrap_or(now);
    memory.listed = Some(Listed {
        digest: u64::MAX,
        handed_on,
        has_model: Some(true),
        was_there: true,
        works_unlisted: false,
        shutdown: None,
        price: None,
    });
}
