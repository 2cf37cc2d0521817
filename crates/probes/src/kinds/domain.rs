//! The `domain` check: the registration of a domain by RDAP, its expiry and its status codes. A registry that
//! does not answer says nothing about the domain.

mod bootstrap;
mod params;
mod registration;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts};
use allclear_core::reason::Reason;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};
use http::header::ACCEPT;
use http::{HeaderValue, StatusCode};
use url::Url;

use super::Implementation;
use crate::api::{ApiCaller, ApiDialog, ApiRequest, ApiStep, Asking, below};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::ServiceReading;

pub(crate) use bootstrap::RegistryCache;
use registration::{Registration, Thresholds};

/// The days until the registration expires; negative afterwards.
const REGISTRATION_DAYS: Metric = Metric::new("registration_days", Unit::Days);

/// The interval between two checks that suffices.
const ADVISED_INTERVAL: Duration = Duration::from_hours(24);

/// The shortest interval without advice.
const FREQUENT: Duration = Duration::from_hours(1);

const REGISTRIES: ApiStep<'static> = ApiStep { name: "the list of registries", time: None };
const LOOKUP: ApiStep<'static> = ApiStep { name: "the registry", time: None };

pub(super) const KIND: Kind = Kind {
    name: "domain",
    category: Category::External,
    metrics: &[REGISTRATION_DAYS, TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::none,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(18)),
            tls: Some(Duration::from_millis(25)),
            first_byte: Some(Duration::from_millis(140)),
            transfer: Some(Duration::from_millis(2)),
        },
        metrics: &[(REGISTRATION_DAYS.name, 211.0)],
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
        "the time from the start of the attempt to the answer of the registry, in milliseconds",
    ),
    Variable::new(
        "registration_days",
        ValueKind::Number,
        "the whole days until the registration expires",
    ),
    Variable::new(
        "statuses",
        ValueKind::Texts,
        "the status codes, such as `client transfer prohibited`",
    ),
    Variable::new("nameservers", ValueKind::Texts, "the name servers, in lower case"),
    Variable::new("registrar", ValueKind::Text, "the name of the registrar"),
    Variable::new("is_signed", ValueKind::Bool, "true if the registry has the keys of DNSSEC"),
];

/// The requests of a `domain` check.
#[derive(Debug)]
struct DomainDialog {
    /// The domain in its form of ASCII letters.
    domain: String,
    /// The RDAP server; `None` to find it in the list of registries, at the address of the check.
    rdap: Option<Url>,
    thresholds: Thresholds,
}

impl ApiDialog for DomainDialog {
    fn blame(&self, cause: Cause) -> Cause {
        let is_of_domain = matches!(
            cause.reason,
            Reason::RegistrationExpired
                | Reason::RegistrationExpiring
                | Reason::UnexpectedAnswer
                | Reason::AssertionFailed
        );
        if is_of_domain || !cause.fault.is_target_side() || cause.reason == Reason::Throttled {
            return cause;
        }
        let what = format!("cannot read the registration of {}: {}", self.domain, cause.message);
        Cause::monitor(cause.reason, what)
    }

    fn advice(&self, interval: Duration) -> Option<String> {
        (interval < FREQUENT).then(|| {
            format!(
                "the registration of {} changes rarely, and registries refuse frequent requests: \
                 `interval = \"{}\"` suffices",
                self.domain,
                allclear_core::duration::format(ADVISED_INTERVAL)
            )
        })
    }

    fn ask<'a>(&'a self, caller: &'a mut ApiCaller<'_>) -> Asking<'a> {
        Box::pin(self.read(caller))
    }
}

impl DomainDialog {
    async fn read(&self, caller: &mut ApiCaller<'_>) -> Result<ServiceReading, Cause> {
        let server = match &self.rdap {
            Some(server) => server.clone(),
            None => bootstrap::server_of(&self.domain, caller).await?,
        };
        let accepted = HeaderValue::from_static("application/rdap+json, application/json");
        let url = below(&server, &format!("domain/{}", self.domain));
        let request = ApiRequest::get(LOOKUP, url).with_header(ACCEPT, accepted);
        let answer = caller.fetch(&request).await?;
        caller.answered();
        if answer.status == StatusCode::NOT_FOUND {
            let what = format!(
                "the registry does not know the domain {}; it is not registered, unless the name is \
                 one below a registered domain",
                self.domain
            );
            return Err(Cause::of(Reason::RegistrationExpired, what));
        }
        let document = answer.document(LOOKUP).await?;
        let registration = Registration::read(&document)
            .map_err(|what| LOOKUP.name_in(Cause::of(Reason::ResponseInvalid, what.to_owned())))?;
        // Also a registration that is about to end has its days in the history.
        if let Some(days) = registration.days(caller.context.now) {
            caller.measure(REGISTRATION_DAYS, days);
        }
        registration.judge(&self.domain, self.thresholds, caller.context.now)
    }
}
