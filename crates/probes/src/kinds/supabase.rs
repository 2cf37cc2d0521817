//! The `supabase` check: the services of a Supabase project through its gateway, each with its own fault.

mod params;
mod services;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::ServiceReading;

use services::ProjectService;

/// The time of the authentication service.
const AUTH_MS: Metric = Metric::new("auth_ms", Unit::Milliseconds);

/// The time of the database's API.
const REST_MS: Metric = Metric::new("rest_ms", Unit::Milliseconds);

/// The time of the storage service.
const STORAGE_MS: Metric = Metric::new("storage_ms", Unit::Milliseconds);

/// The time of the service of live changes.
const REALTIME_MS: Metric = Metric::new("realtime_ms", Unit::Milliseconds);

pub(super) const KIND: Kind = Kind {
    name: "supabase",
    category: Category::External,
    metrics: &[
        AUTH_MS,
        REST_MS,
        STORAGE_MS,
        REALTIME_MS,
        TLS_VERSION,
        CERTIFICATE_DAYS,
        CERTIFICATE_VERIFIED,
    ],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_url,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(190)),
            transfer: Some(Duration::from_millis(3)),
        },
        metrics: &[(AUTH_MS.name, 48.0), (REST_MS.name, 71.0), (STORAGE_MS.name, 39.0)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the last answer, in milliseconds",
    ),
    Variable::new("auth_ms", ValueKind::Number, "the time of the authentication service"),
    Variable::new("rest_ms", ValueKind::Number, "the time of the API of the database"),
    Variable::new("storage_ms", ValueKind::Number, "the time of the storage service"),
    Variable::new("realtime_ms", ValueKind::Number, "the time of the service of live changes"),
];

/// The requests of a `supabase` check. Its key is one of the headers.
#[derive(Debug)]
struct SupabaseDialog {
    services: Vec<ProjectService>,
    /// The table that the API of the database is asked for; `None` for its description.
    table: Option<String>,
}

impl ApiDialog for SupabaseDialog {
    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}

impl SupabaseDialog {
    async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let mut reading = ServiceReading::default();
        let mut rows = Vec::new();
        let mut worst: Option<Cause> = None;
        for service in &self.services {
            let step = ApiStep::timed(service.name(), service.time());
            let mut url = caller.url(service.path(self.table.as_deref()).as_str());
            if let Some(query) = service.query(self.table.as_deref()) {
                url.set_query(Some(query));
            }
            // Without the gateway, no other service can be reached either.
            let answer = caller.fetch(&ApiRequest::get(step, url)).await?;
            let took_ms = answer.took.as_secs_f64() * 1000.0;
            // The conditions see the metric, which the caller has kept already.
            reading.measure(service.time(), took_ms);
            match service.judge(&answer) {
                Ok(()) => rows.push(format!("{}: works, {took_ms:.0} ms", service.name())),
                Err(cause) => {
                    rows.push(cause.message.clone());
                    if cause.reason == Reason::NotReady && services::is_paused(answer.status) {
                        return Err(cause);
                    }
                    worst = Some(match worst {
                        Some(known) if rank(&known) >= rank(&cause) => known,
                        Some(_) | None => cause,
                    });
                }
            }
        }
        match worst {
            None => Ok(reading),
            Some(cause) => Err(Cause { message: rows.join("; "), ..cause }),
        }
    }
}

/// Returns the order in which the causes of several services count: a failure of a service before a fault
/// of the check.
fn rank(cause: &Cause) -> u8 {
    u8::from(cause.fault.is_target_side())
}
