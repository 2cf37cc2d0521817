//! One service as the public sees it.

use jiff::{SignedDuration, Timestamp};

use super::{Days, State, Uptime};

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
