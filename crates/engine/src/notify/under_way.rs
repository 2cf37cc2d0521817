//! The attempts of actions that are being executed, so that the end of a notifier can wait for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use allclear_core::action::ActionAttempt;
use allclear_core::delivery::{Delivery, DeliveryId};
use allclear_core::id::{ActionId, MonitorId};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The attempts of a notifier that are being executed.
#[derive(Debug, Default)]
pub struct AttemptsUnderWay {
    attempts: Mutex<BTreeMap<DeliveryId, AttemptUnderWay>>,
    /// Notified when an attempt has ended and its result is recorded.
    ended: Notify,
    /// The attempts that were due after the end of the notifier was ordered, and have not begun.
    left: Mutex<BTreeSet<String>>,
}

/// An attempt that is being executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptUnderWay {
    action: ActionId,
    number: u32,
    monitor: MonitorId,
    ends_by: Instant,
}

impl fmt::Display for AttemptUnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&named(self.number, &self.action, &self.monitor))
    }
}

impl AttemptUnderWay {
    /// Returns the latest time at which its result is recorded, by its time limit.
    #[must_use]
    pub fn ends_by(&self) -> Instant {
        self.ends_by
    }
}

fn named(number: u32, action: &ActionId, monitor: &MonitorId) -> String {
    format!("attempt {number} of the action `{action}` for `{monitor}`")
}

/// The record of an attempt, until it is dropped.
pub(crate) struct AttemptGuard<'a> {
    all: &'a AttemptsUnderWay,
    id: DeliveryId,
}

impl Drop for AttemptGuard<'_> {
    fn drop(&mut self) {
        self.all.locked().remove(&self.id);
        self.all.ended.notify_waiters();
    }
}

impl AttemptsUnderWay {
    /// Records an attempt that is executed for at most `longest` from now on; `None` for a notice.
    pub(crate) fn begin(&self, delivery: &Delivery, longest: Duration) -> Option<AttemptGuard<'_>> {
        let attempt = delivery.attempt()?;
        let under_way = AttemptUnderWay {
            action: attempt.action.clone(),
            number: attempt.number,
            monitor: delivery.notification.monitor.clone(),
            ends_by: Instant::now() + longest,
        };
        self.locked().insert(delivery.id.clone(), under_way);
        Some(AttemptGuard { all: self, id: delivery.id.clone() })
    }

    /// Returns the attempts.
    #[must_use]
    pub fn list(&self) -> Vec<AttemptUnderWay> {
        self.locked().values().cloned().collect()
    }

    /// Records that a due attempt does not begin, because the notifier ends.
    pub(crate) fn leave(&self, delivery: &Delivery) {
        let Some(ActionAttempt { action, number, .. }) = delivery.attempt() else { return };
        let named = named(*number, action, &delivery.notification.monitor);
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(named);
    }

    /// Returns the names of the attempts that are left to the next notifier.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until no attempt is under way.
    pub async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.locked().is_empty() {
                return;
            }
            ended.await;
        }
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<DeliveryId, AttemptUnderWay>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
