//! The table of events and the services that they wake.
//!
//! Each service derives its work from the store, so that a lost, doubled or reordered wake-up changes
//! nothing. `allclear up` wakes its tasks by this table. In a deployment the records of the table's stream
//! and the schedules are the wake-ups, and the functions interpret them by the same table.

use std::time::Duration;

use allclear_core::state::Decision;
use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::time::timeout;

/// The interval at which a service of `allclear up` looks for work without being woken. It is also the
/// longest age of the page.
pub const TICK_EVERY: Duration = Duration::from_mins(1);

/// A service that can be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Runs the checks that are due.
    Prober,
    /// Folds new runs.
    Evaluator,
    /// Sends the deliveries that are owed.
    Notifier,
    /// Publishes the page.
    Generator,
}

/// An event that concerns services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A run was recorded.
    RunRecorded,
    /// A delivery was decided.
    DeliveryOwed,
    /// A fact of the page changed.
    PageChanged,
    /// Another config became active.
    ConfigChanged,
    /// The schedule, or the end of [`TICK_EVERY`].
    Tick,
}

impl Event {
    /// Returns the services that have work after this event, according to the table.
    #[must_use]
    pub fn wakes(self) -> &'static [Service] {
        use Service::{Evaluator, Generator, Notifier, Prober};
        match self {
            Self::RunRecorded => &[Evaluator],
            Self::DeliveryOwed => &[Notifier],
            Self::PageChanged => &[Generator],
            Self::ConfigChanged | Self::Tick => &[Prober, Evaluator, Notifier, Generator],
        }
    }

    /// Returns the events that follow from a committed decision.
    pub fn of_decision(decision: &Decision) -> impl Iterator<Item = Self> {
        let owed = (!decision.deliveries.is_empty()).then_some(Self::DeliveryOwed);
        let changed = changes_page(decision).then_some(Self::PageChanged);
        owed.into_iter().chain(changed)
    }
}

/// Returns true if the page shows the decision. Other facts of the page change with time and follow at the
/// next tick.
#[must_use]
pub fn changes_page(decision: &Decision) -> bool {
    !decision.transitions.is_empty()
        || !decision.alerts.is_empty()
        || !decision.incidents.is_empty()
}

/// The wake-ups of the services of one process.
#[derive(Debug, Default)]
pub struct Wakers {
    prober: Notify,
    evaluator: Notify,
    notifier: Notify,
    generator: Notify,
}

impl Wakers {
    /// Wakes the services that `event` concerns.
    pub fn wake(&self, event: Event) {
        for service in event.wakes() {
            self.of(*service).notify_one();
        }
    }

    /// Wakes `service` for work that it could not finish.
    pub fn wake_again(&self, service: Service) {
        self.of(service).notify_one();
    }

    /// Drops the wake-up of `service`, which is about to look for work.
    pub fn clear(&self, service: Service) {
        let _ = self.of(service).notified().now_or_never();
    }

    /// Waits until `service` is woken, for at most `max_wait`.
    pub async fn next(&self, service: Service, max_wait: Duration) {
        let _ = timeout(max_wait, self.of(service).notified()).await;
    }

    /// Returns the wake-ups of `service`, for a service with timers of its own.
    pub fn of(&self, service: Service) -> &Notify {
        match service {
            Service::Prober => &self.prober,
            Service::Evaluator => &self.evaluator,
            Service::Notifier => &self.notifier,
            Service::Generator => &self.generator,
        }
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::run::{Lane, RunKey};

    use super::*;

    const ALL: [Service; 4] =
        [Service::Prober, Service::Evaluator, Service::Notifier, Service::Generator];

    #[tokio::test]
    async fn an_event_wakes_the_services_of_its_row_and_no_others() {
        for (event, woken) in [
            (Event::RunRecorded, vec![Service::Evaluator]),
            (Event::DeliveryOwed, vec![Service::Notifier]),
            (Event::PageChanged, vec![Service::Generator]),
            (Event::ConfigChanged, ALL.to_vec()),
            (Event::Tick, ALL.to_vec()),
        ] {
            let wakers = Wakers::default();
            wakers.wake(event);
            let is_awake = |one: &Service| wakers.of(*one).notified().now_or_never().is_some();
            assert_eq!(ALL.into_iter().filter(is_awake).collect::<Vec<_>>(), woken, "{event:?}");
        }
    }

    #[test]
    fn a_decision_without_changes_wakes_no_service() {
        let key = RunKey {
            scheduled_at: "2026-11-21T10:00:00Z".parse().unwrap(),
            region: allclear_core::id::RegionId::local(),
            lane: Lane::Main,
        };
        let decision = Decision { too_late: vec![key], ..Decision::default() };
        assert_eq!(Event::of_decision(&decision).count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_without_a_wake_up_runs_at_the_tick() {
        let began = tokio::time::Instant::now();
        Wakers::default().next(Service::Evaluator, TICK_EVERY).await;
        assert_eq!(began.elapsed(), TICK_EVERY);
    }
}
