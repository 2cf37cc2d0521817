//! The public facts about one service.

use jiff::{SignedDuration, Timestamp};

use super::{Days, Uptime};

/// One row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// A stable id, unique on the page; it becomes the anchor `service-<id>`.
    pub id: String,
    /// The public name.
    pub name: String,
    /// The confirmed state.
    pub state: State,
    /// The time since which the state holds; `None` if that is not known.
    pub since: Option<Timestamp>,
    /// The last 90 days.
    pub days: Days,
    /// The state on the provider's own status page; `None` if none is read.
    pub own_word: Option<OwnWord>,
}

/// The state on a provider's own status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnWord {
    /// The state that the provider announces; never [`State::NoData`].
    pub state: State,
    /// The time since which the provider has announced trouble, or no trouble.
    pub since: Timestamp,
    /// The delay of the provider's announcement after our detection. Negative if the provider was
    /// first; `None` if we see no trouble.
    pub lag: Option<SignedDuration>,
}

impl Service {
    /// Returns the name, or the id if the name has no visible character.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.trim().is_empty() { &self.id } else { &self.name }
    }

    /// Returns the uptime over the 90 days.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        self.days.uptime()
    }
}

/// The state of a service from a reader's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The service works.
    Operational,
    /// The service is slow or fails in part.
    Degraded,
    /// The service is down.
    Outage,
    /// The service is in an announced maintenance window.
    Maintenance,
    /// Nothing was measured, or measuring failed through a fault of the monitoring itself.
    NoData,
}

impl State {
    /// All states from the worst to the best, the order in which a group sums up its services.
    pub const WORST_FIRST: [Self; 5] =
        [Self::Outage, Self::Degraded, Self::NoData, Self::Maintenance, Self::Operational];

    /// Returns the word beside the icon.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Operational => "Operational",
            Self::Degraded => "Degraded",
            Self::Outage => "Outage",
            Self::Maintenance => "Maintenance",
            Self::NoData => "No data",
        }
    }

    /// Returns the name of the state in class names, fragment ids and tokens.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Operational => "ok",
            Self::Degraded => "degraded",
            Self::Outage => "outage",
            Self::Maintenance => "maintenance",
            Self::NoData => "nodata",
        }
    }

    /// Returns whether users of the service notice the state.
    #[must_use]
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Degraded | Self::Outage)
    }
}
