//! The requests of one attempt, on connections that are kept while the attempt lasts.

use std::time::{Duration, Instant};

use allclear_core::checker::CheckContext;
use allclear_core::kind::Metric;
use allclear_core::outcome::Cause;
use allclear_core::scope::AddressScope;
use http::header::HeaderMap;
use http::{HeaderValue, Response};
use hyper::body::Incoming;
use url::Url;

use super::request::RedirectedRequest;
use super::status::SentCredentials;
use super::{ApiAnswer, ApiRequest, ApiStream, ApiTarget};
use crate::SharedState;
use crate::attempt::{Attempt, patience};
use crate::body::Decoder;
use crate::exchange::{
    BareRequest, HttpVersion, Target, TargetConnection, TunnelRoute, ask, check_redirect_scope,
};

/// Makes the requests of one attempt.
pub(crate) struct ApiCaller<'a> {
    pub(crate) target: &'a ApiTarget,
    pub(crate) context: CheckContext<'a>,
    pub(crate) shared: &'a SharedState,
    attempt: &'a mut Attempt,
    /// The headers of every request.
    headers: HeaderMap,
    /// Connections that can be used again.
    idle: Vec<IdleConnection>,
}

struct IdleConnection {
    target: Target,
    connection: TargetConnection,
    scope: AddressScope,
}

impl<'a> ApiCaller<'a> {
    /// Fills in the secrets of the requests. Sends nothing yet.
    pub(super) fn new(
        target: &'a ApiTarget,
        shared: &'a SharedState,
        context: CheckContext<'a>,
        attempt: &'a mut Attempt,
    ) -> Result<Self, Cause> {
        if let Some(identity) = target.identity() {
            attempt.present(identity.load(context.secrets)?);
        }
        let headers = target.headers.fill(context.secrets)?;
        Ok(Self { target, context, shared, attempt, headers, idle: Vec::new() })
    }

    /// Returns the address of a path below that of the check.
    pub(crate) fn url(&self, path: &str) -> Url {
        below(&self.target.url, path)
    }

    /// Returns the remaining time of the attempt.
    pub(crate) fn remaining(&self) -> Duration {
        patience(self.context.timeout).saturating_sub(self.attempt.elapsed())
    }

    /// Keeps a named measurement, also of an attempt that fails later.
    pub(crate) fn measure(&mut self, metric: Metric, value: f64) {
        self.attempt.measure(metric, value);
    }

    /// Keeps a measurement of many, whose name ends with `part`.
    pub(crate) fn measure_part(&mut self, metric: Metric, part: &str, value: f64) {
        if let Some(name) = metric.with_part(part) {
            self.attempt.measure_as(name, value);
        }
    }

    /// Keeps the time since `begun` as a measurement.
    pub(crate) fn measure_since(&mut self, metric: Metric, begun: Instant) {
        self.measure(metric, begun.elapsed().as_secs_f64() * 1000.0);
    }

    /// Takes the time so far as the response time.
    pub(crate) fn answered(&mut self) {
        self.attempt.answered();
    }

    /// Sends a request and reads the answer, whatever its status.
    pub(crate) async fn fetch(&mut self, request: &ApiRequest<'_>) -> Result<ApiAnswer, Cause> {
        let mut stream = self.begin(request).await?;
        let mut body = Vec::new();
        while let Some(piece) = stream.next().await? {
            body.extend_from_slice(&piece);
        }
        Ok(self.finish(stream, body))
    }

    /// Ends a stream that was read to its end, or as far as it matters. `body` is what was read.
    pub(crate) fn finish(&mut self, stream: ApiStream<'_>, body: Vec<u8>) -> ApiAnswer {
        let answer = stream.with_body(body);
        self.attempt.pause();
        if let Some(metric) = stream.step.time {
            self.attempt.measure(metric, answer.took.as_secs_f64() * 1000.0);
        }
        let ApiStream { target, connection, scope, .. } = stream;
        self.idle.push(IdleConnection { target, connection, scope });
        answer
    }

    /// Sends a request, follows redirects, and waits for the head of the answer.
    pub(crate) async fn begin<'r>(
        &mut self,
        request: &ApiRequest<'r>,
    ) -> Result<ApiStream<'r>, Cause> {
        if !request.step.name.is_empty() {
            self.attempt.begin_step(request.step.name);
        }
        self.follow(request).await.map_err(|cause| request.step.name_in(cause))
    }

    async fn follow<'r>(&mut self, request: &ApiRequest<'r>) -> Result<ApiStream<'r>, Cause> {
        let mut headers = self.headers.clone();
        for (name, value) in &request.headers {
            headers.insert(name, value.clone());
        }
        let mut way = RedirectedRequest::new(request.url.clone(), headers);
        // The check itself may ask whatever it is configured for.
        let mut farthest = AddressScope::Machine;
        loop {
            let target = self.target.at(&way.url)?;
            let stream = self.send(target, request, &way.headers, farthest).await?;
            farthest = stream.scope;
            let asked = (&request.method, &stream.target);
            let answered = (stream.status, &stream.headers);
            if !way.follow(asked, answered, |url| self.target.at(url))? {
                return Ok(stream);
            }
        }
    }

    /// Sends a request on a connection that is open, or else on a new one.
    async fn send<'r>(
        &mut self,
        target: Target,
        request: &ApiRequest<'r>,
        headers: &HeaderMap,
        farthest: AddressScope,
    ) -> Result<ApiStream<'r>, Cause> {
        let bare = BareRequest {
            method: &request.method,
            headers,
            body: &request.body,
            max_body_bytes: request.max_bytes,
            is_last: false,
        };
        let idle = self.idle.iter().position(|idle| idle.target.has_origin_of(&target));
        if let Some(IdleConnection { mut connection, scope, .. }) =
            idle.map(|index| self.idle.swap_remove(index))
            && connection.is_ready().await
        {
            check_redirect_scope(&target.host, scope, farthest)?;
            let sent = Instant::now();
            match connection.send(&target, bare, self.attempt).await {
                Ok(response) => {
                    let opened = OpenedConnection { target, connection, scope, sent };
                    return opened.stream(request, headers, response);
                }
                // The server has closed it in the meantime, as it may.
                Err(unanswered)
                    if unanswered.is_closed() && unanswered.can_resend(&request.method) => {}
                Err(unanswered) => return Err(unanswered.cause),
            }
        }
        let way = (&self.target.proxy, self.target.family);
        let Self { shared, context, .. } = self;
        let route = TunnelRoute::find(&target, way, shared, context.secrets, self.attempt).await?;
        let scope = check_redirect_scope(&target.host, route.scope, farthest)?;
        let way = (&route, HttpVersion::Negotiated);
        let (connection, sent, response) =
            ask(&target, way, bare, context.now, self.attempt).await?;
        OpenedConnection { target, connection, scope, sent }.stream(request, headers, response)
    }
}

/// A connection on which a request was sent.
struct OpenedConnection {
    target: Target,
    connection: TargetConnection,
    scope: AddressScope,
    sent: Instant,
}

impl OpenedConnection {
    fn stream<'r>(
        self,
        request: &ApiRequest<'r>,
        headers: &HeaderMap,
        response: Response<Incoming>,
    ) -> Result<ApiStream<'r>, Cause> {
        let Self { target, connection, scope, sent } = self;
        let (parts, body) = response.into_parts();
        let decoder =
            Decoder::new(&parts.headers, request.max_bytes).map_err(|error| error.cause())?;
        let has_credentials = headers.values().any(HeaderValue::is_sensitive);
        Ok(ApiStream {
            status: parts.status,
            headers: parts.headers,
            step: request.step,
            target,
            scope,
            sent,
            credentials: if has_credentials { SentCredentials::Yes } else { SentCredentials::No },
            connection,
            body,
            decoder,
            n_bytes: 0,
            max_bytes: request.max_bytes,
        })
    }
}

/// Returns the URL of `path` below `base`, whose own path stays in front: `/v1` and `users` make `/v1/users`.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}/{}", path.trim_start_matches('/')));
    url.set_query(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_that_of_the_check() {
        for (base, path, wanted) in [
            ("https://a.test", "v1/x", "https://a.test/v1/x"),
            ("https://a.test/", "/v1/x", "https://a.test/v1/x"),
            ("https://a.test/api/?q=1", "x", "https://a.test/api/x"),
        ] {
            assert_eq!(below(&Url::parse(base).unwrap(), path).as_str(), wanted);
        }
    }
}
