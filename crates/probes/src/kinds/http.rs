//! The `http` check: one request on a connection of its own, redirects followed, and a verdict on
//! the answer.

mod exchange;
mod judge;
mod outgoing;
mod params;
mod redirect;

use std::sync::Arc;

use allclear_core::checker::{CheckContext, Checker, Checking};
use allclear_core::expression::Expression;
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Verdict};
use tokio::time::timeout;

use super::Kind;
use crate::Shared;
use crate::attempt::{Attempt, patience};
use crate::exchange::{Target, TlsSetup};
use crate::net::Family;
use crate::tls::ClientIdentity;

use outgoing::Outgoing;
use redirect::{NextHop, Policy, Step};

pub(super) const KIND: Kind =
    Kind { name: "http", schema: super::schema::<params::Params>, build: params::build };

/// An `http` check with its parameters.
#[derive(Debug)]
struct HttpCheck {
    shared: Arc<Shared>,
    target: Target,
    tls: TlsSetup,
    family: Family,
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
        let mut n_followed = 0;
        let mut may_go_inside = true;
        let exchange = loop {
            let target = hop.as_ref().map_or(&self.target, |hop| &hop.target);
            let exchange =
                exchange::open(self, target, &message, context, may_go_inside, attempt).await?;
            // A check of this machine may be redirected within it; no other may.
            may_go_inside &= exchange.is_inside();
            match redirect::next(self, target, &message, &exchange, n_followed)? {
                Step::Stop => break exchange,
                Step::Follow(next) => {
                    n_followed += 1;
                    attempt.measure("redirects", f64::from(n_followed));
                    attempt.begin_again();
                    message.follow(&next);
                    hop = Some(next);
                }
            }
        };
        let sent_credentials = message.has_credentials();
        let needs = |name| {
            let asks = |expression: &Option<Expression>| {
                expression.as_ref().is_some_and(|expression| expression.asks_for(name))
            };
            asks(&self.expect) || asks(&self.degraded)
        };
        let needs_body = needs("body") || needs("json");
        let answer = exchange.read(needs_body, self.max_body_bytes, attempt).await?;
        judge::verdict(self, &answer, sent_credentials, attempt)
    }
}
