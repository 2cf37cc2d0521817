//! When a secret is read again.
//!
//! A refused key asks for fresh values. It may have been rotated a second ago, and then one reading
//! mends it; or it stays bad, and then it asks at each check, for days.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::ports::Freshness;
use tokio::time::Instant;

/// Who asks within this time after a reading takes what that one found.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// After a reading for the sake of one name, the others wait this long for theirs.
const FRESH_FOR: Duration = Duration::from_secs(10);

/// A name for whose sake it was read waits this long: a little less than the minute from run to run.
const AGAIN_AFTER: Duration = Duration::from_secs(50);

/// The result of asking the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The source gave its content.
    Succeeded,
    /// The source gave none.
    Failed,
}

/// Decides whether a secret is read again.
#[derive(Debug, Default)]
pub(super) struct Gate {
    read_at: Option<Instant>,
    has_content: bool,
    read_fresh_at: Option<Instant>,
    /// For the sake of which names, and when.
    names: BTreeMap<SecretName, Instant>,
}

impl Gate {
    /// Whether somebody who asks at `asked_at`, and whose turn is `now`, may read.
    pub(super) fn opens(
        &self,
        names: &[SecretName],
        freshness: Freshness,
        asked_at: Instant,
        now: Instant,
    ) -> bool {
        let within = |at: Option<Instant>, time| at.is_some_and(|at| now.duration_since(at) < time);
        // Read while this one waited: good or bad, it is the news.
        if self.read_at.is_some_and(|at| at >= asked_at) || within(self.read_at, SHARED_FOR) {
            return false;
        }
        match freshness {
            Freshness::Cached => !self.has_content,
            Freshness::Fresh => {
                let waits = |name| within(self.names.get(name).copied(), AGAIN_AFTER);
                !within(self.read_fresh_at, FRESH_FOR) && !names.iter().all(waits)
            }
        }
    }

    /// Notes that the source was asked.
    pub(super) fn passed(
        &mut self,
        names: &[SecretName],
        freshness: Freshness,
        reading: Reading,
        now: Instant,
    ) {
        self.read_at = Some(now);
        self.has_content |= reading == Reading::Succeeded;
        if freshness == Freshness::Fresh {
            self.read_fresh_at = Some(now);
            self.names.extend(names.iter().map(|name| (name.clone(), now)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Story {
        gate: Gate,
        start: Instant,
        n_readings: usize,
    }

    impl Story {
        fn new() -> Self {
            Self { gate: Gate::default(), start: Instant::now(), n_readings: 0 }
        }

        fn ask(&mut self, after_ms: u64, name: &str, freshness: Freshness) -> bool {
            self.ask_and_wait(after_ms, after_ms, name, freshness)
        }

        fn ask_and_wait(&mut self, asked: u64, now: u64, name: &str, how: Freshness) -> bool {
            let at = |ms| self.start + Duration::from_millis(ms);
            let names = [SecretName::new(name).unwrap()];
            let opens = self.gate.opens(&names, how, at(asked), at(now));
            if opens {
                let now = at(now);
                self.gate.passed(&names, how, Reading::Succeeded, now);
                self.n_readings += 1;
            }
            opens
        }
    }

    use Freshness::{Cached, Fresh};

    #[test]
    fn what_was_read_is_kept() {
        let mut story = Story::new();
        assert!(story.ask(0, "a", Cached));
        assert!(!story.ask(86_400_000, "a", Cached));
    }

    #[test]
    fn a_key_rotated_right_after_the_first_reading_is_read_again() {
        let mut story = Story::new();
        story.ask(0, "a", Cached);
        assert!(!story.ask(500, "a", Fresh));
        assert!(story.ask(1_500, "a", Fresh));
    }

    #[test]
    fn who_waited_for_a_reading_shares_it() {
        let mut story = Story::new();
        assert!(story.ask_and_wait(0, 100, "a", Fresh));
        assert!(!story.ask_and_wait(50, 5_000, "b", Fresh));
    }

    #[test]
    fn another_name_need_not_wait_for_one_that_stays_bad() {
        let mut story = Story::new();
        assert!(story.ask(0, "bad", Fresh));
        assert!(!story.ask(9_000, "rotated", Fresh));
        assert!(story.ask(11_000, "rotated", Fresh));
        assert!(!story.ask(30_000, "bad", Fresh));
    }

    #[test]
    fn a_key_that_stays_bad_costs_one_reading_a_minute() {
        let mut story = Story::new();
        for ms in (0..3_600_000).step_by(100) {
            story.ask(ms, "bad", Fresh);
        }
        assert_eq!(story.n_readings, 72);
        let mut story = Story::new();
        for minute in 0..60 {
            assert!(story.ask(minute * 60_000, "bad", Fresh), "each run mends itself");
        }
    }

    #[test]
    fn a_failed_reading_is_tried_again_after_a_second() {
        let mut story = Story::new();
        let names = [SecretName::new("a").unwrap()];
        story.gate.passed(&names, Cached, Reading::Failed, story.start);
        assert!(!story.ask(900, "a", Cached));
        assert!(story.ask(1_100, "a", Cached));
    }
}
