//! Planned work that the public is told about beforehand.

use jiff::Timestamp;

/// A planned window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// A stable id, unique among windows; it becomes the anchor `maintenance-<id>`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The ids of the affected services; ids that are not on the page are not shown.
    pub affected: Vec<String>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Plain text, may be empty; line breaks are kept.
    pub description: String,
}

/// Where a window lies in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintenancePhase {
    /// It has not started.
    Announced,
    /// It goes on.
    Active,
    /// It is over.
    Completed,
}

impl Maintenance {
    /// Where the window lies from `now`; its start belongs to it, its end does not.
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
        let window = Maintenance {
            id: "1".into(),
            title: "t".into(),
            affected: vec![],
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
    }
}
