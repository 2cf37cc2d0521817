//! Calls of one check: connections that are kept while the check lasts, keys and signatures,
//! deadlines. Follows no redirect, so that a key is sent to no other server.

use std::time::{Duration, Instant};

use allclear_core::checker::CheckContext;
use allclear_core::outcome::{Cause, DurationParts, Metrics};
use allclear_core::ports::{SigningIdentity, Unsigned};
use allclear_core::reason::Reason;
use allclear_llm::call::{Authentication, Head, ProviderCall, WhichKey};
use bytes::Bytes;
use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::body::Incoming;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::LlmCheck;
use crate::attempt::{Attempt, patience};
use crate::body::Decoder;
use crate::exchange::{
    BareRequest, HttpVersion, Target, TargetConnection, TlsSetup, TunnelRoute, ask, within_body,
};
use crate::params::secret;

/// The name of the service in signatures of requests to Bedrock.
const BEDROCK: &str = "bedrock";

/// The most bytes of any answer, as they come and decoded.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Makes the calls of one check.
pub(super) struct Caller<'a> {
    check: &'a LlmCheck,
    context: CheckContext<'a>,
    started: Instant,
    /// Connections that can be used again.
    idle: Vec<Idle>,
    /// Targets that are unreachable for the rest of this check.
    unreachable: Vec<Target>,
}

struct Idle {
    target: Target,
    link: TargetConnection,
    opened: DurationParts,
}

/// An answer whose head has come.
pub(super) struct PendingResponse {
    pub(super) head: Head,
    /// Time at which the request was sent.
    pub(super) sent: Instant,
    /// From then until the head came.
    pub(super) headers_in: Duration,
    body: Incoming,
    target: Target,
    link: TargetConnection,
    attempt: Attempt,
    limit: Duration,
    /// Undoes the content encoding of the body, if it has one.
    decoder: Option<Decoder>,
    n_bytes: usize,
}

/// An answer that was read.
#[derive(Debug)]
pub(super) struct ProviderResponse {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
    /// True if the body was longer than the limit of the read.
    pub(super) is_cut: bool,
    pub(super) trace: Trace,
}

/// Timing and measurements of a call.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) parts: DurationParts,
    /// Measurements of the handshake.
    pub(super) metrics: Metrics,
}

impl Trace {
    /// Returns the sum of all parts, as if the connection had been opened for this call alone.
    pub(super) fn latency(&self) -> Duration {
        self.parts.named().into_iter().filter_map(|(_, part)| part).sum()
    }
}

impl<'a> Caller<'a> {
    pub(super) fn new(check: &'a LlmCheck, context: CheckContext<'a>) -> Self {
        Self { check, context, started: Instant::now(), idle: Vec::new(), unreachable: Vec::new() }
    }

    /// Returns the remaining time of the check.
    pub(super) fn left(&self) -> Duration {
        patience(self.context.timeout).saturating_sub(self.started.elapsed())
    }

    /// Returns whether this check has found the target of the call unreachable.
    pub(super) fn is_unreachable(&self, call: &ProviderCall) -> bool {
        self.target(call)
            .is_ok_and(|target| self.unreachable.iter().any(|it| it.has_origin_of(&target)))
    }

    /// Makes a call and reads at most `max_bytes` of the answer, all within `limit`.
    pub(super) async fn fetch(
        &mut self,
        call: &ProviderCall,
        limit: Duration,
        max_bytes: usize,
    ) -> Result<ProviderResponse, Cause> {
        let limit = limit.min(self.left());
        let begun = Instant::now();
        let mut answering = self.begin(call, limit).await?;
        let mut body = Vec::new();
        let mut is_cut = false;
        while let Some(piece) = answering.next(limit.saturating_sub(begun.elapsed())).await? {
            body.extend_from_slice(&piece);
            if body.len() > max_bytes {
                body.truncate(max_bytes);
                is_cut = true;
                break;
            }
        }
        let head = answering.head.clone();
        let trace = if is_cut { answering.end() } else { self.finish(answering) };
        Ok(ProviderResponse { head, body, is_cut, trace })
    }

    /// Makes a call and waits for the head of the answer.
    pub(super) async fn begin(
        &mut self,
        call: &ProviderCall,
        limit: Duration,
    ) -> Result<PendingResponse, Cause> {
        let limit = limit.min(self.left());
        let target = self.target(call)?;
        let mut attempt = Attempt::start();
        let ended = timeout(limit, self.head(call, &target, &mut attempt)).await;
        let head = ended.unwrap_or_else(|_| Err(attempt.cut_off(limit)));
        let (link, sent, response) = match head {
            Ok(head) => head,
            Err(cause) => {
                if fails_every_call(cause.reason) {
                    self.unreachable.push(target);
                }
                return Err(cause);
            }
        };
        let headers_in = sent.elapsed();
        let (parts, body) = response.into_parts();
        let decoder =
            Decoder::new(&parts.headers, MAX_ANSWER_BYTES).map_err(|error| error.cause())?;
        let head = Head { status: parts.status.as_u16(), headers: parts.headers };
        Ok(PendingResponse {
            head,
            sent,
            headers_in,
            body,
            target,
            link,
            attempt,
            limit,
            decoder,
            n_bytes: 0,
        })
    }

    /// Ends an answer that was read to its end. Its connection is used again.
    pub(super) fn finish(&mut self, answering: PendingResponse) -> Trace {
        let PendingResponse { target, link, attempt, .. } = answering;
        let trace = trace(attempt);
        let opened = DurationParts { first_byte: None, transfer: None, ..trace.parts };
        self.idle.push(Idle { target, link, opened });
        trace
    }

    fn target(&self, call: &ProviderCall) -> Result<Target, Cause> {
        let own = self.check.account.hosts.values().any(|url| url.origin() == call.url.origin());
        let tls = if own { &self.check.tls } else { &self.check.public_tls };
        let is_api =
            self.check.account.hosts.get("api").map(url::Url::origin) == Some(call.url.origin());
        let tls =
            TlsSetup { server_name: tls.server_name.clone().filter(|_| is_api), ..tls.clone() };
        Target::new(call.url.clone(), &tls).map_err(|what| Cause::of(Reason::NotSent, what))
    }

    /// Sends the call on a connection that is open, or else on a new one.
    async fn head(
        &mut self,
        call: &ProviderCall,
        target: &Target,
        attempt: &mut Attempt,
    ) -> Result<(TargetConnection, Instant, http::Response<Incoming>), Cause> {
        let headers = self.headers(call).await?;
        let body = Bytes::from(call.body.clone());
        let request = BareRequest {
            method: &call.method,
            headers: &headers,
            body: &body,
            max_body_bytes: MAX_ANSWER_BYTES,
            is_last: false,
        };
        let idle = self.idle.iter().position(|idle| idle.target.has_origin_of(target));
        if let Some(Idle { mut link, opened, .. }) = idle.map(|index| self.idle.swap_remove(index))
            && link.is_ready().await
        {
            attempt.reuse(opened);
            let sent = Instant::now();
            match link.send(target, request, attempt).await {
                Ok(response) => return Ok((link, sent, response)),
                // The server has closed it in the meantime, as it may. A completion that it may have
                // begun is not asked for twice.
                Err(unanswered)
                    if unanswered.is_closed() && unanswered.can_resend(&call.method) =>
                {
                    attempt.begin_again();
                }
                Err(unanswered) => return Err(unanswered.cause),
            }
        }
        if let Some(identity) = &self.check.tls.identity {
            attempt.present(identity.load(self.context.secrets)?);
        }
        let way = (&self.check.proxy, self.check.family);
        let Self { check, context, .. } = self;
        let route = TunnelRoute::find(target, way, &check.shared, context.secrets, attempt).await?;
        let way = (&route, HttpVersion::Negotiated);
        let (link, sent, response) = ask(target, way, request, context.now, attempt).await?;
        Ok((link, sent, response))
    }

    /// Returns the headers of a call, authentication included.
    async fn headers(&self, call: &ProviderCall) -> Result<HeaderMap, Cause> {
        let mut headers = call.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if let Ok(user_agent) = HeaderValue::try_from(&self.check.shared.user_agent) {
            headers.insert(USER_AGENT, user_agent);
        }
        match call.authentication {
            Authentication::None => {}
            Authentication::Key { key, header, prefix } => {
                let value = self.key(key, prefix)?;
                headers.insert(HeaderName::from_static(header), value);
            }
            Authentication::AwsSignature => self.sign(call, &mut headers).await?,
        }
        Ok(headers)
    }

    fn key(&self, which: WhichKey, prefix: &str) -> Result<HeaderValue, Cause> {
        let name = match which {
            WhichKey::Inference => self.check.keys.inference.as_ref(),
            WhichKey::Admin => self.check.keys.admin.as_ref(),
        };
        let Some(name) = name else {
            return Err(Cause::of(Reason::NotSent, "the check has no key for this call"));
        };
        let key = secret(self.context.secrets, name)?.trim();
        let unusable = |what: &str| {
            let what =
                format!("the secret `{name}` {what}; store the key again, without other text");
            Cause::of(Reason::SecretUnreadable, what)
        };
        if key.is_empty() {
            return Err(unusable("is empty"));
        }
        let mut value = HeaderValue::try_from(format!("{prefix}{key}"))
            .map_err(|_| unusable("has characters that no header can carry, such as a line end"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn sign(&self, call: &ProviderCall, headers: &mut HeaderMap) -> Result<(), Cause> {
        let Some(signer) = &self.check.shared.signer else {
            let what = "requests without a key need AWS credentials, and this process has none: \
                        set `api_key`, or provide AWS credentials";
            return Err(Cause::of(Reason::NotSent, what));
        };
        let to_sign: Vec<(&str, &str)> = call
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let request = Unsigned {
            service: BEDROCK,
            region: self.check.account.options.region.as_deref().unwrap_or_default(),
            method: call.method.as_str(),
            url: call.url.as_str(),
            headers: &to_sign,
            body: &call.body,
        };
        let failed =
            |what: String| Cause::of(Reason::NotSent, format!("cannot sign the request: {what}"));
        let signing = signer.sign(request, SigningIdentity::Process, self.context.now);
        for (name, value) in signing.await.map_err(failed)? {
            let wrong = |what: &dyn std::fmt::Display| failed(format!("invalid header: {what}"));
            let name = HeaderName::try_from(name).map_err(|error| wrong(&error))?;
            let mut value =
                HeaderValue::try_from(value.expose_secret()).map_err(|error| wrong(&error))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(())
    }
}

impl PendingResponse {
    /// Ends the answer and closes its connection.
    pub(super) fn end(self) -> Trace {
        trace(self.attempt)
    }

    /// Returns the next piece of the body, decoded, as it comes, within `limit`; `None` at its end.
    pub(super) async fn next(&mut self, limit: Duration) -> Result<Option<Bytes>, Cause> {
        match self.next_within(limit).await {
            None => Err(self.attempt.cut_off(self.limit)),
            Some(next) => next,
        }
    }

    /// Returns the next piece like [`Self::next`]; a silence is no error but `None`.
    pub(super) async fn next_within(
        &mut self,
        limit: Duration,
    ) -> Option<Result<Option<Bytes>, Cause>> {
        timeout(limit, self.next_piece()).await.ok()
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, Cause> {
        loop {
            if let Some(decoder) = &mut self.decoder
                && let Some(piece) = decoder.next().await.map_err(|error| error.cause())?
            {
                self.n_bytes = self.n_bytes.saturating_add(piece.len());
                return Ok(Some(piece.into()));
            }
            let Some(piece) = self.link.next_piece(&mut self.body).await else {
                let end = self.decoder.as_ref().map_or(Ok(()), Decoder::finish);
                return end.map(|()| None).map_err(|error| error.cause());
            };
            let piece = piece.map_err(|error| within_body(&error, self.n_bytes))?;
            if let Some(decoder) = &mut self.decoder {
                decoder.push(&piece);
            } else {
                self.n_bytes = self.n_bytes.saturating_add(piece.len());
                return Ok(Some(piece));
            }
        }
    }

    /// Returns the number of decoded bytes of the body so far.
    pub(super) fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

/// Returns whether every other call to the same target fails until the check ends.
fn fails_every_call(reason: Reason) -> bool {
    reason.is_transport()
        || matches!(
            reason,
            Reason::TlsFailed
                | Reason::CertificateInvalid
                | Reason::CertificateExpired
                | Reason::CertificateIsCa
        )
}

/// Ends the measurement of an attempt.
fn trace(mut attempt: Attempt) -> Trace {
    attempt.pause();
    Trace { parts: attempt.parts(), metrics: attempt.metrics().clone() }
}
