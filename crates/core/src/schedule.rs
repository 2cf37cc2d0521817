//! The schedule: the monitors that are due in a window of time.
//!
//! A monitor's times depend only on its id and its interval. Any prober at any time therefore selects the
//! same ones without reading earlier checks, and the monitors are spread over time.

use std::hash::Hasher as _;
use std::time::Duration;

use fnv::FnvHasher;
use jiff::Timestamp;

use crate::id::MonitorId;
use crate::monitor::Monitor;

/// Checks begin at multiples of this time within their interval, in milliseconds. The checks of many monitors
/// thereby share a wake-up of the machine, which costs more CPU time than a check. The checks of a few
/// monitors rarely coincide.
const GRAIN_MS: i64 = 100;

/// One check that is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot<'a> {
    /// The monitor to check.
    pub monitor: &'a Monitor,
    /// The due time, relative to the start of the window.
    pub offset: Duration,
}

/// Returns the checks of `monitors` that are due from `start` up to, not including, `start + length`, by
/// time.
#[must_use]
pub fn due(monitors: &[Monitor], start: Timestamp, length: Duration) -> Vec<Slot<'_>> {
    let mut slots: Vec<Slot<'_>> = monitors
        .iter()
        .flat_map(|monitor| {
            offsets(monitor, start, length).map(move |offset| Slot { monitor, offset })
        })
        .collect();
    slots.sort_by_key(|slot| slot.offset);
    slots
}

fn offsets(
    monitor: &Monitor,
    start: Timestamp,
    length: Duration,
) -> impl Iterator<Item = Duration> + use<> {
    let interval = milliseconds(monitor.interval).max(1);
    let length = milliseconds(length);
    let since_slot =
        (start.as_millisecond() - phase_ms(&monitor.id, interval)).rem_euclid(interval);
    let first = if since_slot == 0 { 0 } else { interval - since_slot };
    let step = usize::try_from(interval).unwrap_or(usize::MAX);
    (first..length).step_by(step).map(|ms| Duration::from_millis(ms.unsigned_abs()))
}

/// Returns the position of a monitor's checks within its interval, in milliseconds. The hash of the id
/// spreads the monitors evenly; the result is a multiple of the grain.
fn phase_ms(id: &MonitorId, interval_ms: i64) -> i64 {
    // This hash must never change, unlike the standard library's.
    let mut hasher = FnvHasher::default();
    hasher.write(id.as_str().as_bytes());
    let hash = hasher.finish();
    // The high bits of the product decide, because the low bits of FNV are similar for similar names.
    let spread = (u128::from(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        * u128::from(interval_ms.unsigned_abs()))
        >> 64;
    let phase = i64::try_from(spread).unwrap_or(0);
    phase - phase % GRAIN_MS
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::monitor::CheckSpec;

    fn monitor(id: &str, interval_s: u64) -> Monitor {
        let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
        let interval = Duration::from_secs(interval_s);
        Monitor { interval, ..Monitor::new(MonitorId::new(id).unwrap(), check) }
    }

    proptest! {
        #[test]
        fn neighboring_windows_hold_each_slot_once(
            start in 0_i64..2_000_000_000,
            cut_ms in 1_u64..59_999,
            interval_s in 10_u64..600,
        ) {
            let monitors = [monitor("api", interval_s)];
            let start = Timestamp::from_second(start).unwrap();
            let times = |from: Timestamp, length_ms: u64| -> Vec<Timestamp> {
                let length = Duration::from_millis(length_ms);
                due(&monitors, from, length).iter().map(|slot| from + slot.offset).collect()
            };
            let mut halves = times(start, cut_ms);
            halves.extend(times(start + Duration::from_millis(cut_ms), 60_000 - cut_ms));
            let whole = times(start, 60_000);
            prop_assert_eq!(&halves, &whole);
            for pair in whole.windows(2) {
                prop_assert_eq!(pair[1].duration_since(pair[0]).unsigned_abs().as_secs(), interval_s);
            }
        }
    }

    #[test]
    fn a_thousand_monitors_spread_over_their_interval() {
        let monitors: Vec<Monitor> = (0..1000).map(|n| monitor(&format!("svc-{n}"), 20)).collect();
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let busiest = (0..20)
            .map(|s| due(&monitors, start + Duration::from_secs(s), Duration::from_secs(1)).len())
            .max();
        assert!(busiest < Some(100), "{busiest:?} in one second, 50 on average");
    }

    #[test]
    fn checks_of_many_monitors_begin_together() {
        let monitors: Vec<Monitor> = (0..1000).map(|n| monitor(&format!("svc-{n}"), 20)).collect();
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let offsets: std::collections::BTreeSet<Duration> =
            due(&monitors, start, Duration::from_secs(20)).iter().map(|slot| slot.offset).collect();
        assert!(offsets.iter().all(|offset| offset.subsec_millis() % 100 == 0));
        assert!((190..=200).contains(&offsets.len()), "{} moments of 200", offsets.len());
    }
}
