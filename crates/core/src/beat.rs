//! Beats: the reports of jobs, and their summary.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The latest report of a job that sends beats, with a summary of the earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    /// The time at which it arrived.
    pub at: Timestamp,
    /// The reported event.
    pub signal: BeatSignal,
    /// The runs that have begun and not ended, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<StartedRun>,
    /// The time of the last success of the job.
    pub succeeded_at: Option<Timestamp>,
    /// The last failure, if no success followed. A new start does not clear it.
    pub failure: Option<BeatFailure>,
    /// The duration of the last finished run, if the job reported its start.
    pub duration: Option<Duration>,
    /// The first bytes of the body of the beat. Only for the team.
    pub body: String,
    /// The last failure that a success has ended. Without it, a failure would leave no trace if the
    /// job succeeded before the next check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_failure: Option<BeatFailure>,
    /// A duration that the job has measured itself, reported with its last success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Duration>,
    /// The values that the job has measured, by name, of its last finished run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}

/// A run of a job that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedRun {
    /// The id that the job gave it; `None` for a job that gives none.
    pub id: Option<String>,
    /// The time at which its start was reported.
    pub started_at: Timestamp,
}

/// The failure that a job reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeatFailure {
    /// The time of the report.
    #[serde(default)]
    pub at: Timestamp,
    /// The exit code, 1 to 255, if the job reported one.
    pub exit_code: Option<u8>,
    /// The first bytes of the body of the report. Only for the team.
    pub body: String,
}

/// The event that a beat reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeatSignal {
    /// The job has ended with success.
    Success,
    /// The job has begun.
    Start,
    /// The job failed, with its exit code if it reported one.
    Failure {
        /// The exit code, 1 to 255.
        exit_code: Option<u8>,
    },
}

/// One report of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct BeatReport {
    /// The reported event.
    pub signal: BeatSignal,
    /// The id of the run, if the job gives its runs ids.
    pub run: Option<String>,
    /// A duration that the job has measured itself.
    pub latency: Option<Duration>,
    /// Values that the job has measured, by name.
    pub metrics: BTreeMap<String, f64>,
    /// The first bytes of the body.
    pub body: String,
}

impl BeatReport {
    /// Creates a report of an event and nothing else.
    #[must_use]
    pub fn of(signal: BeatSignal) -> Self {
        Self { signal, run: None, latency: None, metrics: BTreeMap::new(), body: String::new() }
    }

    /// Returns the report with the first bytes of its body.
    #[must_use]
    pub fn with_body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }
}

impl Beat {
    /// The most bytes of a beat's body that are kept.
    pub const MAX_BODY_BYTES: usize = 10_000;

    /// The most runs at the same time that are kept. Beyond them the oldest is forgotten.
    pub const MAX_RUNS: usize = 16;

    /// Returns the beat that follows `previous` when `report` arrives at `at`.
    #[must_use]
    pub fn following(previous: Option<&Self>, report: BeatReport, at: Timestamp) -> Self {
        let BeatReport { signal, run, latency, metrics, body } = report;
        let mut beat = previous.cloned().unwrap_or_else(|| Self::before_all(at));
        let begun = beat.runs.iter().position(|one| one.id == run).map(|i| beat.runs.remove(i));
        beat.at = at;
        beat.signal = signal;
        beat.body = body;
        if signal == BeatSignal::Start {
            if beat.runs.len() >= Self::MAX_RUNS {
                beat.runs.remove(0);
            }
            beat.runs.push(StartedRun { id: run, started_at: at });
            return beat;
        }
        beat.duration =
            begun.and_then(|run| Duration::try_from(at.duration_since(run.started_at)).ok());
        beat.metrics = metrics;
        beat.latency = None;
        match signal {
            BeatSignal::Start => {}
            BeatSignal::Success => {
                beat.succeeded_at = Some(at);
                beat.ended_failure = beat.failure.take().or(beat.ended_failure);
                beat.latency = latency;
            }
            BeatSignal::Failure { exit_code } => {
                let body = beat.body.clone();
                beat.failure = Some(BeatFailure { at, exit_code, body });
            }
        }
        beat
    }

    /// Returns the state of a job that has not reported yet.
    fn before_all(at: Timestamp) -> Self {
        Self {
            at,
            signal: BeatSignal::Start,
            runs: Vec::new(),
            succeeded_at: None,
            failure: None,
            duration: None,
            body: String::new(),
            ended_failure: None,
            latency: None,
            metrics: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn of_run(signal: BeatSignal, run: &str) -> BeatReport {
        BeatReport { run: Some(run.to_owned()), ..BeatReport::of(signal) }
    }

    fn after(reports: Vec<BeatReport>) -> Beat {
        let mut beat = None;
        for (second, report) in (0..).zip(reports) {
            beat = Some(Beat::following(beat.as_ref(), report, at(second)));
        }
        beat.unwrap()
    }

    #[test]
    fn the_end_of_a_run_leaves_the_others_open() {
        let beat = after(vec![
            of_run(BeatSignal::Start, "a"),
            of_run(BeatSignal::Start, "b"),
            of_run(BeatSignal::Success, "b"),
        ]);
        let open = StartedRun { id: Some("a".to_owned()), started_at: at(0) };
        assert_eq!(beat.runs, [open]);
        assert_eq!((beat.duration, beat.succeeded_at), (Some(Duration::from_secs(1)), Some(at(2))));
    }

    #[test]
    fn a_run_that_starts_twice_has_begun_at_the_second_start() {
        let beat =
            after(vec![BeatReport::of(BeatSignal::Start), BeatReport::of(BeatSignal::Start)]);
        assert_eq!(beat.runs, [StartedRun { id: None, started_at: at(1) }]);
    }

    #[test]
    fn runs_without_end_are_limited_and_the_oldest_is_forgotten() {
        let starts = (0..=Beat::MAX_RUNS).map(|n| of_run(BeatSignal::Start, &n.to_string()));
        let beat = after(starts.collect());
        assert_eq!((beat.runs.len(), beat.runs[0].started_at), (Beat::MAX_RUNS, at(1)));
    }

    #[test]
    fn a_success_ends_a_failure_and_keeps_a_trace_of_it() {
        let failure = BeatSignal::Failure { exit_code: Some(3) };
        let failed = after(vec![BeatReport::of(failure).with_body("disk full")]);
        assert_eq!(failed.failure.as_ref().unwrap().body, "disk full");
        let next = Beat::following(Some(&failed), BeatReport::of(BeatSignal::Success), at(9));
        assert_eq!((next.failure, next.ended_failure), (None, failed.failure));
    }
}
