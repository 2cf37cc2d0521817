//! Deliveries that order attempts of actions.

use jiff::Timestamp;

use super::{Delivery, DeliveryState};
use crate::action::{AttemptOrder, AttemptResult};

impl Delivery {
    /// Returns the reason for which the attempt must not be executed at `now`; `None` if it may be, or if the delivery is
    /// a notice.
    ///
    /// An attempt with an earlier try is not executed, whatever became of that try.
    #[must_use]
    pub fn refuses_execution(&self, now: Timestamp) -> Option<String> {
        let attempt = self.attempt()?;
        if self.may_have_arrived {
            return Some("an earlier process began it and left no result".to_owned());
        }
        if self.n_tries > 0 {
            return Some("it was tried before".to_owned());
        }
        (now >= attempt.expires_at)
            .then(|| "it did not begin in time: the notifier was busy or not running".to_owned())
    }

    /// Returns the attempt as one that could not be executed at `now`, for a reason that lasts until an operator acts.
    #[must_use]
    pub fn not_executable(self, reason: String, now: Timestamp) -> Self {
        Self { is_not_executable: true, ..self.given_up(reason, now) }
    }

    /// Returns the result of the attempt that the delivery orders; `None` if it is not known yet, or if the delivery is a
    /// notice.
    #[must_use]
    pub fn attempt_result(&self) -> Option<AttemptResult> {
        let attempt = self.attempt()?;
        match &self.state {
            DeliveryState::Owed { .. } => None,
            DeliveryState::Sent { .. } => Some(match attempt.order {
                AttemptOrder::Execute => AttemptResult::Succeeded,
                AttemptOrder::DryRun | AttemptOrder::TakeBack => AttemptResult::DryRun,
            }),
            DeliveryState::GivenUp { reason, .. } if self.may_have_arrived => {
                Some(AttemptResult::Unknown(reason.clone()))
            }
            DeliveryState::GivenUp { reason, .. } if self.is_not_executable => {
                Some(AttemptResult::NotExecutable(reason.clone()))
            }
            DeliveryState::GivenUp { reason, .. } if self.n_tries == 0 => {
                Some(AttemptResult::NotExecuted(reason.clone()))
            }
            DeliveryState::GivenUp { reason, .. } => Some(AttemptResult::Failed(reason.clone())),
            DeliveryState::Superseded { .. } => {
                Some(AttemptResult::NotExecuted("its alert was over before it began".to_owned()))
            }
        }
    }
}
