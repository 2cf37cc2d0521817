//! Models of other programs with their default settings, on the same series.
//!
//! Gatus notifies after 3 failures in a row and of the end after 2 successes. Uptime Kuma notifies after the first
//! failure, or after as many further ones as it has retries, and of the end after the first success. Both notify about
//! each service separately, and both count a check that could not be measured as a failure. Their default conditions do
//! not contain the response time.

use crate::message::{Message, MessageKind};
use crate::scenario::{About, CheckResult, Series};

/// A program that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its name and settings.
    pub name: &'static str,
    /// The failures in a row that are notified.
    n_failures: u32,
    /// The successes in a row whose end is notified.
    n_successes: u32,
}

/// The compared programs.
pub const PEERS: [Peer; 3] = [
    Peer { name: "Gatus (3 failures, 2 successes)", n_failures: 3, n_successes: 2 },
    Peer { name: "Uptime Kuma (no retries)", n_failures: 1, n_successes: 1 },
    Peer { name: "Uptime Kuma (3 retries)", n_failures: 4, n_successes: 1 },
];

impl Peer {
    /// Returns its messages.
    #[must_use]
    pub fn messages(self, series: &Series<'_>) -> Vec<Message> {
        let positions = 0..series.scenario.services.len();
        positions.flat_map(|service| self.messages_about(series, service)).collect()
    }

    fn messages_about(self, series: &Series<'_>, service: usize) -> Vec<Message> {
        let (mut n_bad, mut n_good, mut n_threads) = (0, 0, 0);
        let mut is_notified = false;
        let mut messages = Vec::new();
        for (at_s, results) in &series.checks {
            let is_good = matches!(results.get(service), Some(CheckResult::Answered { .. }));
            (n_bad, n_good) = if is_good { (0, n_good + 1) } else { (n_bad + 1, 0) };
            let kind = if !is_notified && n_bad >= self.n_failures {
                n_threads += 1;
                MessageKind::Begin
            } else if is_notified && n_good >= self.n_successes {
                MessageKind::End
            } else {
                continue;
            };
            is_notified = kind == MessageKind::Begin;
            messages.push(Message {
                at_s: *at_s,
                kind,
                thread: format!("{service} {n_threads}"),
                services: vec![service],
                about: About::Services,
            });
        }
        messages
    }
}
