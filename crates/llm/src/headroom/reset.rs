//! Reset of a limit: as a duration, as seconds, or as a timestamp.

use std::time::Duration;

use jiff::Timestamp;

use crate::lenient;
use crate::retry::go_duration;

/// The longest time that is believed.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Returns the time from `now` until the reset in `text`: a duration as Go writes it (`2m59.56s`,
/// `120ms`), a number of seconds, seconds or milliseconds since 1970, or RFC 3339. A reset in the
/// past gives zero.
pub(super) fn read(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let time = match text.parse::<f64>() {
        Ok(number) => of_number(number, now)?,
        Err(_) => match go_duration(text) {
            Some(time) => time,
            None => until(lenient::written(text)?, now),
        },
    };
    (time <= LONGEST).then_some(time)
}

fn of_number(number: f64, now: Timestamp) -> Option<Duration> {
    // So many seconds are 31 years: as a duration that is implausible, as a timestamp it is 2001.
    const LEAST_MOMENT: f64 = 1e9;
    if number < LEAST_MOMENT {
        Duration::try_from_secs_f64(number).ok()
    } else {
        Some(until(lenient::since_1970(number)?, now))
    }
}

fn until(time: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(time.duration_since(now)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_reset_is_read() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        for (text, milliseconds) in [
            ("1s", Some(1_000)),
            ("6m0s", Some(360_000)),
            ("2m59.56s", Some(179_560)),
            ("120ms", Some(120)),
            ("1h2m3s", Some(3_723_000)),
            ("0s", Some(0)),
            ("1d", Some(86_400_000)),
            ("7.66s", Some(7_660)),
            ("170", Some(170_000)),
            ("0.5", Some(500)),
            ("1795341660", Some(60_000)),
            ("1795341660000", Some(60_000)),
            ("2026-11-22T10:01:00Z", Some(60_000)),
            ("2026-11-22T09:59:00Z", Some(0)),
            ("-5", None),
            ("", None),
            ("s", None),
            ("5", Some(5_000)),
            ("5x", None),
            ("1.2.3s", None),
            ("NaN", None),
            ("inf", None),
            ("99999999h", None),
            ("soon", None),
        ] {
            let read = read(text, now).map(|time| time.as_micros());
            assert_eq!(read, milliseconds.map(|time: u128| time * 1_000), "{text}");
        }
    }
}
