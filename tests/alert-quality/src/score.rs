//! The comparison of messages with the incidents of a scenario.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::message::{Message, MessageKind};
use crate::scenario::{About, Incident, Series};

/// The result of one program on scenarios of one class.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Score {
    /// The incidents that must be noticed.
    pub n_incidents: usize,
    /// Those without a message.
    pub n_missed: usize,
    /// First messages, and updates, about nothing that must be noticed.
    pub n_false_alarms: usize,
    /// For each noticed incident, the seconds from its start to the first message.
    #[serde(skip)]
    pub delays_s: Vec<f64>,
    /// For each noticed incident, the number of its messages, from the first one to the end.
    #[serde(skip)]
    pub n_messages: Vec<usize>,
    /// All messages.
    pub n_all_messages: usize,
}

/// Compares the messages of a program with the incidents.
#[must_use]
pub fn score(series: &Series<'_>, mut messages: Vec<Message>) -> Score {
    messages.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let incidents = &series.scenario.incidents;
    // The time in which a confirmed trouble may still be notified after its end.
    let grace_s = 60.0 + 2.0 * f64::from(series.interval_s);
    let mut by_thread: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let mut first_at: BTreeMap<usize, f64> = BTreeMap::new();
    let mut n_messages: BTreeMap<usize, usize> = BTreeMap::new();
    let mut score =
        Score { n_incidents: incidents.len(), n_all_messages: messages.len(), ..Score::default() };
    for message in &messages {
        let known = by_thread.get(message.thread.as_str()).copied().flatten();
        let now = incidents.iter().position(|one| is_about(message, one, grace_s));
        let incident = match message.kind {
            MessageKind::Begin | MessageKind::Update => now.or(known),
            MessageKind::End => known,
        };
        by_thread.insert(&message.thread, incident);
        match (incident, message.kind) {
            (Some(incident), kind) => {
                *n_messages.entry(incident).or_default() += 1;
                if kind != MessageKind::End {
                    first_at.entry(incident).or_insert(message.at_s);
                }
            }
            (None, MessageKind::Begin | MessageKind::Update) => score.n_false_alarms += 1,
            (None, MessageKind::End) => {}
        }
    }
    score.n_missed = incidents.len() - first_at.len();
    let delay = |(incident, at_s): (&usize, &f64)| Some(at_s - incidents.get(*incident)?.from_s);
    score.delays_s = first_at.iter().filter_map(delay).collect();
    score.n_messages = n_messages.into_values().collect();
    score
}

fn is_about(message: &Message, incident: &Incident, grace_s: f64) -> bool {
    incident.about == message.about
        && incident.from_s <= message.at_s
        && message.at_s <= incident.to_s + grace_s
        // A message about the monitoring itself is about all services.
        && (message.about == About::Monitoring
            || message.services.iter().any(|one| incident.services.contains(one)))
}

impl Score {
    /// Adds the result on further scenarios.
    pub fn add(&mut self, other: Self) {
        self.n_incidents += other.n_incidents;
        self.n_missed += other.n_missed;
        self.n_false_alarms += other.n_false_alarms;
        self.n_all_messages += other.n_all_messages;
        self.delays_s.extend(other.delays_s);
        self.n_messages.extend(other.n_messages);
    }

    /// Returns the median delay in seconds; `None` if nothing was noticed.
    #[must_use]
    pub fn median_delay_s(&self) -> Option<f64> {
        let mut delays = self.delays_s.clone();
        delays.sort_by(f64::total_cmp);
        delays.get(delays.len() / 2).copied()
    }

    /// Returns the longest delay in seconds.
    #[must_use]
    pub fn max_delay_s(&self) -> Option<f64> {
        self.delays_s.iter().copied().max_by(f64::total_cmp)
    }

    /// Returns the mean number of messages of a noticed incident.
    #[must_use]
    pub fn mean_messages(&self) -> Option<f64> {
        let n = self.n_messages.len();
        (n > 0).then(|| self.n_messages.iter().sum::<usize>() as f64 / n as f64)
    }

    /// Returns the most messages of an incident.
    #[must_use]
    pub fn max_messages(&self) -> Option<usize> {
        self.n_messages.iter().copied().max()
    }
}
