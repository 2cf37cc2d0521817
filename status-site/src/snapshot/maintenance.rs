//! Planned work that is announced to the public.

use jiff::Timestamp;

/// A planned maintenance window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicMaintenance {
    /// A stable id, unique among windows; it becomes the anchor `maintenance-<id>`.
    pub id: String,
    /// The id of the event in calendars: of a single window, the same after a change of its times.
    pub calendar_id: String,
    /// The time of its latest change, of texts or times; `None` if it is not known.
    pub revised_at: Option<Timestamp>,
    /// The title; one line.
    pub title: String,
    /// The ids of the affected services; ids that are not on the page are not shown.
    pub affected: Vec<String>,
    /// The time since which the page announces the window, not after its start.
    pub announced_at: Timestamp,
    /// The start of the window.
    pub starts_at: Timestamp,
    /// The end of the window.
    pub ends_at: Timestamp,
    /// Plain text; may be empty. Line breaks are kept.
    pub description: String,
}

/// A window that was announced and withdrawn before its start. Only calendars contain it, to cancel their event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnMaintenance {
    /// The id of the event in calendars.
    pub calendar_id: String,
    /// The title; one line.
    pub title: String,
    /// The start that was announced.
    pub starts_at: Timestamp,
    /// The end that was announced.
    pub ends_at: Timestamp,
    /// The time at which it was withdrawn.
    pub withdrawn_at: Timestamp,
}

/// The time at which a window entered a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceStep {
    /// The phase.
    pub phase: MaintenancePhase,
    /// The time at which it began.
    pub at: Timestamp,
}

/// The position of a window relative to the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintenancePhase {
    /// The window has not started.
    Announced,
    /// The window has started and not ended.
    Active,
    /// The window has ended.
    Completed,
}

impl PublicMaintenance {
    /// Returns the phases up to the one at `now`, oldest first.
    #[must_use]
    pub fn steps(&self, now: Timestamp) -> Vec<MaintenanceStep> {
        let mut steps = vec![
            MaintenanceStep { phase: MaintenancePhase::Announced, at: self.announced_at.min(now) },
            MaintenanceStep { phase: MaintenancePhase::Active, at: self.starts_at },
            MaintenanceStep { phase: MaintenancePhase::Completed, at: self.ends_at },
        ];
        steps.truncate(match self.phase(now) {
            MaintenancePhase::Announced => 1,
            MaintenancePhase::Active => 2,
            MaintenancePhase::Completed => 3,
        });
        steps
    }

    /// Returns the phase of the window at `now`. The start belongs to the window, the end does not.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> MaintenancePhase {
        if now < self.starts_at {
            MaintenancePhase::Announced
        } else if now < self.ends_at {
            MaintenancePhase::Active
        } else {
            MaintenancePhase::Completed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_active_from_its_start_until_just_before_its_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let window = PublicMaintenance {
            id: "1".into(),
            calendar_id: "1".into(),
            revised_at: None,
            title: "t".into(),
            affected: vec![],
            announced_at: at(0),
            starts_at: at(10),
            ends_at: at(20),
            description: String::new(),
        };
        let phases = [9, 10, 19, 20].map(|second| window.phase(at(second)));
        let expected = [
            MaintenancePhase::Announced,
            MaintenancePhase::Active,
            MaintenancePhase::Active,
            MaintenancePhase::Completed,
        ];
        assert_eq!(phases, expected);
        let steps: Vec<MaintenancePhase> =
            window.steps(at(10)).iter().map(|step| step.phase).collect();
        assert_eq!(steps, [MaintenancePhase::Announced, MaintenancePhase::Active]);
    }
}
