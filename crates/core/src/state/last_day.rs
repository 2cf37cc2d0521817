//! The tallies of the closed hours of the last day, with their sum.
//!
//! The uptime of the last day is asked for with each outcome. The sum makes its time independent of the number of hours.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rollup::Tally;
use crate::serde_time::by_time;

/// The tallies of closed hours by their start, and their sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastDayTallies {
    hours: BTreeMap<Timestamp, Tally>,
    total: Tally,
}

impl LastDayTallies {
    /// Adds the tally of the hour that starts at `start`, in place of the one before.
    pub fn insert(&mut self, start: Timestamp, tally: Tally) {
        self.total.merge(&tally);
        if let Some(before) = self.hours.insert(start, tally) {
            self.total.subtract(&before);
        }
    }

    /// Drops the hours that start before `oldest`.
    pub fn drop_before(&mut self, oldest: Timestamp) {
        while let Some(first) = self.hours.first_entry().filter(|first| *first.key() < oldest) {
            self.total.subtract(&first.remove());
        }
    }

    /// Returns the start of the oldest hour.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.hours.first_key_value().map(|(start, _)| *start)
    }

    /// Returns the sum of the hours that start after `from`.
    #[must_use]
    pub fn after(&self, from: Timestamp) -> Tally {
        let mut total = self.total;
        for (_, tally) in self.hours.iter().take_while(|(start, _)| **start <= from) {
            total.subtract(tally);
        }
        total
    }
}

impl Extend<(Timestamp, Tally)> for LastDayTallies {
    fn extend<I: IntoIterator<Item = (Timestamp, Tally)>>(&mut self, hours: I) {
        for (start, tally) in hours {
            self.insert(start, tally);
        }
    }
}

impl FromIterator<(Timestamp, Tally)> for LastDayTallies {
    fn from_iter<I: IntoIterator<Item = (Timestamp, Tally)>>(hours: I) -> Self {
        let mut tallies = Self::default();
        tallies.extend(hours);
        tallies
    }
}

impl Serialize for LastDayTallies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        by_time::serialize(&self.hours, serializer)
    }
}

impl<'de> Deserialize<'de> for LastDayTallies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_time::deserialize(deserializer).map(|hours: BTreeMap<_, _>| hours.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3_600).unwrap()
    }

    proptest! {
        #[test]
        fn the_sum_is_that_of_the_hours_added_one_by_one(
            hours in prop::collection::vec((0_i64..40, 0_u64..3_600, 0_u32..60, -4_i64..40), 0..60),
            from in -2_i64..42,
        ) {
            let mut tallies = LastDayTallies::default();
            let mut expected: BTreeMap<Timestamp, Tally> = BTreeMap::new();
            for (hour, seconds, n_measured, oldest) in hours {
                let tally = Tally {
                    healthy_s: seconds,
                    unhealthy_s: 3_600 - seconds,
                    n_measured,
                    ..Tally::default()
                };
                tallies.insert(at(hour), tally);
                tallies.drop_before(at(oldest.min(hour - 12)));
                expected.insert(at(hour), tally);
                expected.retain(|start, _| *start >= at(oldest.min(hour - 12)));
            }
            let mut total = Tally::default();
            for (_, tally) in expected.range((Bound::Excluded(at(from)), Bound::Unbounded)) {
                total.merge(tally);
            }
            prop_assert_eq!(tallies.after(at(from)), total);
            prop_assert_eq!(tallies.oldest(), expected.first_key_value().map(|(start, _)| *start));
            let stored = serde_json::to_string(&tallies).unwrap();
            prop_assert_eq!(serde_json::from_str::<LastDayTallies>(&stored).unwrap(), tallies);
        }
    }
}
