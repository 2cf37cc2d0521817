//! The status that the provider reports on its public status page, in addition to our measurement.
//!
//! It never changes a verdict. A status page lags behind, and covers more than the monitored service. The
//! report shows whether the provider is aware of the trouble.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::duration;
use crate::outcome::Labels;
use crate::serde_time;
use crate::status::{Fault, Status};

/// The label with the status that the provider reports: the word of a [`Level`].
pub const LEVEL_LABEL: &str = "provider_status";
/// The label of the headline of the provider's open incident.
pub const HEADLINE: &str = "provider_headline";
/// The label of the phase of the provider's open incident: the word of a [`ReportedPhase`].
pub const PHASE: &str = "provider_phase";

/// The severity that the provider reports of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The provider reports no trouble.
    Operational,
    /// Planned work is under way.
    Maintenance,
    /// A part is slow or fails.
    Degraded,
    /// The service does not work.
    Down,
}

impl Level {
    /// All levels, mildest first.
    pub const ALL: [Self; 4] = [Self::Operational, Self::Maintenance, Self::Degraded, Self::Down];

    /// Returns the word used in labels, messages and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Maintenance => "maintenance",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }

    /// Returns the level with this word.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == keyword)
    }

    /// Returns true if the provider reports trouble.
    #[must_use]
    pub fn is_trouble(self) -> bool {
        match self {
            Self::Operational => false,
            Self::Maintenance | Self::Degraded | Self::Down => true,
        }
    }
}

/// The phase of the provider's open incident, in the words of its status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportedPhase {
    /// The provider does not know the cause.
    Investigating,
    /// The provider knows the cause.
    Identified,
    /// The provider observes its solution.
    Monitoring,
}

impl ReportedPhase {
    /// All phases in their order.
    pub const ALL: [Self; 3] = [Self::Investigating, Self::Identified, Self::Monitoring];

    /// Returns the word used in labels, messages and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
        }
    }

    /// Returns the phase with this word.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == keyword)
    }
}

/// The level, and the open incident, that labels give for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportLabels<'a> {
    /// The reported severity.
    pub level: Level,
    /// The headline of the open incident; empty if there is none.
    pub headline: &'a str,
    /// The phase of the open incident; `None` if the status page states none.
    pub phase: Option<ReportedPhase>,
}

/// The reported status of the provider, and its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderStatus {
    /// The reported severity.
    pub level: Level,
    /// The time since which it reports trouble, or none, as far as checks have read it.
    #[serde(with = "serde_time::at")]
    pub since: Timestamp,
    /// The latest time at which a check read it.
    #[serde(with = "serde_time::at")]
    pub seen_at: Timestamp,
    /// The headline of its open incident; empty if there is none.
    pub headline: String,
    /// The phase of its open incident; `None` if the status page states none.
    pub phase: Option<ReportedPhase>,
    /// Delay between our detection and the provider's report of the same trouble. Negative if the provider
    /// was first; `None` if we had detected none.
    pub lag: Option<SignedDuration>,
}

impl ProviderStatus {
    /// Returns the reported status as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("The provider reports: {}.", self.level_and_headline())
    }

    /// Returns the reported status at `at`, as an addition to a message about trouble of the provider that we
    /// have measured since `since`; `None` if we have measured none.
    #[must_use]
    pub fn problem_sentence(&self, since: Option<Timestamp>, at: Timestamp) -> String {
        let reported = self.level_and_headline();
        match (self.lag, since) {
            (_, None) => self.sentence(),
            (Some(lag), Some(_)) if self.level.is_trouble() => {
                format!("The provider reports: {reported}, first reported {}.", lag_phrase(lag))
            }
            (_, Some(since)) => {
                let known_for = duration::format(at.duration_since(since).unsigned_abs());
                format!(
                    "The provider reports: {reported}; we detected the problem {known_for} ago."
                )
            }
        }
    }

    /// Returns the reported status, as an addition to a message about the end of such trouble.
    #[must_use]
    pub fn recovery_sentence(&self) -> String {
        let reported = self.level_and_headline();
        match (self.lag, self.level.is_trouble()) {
            (Some(lag), true) => {
                format!(
                    "The provider still reports: {reported}, first reported {}.",
                    lag_phrase(lag)
                )
            }
            (Some(lag), false) => {
                format!(
                    "The provider reports: {reported}; it reported the problem {}.",
                    lag_phrase(lag)
                )
            }
            (None, false) => {
                format!("The provider reports: {reported}; it never reported the problem.")
            }
            (None, true) => self.sentence(),
        }
    }

    fn level_and_headline(&self) -> String {
        let level = self.level.as_str();
        match (self.headline.as_str(), self.phase) {
            ("", _) => level.to_owned(),
            (headline, None) => format!("{level} (“{headline}”)"),
            (headline, Some(phase)) => format!("{level} (“{headline}”, {})", phase.as_str()),
        }
    }
}

fn lag_phrase(lag: SignedDuration) -> String {
    let delay = duration::format(lag.unsigned_abs());
    match lag.signum() {
        0 => "at the time of our detection".to_owned(),
        sign if sign < 0 => format!("{delay} before our detection"),
        _ => format!("{delay} after our detection"),
    }
}

/// Returns what `labels` give for a provider; `None` if they give no level.
#[must_use]
pub fn from_labels(labels: &Labels) -> Option<ReportLabels<'_>> {
    Some(ReportLabels {
        level: Level::from_keyword(labels.get(LEVEL_LABEL)?)?,
        headline: labels.get(HEADLINE).map_or("", String::as_str),
        phase: labels.get(PHASE).and_then(|phase| ReportedPhase::from_keyword(phase)),
    })
}

/// The relation between the provider's report and our verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusComparison {
    /// Both report trouble, or neither does.
    Agree,
    /// The provider reports trouble that we do not measure.
    ProviderReportsMore,
    /// We measure trouble that the provider does not report.
    MeasuredMore,
}

/// Compares `level` with our confirmed `status` and its `fault`. Returns `None` if we could not measure, or
/// if the measurement says nothing about the provider.
#[must_use]
pub fn compare(level: Level, status: Status, fault: Option<Fault>) -> Option<StatusComparison> {
    let is_measured = match status {
        Status::Unknown => return None,
        Status::Healthy => false,
        Status::Degraded | Status::Unhealthy => {
            if fault.is_some_and(|fault| !fault.is_target_side()) {
                return None;
            }
            true
        }
    };
    Some(match (level.is_trouble(), is_measured) {
        (true, true) | (false, false) => StatusComparison::Agree,
        (true, false) => StatusComparison::ProviderReportsMore,
        (false, true) => StatusComparison::MeasuredMore,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_faults_are_not_compared_with_the_provider() {
        use Level::{Degraded, Down, Operational};
        use StatusComparison::{Agree, MeasuredMore, ProviderReportsMore};
        for (level, status, fault, expected) in [
            (Operational, Status::Healthy, None, Some(Agree)),
            (Degraded, Status::Healthy, None, Some(ProviderReportsMore)),
            (Operational, Status::Unhealthy, Some(Fault::Target), Some(MeasuredMore)),
            (Down, Status::Degraded, Some(Fault::Target), Some(Agree)),
            (Down, Status::Unhealthy, Some(Fault::Credentials), None),
            (Down, Status::Unknown, Some(Fault::Monitor), None),
        ] {
            assert_eq!(compare(level, status, fault), expected, "{level:?} {status:?} {fault:?}");
        }
    }

    #[test]
    fn a_provider_status_is_parsed_from_labels() {
        let labels = |level: &str| Labels::from([(LEVEL_LABEL.to_owned(), level.to_owned())]);
        let down = ReportLabels { level: Level::Down, headline: "", phase: None };
        assert_eq!(from_labels(&labels("down")), Some(down));
        let mut with_phase = labels("down");
        with_phase.insert(PHASE.to_owned(), "identified".to_owned());
        let phase = Some(ReportedPhase::Identified);
        assert_eq!(from_labels(&with_phase), Some(ReportLabels { phase, ..down }));
        assert_eq!(from_labels(&labels("fine")), None);
        assert_eq!(from_labels(&Labels::new()), None);
    }
}
