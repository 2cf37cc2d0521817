//! One service as the public sees it.

use jiff::{SignedDuration, Timestamp};

use super::{Days, Uptime};

/// One row of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// A stable id, unique on the page; it becomes the anchor `service-<id>`.
    pub id: String,
    /// The name a reader knows.
    pub name: String,
    /// The confirmed state.
    pub state: State,
    /// Since when the state holds; `None` if that is not known.
    pub since: Option<Timestamp>,
    /// The last 90 days.
    pub days: Days,
    /// What a provider's own status page says of it; `None` where none is read.
    pub own_word: Option<OwnWord>,
}

/// What a provider's own status page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnWord {
    /// The state that it tells of; never [`State::NoData`].
    pub state: State,
    /// Since when it tells of trouble, or of none.
    pub since: Timestamp,
    /// How much later than here the trouble stood there; negative where it was first, `None` where
    /// there is no trouble here to compare with.
    pub lag: Option<SignedDuration>,
}

impl Service {
    /// The name, or the id of a service whose name nobody could see.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.trim().is_empty() { &self.id } else { &self.name }
    }

    /// The uptime over the 90 days.
    #[must_use]
    pub fn uptime(&self) -> Uptime {
        self.days.uptime()
    }
}

/// What a service is doing, from a reader's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Works.
    Operational,
    /// Slow, or failing in part.
    Degraded,
    /// Down.
    Outage,
    /// In an announced maintenance window.
    Maintenance,
    /// Not measured, or not measured because of our own fault.
    NoData,
}

impl State {
    /// Every state, from the worst to the best, as a group sums up its services.
    pub const WORST_FIRST: [Self; 5] =
        [Self::Outage, Self::Degraded, Self::NoData, Self::Maintenance, Self::Operational];

    /// The word beside the icon.
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

    /// The name of the state in class names, fragment ids and tokens.
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

    /// Whether users of the service notice it.
    #[must_use]
    pub fn is_problem(self) -> bool {
        matches!(self, Self::Degraded | Self::Outage)
    }
}
