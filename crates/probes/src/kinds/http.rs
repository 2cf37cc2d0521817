//! The `http` check: one request on a connection of its own, redirects followed, and a verdict on
//! the answer.

mod cookies;
mod document;
mod exchange;
mod hop;
mod judge;
mod outgoing;
mod params;
mod redirect;
mod refusal;
mod values;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Metric, Texts, Unit};
use allclear_core::outcome::{Cause, DurationParts, Verdict};
use allclear_core::scope::AddressScope;
use allclear_core::threshold::Category;
use allclear_expression::Expression;
use tokio::time::timeout;

use super::Implementation;
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::exchange::{HttpVersion, ProxyParam, Target, TlsSetup};
use crate::metrics::{BODY_BYTES, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::net::AddressFamily;
use crate::tls::ClientIdentity;

use cookies::Jar;
use hop::NextHop;
use outgoing::Outgoing;
use redirect::{Policy, RedirectStep};

pub(super) use variables::VARIABLES;

/// The HTTP status of the last answer.
const STATUS_CODE: Metric = Metric::new("status_code", Unit::Number);

/// The version of HTTP: 1.0, 1.1 or 2.
const HTTP_VERSION: Metric = Metric::new("http_version", Unit::Number);

/// The number of redirects that were followed.
const REDIRECTS: Metric = Metric::new("redirects", Unit::Number);

pub(super) const KIND: Kind = Kind {
    name: "http",
    category: Category::External,
    metrics: &[
        STATUS_CODE,
        HTTP_VERSION,
        BODY_BYTES,
        REDIRECTS,
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
            first_byte: Some(Duration::from_millis(85)),
            transfer: Some(Duration::from_micros(700)),
        },
        metrics: &[
            (BODY_BYTES.name, 10_000.0),
            (CERTIFICATE_DAYS.name, 61.0),
            (HTTP_VERSION.name, 2.0),
            (STATUS_CODE.name, 200.0),
            (TLS_VERSION.name, 1.3),
        ],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// An `http` check with its parameters.
#[derive(Debug)]
struct HttpCheck {
    shared: Arc<SharedState>,
    target: Target,
    tls: TlsSetup,
    family: AddressFamily,
    version: HttpVersion,
    proxy: ProxyParam,
    outgoing: Outgoing,
    redirects: Policy,
    max_body_bytes: usize,
    expect: Option<Expression>,
    degraded: Option<Expression>,
}

impl Checker for HttpCheck {
    fn check<'a>(&'a self, context: CheckContext<'a>) -> Checking<'a> {
        Box::pin(async move {
            let mut attempt = Attempt::start();
            let ended =
                timeout(patience(context.timeout), self.attempt(context, &mut attempt)).await;
            attempt.finish(ended, context.timeout)
        })
    }

    fn secrets(&self) -> Vec<SecretName> {
        let mut names = self.outgoing.secrets();
        names.extend(self.proxy.secret().cloned());
        names.extend(self.tls.identity.iter().flat_map(ClientIdentity::secrets));
        names.sort();
        names.dedup();
        names
    }

    fn host(&self) -> Option<&str> {
        self.target.url.host_str()
    }
}

impl HttpCheck {
    async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        if let Some(identity) = &self.tls.identity {
            attempt.present(identity.load(context.secrets)?);
        }
        let mut message = self.outgoing.message(context.secrets)?;
        let mut hop: Option<Box<NextHop>> = None;
        let mut cookies = Jar::default();
        let mut n_followed = 0;
        // The check itself may ask whatever it is configured for.
        let mut farthest = AddressScope::Machine;
        let exchange = loop {
            let target = hop.as_ref().map_or(&self.target, |hop| &hop.target);
            let bounds = (context, farthest);
            let exchange = exchange::open(self, target, &message, bounds, attempt).await?;
            farthest = exchange.scope();
            match redirect::next(self, target, &message, &exchange, n_followed)? {
                RedirectStep::Stop => break exchange,
                RedirectStep::Follow(next) => {
                    n_followed += 1;
                    attempt.measure(REDIRECTS, f64::from(n_followed));
                    attempt.begin_again();
                    cookies.keep(target, exchange.headers(), context.now);
                    message.follow(target, &next, &cookies);
                    hop = Some(next);
                }
            }
        };
        let needs = |name| {
            let asks = |expression: &Option<Expression>| {
                expression.as_ref().is_some_and(|expression| expression.asks_for(name))
            };
            asks(&self.expect) || asks(&self.degraded)
        };
        let body = if needs("body") || needs("json") {
            exchange::BodyUse::Keep
        } else {
            exchange::BodyUse::Discard
        };
        let answer = exchange.read(body, self.max_body_bytes, attempt).await?;
        judge::verdict(self, answer, message.credentials().clone(), attempt).await
    }
}
