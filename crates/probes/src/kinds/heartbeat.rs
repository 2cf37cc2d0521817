//! The `heartbeat` check: whether a job has reported in time. A function of the latest beat and the
//! time, with the meaning that healthchecks.io gave to beats; it sends nothing.

mod cadence;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::{Beat, BeatFailure, BeatSignal};
use allclear_core::checker::{CheckContext, Checker, Checking, ParamProblem, PriorState};
use allclear_core::checker_state::Note;
use allclear_core::duration;
use allclear_core::kind::{Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts, Finding, Metrics, Verdict};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_core::window::Opening;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Implementation;
use crate::SharedState;
use crate::excerpt::excerpt;
use crate::params::{ParamProblems, read};

use cadence::{BeatCadence, between};

/// The time since the last success.
const BEAT_AGE_SECONDS: Metric = Metric::new("beat_age_seconds", Unit::Seconds);

/// The duration of the last finished job.
const JOB_DURATION_SECONDS: Metric = Metric::new("job_duration_seconds", Unit::Seconds);

/// The exit code of a failed job.
const EXIT_CODE: Metric = Metric::new("exit_code", Unit::Number);

/// The number of runs that have begun and not ended.
const OPEN_RUNS: Metric = Metric::new("open_runs", Unit::Number);

/// The values that a job has reported, under their names after this prefix.
const REPORTED: Metric = Metric::new("job_*", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "heartbeat",
    category: Category::Internal,
    metrics: &[BEAT_AGE_SECONDS, JOB_DURATION_SECONDS, EXIT_CODE, OPEN_RUNS, REPORTED],
    labels: &[],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example { parts: DurationParts::NONE, metrics: &[(BEAT_AGE_SECONDS.name, 1_800.0)] },
};

pub(super) const IMPLEMENTATION: Implementation = Implementation { name: KIND.name, build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<Params>;

const MIN_TOKEN_CHARACTERS: usize = 16;
const MAX_TOKEN_CHARACTERS: usize = 128;

/// Parameters of the `heartbeat` check: a job reports to `POST /heartbeat/<token>`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The last part of the address that the job reports to: 16 to 128 characters of `a-z`, `A-Z`,
    /// `0-9`, `-` and `_`. All who know it can report, so make it hard to guess.
    token: String,
    /// The longest time from one success of the job to the next: `1h`, `1d`. Either this or `schedule` is required.
    #[schemars(extend("format" = "duration"))]
    period: Option<String>,
    /// The times at which the job begins, as in a crontab: minute, hour, day of month, month, day of week.
    schedule: Option<String>,
    /// The time zone of `schedule`, such as `Europe/Berlin`. Default: `UTC`.
    time_zone: Option<String>,
    /// The time that the job may be late.
    #[serde(default = "default_grace")]
    #[schemars(extend("format" = "duration"))]
    grace: String,
    /// The time that a run may last after it reported its start. Default: `grace`.
    #[schemars(extend("format" = "duration"))]
    max_duration: Option<String>,
}

fn default_grace() -> String {
    "5m".to_owned()
}

/// A `heartbeat` check with its parameters.
#[derive(Debug)]
struct HeartbeatCheck {
    token: String,
    cadence: BeatCadence,
    grace: Duration,
    max_duration: Duration,
}

fn build(params: &Value, _: &Arc<SharedState>) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if params.token.starts_with("secret:") {
        let hint = "write the token itself: it permits only to report beats";
        problems.add(&["token"], "the token cannot be a secret", Some(hint));
    } else if !params.token.chars().all(is_allowed) {
        let what = "the token has characters other than `a-z`, `A-Z`, `0-9`, `-` and `_`";
        problems.add(&["token"], what, None);
    } else if !(MIN_TOKEN_CHARACTERS..=MAX_TOKEN_CHARACTERS).contains(&params.token.len()) {
        let what = format!(
            "the token has {} characters, not {MIN_TOKEN_CHARACTERS} to {MAX_TOKEN_CHARACTERS}",
            params.token.len()
        );
        problems.add(&["token"], what, Some("make one with `uuidgen`"));
    }
    let Params { period, schedule, time_zone, .. } = &params;
    let [period, schedule, time_zone] = [period, schedule, time_zone].map(Option::as_deref);
    let cadence = BeatCadence::read(period, schedule, time_zone, &mut problems);
    let grace = problems.duration(&["grace"], &params.grace);
    let max_duration = match &params.max_duration {
        Some(text) => problems.duration(&["max_duration"], text),
        None => grace,
    };
    let times = cadence.zip(grace.zip(max_duration));
    let check = times.map(|(cadence, (grace, max_duration))| HeartbeatCheck {
        token: params.token,
        cadence,
        grace,
        max_duration,
    });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}

impl Checker for HeartbeatCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        let mut finding = Finding::of(self.verdict(&context));
        if let Some(beat) = context.beat {
            finding.metrics = metrics(beat, context.now);
            if finding.verdict == Verdict::Healthy {
                finding.latency = beat.latency;
            }
            finding.note = counting(beat, &context);
        }
        Box::pin(std::future::ready(finding))
    }

    fn listens_for_beats(&self) -> bool {
        true
    }

    fn takes_notes(&self) -> bool {
        true
    }

    fn beat_token(&self) -> Option<&str> {
        Some(&self.token)
    }

    fn beats_every(&self) -> Option<Duration> {
        Some(self.cadence.usual_gap())
    }
}

impl HeartbeatCheck {
    fn verdict(&self, context: &CheckContext<'_>) -> Verdict {
        let now = context.now;
        let Some(beat) = context.beat else {
            return never_received("no beat received yet: the job must `POST` to its address");
        };
        if let Some(failure) = &beat.failure {
            return Verdict::Unhealthy(reported(failure, ""));
        }
        if let Some(failure) = self.uncounted_failure(beat, context) {
            return Verdict::Unhealthy(reported(failure, ", and has succeeded since"));
        }
        if let Some(overrun) = self.overrun(beat, now) {
            return Verdict::Unhealthy(overrun);
        }
        let Some(succeeded_at) = beat.succeeded_at else {
            return never_received("the job has begun for the first time and not ended yet");
        };
        let due = self.cadence.due_after(succeeded_at);
        if between(due, now) <= self.grace {
            return Verdict::Healthy;
        }
        if let Some(gap) =
            context.listener_gap.filter(|gap| self.may_have_arrived_in(gap, due, now))
        {
            let what = format!("no process received beats from {} to {}", gap.start, gap.end);
            return Verdict::unknown(Cause::monitor(Reason::BeatMissing, what));
        }
        Verdict::Unhealthy(Cause::of(
            Reason::BeatMissing,
            format!(
                "the last success was {} ago; it is due {}, with {} of grace",
                duration::format(between(succeeded_at, now)),
                self.cadence.described(),
                duration::format(self.grace)
            ),
        ))
    }

    /// Returns the cause if a run lasts longer than it may: the oldest of them.
    fn overrun(&self, beat: &Beat, now: Timestamp) -> Option<Cause> {
        let run = beat.runs.iter().min_by_key(|run| run.started_at)?;
        let running = between(run.started_at, now);
        if running <= self.max_duration {
            return None;
        }
        let name = run.id.as_ref().map_or_else(String::new, |id| format!(" `{}`", excerpt(id)));
        let what = format!(
            "the run{name} began {} ago and has not ended within {}",
            duration::format(running),
            duration::format(self.max_duration)
        );
        Some(Cause::of(Reason::BeatOverran, what))
    }

    /// Returns a failure that a success has ended before any check has counted it. Without its note,
    /// a check cannot tell, and counts none.
    fn uncounted_failure<'a>(
        &self,
        beat: &'a Beat,
        context: &CheckContext<'_>,
    ) -> Option<&'a BeatFailure> {
        let failure = beat.ended_failure.as_ref()?;
        let recent = self.cadence.usual_gap().saturating_add(self.grace);
        let is_recent = between(failure.at, context.now) <= recent;
        let counted = match context.prior_state {
            PriorState::Unreadable => return None,
            PriorState::Blank => None,
            PriorState::Noted(note) => note.read::<CountedFailure>(),
        };
        let is_counted = counted.is_some_and(|counted| counted.failed_at == failure.at);
        (is_recent && !is_counted).then_some(failure)
    }

    /// Returns whether the beat that was due at `due` and is missing may have come, give or take its grace, while no
    /// process listened, and the next one after that is not missing as well.
    fn may_have_arrived_in(&self, gap: &Opening, due: Timestamp, now: Timestamp) -> bool {
        let earliest = due.saturating_sub(self.grace).unwrap_or(due);
        let latest = due.saturating_add(self.grace).unwrap_or(due);
        if gap.start > latest || earliest > gap.end {
            return false;
        }
        let end = gap.end.saturating_add(self.grace).unwrap_or(gap.end);
        let mut next = self.cadence.next(due);
        while next <= end {
            next = self.cadence.next(next);
        }
        between(next, now) <= self.grace
    }
}

/// The note of a check: the failure that it has counted, so that one counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct CountedFailure {
    failed_at: Timestamp,
}

/// Returns the note that the failure in `beat` is counted; `None` if that is noted already. A
/// check that a person asks for may not be recorded, so it counts nothing.
fn counting(beat: &Beat, context: &CheckContext<'_>) -> Option<Note> {
    let failure = beat.failure.as_ref().or(beat.ended_failure.as_ref())?;
    let counted = CountedFailure { failed_at: failure.at };
    let is_new = match context.prior_state {
        PriorState::Unreadable => false,
        PriorState::Blank => true,
        PriorState::Noted(note) => note.read::<CountedFailure>() != Some(counted),
    };
    if is_new && !context.force_all { Note::of(&counted) } else { None }
}

/// Returns the verdict before the first beat: the monitor has nothing yet to measure the job by.
fn never_received(what: &str) -> Verdict {
    Verdict::unknown(Cause::of(Reason::BeatNeverCame, what))
}

fn reported(failure: &BeatFailure, more: &str) -> Cause {
    let BeatFailure { exit_code, body, .. } = failure;
    let code = exit_code.map_or_else(String::new, |code| format!(" with exit code {code}"));
    let output = if body.is_empty() { String::new() } else { format!(": {}", excerpt(body)) };
    Cause::of(Reason::BeatFailed, format!("the job reported a failure{code}{more}{output}"))
}

fn metrics(beat: &Beat, now: Timestamp) -> Metrics {
    let mut metrics = Metrics::new();
    let mut measure = |metric: Metric, value| metrics.insert(metric.name.to_owned(), value);
    if let Some(succeeded_at) = beat.succeeded_at {
        measure(BEAT_AGE_SECONDS, between(succeeded_at, now).as_secs_f64());
    }
    if let Some(duration) = beat.duration {
        measure(JOB_DURATION_SECONDS, duration.as_secs_f64());
    }
    if let BeatSignal::Failure { exit_code: Some(code) } = beat.signal {
        measure(EXIT_CODE, f64::from(code));
    }
    measure(OPEN_RUNS, f64::from(u32::try_from(beat.runs.len()).unwrap_or(u32::MAX)));
    for (name, value) in &beat.metrics {
        // A value that the check measures itself is not replaced.
        if let Some(name) = REPORTED.with_part(name) {
            metrics.entry(name).or_insert(*value);
        }
    }
    metrics
}
