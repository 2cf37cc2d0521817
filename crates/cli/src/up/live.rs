//! Live output: a line for each change, and on a terminal a line of counts.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use allclear_core::Timestamp;
use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::event::AlertRecord;
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Status;
use allclear_engine::notify::SweepReport;
use allclear_engine::probe::ProbeReport;

use crate::output::{self, bottom_line};

/// The live output of `up` and `demo`.
#[derive(Default)]
pub(crate) struct Live {
    shows: Shows,
    counts: Mutex<StatusCounts>,
}

/// Amount of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Each change of a status, each alert, and each delivery of a notification.
    All,
    /// Each change of a status. The rest is shown in another way.
    Statuses,
}

/// The kinds of lines that are printed.
#[derive(Debug, Clone, Copy, Default)]
struct Shows {
    statuses: bool,
    alerts: bool,
    deliveries: bool,
}

impl Shows {
    /// Selects the kinds of lines so that each event has one line: on a terminal, the line of a
    /// `log` channel stands for the alert and for its delivery.
    fn new(config: &Config, shown: Verbosity) -> Self {
        let all = Self { statuses: true, alerts: true, deliveries: true };
        let is_log = |channel: &Channel| channel.send.kind == LOG;
        match shown {
            Verbosity::Statuses => Self { alerts: false, deliveries: false, ..all },
            Verbosity::All if output::is_terminal() => Self {
                alerts: !config.channels.iter().any(is_log),
                deliveries: !config.channels.iter().all(is_log),
                ..all
            },
            Verbosity::All => all,
        }
    }
}

/// The kind of channel whose notifications are lines of the log.
const LOG: &str = "log";

#[derive(Default)]
struct StatusCounts {
    n_checks: usize,
    statuses: String,
}

impl Live {
    /// Creates a view that shows changes, and counts on a terminal.
    pub(crate) fn new(config: &Config, shown: Verbosity) -> Self {
        if output::is_terminal() {
            bottom_line::open(format!("{} monitors", config.monitors.len()));
        }
        Self { shows: Shows::new(config, shown), counts: Mutex::default() }
    }

    /// Creates a view that shows nothing.
    pub(crate) fn silent() -> Self {
        Self::default()
    }

    /// Takes the line at the bottom away.
    pub(crate) fn close() {
        bottom_line::close();
    }

    /// Counts the outcomes of a run.
    pub(crate) fn checked(&self, report: &ProbeReport) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.n_checks += report.outcomes.len();
        bottom_line::set(|| format!("{}, {} checks", counts.statuses, counts.n_checks));
    }

    /// Shows the changes and alerts of a decision, and counts the statuses of the state if there is one.
    pub(crate) fn evaluated(
        &self,
        config: &Config,
        state: Option<&ShardState>,
        decision: &Decision,
    ) {
        for one in decision.transitions.iter().filter(|_| self.shows.statuses) {
            let cause = one.cause.as_ref().filter(|_| one.to != Status::Healthy);
            let why = cause.map(|cause| format!(": {} ({})", cause.message, cause.fault));
            say(
                one.confirmed_at,
                output::sign(one.to),
                &format!("{} is {}{}", one.monitor, one.to, why.unwrap_or_default()),
            );
        }
        for alert in decision.alerts.iter().filter(|_| self.shows.alerts) {
            let AlertRecord { rule, monitor, severity, .. } = alert;
            let (at, what) = match alert.resolved_at {
                None => (alert.fired_at, "fires"),
                Some(at) => (at, "is resolved"),
            };
            say(at, "!", &format!("{rule} on {monitor} {what} ({severity})"));
        }
        // Nothing shows them elsewhere, and counting them each second takes longer than checking.
        if let Some(state) = state
            && bottom_line::is_open()
        {
            let statuses = in_words(config, state);
            self.counts.lock().unwrap_or_else(PoisonError::into_inner).statuses = statuses;
        }
    }

    /// Shows the deliveries of a report.
    pub(crate) fn delivered(&self, report: &SweepReport) {
        let parts = [
            (report.n_sent, "sent"),
            (report.n_failed, "failed and will be tried again"),
            (report.n_given_up, "given up"),
            (report.n_superseded, "not needed any more"),
        ];
        let parts = counts(&parts);
        if self.shows.deliveries && !parts.is_empty() {
            let text = format!("notifications: {parts}");
            say(crate::clock::now(), "→", &text);
        }
        let attempts = [
            (report.n_executed, "executed"),
            (report.n_dry_runs, "dry run"),
            (report.n_not_executed, "not executed"),
            (report.n_unknown, "with an unknown result"),
        ];
        let attempts = counts(&attempts);
        if self.shows.deliveries && !attempts.is_empty() {
            let text = format!("attempts of actions: {attempts}; messages have the results");
            say(crate::clock::now(), "→", &text);
        }
    }
}

/// Returns the counts that are not zero as a text: `2 sent, 1 given up`.
fn counts(counts: &[(usize, &str)]) -> String {
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    counts.map(|(n, what)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
}

/// Counts the monitors of each status, the worst status first.
fn in_words(config: &Config, state: &ShardState) -> String {
    let known = |id| state.monitors.get(id).map_or(Status::Unknown, |one| one.status);
    let all: Vec<Status> = config.monitors.iter().map(|one| known(&one.id)).collect();
    let count = |status: Status| {
        let n = all.iter().filter(|one| **one == status).count();
        (n > 0).then(|| format!("{n} {status}"))
    };
    let statuses = [Status::Unhealthy, Status::Degraded, Status::Unknown, Status::Healthy];
    let statuses: Vec<String> = statuses.into_iter().filter_map(count).collect();
    statuses.join(", ")
}

fn say(at: Timestamp, sign: &str, text: &str) {
    let clock = at.strftime("%H:%M:%S");
    let _ = writeln!(bottom_line::writer(), "{clock} {sign} {text}");
}
