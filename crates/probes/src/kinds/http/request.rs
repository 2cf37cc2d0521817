//! The way of a request to its answer, through redirects.

use allclear_core::checker::CheckContext;
use allclear_core::id::SecretName;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::scope::AddressScope;
use allclear_expression::Expression;

use super::capture::Capture;
use super::cookies::Jar;
use super::exchange::{self, BodyUse, HttpResponse};
use super::judge::{self, Judged};
use super::outgoing::Message;
use super::redirect::{self, RedirectStep};
use super::{HttpRequest, REDIRECTS};
use crate::attempt::Attempt;
use crate::exchange::Target;
use crate::tls::ClientIdentity;

impl HttpRequest {
    /// Makes the request of a check that makes no other.
    pub(super) async fn attempt(
        &self,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Verdict, Cause> {
        let message = self.outgoing.message(context.secrets)?;
        let mut cookies = Jar::default();
        let call = HttpCall { target: self.target.clone(), message, cookies: &mut cookies };
        self.make(call, context, attempt).await?.verdict
    }

    /// Makes the request and judges its answer.
    pub(super) async fn make(
        &self,
        mut call: HttpCall<'_>,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<Judged, Cause> {
        if let Some(identity) = &self.tls.identity {
            attempt.present(identity.load(context.secrets)?);
        }
        let answer = self.answer(&mut call, context, attempt).await?;
        Ok(judge::judge(self, answer, call.message.credentials().clone(), attempt).await)
    }

    /// Sends the message, follows redirects, and reads the last answer.
    async fn answer(
        &self,
        call: &mut HttpCall<'_>,
        context: CheckContext<'_>,
        attempt: &mut Attempt,
    ) -> Result<HttpResponse, Cause> {
        call.message.add_cookies(&call.target, call.cookies);
        let mut n_followed = 0;
        // The check itself may ask whatever it is configured for.
        let mut farthest = AddressScope::Machine;
        let exchange = loop {
            let HttpCall { target, message, cookies } = &mut *call;
            let bounds = (context, farthest);
            let exchange = exchange::open(self, target, message, bounds, attempt).await?;
            farthest = exchange.scope();
            cookies.keep(target, exchange.headers(), context.now);
            match redirect::next(self, target, message, &exchange, n_followed)? {
                RedirectStep::Stop => break exchange,
                RedirectStep::Follow(next) => {
                    n_followed += 1;
                    attempt.measure(REDIRECTS, f64::from(n_followed));
                    attempt.begin_again();
                    message.follow(target, &next, cookies);
                    *target = next.target;
                }
            }
        };
        let mut answer = exchange.read(self.body_use(), self.max_body_bytes, attempt).await?;
        if !self.captures.is_empty() {
            answer.cookies = call.cookies.values_for(&call.target);
        }
        Ok(answer)
    }

    fn body_use(&self) -> BodyUse {
        let asks = |expression: &Option<Expression>| {
            let asks = |name| expression.as_ref().is_some_and(|one| one.asks_for(name));
            asks("body") || asks("json")
        };
        let is_captured = self.captures.iter().any(Capture::needs_body);
        if asks(&self.expect) || asks(&self.degraded) || is_captured {
            BodyUse::Keep
        } else {
            BodyUse::Discard
        }
    }

    /// Returns the names of the secrets that it needs.
    pub(super) fn secrets(&self) -> Vec<SecretName> {
        let mut names = self.outgoing.secrets();
        names.extend(self.way.proxy.secret().cloned());
        names.extend(self.tls.identity.iter().flat_map(ClientIdentity::secrets));
        names
    }
}

/// A request under way: where it goes now, and what it carries.
pub(super) struct HttpCall<'a> {
    pub(super) target: Target,
    pub(super) message: Message,
    pub(super) cookies: &'a mut Jar,
}
