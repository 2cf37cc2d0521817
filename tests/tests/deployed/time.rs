//! The minutes that a test goes through.

use std::time::Duration;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// The time of the machine.
#[expect(clippy::disallowed_methods, reason = "the edge: a test happens at some time")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The beginning of an hour that has wholly passed, so that what happens within it lies behind the
/// functions, whose clocks are the machine's.
pub(crate) fn past_hour() -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc);
    now().round(down).unwrap() - Duration::from_hours(2)
}

/// A minute so close that the page takes what is measured then for news. The third one after it is the
/// current one.
pub(crate) fn recently() -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
    now().round(down).unwrap() - Duration::from_mins(3)
}

/// The n-th minute after another one.
pub(crate) fn minute(began: Timestamp, n: u64) -> Timestamp {
    began + Duration::from_mins(n)
}

/// What the schedule says to the prober.
pub(crate) fn scheduled(at: Timestamp) -> Value {
    json!({ "scheduled_time": at.to_string() })
}
