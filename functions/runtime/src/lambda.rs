//! The process of a function, its environment, and the loop that asks Lambda for events.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Settings;
use allclear_core::id::{RegionId, SecretName};
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::proxy::ProxySettings;
use allclear_core::secret::Secrets;
use allclear_engine::publish::{Href, PublishOptions};
use allclear_engine::{Code, InvocationFailure, Trigger};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use rustls::RootCertStore;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::logs;
use crate::metrics::MetricsLayer;
use crate::stream;
use allclear_aws::cloud::Cloud;
use allclear_aws::dead_letter::SqsDeadLetters;
use allclear_aws::dynamo::DynamoStore;
use allclear_aws::secrets::SecretsManagerSecrets;

/// One invocation.
#[derive(Debug, Clone, Copy)]
pub struct LambdaInvocation {
    /// The time at which it began.
    pub now: Timestamp,
    /// The time that it may take.
    pub time: Duration,
}

/// Chooses the crypto provider and sets up the log of `function`, once for the process.
pub fn prepare(function: &'static str) {
    // Fails only where a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let function_name = variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| function.to_owned());
    let metrics = MetricsLayer { function_name, now_ms: || now().as_millisecond() };
    logs::set_up(function, variable("ALLCLEAR_LOG").as_deref(), metrics);
}

/// Answers the events that Lambda has, one after the other, with what `begin` has made. Where that
/// failed, each event is answered with the failure: a process that ended would say less.
///
/// # Errors
///
/// Fails if the runtime API of Lambda cannot be reached. A failure of `begun` or `handle` is only
/// an answer.
pub async fn serve<H, A>(
    begun: Result<H, InvocationFailure>,
    handle: impl AsyncFn(&mut H, Value, LambdaInvocation) -> Result<A, InvocationFailure>,
) -> Result<(), Error>
where
    A: Serialize,
{
    if let Err(failure) = &begun {
        log_failure(failure);
    }
    let begun = Mutex::new(begun);
    let answer = async |event: LambdaEvent<Value>| {
        logs::begin(&event.context.request_id);
        let now = now();
        let time = time_left(event.context.deadline, now);
        // Events come one at a time, so the lock is free.
        let mut handler = begun.lock().await;
        let answer = match handler.as_mut() {
            Ok(handler) => handle(handler, event.payload, LambdaInvocation { now, time }).await,
            Err(failure) => Err(failure.clone()),
        };
        answer.map_err(|failure| {
            log_failure(&failure);
            let InvocationFailure { code, message } = failure;
            Diagnostic { error_type: code.as_str().to_owned(), error_message: message }
        })
    };
    // Without the layer that opens a span for each invocation: each line has the id of its request.
    lambda_runtime::Runtime::new(service_fn(&answer)).run().await
}

fn log_failure(failure: &InvocationFailure) {
    tracing::error!(code = failure.code.as_str(), "{}", failure.message);
}

fn time_left(deadline_ms: u64, now: Timestamp) -> Duration {
    let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Duration::from_millis(deadline_ms.saturating_sub(now_ms))
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where the clock is read")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Returns an environment variable of the process, unless it is empty.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge where the environment is read")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Handles the event of a function that is woken by a stream and by a schedule.
///
/// # Errors
///
/// Those of [`wake`], of `handle`, and of [`numbered`].
pub async fn woken<A>(
    event: &Value,
    handle: impl AsyncFnOnce(&Trigger) -> Result<A, InvocationFailure>,
) -> Result<A, InvocationFailure> {
    let trigger = wake(event)?;
    let answer = handle(&trigger).await?;
    numbered(&trigger).map(|()| answer)
}

/// Reads the event of a function that is woken by a stream and by a schedule.
///
/// # Errors
///
/// `event_unreadable` for any event that neither sends.
pub fn wake(event: &Value) -> Result<Trigger, InvocationFailure> {
    if stream::is_stream_event(event) {
        return Ok(Trigger::Records(stream::notices(event)));
    }
    scheduled(event).map(|()| Trigger::Schedule)
}

/// Checks that an event is one of those that make a function do all that is due: `{}` or a
/// `scheduled_time` alone, which the template's schedules send, the `{"wake": true}` of another function,
/// or the event that `EventBridge` sends for a schedule without an input.
///
/// # Errors
///
/// `event_unreadable` for any other event.
pub fn scheduled(event: &Value) -> Result<(), InvocationFailure> {
    let is_known = event.as_object().is_some_and(|event| {
        let time = event.get("scheduled_time").and_then(Value::as_str);
        let is_time = time.is_some_and(|time| time.parse::<Timestamp>().is_ok());
        let is_wake = event.get("wake").is_some_and(|wake| wake == true);
        event.is_empty()
            || ((is_time || is_wake) && event.len() == 1)
            || event.get("detail-type").is_some_and(|kind| kind == SCHEDULED_EVENT)
    });
    if is_known {
        return Ok(());
    }
    Err(InvocationFailure::new(
        Code::EventUnreadable,
        "invalid event: expected a schedule or a batch of the table's stream: send `{}`",
    ))
}

/// The `detail-type` of the event that `EventBridge` sends for a schedule.
const SCHEDULED_EVENT: &str = "Scheduled Event";

/// Checks that the records of a trigger come from a stream. A stream numbers each record. A caller who
/// sent a record without a number gets an error, and the record becomes a dead letter.
///
/// # Errors
///
/// `event_unreadable` if a record has no number.
pub fn numbered(trigger: &Trigger) -> Result<(), InvocationFailure> {
    let is_foreign = match trigger {
        Trigger::Records(records) => records.iter().any(|record| record.sequence.is_empty()),
        Trigger::Schedule => false,
    };
    if !is_foreign {
        return Ok(());
    }
    let what = "a record has no `dynamodb.SequenceNumber`: it was moved to the dead-letter queue";
    Err(InvocationFailure::new(Code::EventUnreadable, what))
}

/// A setting of the function; without it the function can do nothing.
///
/// # Errors
///
/// Fails with `environment_missing` if the variable is not set or is empty.
pub fn setting(name: &str) -> Result<String, InvocationFailure> {
    let what = || {
        let what = format!(
            "environment variable `{name}` is not set: deploy the function with its template"
        );
        InvocationFailure::new(Code::EnvironmentMissing, what)
    };
    variable(name).ok_or_else(what)
}

/// A setting that may be missing.
#[must_use]
pub fn optional(name: &str) -> Option<String> {
    variable(name)
}

/// The connection to AWS.
///
/// # Errors
///
/// Fails with `environment_missing` if the environment has no region or no keys, or has an invalid
/// address of a service, or if no trusted certificates are found.
pub fn cloud() -> Result<Cloud, InvocationFailure> {
    Cloud::from_environment().map_err(unusable)
}

/// Returns the failure of a part that the environment of the function does not let work.
pub fn unusable(error: impl std::error::Error + 'static) -> InvocationFailure {
    InvocationFailure::of(Code::EnvironmentMissing, &error)
}

/// Returns the queue of records that can never be handled.
///
/// # Errors
///
/// Fails with `environment_missing` if `ALLCLEAR_DEAD_LETTER_QUEUE` is not set.
pub fn dead_letters(cloud: &Cloud) -> Result<SqsDeadLetters, InvocationFailure> {
    Ok(SqsDeadLetters::new(cloud, setting("ALLCLEAR_DEAD_LETTER_QUEUE")?))
}

/// Returns the proxies of the environment.
#[must_use]
pub fn proxies() -> ProxySettings {
    ProxySettings::from_environment(variable)
}

/// The store, which may be in another region than the function.
///
/// # Errors
///
/// Fails with `environment_missing` if `ALLCLEAR_TABLE` is not set.
pub fn store(cloud: &Cloud) -> Result<DynamoStore, InvocationFailure> {
    let region = optional("ALLCLEAR_TABLE_REGION").unwrap_or_else(|| cloud.region().to_owned());
    let retention = (&Settings::default()).into();
    Ok(DynamoStore::new(&cloud.in_region(&region), setting("ALLCLEAR_TABLE")?, retention))
}

/// The secrets; none where the stack has none.
#[must_use]
pub fn secrets(cloud: &Cloud) -> StackSecrets {
    let secret = optional("ALLCLEAR_SECRET");
    StackSecrets(secret.map(|id| {
        // An ARN says in which region it is.
        let region = id.split(':').nth(3).filter(|region| !region.is_empty());
        let cloud = region.map_or_else(|| cloud.clone(), |region| cloud.in_region(region));
        SecretsManagerSecrets::new(&cloud, id)
    }))
}

/// The region that the function checks from: `ALLCLEAR_REGION`, or else the AWS region of the function.
///
/// # Errors
///
/// Fails with `environment_missing` if the name is not a valid id.
pub fn region(cloud: &Cloud) -> Result<RegionId, InvocationFailure> {
    let name = optional("ALLCLEAR_REGION").unwrap_or_else(|| cloud.region().to_owned());
    RegionId::new(&name).map_err(|error| {
        let what = format!("invalid region `{name}`: {error}");
        InvocationFailure::new(Code::EnvironmentMissing, what)
    })
}

/// Returns the circumstances of publication.
///
/// # Errors
///
/// Fails with `environment_missing` if `ALLCLEAR_PAGE_EVERY` is not a whole number of seconds, or if
/// `ALLCLEAR_PAGE_URL` is not an address.
pub fn publish_options() -> Result<PublishOptions, InvocationFailure> {
    let seconds = setting("ALLCLEAR_PAGE_EVERY")?;
    let every = seconds.parse().map(Duration::from_secs).map_err(|_| {
        let what = format!("invalid `ALLCLEAR_PAGE_EVERY` `{seconds}`: write whole seconds");
        InvocationFailure::new(Code::EnvironmentMissing, what)
    })?;
    let address = Href::parse(&setting("ALLCLEAR_PAGE_URL")?).map_err(|error| {
        let what = format!("invalid `ALLCLEAR_PAGE_URL`: {error}");
        InvocationFailure::new(Code::EnvironmentMissing, what)
    })?;
    Ok(PublishOptions { every, address })
}

/// The authorities that targets and destinations are trusted by: those built in, or those of
/// `SSL_CERT_FILE`. To load the machine's own takes a small function longer than a check.
#[must_use]
pub fn trusted_roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if variable("SSL_CERT_FILE").is_some_and(|file| Path::new(&file).is_file()) {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
}

/// The secrets of a stack that may have none.
pub struct StackSecrets(Option<SecretsManagerSecrets>);

impl ReadSecrets for StackSecrets {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        match (&self.0, names) {
            (Some(secrets), names) => secrets.secrets(names, freshness).await,
            (None, []) => Ok(Secrets::new()),
            (None, [name, ..]) => {
                let hint = "this function was deployed without a secret; give the stack one";
                Err(SecretError::Missing { name: name.clone(), hint: hint.to_owned() })
            }
        }
    }
}
