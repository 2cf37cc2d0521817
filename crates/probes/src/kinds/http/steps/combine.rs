//! One finding from those of the steps. Pure.

use std::ops::ControlFlow;
use std::time::Duration;

use allclear_core::duration;
use allclear_core::kind::Metric;
use allclear_core::outcome::{Cause, DurationParts, Finding, Metrics, Verdict};
use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use allclear_expression::Expression;

use crate::kinds::degraded_by_time;
use crate::kinds::http::{REDIRECTS, STEP_MS};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};

/// The metrics of which the worst of all steps counts: the least.
const LEAST: [Metric; 3] = [CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION];

/// The end of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepEnding {
    /// It ended before the time limit.
    InTime,
    /// It was cut off at the time limit of the check.
    CutOff,
}

/// The findings of the steps so far.
pub(super) struct CombinedFinding {
    /// The time limit of the check.
    timeout: Duration,
    /// The cause of the first degraded step.
    degraded: Option<Cause>,
    finding: Finding,
}

impl CombinedFinding {
    pub(super) fn new(timeout: Duration) -> Self {
        let finding = Finding { latency: Some(Duration::ZERO), ..Finding::of(Verdict::Healthy) };
        Self { timeout, degraded: None, finding }
    }

    /// Adds the finding of the next step. Breaks if it is the last one, because it failed.
    pub(super) fn add(&mut self, name: &str, step: Finding, ending: StepEnding) -> ControlFlow<()> {
        let so_far = self.finding.latency.unwrap_or_default();
        self.finding.latency = step.latency.map(|latency| so_far + latency);
        self.finding.parts = sum(self.finding.parts, step.parts);
        add_metrics(&mut self.finding.metrics, step.metrics);
        if let (Some(latency), Some(metric)) = (step.latency, STEP_MS.with_part(name)) {
            self.finding.metrics.insert(metric, latency.as_secs_f64() * 1000.0);
        }
        let named = |mut cause: Cause| {
            cause.message = format!("step `{name}`: {}", cause.message);
            cause
        };
        match step.verdict {
            Verdict::Healthy => return ControlFlow::Continue(()),
            Verdict::Degraded(cause) => {
                if self.degraded.is_none() {
                    self.degraded = Some(named(cause));
                    self.finding.labels = step.labels;
                }
                return ControlFlow::Continue(());
            }
            Verdict::Unhealthy(mut cause) => {
                if ending == StepEnding::CutOff {
                    self.explain_wait(so_far, &mut cause);
                }
                self.finding.verdict = Verdict::Unhealthy(named(cause));
            }
            Verdict::Unknown(cause) => self.finding.verdict = Verdict::Unknown(named(cause)),
        }
        self.finding.labels = step.labels;
        ControlFlow::Break(())
    }

    /// Returns the finding on all steps, by a condition over `response_time_ms`, the time of all of them.
    pub(super) fn finish(self, degraded: Option<&Expression>) -> Finding {
        let mut finding = self.finding;
        if finding.verdict == Verdict::Healthy {
            let by_time = || degraded_by_time(degraded, finding.latency.unwrap_or_default());
            finding.verdict = self.degraded.map_or_else(by_time, Verdict::Degraded);
        }
        finding
    }

    /// Adds to the cause of a step that was cut off how much of the time limit the steps before it took.
    /// If it was most of it, the phase in which this step was says nothing.
    fn explain_wait(&self, so_far: Duration, cause: &mut Cause) {
        if so_far.is_zero() {
            return;
        }
        cause.message = format!(
            "{}; the steps before took {}ms of the {} for all",
            cause.message,
            so_far.as_millis(),
            duration::format(self.timeout)
        );
        if so_far > self.timeout / 2 && cause.fault == Fault::Target {
            *cause = Cause::of(Reason::Timeout, std::mem::take(&mut cause.message));
        }
    }
}

/// Returns the sums of the parts.
fn sum(a: DurationParts, b: DurationParts) -> DurationParts {
    let sum = |a: Option<Duration>, b: Option<Duration>| match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    };
    DurationParts {
        dns: sum(a.dns, b.dns),
        connect: sum(a.connect, b.connect),
        tls: sum(a.tls, b.tls),
        first_byte: sum(a.first_byte, b.first_byte),
        transfer: sum(a.transfer, b.transfer),
    }
}

/// Adds the metrics of the next step: redirects are counted, the worst certificate counts, and of all
/// others the last.
fn add_metrics(all: &mut Metrics, step: Metrics) {
    for (name, value) in step {
        let is = |metric: &Metric| metric.name == name;
        let combined = match all.get(&name) {
            Some(known) if is(&REDIRECTS) => known + value,
            Some(known) if LEAST.iter().any(is) => known.min(value),
            Some(_) | None => value,
        };
        all.insert(name, combined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn step(verdict: Verdict, latency_ms: u64, metrics: &[(Metric, f64)]) -> Finding {
        Finding {
            latency: Some(Duration::from_millis(latency_ms)),
            parts: DurationParts {
                connect: Some(Duration::from_millis(1)),
                ..DurationParts::default()
            },
            metrics: metrics.iter().map(|(one, value)| (one.name.to_owned(), *value)).collect(),
            ..Finding::of(verdict)
        }
    }

    fn cause(reason: Reason) -> Cause {
        Cause::of(reason, "seen")
    }

    #[test]
    fn times_add_up_and_the_worst_certificate_counts() {
        let mut all = CombinedFinding::new(LIMIT);
        let first = [(CERTIFICATE_DAYS, 9.0), (TLS_VERSION, 1.3), (REDIRECTS, 2.0)];
        let second = [(CERTIFICATE_DAYS, 50.0), (TLS_VERSION, 1.2), (REDIRECTS, 1.0)];
        assert!(
            all.add("login", step(Verdict::Healthy, 100, &first), StepEnding::InTime).is_continue()
        );
        assert!(
            all.add("query", step(Verdict::Healthy, 20, &second), StepEnding::InTime).is_continue()
        );
        let finding = all.finish(None);
        assert_eq!(finding.verdict, Verdict::Healthy);
        assert_eq!(finding.latency, Some(Duration::from_millis(120)));
        assert_eq!(finding.parts.connect, Some(Duration::from_millis(2)));
        let wanted = [
            (CERTIFICATE_DAYS.name, 9.0),
            (REDIRECTS.name, 3.0),
            ("step_ms_login", 100.0),
            ("step_ms_query", 20.0),
            (TLS_VERSION.name, 1.2),
        ];
        let wanted: Metrics = wanted.map(|(name, value)| (name.to_owned(), value)).into();
        assert_eq!(finding.metrics, wanted);
    }

    #[test]
    fn the_first_failure_ends_the_steps_and_has_the_name_of_its_step() {
        let mut all = CombinedFinding::new(LIMIT);
        let degraded = Verdict::Degraded(cause(Reason::Degraded));
        assert!(all.add("login", step(degraded.clone(), 1, &[]), StepEnding::InTime).is_continue());
        let failed = Verdict::Unhealthy(cause(Reason::AssertionFailed));
        assert!(all.add("query", step(failed, 1, &[]), StepEnding::InTime).is_break());
        let finding = all.finish(None);
        assert_eq!(finding.verdict.cause().unwrap().message, "step `query`: seen");
        let mut all = CombinedFinding::new(LIMIT);
        assert!(all.add("login", step(degraded.clone(), 1, &[]), StepEnding::InTime).is_continue());
        assert!(all.add("query", step(degraded, 1, &[]), StepEnding::InTime).is_continue());
        let Verdict::Degraded(cause) = all.finish(None).verdict else { panic!("not degraded") };
        assert_eq!(cause.message, "step `login`: seen");
    }

    #[test]
    fn a_step_that_had_little_time_left_is_no_failure_of_its_phase() {
        for (before_ms, reason) in [(9_000, Reason::Timeout), (1_000, Reason::ConnectTimeout)] {
            let mut all = CombinedFinding::new(LIMIT);
            assert!(
                all.add("login", step(Verdict::Healthy, before_ms, &[]), StepEnding::InTime)
                    .is_continue()
            );
            let failed = Verdict::Unhealthy(cause(Reason::ConnectTimeout));
            let cut_off = Finding { latency: None, ..step(failed, 0, &[]) };
            assert!(all.add("query", cut_off, StepEnding::CutOff).is_break());
            let finding = all.finish(None);
            assert_eq!(finding.latency, None);
            let cause = finding.verdict.cause().unwrap();
            assert_eq!(cause.reason, reason);
            let message = format!(
                "step `query`: seen; the steps before took {before_ms}ms of the 10s for all"
            );
            assert_eq!(cause.message, message);
        }
    }
}
