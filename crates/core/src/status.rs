//! Status, severity and fault: the vocabulary of every verdict.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of a monitor. Ordered from best to worst among the measured ones; `Unknown` stands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The target works.
    Healthy,
    /// The target works, but not as expected: it is slow, or misses a stated expectation.
    Degraded,
    /// The target does not work.
    Unhealthy,
    /// The target was not measured. Never interpreted as healthy.
    Unknown,
}

impl Status {
    /// Returns the rank of a measured status, from 0 for the best; `None` for an unmeasured one.
    #[must_use]
    pub fn rank(self) -> Option<u8> {
        match self {
            Self::Healthy => Some(0),
            Self::Degraded => Some(1),
            Self::Unhealthy => Some(2),
            Self::Unknown => None,
        }
    }

    /// Returns the word used in config, messages and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The severity of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Information without need for action.
    Info,
    /// An alert to handle today.
    Warning,
    /// An alert to handle now.
    Error,
    /// An alert that must wake the operator on call.
    Critical,
}

impl Severity {
    /// All severities, mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// Returns the word used in config, messages and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// Returns the severity with this word; `None` if there is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The party at fault for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The monitored service failed.
    Target,
    /// Our key or permission is not accepted.
    Credentials,
    /// Our credit, spend or daily quota is used up.
    Quota,
    /// Our requests hit a rate limit that ends after some time without intervention.
    Throttled,
    /// The provider cannot fulfil the request: a retired model, a refused request.
    Request,
    /// Allclear itself could not measure.
    Monitor,
}

impl Fault {
    /// All faults, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Target,
        Self::Credentials,
        Self::Quota,
        Self::Throttled,
        Self::Request,
        Self::Monitor,
    ];

    /// Returns the word used in config, messages and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Credentials => "credentials",
            Self::Quota => "quota",
            Self::Throttled => "throttled",
            Self::Request => "request",
            Self::Monitor => "monitor",
        }
    }

    /// Returns the party at fault, as half a sentence for a person.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Target => "the service itself failed",
            Self::Credentials => "our credentials are not accepted",
            Self::Quota => "our quota or credit is used up",
            Self::Throttled => "we are being rate limited",
            Self::Request => "our request is refused as it stands",
            Self::Monitor => "the monitor could not measure",
        }
    }

    /// Returns the party that has to act, as a noun phrase for a person.
    #[must_use]
    pub fn owner(self) -> &'static str {
        match self {
            Self::Target => "the operators of the service",
            Self::Credentials => "the owner of the key",
            Self::Quota => "the owner of the account",
            Self::Throttled => "the owner of the account, if the rate limit lasts",
            Self::Request => "the owner of the check",
            Self::Monitor => "the operators of Allclear",
        }
    }

    /// Returns true if the public may read this failure as a failure of the service itself. Only such
    /// failures count in its uptime.
    #[must_use]
    pub fn is_target_side(self) -> bool {
        match self {
            Self::Target | Self::Throttled => true,
            Self::Credentials | Self::Quota | Self::Request | Self::Monitor => false,
        }
    }
}

/// The effect of a failure on the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// The service works with a restriction, such as a temporary rate limit.
    Degraded,
    /// The service does not work.
    Down,
    /// The failure is no evidence about the service: the request of the check was at fault, the endpoint is
    /// asleep, or Allclear could not measure.
    Inconclusive,
}

impl Impact {
    /// All impacts, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Degraded, Self::Down, Self::Inconclusive];

    /// Returns the word used in documents and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::WeekDay;

    /// Checks that JSON has these words, in both directions.
    fn assert_keywords<T, const N: usize>(all: [T; N], keyword: fn(T) -> &'static str)
    where
        T: Copy + PartialEq + fmt::Debug + Serialize + for<'de> Deserialize<'de>,
    {
        for one in all {
            let json = serde_json::Value::from(keyword(one));
            assert_eq!(serde_json::to_value(one).unwrap(), json);
            assert_eq!(serde_json::from_value::<T>(json).unwrap(), one);
        }
    }

    #[test]
    fn json_and_messages_use_the_same_keywords() {
        assert_keywords(Severity::ALL, Severity::as_str);
        assert_keywords(Fault::ALL, Fault::as_str);
        assert_keywords(Impact::ALL, Impact::as_str);
        assert_keywords(WeekDay::ALL, WeekDay::as_str);
    }
}
