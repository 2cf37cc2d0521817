//! A check that holds a dialog with a service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Verdict};
use tokio::time::timeout;
use url::Host;

use super::{Conditions, ReadValue, ServiceReading, ServiceTarget, Wire, WireWatch};
use crate::SharedState;
use crate::attempt::{Attempt, AttemptPhase, patience};
use crate::metrics::CERTIFICATE_DAYS;

/// The variable of conditions with the response time.
const RESPONSE_TIME: &str = "response_time_ms";

/// The future of a dialog.
pub(crate) type Talking<'a> =
    Pin<Box<dyn Future<Output = Result<ServiceReading, Cause>> + Send + 'a>>;

/// The protocol of a kind of service: all of an attempt but the verdict on the values.
pub(crate) trait Dialog: fmt::Debug + Send + Sync {
    /// Returns the names of the secrets that it needs.
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    /// Connects to the service, speaks with it, and returns the values that it reported. Calls
    /// [`ServiceAttempt::answered`] at the answer whose time counts; without that, the end of the dialog counts.
    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a>;
}

/// The input of a dialog: one attempt to speak with the target.
#[derive(Debug)]
pub(crate) struct ServiceAttempt<'a> {
    pub(crate) target: &'a ServiceTarget,
    pub(crate) shared: &'a SharedState,
    pub(crate) context: CheckContext<'a>,
    pub(crate) conditions: &'a Conditions,
    pub(crate) attempt: &'a mut Attempt,
}

impl ServiceAttempt<'_> {
    /// Opens the connection, encrypted if the check has TLS, and waits for the first byte from then on.
    pub(crate) async fn open(&mut self) -> Result<Wire, Cause> {
        let wire = self.target.open(self.shared, self.context, self.attempt).await?;
        self.attempt.enter(AttemptPhase::FirstByte);
        Ok(wire)
    }

    /// Opens a connection to another server of the service that the target has named.
    pub(crate) async fn open_other(&mut self, host: Host, port: u16) -> Result<Wire, Cause> {
        let (target, shared) = (self.target, self.shared);
        let wire = target.open_other((host, port), shared, self.context, self.attempt).await?;
        self.attempt.enter(AttemptPhase::FirstByte);
        Ok(wire)
    }

    /// Opens the connection without TLS, for a protocol that begins TLS by a message of its own.
    pub(crate) async fn open_plain(&mut self) -> Result<Wire, Cause> {
        let stream = self.target.connect(self.shared, self.attempt).await?;
        self.attempt.enter(AttemptPhase::FirstByte);
        Ok(Wire::plain(stream, WireWatch::default()))
    }

    /// Makes the TLS handshake of the check on a connection that is not encrypted yet.
    pub(crate) async fn secure(&mut self, wire: Wire) -> Result<Wire, Cause> {
        let stream = match wire.into_plain() {
            Ok(stream) => stream,
            Err(encrypted) => return Ok(encrypted),
        };
        let wire = self.target.secure(stream, self.context, self.attempt).await?;
        self.attempt.enter(AttemptPhase::FirstByte);
        Ok(wire)
    }

    /// Returns the time that is left until the deadline.
    pub(crate) fn remaining(&self) -> Duration {
        patience(self.context.timeout).saturating_sub(self.attempt.elapsed())
    }

    /// Takes the time so far as the response time.
    pub(crate) fn answered(&mut self) {
        self.attempt.answered();
    }
}

/// A check of a service.
#[derive(Debug)]
pub(crate) struct ServiceCheck<D> {
    pub(crate) shared: Arc<SharedState>,
    pub(crate) target: ServiceTarget,
    pub(crate) conditions: Conditions,
    pub(crate) dialog: D,
}

impl<D: Dialog> Checker for ServiceCheck<D> {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let (host, shown) = (self.target.host_text(), self.target.shown());
            let mut attempt = Attempt::start().showing(host, shown);
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names = self.dialog.secrets();
        names.extend(self.target.secrets());
        names.sort();
        names.dedup();
        names
    }

    fn host(&self) -> Option<&str> {
        Some(self.target.host_text())
    }
}

impl<D: Dialog> ServiceCheck<D> {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        let Self { shared, target, conditions, dialog } = self;
        let mut line =
            ServiceAttempt { target, shared, context, conditions, attempt: &mut *attempt };
        let reading = dialog.talk(&mut line).await?;
        conclude(reading, conditions, attempt)
    }
}

/// Returns the verdict on a service that reported these values. The end of the attempt counts as the answer
/// unless there was one before.
pub(crate) fn conclude(
    mut reading: ServiceReading,
    conditions: &Conditions,
    attempt: &mut Attempt,
) -> Result<Verdict, Cause> {
    let latency = attempt.latency().unwrap_or_else(|| attempt.answered());
    reading.set(RESPONSE_TIME, ReadValue::Number(latency.as_secs_f64() * 1000.0));
    if let Some(days) = attempt.measured(CERTIFICATE_DAYS) {
        reading.set(CERTIFICATE_DAYS.name, ReadValue::Number(days));
    }
    reading.measure_in(attempt);
    conditions.judge(&reading)
}
