//! One attempt of a running check: its phase, its measurements, and the resulting finding, also for
//! an attempt that is cut off.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use allclear_core::duration;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Metric};
use allclear_core::outcome::{Cause, DurationParts, Finding, Labels, Metrics, Verdict};
use allclear_core::reason::Reason;
use rustls::sign::CertifiedKey;
use tokio::time::error::Elapsed;

use crate::explanation;

/// The phase of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptPhase {
    /// Resolving the name.
    Resolve,
    /// Opening the connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for the answer to begin.
    FirstByte,
    /// Waiting for the answer to end.
    Transfer,
    /// Evaluating the conditions over the answer.
    Evaluate,
}

/// One attempt under way.
#[derive(Debug)]
pub(crate) struct Attempt {
    started: Instant,
    phase: Option<(AttemptPhase, Instant)>,
    parts: DurationParts,
    metrics: Metrics,
    latency: Option<Duration>,
    suspicion: Option<(Reason, String)>,
    /// The proxy that is waited for, and not the target.
    proxy: Option<String>,
    /// The advice about a body that does not end.
    hint: Option<&'static str>,
    /// The request under way, of an attempt that makes several.
    step: Option<String>,
    /// Additional text by metric, for messages that show its measurement.
    remarks: Vec<(Metric, String)>,
    /// The host as it is looked up, and as the config has it, if those differ.
    shown: Option<(String, String)>,
    certificate: Option<Arc<CertifiedKey>>,
    /// The properties of the target that other monitors can share. Only a failure states them.
    properties: Labels,
}

impl Attempt {
    /// Starts an attempt now.
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            phase: None,
            parts: DurationParts::default(),
            metrics: Metrics::new(),
            latency: None,
            suspicion: None,
            proxy: None,
            hint: None,
            step: None,
            remarks: Vec::new(),
            shown: None,
            certificate: None,
            properties: Labels::new(),
        }
    }

    /// Notes the network addresses of the target, or of its proxy.
    pub(crate) fn note_addresses(&mut self, addresses: &[IpAddr]) {
        let mut addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        addresses.sort_unstable();
        self.properties.insert(ADDRESS.name().to_owned(), addresses.join(", "));
    }

    /// Notes the digest of the certificate of the target.
    pub(crate) fn note_certificate(&mut self, digest: u64) {
        self.properties.insert(CERTIFICATE.name().to_owned(), format!("{digest:016x}"));
    }

    /// Returns the same attempt, whose messages show `shown` instead of the host name `resolved`.
    pub(crate) fn showing(mut self, resolved: &str, shown: &str) -> Self {
        self.shown = (resolved != shown).then(|| (resolved.to_owned(), shown.to_owned()));
        self
    }

    /// Sets the client certificate that is presented to servers that ask for one.
    pub(crate) fn present(&mut self, certificate: Arc<CertifiedKey>) {
        self.certificate = Some(certificate);
    }

    /// Returns the client certificate.
    pub(crate) fn certificate(&self) -> Option<&Arc<CertifiedKey>> {
        self.certificate.as_ref()
    }

    /// Adds `remark` to a message that shows the measurement of `metric`.
    pub(crate) fn add_measurement(&mut self, metric: Metric, remark: String) {
        self.remarks.retain(|(known, _)| *known != metric);
        self.remarks.push((metric, remark));
    }

    /// Ends the phase under way and begins another.
    pub(crate) fn enter(&mut self, phase: AttemptPhase) {
        let now = Instant::now();
        self.end_phase(now);
        self.phase = Some((phase, now));
    }

    /// Forgets the parts measured so far: another connection begins.
    pub(crate) fn begin_again(&mut self) {
        self.phase = None;
        self.parts = DurationParts::default();
        self.remarks.clear();
    }

    /// Records the target's answer: ends the phase under way, and takes the time so far as latency.
    pub(crate) fn answered(&mut self) -> Duration {
        let now = Instant::now();
        self.end_phase(now);
        let latency = whole_microseconds(now - self.started);
        self.latency = Some(latency);
        latency
    }

    /// Takes the time of one of several answers as the latency, instead of the time so far.
    #[cfg(feature = "host")]
    pub(crate) fn answered_within(&mut self, latency: Duration) {
        let latency = whole_microseconds(latency);
        self.phase = None;
        self.parts.first_byte = Some(latency);
        self.latency = Some(latency);
    }

    /// Takes back the answer: it was not the expected one, and the attempt waits for another.
    pub(crate) fn unanswered(&mut self) {
        self.latency = None;
        let so_far = self.parts.transfer.take().unwrap_or_default();
        let now = Instant::now();
        self.phase = Some((AttemptPhase::Transfer, now.checked_sub(so_far).unwrap_or(now)));
    }

    /// Returns the time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the latency; `None` before the answer.
    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency
    }

    /// Keeps a named measurement.
    pub(crate) fn measure(&mut self, metric: Metric, value: f64) {
        self.metrics.insert(metric.name.to_owned(), value);
    }

    /// Keeps a measurement of a metric whose name has a part of its own.
    pub(crate) fn measure_as(&mut self, name: String, value: f64) {
        self.metrics.insert(name, value);
    }

    /// Returns a measurement kept before.
    pub(crate) fn measured(&self, metric: Metric) -> Option<f64> {
        self.metrics.get(metric.name).copied()
    }

    /// Sets the message in place of "no answer" should the attempt be cut off in this phase.
    pub(crate) fn set_suspicion(&mut self, reason: Reason, message: String) {
        self.suspicion = Some((reason, message));
    }

    /// Notes that the attempt waits for a proxy from here on.
    pub(crate) fn depend_on_proxy(&mut self, name: String) {
        self.proxy = Some(name);
    }

    /// Notes that the attempt waits for the target from here on.
    pub(crate) fn depend_on_target(&mut self) {
        self.proxy = None;
    }

    /// Sets the name of the request under way, for an attempt that makes several.
    pub(crate) fn begin_step(&mut self, name: &str) {
        self.step = Some(name.to_owned());
    }

    /// Sets the advice for an attempt that is cut off within the body.
    pub(crate) fn advise_on_body(&mut self, hint: &'static str) {
        self.hint = Some(hint);
    }

    /// Returns the finding of an attempt that ended or was cut off after `timeout`.
    pub(crate) fn finish(
        mut self,
        ended: Result<Result<Verdict, Cause>, Elapsed>,
        timeout: Duration,
    ) -> Finding {
        let mut verdict = match ended {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(cause)) => Verdict::failure(cause),
            Err(_) => Verdict::failure(self.cut_off(timeout)),
        };
        if let Verdict::Degraded(cause) | Verdict::Unhealthy(cause) | Verdict::Unknown(cause) =
            &mut verdict
        {
            self.complete(&mut cause.message);
        }
        let labels = verdict.cause().map(|cause| properties(self.properties, cause.reason));
        Finding {
            latency: self.latency,
            parts: self.parts,
            metrics: self.metrics,
            labels: labels.unwrap_or_default(),
            ..Finding::of(verdict)
        }
    }

    /// Adds the remarks to `message`, and shows names in it as the config has them.
    fn complete(&self, message: &mut String) {
        for (metric, remark) in &self.remarks {
            if message.contains(&format!("{} = ", metric.name)) {
                message.push_str("; ");
                message.push_str(remark);
            }
        }
        if let Some((resolved, shown)) = &self.shown {
            *message = message.replace(resolved.as_str(), shown);
        }
    }

    /// Takes over the parts of a connection that was opened before, as if it had been opened now.
    pub(crate) fn reuse(&mut self, opened: DurationParts) {
        let DurationParts { dns, connect, tls, .. } = opened;
        self.parts = DurationParts { dns, connect, tls, first_byte: None, transfer: None };
    }

    /// Ends the phase under way.
    pub(crate) fn pause(&mut self) {
        self.end_phase(Instant::now());
    }

    /// Returns the parts of the time so far.
    pub(crate) fn parts(&self) -> DurationParts {
        self.parts
    }

    /// Returns the measurements kept so far.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns the cause if the attempt was cut off after `timeout`.
    pub(crate) fn cut_off(&mut self, timeout: Duration) -> Cause {
        self.latency = None;
        let waiting = match self.phase {
            None => "not started",
            Some((AttemptPhase::Resolve, _)) => "waiting for the name to resolve",
            Some((AttemptPhase::Connect, _)) => "waiting for the connection",
            Some((AttemptPhase::Tls, _)) => "waiting for the TLS handshake",
            Some((AttemptPhase::FirstByte, _)) => "waiting for the first byte",
            Some((AttemptPhase::Transfer, _)) => "waiting for the rest of the answer",
            Some((AttemptPhase::Evaluate, _)) => return evaluating(timeout),
        };
        let done = [
            ("resolved in", self.parts.dns),
            ("connected in", self.parts.connect),
            ("TLS in", self.parts.tls),
            ("first byte after", self.parts.first_byte),
        ];
        let mut message = format!("no complete answer within {}: ", duration::format(timeout));
        for (what, took) in done {
            if let Some(took) = took {
                for piece in [what, " ", &took.as_millis().to_string(), "ms, "] {
                    message.push_str(piece);
                }
            }
        }
        message.push_str(waiting);
        if let Some(step) = &self.step {
            for piece in [" in the step `", step, "`"] {
                message.push_str(piece);
            }
        }
        if let Some((reason, suspicion)) = self.suspicion.take() {
            return Cause::of(reason, format!("{message}; {suspicion}"));
        }
        if let Some(proxy) = self.proxy.take() {
            let what = format!("{message}; the request goes through the proxy {proxy}");
            return Cause::of(Reason::ProxyFailed, what);
        }
        if let (Some((AttemptPhase::Transfer, _)), Some(hint)) = (self.phase, self.hint) {
            message.push_str("; ");
            message.push_str(hint);
        }
        let reason = match self.phase {
            None => return Cause::of(Reason::NotSent, message),
            Some((AttemptPhase::Resolve, _)) => Reason::DnsFailed,
            Some((AttemptPhase::Connect, _)) => Reason::ConnectTimeout,
            Some((
                AttemptPhase::Tls
                | AttemptPhase::FirstByte
                | AttemptPhase::Transfer
                | AttemptPhase::Evaluate,
                _,
            )) => Reason::Timeout,
        };
        Cause::of(reason, message)
    }

    fn end_phase(&mut self, now: Instant) {
        let Some((phase, since)) = self.phase.take() else { return };
        let part = match phase {
            AttemptPhase::Resolve => &mut self.parts.dns,
            AttemptPhase::Connect => &mut self.parts.connect,
            AttemptPhase::Tls => &mut self.parts.tls,
            AttemptPhase::FirstByte => &mut self.parts.first_byte,
            AttemptPhase::Transfer => &mut self.parts.transfer,
            // The target is done, and none of its time is this.
            AttemptPhase::Evaluate => return,
        };
        // The parts of several requests on one connection add up.
        *part = Some(part.unwrap_or_default() + whole_microseconds(now - since));
    }
}

/// Returns the properties that can be the root of a failure for this reason. A certificate is the root only of failures
/// of certificates, because many services share one.
fn properties(mut all: Labels, reason: Reason) -> Labels {
    let is_about_certificates = matches!(
        reason,
        Reason::CertificateInvalid
            | Reason::CertificateExpired
            | Reason::CertificateExpiring
            | Reason::CertificateIsCa
    );
    if !is_about_certificates {
        all.remove(CERTIFICATE.name());
    }
    all
}

/// Returns the cause if the target answered and the conditions over it took too long.
fn evaluating(timeout: Duration) -> Cause {
    let what = format!("cannot evaluate the conditions within {}", duration::format(timeout));
    explanation::beyond_limits(what)
}

/// Cuts a time to whole microseconds. Finer digits are the clock's noise, and would be half of a
/// stored run.
fn whole_microseconds(time: Duration) -> Duration {
    Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
}

/// Returns the time that a checker limits itself to, so that it can name the cause of its wait
/// before the prober's own deadline.
pub(crate) fn patience(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / 50).min(Duration::from_millis(20)))
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    async fn cut_off_in(phases: &[AttemptPhase]) -> Cause {
        let mut attempt = Attempt::start();
        for phase in phases {
            attempt.enter(*phase);
        }
        let ended = tokio::time::timeout(Duration::ZERO, std::future::pending()).await;
        attempt.finish(ended, Duration::from_secs(10)).verdict.cause().unwrap().clone()
    }

    #[test]
    fn times_are_whole_microseconds() {
        let mut attempt = Attempt::start();
        for phase in [AttemptPhase::Resolve, AttemptPhase::Connect, AttemptPhase::Tls] {
            attempt.enter(phase);
        }
        let latency = attempt.answered();
        let parts = attempt.parts.named().into_iter().filter_map(|(_, part)| part);
        let all: Vec<Duration> = parts.chain([latency]).collect();
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|time| time.subsec_nanos() % 1_000 == 0), "{all:?}");
    }

    #[tokio::test]
    async fn an_attempt_that_is_cut_off_names_the_phase_that_hung() {
        let cause =
            cut_off_in(&[AttemptPhase::Connect, AttemptPhase::Tls, AttemptPhase::FirstByte]).await;
        assert_eq!(cause.reason, Reason::Timeout);
        assert_eq!(
            cause.message,
            "no complete answer within 10s: connected in 0ms, TLS in 0ms, waiting for the first \
             byte"
        );
        assert_eq!(cut_off_in(&[AttemptPhase::Resolve]).await.reason, Reason::DnsFailed);
        assert_eq!(cut_off_in(&[AttemptPhase::Connect]).await.reason, Reason::ConnectTimeout);
        let evaluating = cut_off_in(&[AttemptPhase::Transfer, AttemptPhase::Evaluate]).await;
        assert_eq!((evaluating.fault, evaluating.reason), (Fault::Request, Reason::ConditionLimit));
        assert!(evaluating.message.contains("cannot evaluate the conditions within 10s"));
        let not_begun = cut_off_in(&[]).await;
        assert_eq!((not_begun.fault, not_begun.reason), (Fault::Monitor, Reason::NotSent));
    }

    #[test]
    fn the_checker_times_out_just_before_the_prober() {
        assert_eq!(patience(Duration::from_secs(10)), Duration::from_millis(9_980));
        assert_eq!(patience(Duration::from_millis(100)), Duration::from_millis(98));
    }
}
