//! The simulated minutes of the tests.

use std::time::Duration;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// Returns the time of the machine.
#[expect(clippy::disallowed_methods, reason = "the edge: a test happens at some time")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns the start of an hour that has completely passed. Everything in it lies in the past for
/// the functions, which use the machine's clock.
pub(crate) fn past_hour() -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Hour).mode(RoundMode::Trunc);
    now().round(down).unwrap() - Duration::from_hours(2)
}

/// Returns a minute so recent that the page treats its outcomes as current. The third minute after
/// it is the current one.
pub(crate) fn recently() -> Timestamp {
    let down = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
    now().round(down).unwrap() - Duration::from_mins(3)
}

/// Returns the n-th minute after another one.
pub(crate) fn minute(began: Timestamp, n: u64) -> Timestamp {
    began + Duration::from_mins(n)
}

/// Returns the event that the schedule sends to the prober.
pub(crate) fn scheduled(at: Timestamp) -> Value {
    json!({ "scheduled_time": at.to_string() })
}
