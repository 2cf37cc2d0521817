//! The public facts about one service.

use jiff::{SignedDuration, Timestamp};

use super::{Days, State, Uptime};

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
