//! What the public is told about a problem.

use jiff::{SignedDuration, Timestamp};

/// A problem with a beginning, updates and, some day, an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// A stable id, unique among incidents; it becomes the anchor `incident-<id>`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The ids of the affected services; ids that are not on the page are not shown.
    pub affected: Vec<String>,
    /// How bad it is.
    pub impact: Impact,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// What was said, in any order; the page sorts by time.
    pub updates: Vec<IncidentUpdate>,
}

/// One thing that was said about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentUpdate {
    /// When it was said.
    pub at: Timestamp,
    /// Which phase it announced.
    pub phase: Phase,
    /// Plain text; line breaks are kept.
    pub text: String,
}

/// How far the work on an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The cause is not known.
    Investigating,
    /// The cause is known.
    Identified,
    /// It seems over and is watched.
    Monitoring,
    /// It is over.
    Resolved,
    /// It is over and was looked into.
    Postmortem,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    /// Nobody notices.
    None,
    /// Some notice.
    Minor,
    /// Many notice.
    Major,
    /// Everybody notices.
    Critical,
}

impl Incident {
    /// Whether it is not over.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// The phase that the newest update announced. An incident that is over is never in a phase
    /// before `Resolved`, an open one never in a later phase than `Monitoring`, and one without
    /// updates is investigated.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let said =
            self.newest_updates().first().map_or(Phase::Investigating, |update| update.phase);
        match (self.is_open(), said) {
            (false, Phase::Postmortem) => Phase::Postmortem,
            (false, _) => Phase::Resolved,
            (true, Phase::Resolved | Phase::Postmortem) => Phase::Monitoring,
            (true, said) => said,
        }
    }

    /// The updates, newest first; of two at the same time, the later in the list comes first.
    #[must_use]
    pub fn newest_updates(&self) -> Vec<&IncidentUpdate> {
        let mut updates: Vec<&IncidentUpdate> = self.updates.iter().collect();
        updates.sort_by_key(|update| update.at);
        updates.reverse();
        updates
    }

    /// How long it lasted, or has lasted so far.
    #[must_use]
    pub fn duration(&self, now: Timestamp) -> SignedDuration {
        self.resolved_at.unwrap_or(now).duration_since(self.started_at)
    }
}

impl Phase {
    /// The word on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Investigating => "Investigating",
            Self::Identified => "Identified",
            Self::Monitoring => "Monitoring",
            Self::Resolved => "Resolved",
            Self::Postmortem => "Postmortem",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(second: i64, phase: Phase) -> IncidentUpdate {
        let at = Timestamp::from_second(second).unwrap();
        IncidentUpdate { at, phase, text: String::new() }
    }

    #[test]
    fn the_newest_update_decides_the_phase_whatever_the_order() {
        let mut incident = Incident {
            id: "1".into(),
            title: "t".into(),
            affected: vec![],
            impact: Impact::Minor,
            started_at: Timestamp::UNIX_EPOCH,
            resolved_at: None,
            updates: vec![update(20, Phase::Monitoring), update(10, Phase::Identified)],
        };
        assert_eq!(incident.phase(), Phase::Monitoring);
        incident.resolved_at = Timestamp::from_second(30).ok();
        assert_eq!(incident.phase(), Phase::Resolved);
        assert_eq!(incident.duration(Timestamp::MAX), SignedDuration::from_secs(30));
    }
}
