//! Summaries: how a day or a week went, told on schedule.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, SummaryId};
use crate::window::Day;

/// A summary that is told on schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its stable name.
    pub id: SummaryId,
    /// How often it is told; it covers the time since the one before.
    pub every: Every,
    /// At what local time.
    pub at: Time,
    /// The IANA name of the time zone, known to exist.
    pub time_zone: String,
    /// Where it goes, whatever their filters say; empty means every channel that takes `info`.
    /// Known to exist.
    pub channels: Vec<ChannelId>,
}

/// How often a summary is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each week, on this day.
    Week(Day),
}
