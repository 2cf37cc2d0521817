//! Entries that operators make at run time, beside the config: maintenance windows, silences and acknowledgements.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert_group::AcknowledgedBy;
use crate::event::AlertId;
use crate::id::EntryId;
use crate::matcher::Matcher;
use crate::state::LATE_LIMIT;
use crate::window::{Maintenance, WindowSchedule};

/// An entry of an operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorEntry {
    /// Its name, unique among the stored entries.
    pub id: EntryId,
    /// The time at which it was made.
    pub created_at: Timestamp,
    /// The person who made it.
    pub author: String,
    /// The reason for it; empty if none was given.
    pub comment: String,
    /// The time from which on it is no longer in force; `None` if it stays in force until an operator ends it.
    pub expires_at: Option<Timestamp>,
    /// The content of the entry.
    pub content: EntryContent,
}

/// The content of an entry of an operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryContent {
    /// A maintenance window.
    Maintenance(Box<Maintenance>),
    /// A temporary mute.
    Silence {
        /// The matchers, all of which must hold; not empty.
        matchers: Vec<Matcher>,
        /// The start.
        starts_at: Timestamp,
    },
    /// The acknowledgement of alerts.
    Acknowledgement {
        /// The alerts.
        alerts: Vec<AlertId>,
    },
}

impl EntryContent {
    /// Returns the word for the kind of entry in messages and ids.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Maintenance(_) => "maintenance",
            Self::Silence { .. } => "silence",
            Self::Acknowledgement { .. } => "ack",
        }
    }
}

/// The time for which past maintenance is kept: the page shows the outages of 14 days, without those that were planned.
const KEEP_MAINTENANCE: Duration = Duration::from_hours(15 * 24);

impl OperatorEntry {
    /// Checks whether it is in force at `at`. A maintenance window in force need not be open.
    #[must_use]
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        let starts_at = match &self.content {
            EntryContent::Silence { starts_at, .. } => *starts_at,
            // A window can be entered afterwards for a time that has passed. An acknowledgement names alerts that
            // fire already, and the clock of its author may be ahead.
            EntryContent::Maintenance(_) | EntryContent::Acknowledgement { .. } => Timestamp::MIN,
        };
        starts_at <= at && !self.has_expired(at)
    }

    /// Checks whether it is no longer in force at `at`.
    #[must_use]
    pub fn has_expired(&self, at: Timestamp) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= at)
    }

    /// Returns the time until which services read the entry: after its end, runs before that end may still be folded,
    /// and the page shows past outages. `None` if it does not expire.
    #[must_use]
    pub fn needed_until(&self) -> Option<Timestamp> {
        let keep = match &self.content {
            EntryContent::Maintenance(_) => KEEP_MAINTENANCE,
            EntryContent::Silence { .. } | EntryContent::Acknowledgement { .. } => LATE_LIMIT * 2,
        };
        self.expires_at?.checked_add(keep).ok()
    }

    /// Checks whether services still read the entry at `at`.
    #[must_use]
    pub fn is_needed(&self, at: Timestamp) -> bool {
        self.needed_until().is_none_or(|until| at < until)
    }

    /// Returns the entry as ended at `at`. An entry that has expired before stays as it is.
    #[must_use]
    pub fn ended(mut self, at: Timestamp) -> Self {
        if self.has_expired(at) {
            return self;
        }
        self.expires_at = Some(at);
        if let EntryContent::Maintenance(window) = &mut self.content {
            window.ended_at = Some(at);
        }
        self
    }

    /// Returns the person who has acknowledged `alert` with this entry, as notifications name it; `None` if the entry is
    /// no acknowledgement of that alert.
    #[must_use]
    pub fn acknowledged_by(&self, alert: &AlertId) -> Option<AcknowledgedBy> {
        let EntryContent::Acknowledgement { alerts } = &self.content else { return None };
        let Self { author, comment, created_at, .. } = self;
        alerts.contains(alert).then(|| AcknowledgedBy {
            author: author.clone(),
            at: *created_at,
            comment: comment.clone(),
        })
    }

    /// Returns the expiry of a maintenance window: the end of a single one; `None` for a repeated one.
    #[must_use]
    pub fn expiry_of(schedule: &WindowSchedule) -> Option<Timestamp> {
        match schedule {
            WindowSchedule::Once { end, .. } => Some(*end),
            WindowSchedule::Repeated { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MaintenanceId;
    use crate::rule::RuleScope;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn window() -> OperatorEntry {
        let (start, end) = (at("2026-12-01T10:00:00Z"), at("2026-12-01T12:00:00Z"));
        OperatorEntry {
            id: EntryId::new("upgrade").unwrap(),
            created_at: at("2026-11-30T10:00:00Z"),
            author: "ann".to_owned(),
            comment: String::new(),
            expires_at: Some(end),
            content: EntryContent::Maintenance(Box::new(Maintenance {
                id: MaintenanceId::new("upgrade").unwrap(),
                title: "Upgrade".to_owned(),
                description: None,
                scope: RuleScope::default(),
                schedule: WindowSchedule::Once { start, end },
                ended_at: None,
            })),
        }
    }

    fn maintenance(entry: &OperatorEntry) -> &Maintenance {
        let EntryContent::Maintenance(window) = &entry.content else { panic!("{entry:?}") };
        window
    }

    #[test]
    fn an_ended_window_closes_at_its_end_and_its_past_stays_known() {
        let ended = window().ended(at("2026-12-01T11:00:00Z"));
        let window = maintenance(&ended);
        assert!(window.is_open(at("2026-12-01T10:59:59Z")));
        assert!(!window.is_open(at("2026-12-01T11:00:00Z")));
        let openings = window.openings(at("2026-11-30T00:00:00Z"), at("2026-12-30T00:00:00Z"));
        assert_eq!(openings.len(), 1);
        assert_eq!(openings[0].end, at("2026-12-01T11:00:00Z"));
        assert!(ended.is_needed(at("2026-12-16T10:59:59Z")));
        assert!(!ended.is_needed(at("2026-12-16T11:00:00Z")));
    }

    #[test]
    fn a_window_that_is_ended_before_it_opens_never_opens() {
        let ended = window().ended(at("2026-12-01T09:00:00Z"));
        let window = maintenance(&ended);
        assert!(window.openings(Timestamp::MIN, at("2027-01-01T00:00:00Z")).is_empty());
        assert_eq!(window.next_opening(at("2026-12-01T09:00:00Z")), None);
        assert_eq!(window.next_opening(at("2026-12-01T08:00:00Z")), None);
    }

    #[test]
    fn an_expired_entry_cannot_be_ended_later() {
        assert_eq!(window().ended(at("2026-12-02T00:00:00Z")), window());
    }

    #[test]
    fn a_silence_is_in_force_from_its_start_up_to_its_expiry() {
        let starts_at = at("2026-12-01T10:00:00Z");
        let content = EntryContent::Silence { matchers: Vec::new(), starts_at };
        let silence = OperatorEntry { content, ..window() };
        assert!(!silence.is_in_force(at("2026-12-01T09:59:59Z")));
        assert!(silence.is_in_force(starts_at));
        assert!(!silence.is_in_force(at("2026-12-01T12:00:00Z")));
        // Runs that are an hour late are still decided as they would have been in time.
        assert!(silence.is_needed(at("2026-12-01T13:59:59Z")));
        assert!(!silence.is_needed(at("2026-12-01T14:00:00Z")));
    }
}
