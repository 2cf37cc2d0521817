//! The cycle of the services: the steps that each must do before the watchdog gets a beat.

use tokio::sync::watch;

/// A service whose work belongs to a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CycleStep {
    /// The prober has checked what was due, and its run is recorded.
    Probed,
    /// The evaluator has folded the new runs.
    Evaluated,
    /// The notifier has read what is owed.
    Swept,
}

/// The steps of the current cycle that are done.
#[derive(Debug, Default)]
pub(crate) struct Cycle(watch::Sender<StepsDone>);

#[derive(Debug, Clone, Copy, Default)]
struct StepsDone {
    probed: bool,
    evaluated: bool,
    swept: bool,
}

impl StepsDone {
    /// Returns the name of the first service that has not done its work.
    fn missing(self) -> Option<&'static str> {
        match self {
            Self { probed: false, .. } => Some("prober"),
            Self { evaluated: false, .. } => Some("evaluator"),
            Self { swept: false, .. } => Some("notifier"),
            Self { probed: true, evaluated: true, swept: true } => None,
        }
    }
}

impl Cycle {
    /// Records a step.
    pub(crate) fn done(&self, step: CycleStep) {
        self.0.send_if_modified(|done| {
            let flag = match step {
                CycleStep::Probed => &mut done.probed,
                CycleStep::Evaluated => &mut done.evaluated,
                CycleStep::Swept => &mut done.swept,
            };
            !std::mem::replace(flag, true)
        });
    }

    /// Begins a new cycle.
    pub(crate) fn begin(&self) {
        self.0.send_replace(StepsDone::default());
    }

    /// Waits until all steps are done.
    pub(crate) async fn complete(&self) {
        // The sender lives as long as this future.
        let _ = self.0.subscribe().wait_for(|done| done.missing().is_none()).await;
    }

    /// Returns the name of the first service that has not done its work.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        self.0.borrow().missing()
    }
}
