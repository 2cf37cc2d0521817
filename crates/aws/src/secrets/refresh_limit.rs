//! A limit on the rate at which a secret is read again.
//!
//! A refused key causes a request for fresh values. The key may have been rotated a second ago, and
//! then one read is enough. Or it stays invalid, and then each check requests a fresh value, for
//! days.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::ports::SecretFreshness;
use tokio::time::Instant;

/// A request within this time after a read gets the result of that read.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// The time after a read for one name until a read for another name is allowed.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// The time until a second read for the same name: slightly less than the minute between runs.
const AGAIN_AFTER: Duration = Duration::from_secs(50);

/// The result of asking the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretReading {
    /// The source gave its content.
    Succeeded,
    /// The source gave none.
    Failed,
}

/// Decides whether a secret is read again.
#[derive(Debug, Default)]
pub(super) struct RefreshLimit {
    read_at: Option<Instant>,
    has_content: bool,
    read_fresh_at: Option<Instant>,
    /// The names that caused reads, with the time of the last one.
    names: BTreeMap<SecretName, Instant>,
}

impl RefreshLimit {
    /// Returns whether a caller that requested at `asked_at` may read at `now`.
    pub(super) fn opens(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
        asked_at: Instant,
        now: Instant,
    ) -> bool {
        let within = |at: Option<Instant>, time| at.is_some_and(|at| now.duration_since(at) < time);
        // The secret was read while this caller waited; its result is new, whether it succeeded or
        // not.
        if self.read_at.is_some_and(|at| at >= asked_at) || within(self.read_at, SHARED_FOR) {
            return false;
        }
        match freshness {
            SecretFreshness::Cached => !self.has_content,
            SecretFreshness::Fresh => {
                let waits = |name| within(self.names.get(name).copied(), AGAIN_AFTER);
                !within(self.read_fresh_at, FRESH_FOR) && !names.iter().all(waits)
            }
        }
    }

    /// Records that the secret was read.
    pub(super) fn passed(
        &mut self,
        names: &[SecretName],
        freshness: SecretFreshness,
        reading: SecretReading,
        now: Instant,
    ) {
        self.read_at = Some(now);
        self.has_content |= reading == SecretReading::Succeeded;
        if freshness == SecretFreshness::Fresh {
            self.read_fresh_at = Some(now);
            self.names.extend(names.iter().map(|name| (name.clone(), now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct RefreshScenario {
        limit: RefreshLimit,
        start: Instant,
        n_reads: usize,
    }

    impl RefreshScenario {
        fn new() -> Self {
            Self { limit: RefreshLimit::default(), start: Instant::now(), n_reads: 0 }
        }

        fn request(&mut self, after_ms: u64, name: &str, freshness: SecretFreshness) -> bool {
            self.request_after_wait(after_ms, after_ms, name, freshness)
        }

        fn request_after_wait(
            &mut self,
            asked: u64,
            now: u64,
            name: &str,
            how: SecretFreshness,
        ) -> bool {
            let at = |ms| self.start + Duration::from_millis(ms);
            let names = [SecretName::new(name).unwrap()];
            let opens = self.limit.opens(&names, how, at(asked), at(now));
            if opens {
                let now = at(now);
                self.limit.passed(&names, how, SecretReading::Succeeded, now);
                self.n_reads += 1;
            }
            opens
        }
    }

    use SecretFreshness::{Cached, Fresh};

    #[test]
    fn cached_values_are_not_read_again() {
        let mut scenario = RefreshScenario::new();
        assert!(scenario.request(0, "a", Cached));
        assert!(!scenario.request(86_400_000, "a", Cached));
    }

    #[test]
    fn a_key_rotated_right_after_the_first_reading_is_read_again() {
        let mut scenario = RefreshScenario::new();
        scenario.request(0, "a", Cached);
        assert!(!scenario.request(500, "a", Fresh));
        assert!(scenario.request(1_500, "a", Fresh));
    }

    #[test]
    fn concurrent_callers_share_one_read() {
        let mut scenario = RefreshScenario::new();
        assert!(scenario.request_after_wait(0, 100, "a", Fresh));
        assert!(!scenario.request_after_wait(50, 5_000, "b", Fresh));
    }

    #[test]
    fn an_invalid_name_does_not_delay_another() {
        let mut scenario = RefreshScenario::new();
        assert!(scenario.request(0, "bad", Fresh));
        assert!(!scenario.request(9_000, "rotated", Fresh));
        assert!(scenario.request(11_000, "rotated", Fresh));
        assert!(!scenario.request(30_000, "bad", Fresh));
    }

    #[test]
    fn an_invalid_key_causes_one_read_per_minute() {
        let mut scenario = RefreshScenario::new();
        for ms in (0..3_600_000).step_by(100) {
            scenario.request(ms, "bad", Fresh);
        }
        assert_eq!(scenario.n_reads, 72);
        let mut scenario = RefreshScenario::new();
        for minute in 0..60 {
            assert!(scenario.request(minute * 60_000, "bad", Fresh), "each run mends itself");
        }
    }

    #[test]
    fn a_failed_read_is_retried_after_a_second() {
        let mut scenario = RefreshScenario::new();
        let names = [SecretName::new("a").unwrap()];
        scenario.limit.passed(&names, Cached, SecretReading::Failed, scenario.start);
        assert!(!scenario.request(900, "a", Cached));
        assert!(scenario.request(1_100, "a", Cached));
    }
}
