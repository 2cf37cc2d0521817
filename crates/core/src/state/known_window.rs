//! The maintenance windows as the evaluator knows them: the time of the latest change of each, for calendars.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::serde_time;

/// A maintenance window, and the time of its latest change. A config has no history, so the change is dated when the
/// evaluator first sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownWindow {
    /// A digest of what readers see of it: its texts, its times and the names of its services.
    pub digest: String,
    /// The time of the latest change. It increases with each change, also after the clock was set back.
    #[serde(with = "serde_time::at")]
    pub revised_at: Timestamp,
    /// The announcement of a single window of public services, which calendars have to cancel once it is withdrawn; `None`
    /// for a repeated window and for one that the page does not show.
    pub announced: Option<WindowAnnouncement>,
    /// True once it was removed from the config, or ended by an operator before its start.
    pub is_withdrawn: bool,
}

/// What calendars know of a single window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowAnnouncement {
    /// The title.
    pub title: String,
    /// The start.
    #[serde(with = "serde_time::at")]
    pub starts_at: Timestamp,
    /// The end.
    #[serde(with = "serde_time::at")]
    pub ends_at: Timestamp,
}
