//! The pace of one channel: the number of tries at a time and per second.

use std::time::Duration;

use allclear_core::channel::SendLimits;
use tokio::time::Instant;

/// The pace of one channel. A channel begins with one try at a time, doubles that with each success up to its
/// limit, and falls back to one with each failure, so that a dead channel costs few tries.
#[derive(Debug, Clone)]
pub(crate) struct ChannelPace {
    limits: SendLimits,
    at_once: usize,
    /// Time at which the tries so far would be over at the steady rate.
    spent_until: Option<Instant>,
}

impl ChannelPace {
    pub(crate) fn new(limits: SendLimits) -> Self {
        Self { limits, at_once: 1, spent_until: None }
    }

    /// Returns true if one more than `n_sending` tries may be in flight.
    pub(crate) fn has_room(&self, n_sending: usize) -> bool {
        n_sending < self.at_once
    }

    /// Returns the time at which the next try may begin.
    pub(crate) fn next_at(&self, now: Instant) -> Instant {
        let Some(rate) = self.limits.rate else { return now };
        let ahead = rate.interval.saturating_mul(rate.burst.saturating_sub(1));
        self.spent_until.and_then(|until| until.checked_sub(ahead)).map_or(now, |at| at.max(now))
    }

    /// Counts a try that begins.
    pub(crate) fn begin(&mut self, now: Instant) {
        let interval = self.limits.rate.map_or(Duration::ZERO, |rate| rate.interval);
        self.spent_until = Some(self.spent_until.map_or(now, |until| until.max(now)) + interval);
    }

    /// Takes back the last count, because nothing was sent.
    pub(crate) fn give_back(&mut self) {
        let interval = self.limits.rate.map_or(Duration::ZERO, |rate| rate.interval);
        self.spent_until = self.spent_until.and_then(|until| until.checked_sub(interval));
    }

    /// Takes note of a try that the destination has accepted or permanently refused.
    pub(crate) fn succeeded(&mut self) {
        self.at_once = self.at_once.saturating_mul(2).min(self.limits.at_once.max(1));
    }

    /// Takes note of a try that failed.
    pub(crate) fn failed(&mut self) {
        self.at_once = 1;
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::channel::SendRate;

    use super::*;

    #[test]
    fn parallelism_grows_with_successes_and_shrinks_with_failures() {
        let mut pace = ChannelPace::new(SendLimits { at_once: 6, rate: None });
        let mut rooms = Vec::new();
        for _ in 0..4 {
            rooms.push((0..10).filter(|n| pace.has_room(*n)).count());
            pace.succeeded();
        }
        assert_eq!(rooms, [1, 2, 4, 6]);
        pace.failed();
        assert!(pace.has_room(0) && !pace.has_room(1));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_the_rate_holds() {
        let rate = SendRate { interval: Duration::from_secs(1), burst: 3 };
        let mut pace = ChannelPace::new(SendLimits { at_once: 1, rate: Some(rate) });
        let start = Instant::now();
        let mut begins = Vec::new();
        for _ in 0..6 {
            let at = pace.next_at(Instant::now());
            tokio::time::advance(at.duration_since(Instant::now())).await;
            pace.begin(at);
            begins.push(at.duration_since(start).as_secs());
        }
        assert_eq!(begins, [0, 0, 0, 1, 2, 3]);
        // Unused tries are saved up to the burst, and no further.
        tokio::time::advance(Duration::from_mins(1)).await;
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(pace.next_at(now), now);
            pace.begin(now);
        }
        assert_eq!(pace.next_at(now), now + Duration::from_secs(1));
    }
}
