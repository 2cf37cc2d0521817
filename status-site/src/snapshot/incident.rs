//! A problem as it is published, with its updates.

use jiff::{SignedDuration, Timestamp};

use super::{IncidentTitle, PublicIncidentPhase, UpdateText};

/// A problem with a start, updates and, once it is over, an end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicIncident {
    /// A stable id, unique among incidents; it becomes the anchor `incident-<id>`.
    pub id: String,
    /// The title.
    pub title: IncidentTitle,
    /// The ids of the affected services; ids that are not on the page are not shown.
    pub affected: Vec<String>,
    /// The severity for users of the services.
    pub impact: PublicIncidentImpact,
    /// The start of the incident.
    pub started_at: Timestamp,
    /// The end of the incident; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// The time by which the next update is promised, also if it is past; `None` without a promise.
    pub next_update_at: Option<Timestamp>,
    /// The published updates, in any order; the page sorts them by time.
    pub updates: Vec<PublicIncidentUpdate>,
}

/// One published statement about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicIncidentUpdate {
    /// The time of publication.
    pub at: Timestamp,
    /// The time of the last change that the update tells: later than `at` if further changes followed within a minute.
    pub changed_at: Timestamp,
    /// The phase that the update announced.
    pub phase: PublicIncidentPhase,
    /// The text.
    pub text: UpdateText,
    /// The time by which it promised the next update; `None` without a promise.
    pub next_update_at: Option<Timestamp>,
}

/// The severity of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicIncidentImpact {
    /// No user is affected.
    None,
    /// A few users are affected.
    Minor,
    /// Many users are affected.
    Major,
    /// All users are affected.
    Critical,
}

impl PublicIncident {
    /// Returns whether the incident has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Returns the time by which the next update is promised, while the incident is open and the time is not past.
    #[must_use]
    pub fn next_update(&self, now: Timestamp) -> Option<Timestamp> {
        self.next_update_at.filter(|at| self.is_open() && *at > now)
    }

    /// Returns the phase that the newest update announced. A resolved incident is never in a phase
    /// before `Resolved`, and an open one never in a phase after `Monitoring`. An open incident
    /// without updates is `Investigating`.
    #[must_use]
    pub fn phase(&self) -> PublicIncidentPhase {
        let said = self
            .newest_updates()
            .first()
            .map_or(PublicIncidentPhase::Investigating, |update| update.phase);
        match (self.is_open(), said) {
            (false, PublicIncidentPhase::Postmortem) => PublicIncidentPhase::Postmortem,
            (false, _) => PublicIncidentPhase::Resolved,
            (true, PublicIncidentPhase::Resolved | PublicIncidentPhase::Postmortem) => {
                PublicIncidentPhase::Monitoring
            }
            (true, said) => said,
        }
    }

    /// Returns the updates, newest first. Of two at the same time, the one later in the list comes
    /// first.
    #[must_use]
    pub fn newest_updates(&self) -> Vec<&PublicIncidentUpdate> {
        let mut updates: Vec<&PublicIncidentUpdate> = self.updates.iter().collect();
        updates.sort_by_key(|update| update.at);
        updates.reverse();
        updates
    }

    /// Returns the updates, oldest first, as programs expect them: with a first one, and with one that ends a resolved
    /// incident. The text of an added one is empty.
    #[must_use]
    pub fn complete_updates(&self) -> Vec<PublicIncidentUpdate> {
        let added = |at, phase| PublicIncidentUpdate {
            at,
            changed_at: at,
            phase,
            text: "".into(),
            next_update_at: None,
        };
        let mut all: Vec<PublicIncidentUpdate> =
            self.newest_updates().into_iter().rev().cloned().collect();
        if all.is_empty() {
            all.push(added(self.started_at, PublicIncidentPhase::Investigating));
        }
        let is_ended = all.iter().any(|update| update.phase.is_over());
        if let Some(end) = self.resolved_at.filter(|_| !is_ended) {
            let at = all.last().map_or(end, |last| last.at.max(end));
            all.push(added(at, PublicIncidentPhase::Resolved));
        }
        all
    }

    /// Returns the length of the incident, up to `now` if it is open.
    #[must_use]
    pub fn duration(&self, now: Timestamp) -> SignedDuration {
        self.resolved_at.unwrap_or(now).duration_since(self.started_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(second: i64, phase: PublicIncidentPhase) -> PublicIncidentUpdate {
        let at = Timestamp::from_second(second).unwrap();
        PublicIncidentUpdate { at, changed_at: at, phase, text: "".into(), next_update_at: None }
    }

    #[test]
    fn the_newest_update_determines_the_phase_in_any_order() {
        let mut incident = PublicIncident {
            id: "1".into(),
            title: IncidentTitle::ByHand("t".into()),
            affected: vec![],
            impact: PublicIncidentImpact::Minor,
            started_at: Timestamp::UNIX_EPOCH,
            resolved_at: None,
            next_update_at: None,
            updates: vec![
                update(20, PublicIncidentPhase::Monitoring),
                update(10, PublicIncidentPhase::Identified),
            ],
        };
        assert_eq!(incident.phase(), PublicIncidentPhase::Monitoring);
        incident.resolved_at = Timestamp::from_second(30).ok();
        assert_eq!(incident.phase(), PublicIncidentPhase::Resolved);
        assert_eq!(incident.duration(Timestamp::MAX), SignedDuration::from_secs(30));
    }
}
