//! A check that asks an API.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Verdict};
use tokio::time::timeout;

use super::{ApiCaller, ApiTarget};
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::service::{Conditions, ReadValue, ServiceReading};

/// The variable of conditions with the response time.
const RESPONSE_TIME: &str = "response_time_ms";

/// The future of a dialog with an API.
pub(crate) type Asking<'a> =
    Pin<Box<dyn Future<Output = Result<ServiceReading, Cause>> + Send + 'a>>;

/// The requests of a kind of check: all of an attempt but the verdict on the values.
pub(crate) trait ApiDialog: fmt::Debug + Send + Sync {
    /// Returns the names of the secrets that it needs, other than those of the headers.
    fn secrets(&self) -> Vec<SecretName> {
        Vec::new()
    }

    /// Returns the cause of a failure as it concerns the subject of the check. A kind that reads about its
    /// subject from another server blames the monitor for a failure of that server.
    fn blame(&self, cause: Cause) -> Cause {
        cause
    }

    /// Returns a sentence about an interval that is not advisable.
    fn advice(&self, _interval: Duration) -> Option<String> {
        None
    }

    /// Makes the requests and returns the values that the API reported. The time that counts is that of
    /// [`ApiCaller::answered`]; without that, the end of the dialog.
    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a>;
}

/// A check of an API.
#[derive(Debug)]
pub(crate) struct ApiCheck<D> {
    pub(crate) shared: Arc<SharedState>,
    pub(crate) target: ApiTarget,
    pub(crate) conditions: Conditions,
    pub(crate) dialog: D,
}

impl<D: ApiDialog> Checker for ApiCheck<D> {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            let mut finding = attempt.finish(ended, context.timeout);
            if let Verdict::Unhealthy(cause) = finding.verdict {
                finding.verdict = Verdict::failure(self.dialog.blame(cause));
            }
            finding
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
        self.target.url.host_str()
    }

    fn advice(&self, interval: Duration) -> Option<String> {
        self.dialog.advice(interval)
    }
}

impl<D: ApiDialog> ApiCheck<D> {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        let mut caller = ApiCaller::new(&self.target, &self.shared, context, &mut *attempt)?;
        let asked = self.dialog.ask(&mut caller).await;
        drop(caller);
        let mut reading = asked?;
        let latency = attempt.latency().unwrap_or_else(|| attempt.answered());
        reading.set(RESPONSE_TIME, ReadValue::Number(latency.as_secs_f64() * 1000.0));
        reading.measure_in(attempt);
        self.conditions.judge(&reading)
    }
}
