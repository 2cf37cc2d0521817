//! The `statuspage` check: what a vendor says about its own service on its status page. A page that cannot be
//! read says nothing, and is never a failure of the vendor.

mod freshness;
mod page;
mod params;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::provider_status::Level;
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use url::Url;

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::offload;
use crate::service::{ReadValue, ServiceReading};

use page::{PageReader, VendorStatus};

/// The number of open incidents on the page.
const OPEN_INCIDENTS: Metric = Metric::new("open_incidents", Unit::Number);

/// The most bytes of a page.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The largest page that is read where it arrived, in bytes.
const SMALL_PAGE: usize = 64 * 1024;

pub(super) const KIND: Kind = Kind {
    name: "statuspage",
    category: Category::External,
    metrics: &[OPEN_INCIDENTS, TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(21)),
            first_byte: Some(Duration::from_millis(60)),
            transfer: Some(Duration::from_millis(3)),
        },
        metrics: &[(OPEN_INCIDENTS.name, 0.0)],
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
        "the time from the start of the attempt to the end of the page, in milliseconds",
    ),
    Variable::new(
        "level",
        ValueKind::Text,
        "`operational`, `maintenance` or `degraded`; at `down` the check is unhealthy already",
    ),
    Variable::new("incident", ValueKind::Text, "the name of the open incident; absent without one"),
    Variable::new("open_incidents", ValueKind::Number, "the number of open incidents on the page"),
];

/// The requests of a `statuspage` check.
#[derive(Debug)]
struct StatuspageDialog {
    /// The addresses of the parts of the page, the one with the level first.
    urls: Vec<Url>,
    reader: PageReader,
    maintenance: params::MaintenanceMeaning,
}

impl ApiDialog for StatuspageDialog {
    fn blame(&self, cause: Cause) -> Cause {
        let is_of_vendor =
            [Reason::VendorIncident, Reason::AssertionFailed].contains(&cause.reason);
        if is_of_vendor || !cause.fault.is_target_side() {
            return cause;
        }
        let what = format!("cannot read the status page of the vendor: {}", cause.message);
        Cause::monitor(cause.reason, what)
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}

impl StatuspageDialog {
    async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let mut bodies = Vec::new();
        for url in &self.urls {
            let request = ApiRequest::get(ApiStep::ONLY, url.clone());
            let answer = caller.fetch(&ApiRequest { max_bytes: MAX_BYTES, ..request }).await?;
            if !answer.status.is_success() {
                return Err(answer.refusal(ApiStep::ONLY));
            }
            freshness::check(&answer.headers)?;
            bodies.push((answer.headers, answer.body));
        }
        caller.answered();
        let (reader, now) = (self.reader.clone(), caller.context.now);
        let n_bytes: usize = bodies.iter().map(|(_, body)| body.len()).sum();
        let status = if n_bytes <= SMALL_PAGE {
            reader.read(&bodies, now)
        } else {
            let read = offload::run(move |_: &_| reader.read(&bodies, now)).await;
            read.unwrap_or_else(|| {
                let what = "the reading of the page failed inside the monitor";
                Err(Cause::of(Reason::CheckFailed, what))
            })
        }?;
        self.judge(&status)
    }

    fn judge(&self, status: &VendorStatus) -> Result<ServiceReading, Cause> {
        let mut reading = ServiceReading::default();
        reading.set("level", ReadValue::Text(status.level.as_str().to_owned()));
        if let Some(incident) = &status.incident {
            reading.set("incident", ReadValue::Text(incident.clone()));
        }
        #[expect(clippy::cast_precision_loss, reason = "a page of 4 MiB has few incidents")]
        reading.measure(OPEN_INCIDENTS, status.open_incidents as f64);
        let cause = || Cause::of(Reason::VendorIncident, status.to_string());
        match status.level {
            Level::Operational => {}
            Level::Maintenance => match self.maintenance {
                params::MaintenanceMeaning::Healthy => {}
                params::MaintenanceMeaning::Degraded => reading.degrade(cause()),
                params::MaintenanceMeaning::Unhealthy => return Err(cause()),
            },
            Level::Degraded => reading.degrade(cause()),
            Level::Down => return Err(cause()),
        }
        Ok(reading)
    }
}
