//! Incidents: periods in which services are affected, as the public page tells them.
//!
//! An incident is the merge of two kinds of stored records. The evaluator records facts ([`AutomaticIncident`]), and
//! operators add entries ([`IncidentEntry`]). Neither overwrites the other, so that an operator's update and a commit of
//! the evaluator cannot conflict. [`Incident::merge`] joins them.

mod automatic;
mod entry;
mod merged;
mod timeline;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::id::MonitorId;

pub use automatic::{
    AutomaticIncident, EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentEffect, IncidentEpisode,
    RegionCount,
};
pub use entry::{IncidentChange, IncidentEntry, IncidentOpening, IncidentRevision};
pub use merged::{Incident, IncidentOrigin, OperatorUpdate};
pub use timeline::IncidentMoment;

/// The identity of an incident: the day of its start and six hexadecimal digits, such as `20261130-3f2a91`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentId(String);

/// The error of a text that is not the id of an incident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no id of an incident, which is a date and six hexadecimal digits: `20261130-3f2a91`"
)]
pub struct IncidentIdError(String);

impl IncidentId {
    /// The number of hexadecimal digits.
    const N_DIGITS: usize = 6;

    /// Returns the id of the incident that the trouble of `first` since `at` opens.
    #[must_use]
    pub fn of_monitor(first: &MonitorId, at: Timestamp) -> Self {
        Self::derived(["incident", first.as_str()], at)
    }

    /// Returns the id of an incident that `author` opens at `at`.
    #[must_use]
    pub fn of_author(author: &str, at: Timestamp) -> Self {
        Self::derived(["by hand", author], at)
    }

    fn derived(parts: [&str; 2], at: Timestamp) -> Self {
        let [kind, who] = parts;
        let time = at.as_nanosecond().to_string();
        let digits = digest::hexadecimal([kind, who, time.as_str()]);
        let digits: String = digits.chars().take(Self::N_DIGITS).collect();
        Self(format!("{}-{digits}", at.strftime("%Y%m%d")))
    }

    /// Returns a time before all records of the incident. A clock that was set back may have changed it a little earlier
    /// than the day in its id.
    #[must_use]
    pub fn before_its_records(&self) -> Timestamp {
        const TOLERANCE: Duration = Duration::from_hours(48);
        let day = self.0.get(..8).and_then(|day| Date::strptime("%Y%m%d", day).ok());
        let start = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        let before = start.and_then(|start| start.timestamp().checked_sub(TOLERANCE).ok());
        before.unwrap_or(Timestamp::MIN)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IncidentId {
    type Err = IncidentIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || IncidentIdError(text.chars().take(40).collect());
        let (date, digits) = text.split_once('-').ok_or_else(error)?;
        let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if is_date && digits.len() == Self::N_DIGITS && digits.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(error())
        }
    }
}

impl TryFrom<String> for IncidentId {
    type Error = IncidentIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<IncidentId> for String {
    fn from(id: IncidentId) -> Self {
        id.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The visibility of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentVisibility {
    /// Only operators see it, until one of them publishes it.
    Draft,
    /// The public page shows it.
    Published,
}

/// The incidents that are published without an operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentPublishing {
    /// All of them.
    #[default]
    All,
    /// Those with an outage of a critical monitor.
    Critical,
    /// None: each waits as a draft.
    None,
}

impl IncidentPublishing {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::All, Self::Critical, Self::None];

    /// Returns the word in the config.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Critical => "critical",
            Self::None => "none",
        }
    }
}

/// The progress of the work on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentPhase {
    /// The cause is not known.
    Investigating,
    /// The cause is known.
    Identified,
    /// The problem seems to be over and is observed.
    Monitoring,
    /// The incident is over.
    Resolved,
    /// The incident is over and was analyzed.
    Postmortem,
}

impl IncidentPhase {
    /// All phases, in their order.
    pub const ALL: [Self; 5] =
        [Self::Investigating, Self::Identified, Self::Monitoring, Self::Resolved, Self::Postmortem];

    /// The phases of an open incident.
    pub const OPEN: [Self; 3] = [Self::Investigating, Self::Identified, Self::Monitoring];

    /// Returns the word of Statuspage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }
}

/// The severity of an incident for the users of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentImpact {
    /// No user is affected.
    None,
    /// A few users are affected.
    Minor,
    /// Many users are affected.
    Major,
    /// All users are affected.
    Critical,
}

impl IncidentImpact {
    /// All impacts, the least first.
    pub const ALL: [Self; 4] = [Self::None, Self::Minor, Self::Major, Self::Critical];

    /// Returns the word of Statuspage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_day_and_six_digits_of_the_first_monitor_and_its_time() {
        let at: Timestamp = "2026-11-30T23:59:59Z".parse().unwrap();
        let api = MonitorId::new("api").unwrap();
        let id = IncidentId::of_monitor(&api, at);
        assert!(id.as_str().starts_with("20261130-"), "{id}");
        assert_eq!(id.as_str().len(), "20261130-3f2a91".len());
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(id, IncidentId::of_monitor(&api, at));
        assert_ne!(id, IncidentId::of_monitor(&MonitorId::new("web").unwrap(), at));
        assert_ne!(id, IncidentId::of_author("api", at));
        let before: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
        assert_eq!(id.before_its_records(), before);
        assert_eq!(IncidentId("20269999-3f2a91".to_owned()).before_its_records(), Timestamp::MIN);
    }

    #[test]
    fn another_text_is_no_id() {
        for text in ["", "20261130", "20261130-3F2A91", "2026113-3f2a91", "20261130-3f2a9", "é-é"]
        {
            assert!(text.parse::<IncidentId>().is_err(), "{text}");
        }
    }
}
