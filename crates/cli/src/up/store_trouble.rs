//! The trouble of a store that refuses writes: its beginning, its notice, its end.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::rule::DEFAULT_COOLDOWN;

/// The time that the trouble lasts before the channels are notified.
const NOTIFY_AFTER: Duration = Duration::from_mins(1);

/// The time that everything must work before the trouble counts as over.
const OVER_AFTER: Duration = Duration::from_secs(10);

/// The most causes of one trouble that are logged.
const MAX_LOGGED: usize = 8;

/// A kind of data that is written to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Runs, by the prober.
    Runs,
    /// States and decisions, by the evaluator.
    Decisions,
}

/// A change of the store of which the channels are notified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreChange {
    /// The trouble has lasted so long that the channels are notified.
    Impaired {
        /// Its begin.
        since: Timestamp,
        /// The last failure.
        why: String,
    },
    /// The trouble is over.
    Over {
        /// Its begin.
        since: Timestamp,
    },
}

/// The state of the store, from each success and each failure of a write.
#[derive(Debug, Default)]
pub(crate) struct StoreTrouble {
    /// `None` while all is well.
    trouble: Option<Trouble>,
    /// The time of the last notice to the channels.
    last_notice: Option<Timestamp>,
}

#[derive(Debug)]
struct Trouble {
    since: Timestamp,
    last_failure: Timestamp,
    /// The parts whose last write failed.
    failing: BTreeSet<Part>,
    /// The last failure.
    why: String,
    /// The failures that were reported.
    logged: BTreeSet<String>,
    is_notified: bool,
}

impl StoreTrouble {
    /// Records a failed write. Returns whether to report it: it is the first failure, or its cause
    /// is a new one.
    pub(crate) fn failed(&mut self, part: Part, why: &str, at: Timestamp) -> bool {
        let trouble = self.trouble.get_or_insert_with(|| Trouble {
            since: at,
            last_failure: at,
            failing: BTreeSet::new(),
            why: String::new(),
            logged: BTreeSet::new(),
            is_notified: false,
        });
        trouble.last_failure = at;
        why.clone_into(&mut trouble.why);
        trouble.failing.insert(part);
        trouble.logged.len() < MAX_LOGGED && trouble.logged.insert(why.to_owned())
    }

    /// Takes note of a write that succeeded, with nothing of its part left to write.
    pub(crate) fn works(&mut self, part: Part) {
        if let Some(trouble) = &mut self.trouble {
            trouble.failing.remove(&part);
        }
    }

    /// Returns whether there is trouble.
    pub(crate) fn is_on(&self) -> bool {
        self.trouble.is_some()
    }

    /// Returns the begin of the trouble, once the channels are notified of it.
    pub(crate) fn impaired_since(&self) -> Option<Timestamp> {
        self.trouble.as_ref().filter(|trouble| trouble.is_notified).map(|trouble| trouble.since)
    }

    /// Returns the changes by `now`. Must be called every second during trouble.
    pub(crate) fn look(&mut self, now: Timestamp) -> Option<StoreChange> {
        let trouble = self.trouble.as_mut()?;
        // A clock that was set back counts anew.
        trouble.since = trouble.since.min(now);
        trouble.last_failure = trouble.last_failure.min(now);
        let since = trouble.since;
        if trouble.failing.is_empty() {
            if age(trouble.last_failure, now) < OVER_AFTER {
                return None;
            }
            self.trouble = None;
            return Some(StoreChange::Over { since });
        }
        let is_cool = self.last_notice.is_none_or(|last| age(last, now) >= DEFAULT_COOLDOWN);
        if trouble.is_notified || age(since, now) < NOTIFY_AFTER || !is_cool {
            return None;
        }
        trouble.is_notified = true;
        self.last_notice = Some(now);
        Some(StoreChange::Impaired { since, why: trouble.why.clone() })
    }
}

fn age(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Returns the changes while a write fails or succeeds each second, by `f` and `w`.
    fn play(trouble: &mut StoreTrouble, from: i64, script: &[(char, i64)]) -> Vec<(i64, char)> {
        let mut changes = Vec::new();
        let mut second = from;
        for (what, seconds) in script {
            for _ in 0..*seconds {
                match what {
                    'f' => {
                        trouble.failed(Part::Runs, "database or disk is full", at(second));
                    }
                    _ => trouble.works(Part::Runs),
                }
                match trouble.look(at(second)) {
                    Some(StoreChange::Impaired { .. }) => changes.push((second, 'i')),
                    Some(StoreChange::Over { .. }) => changes.push((second, 'o')),
                    None => {}
                }
                second += 1;
            }
        }
        changes
    }

    #[test]
    fn a_minute_of_failures_is_notified_once_and_resolved_once() {
        let mut trouble = StoreTrouble::default();
        let changes = play(&mut trouble, 0, &[('w', 5), ('f', 300), ('w', 60)]);
        assert_eq!(changes, [(65, 'i'), (314, 'o')]);
    }

    #[test]
    fn shorter_failures_cause_no_notice() {
        let mut trouble = StoreTrouble::default();
        assert_eq!(play(&mut trouble, 0, &[('f', 45), ('w', 60)]), [(54, 'o')]);
    }

    #[test]
    fn intermittent_failures_are_one_incident_with_one_notice() {
        let mut trouble = StoreTrouble::default();
        let changes = play(&mut trouble, 0, &[('f', 61), ('w', 5)].repeat(10));
        assert_eq!(changes, [(60, 'i')]);
        let changes = play(&mut trouble, 1_000, &[('w', 20), ('f', 100), ('w', 20)]);
        assert_eq!(changes, [(1_000, 'o'), (1_080, 'i'), (1_129, 'o')]);
        let soon = play(&mut trouble, 1_200, &[('f', 100), ('w', 20)]);
        assert_eq!(soon, [(1_309, 'o')], "within the cooldown there is no second notice");
        let later = play(&mut trouble, 1_900, &[('f', 100)]);
        assert_eq!(later, [(1_980, 'i')]);
    }

    #[test]
    fn written_runs_do_not_end_a_failure_of_decisions() {
        let mut trouble = StoreTrouble::default();
        assert!(trouble.failed(Part::Decisions, "database is locked", at(0)));
        assert!(!trouble.failed(Part::Runs, "database is locked", at(1)));
        trouble.works(Part::Runs);
        assert_eq!(trouble.look(at(30)), None);
        let impaired = trouble.look(at(60));
        assert!(matches!(impaired, Some(StoreChange::Impaired { since, .. }) if since == at(0)));
        assert_eq!(trouble.impaired_since(), Some(at(0)));
        trouble.works(Part::Decisions);
        assert_eq!(trouble.look(at(61)), Some(StoreChange::Over { since: at(0) }));
        assert!(!trouble.is_on());
    }

    #[test]
    fn each_cause_of_a_failure_is_logged_once() {
        let mut trouble = StoreTrouble::default();
        let mut is_logged = |why: &str| trouble.failed(Part::Runs, why, at(0));
        assert!(is_logged("database is locked"));
        assert!(!is_logged("database is locked"));
        assert!(is_logged("it was deleted"));
        assert!(!is_logged("database is locked"));
        let n_more = (0..100).filter(|n| is_logged(&format!("cause {n}"))).count();
        assert_eq!(n_more, MAX_LOGGED - 2);
    }

    #[test]
    fn a_clock_that_is_set_back_only_delays_the_notice() {
        let mut trouble = StoreTrouble::default();
        trouble.failed(Part::Runs, "full", at(10_000));
        trouble.failed(Part::Runs, "full", at(0));
        assert_eq!(trouble.look(at(0)), None);
        assert!(matches!(trouble.look(at(60)), Some(StoreChange::Impaired { .. })));
    }
}
