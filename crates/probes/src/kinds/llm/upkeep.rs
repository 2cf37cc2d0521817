//! The requests of a check and its writes to the store while all is well, for cost estimates.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::price_model::{CheckUpkeep, HealthySequence};

use super::due::Mode;
use super::note;
use super::step_state::{ListSummary, StepState};
use super::steps::{BeatCadence, Step};
use super::{LlmCheck, Paces};

/// A balance, if the check reads one.
const BALANCE_USD: f64 = 123.45;

/// The interval between two times that a list of models is handed on.
const LIST_EVERY_SECONDS: i64 = 6 * 60 * 60;

/// The checks of a monitor one after the other, all of them healthy, without a provider.
#[derive(Debug, Clone)]
pub(super) struct HealthyRuns {
    cadence: BeatCadence,
    model: Option<String>,
    interval: Duration,
    noted: StepState,
}

impl HealthyRuns {
    pub(super) fn new(check: &LlmCheck, interval: Duration) -> Self {
        let noted = StepState {
            account_fingerprint: check.account_fingerprint.clone(),
            ..StepState::default()
        };
        let (cadence, model) = (check.cadence.clone(), check.account.model.clone());
        Self { cadence, model, interval, noted }
    }
}

impl HealthySequence for HealthyRuns {
    fn check(&mut self, now: Timestamp) -> CheckUpkeep {
        let mut state = self.noted.clone();
        let (mut n_requests, mut n_reservations) = (0, 0);
        let paces = Paces { cadence: &self.cadence, model: self.model.as_deref() };
        for step in self.cadence.steps() {
            if !paces.is_due(step, &self.noted, now, Mode::ByInterval) {
                continue;
            }
            n_requests += 1;
            state.record(step, now, Ok(()));
            match step {
                Step::Models => list(&mut state, now),
                Step::Completion => n_reservations += 1,
                Step::Usage => state.keep_balance(now, BALANCE_USD),
                Step::Reach | Step::Key | Step::StatusPage => {}
            }
        }
        let next = now + self.interval;
        if !note::has_changed(&self.noted, &state, &self.cadence, next) {
            return CheckUpkeep { n_requests, note: None, n_reservations };
        }
        self.noted = state;
        CheckUpkeep { n_requests, note: self.noted.note(), n_reservations }
    }
}

fn list(state: &mut StepState, now: Timestamp) {
    let last = state.list_summary.as_ref().map(|listed| listed.stored_at);
    let is_recent =
        last.is_some_and(|last| now.as_second() - last.as_second() < LIST_EVERY_SECONDS);
    let stored_at = last.filter(|_| is_recent).unwrap_or(now);
    state.list_summary = Some(ListSummary {
        digest: u64::MAX,
        stored_at,
        has_model: Some(true),
        was_listed: true,
        works_unlisted: false,
        shutdown: None,
        price: None,
    });
}
