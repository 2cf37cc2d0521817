//! A session with an MCP server: its transport, its version of the protocol, and requests with their answers.

use std::collections::VecDeque;
use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_llm::stream::{EventReader, EventTooLong, ServerEvent};
use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::params::McpTransport;
use super::rpc::{self, RpcError};
use crate::api::{ApiAnswer, ApiCaller, ApiRequest, ApiStep, ApiStream, set_field};
use crate::excerpt::excerpt_of_bytes;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The version without a handshake.
pub(super) const STATELESS_VERSION: &str = "2026-07-28";

/// The most time that the end of a session may take. A server that does not answer has lost only a courtesy.
const FAREWELL: Duration = Duration::from_millis(500);

/// A session, or a sequence of requests to a server that has none.
pub(super) struct McpSession<'s, 'c> {
    pub(super) caller: &'s mut ApiCaller<'c>,
    channel: McpChannel,
    version: ProtocolVersion,
    last_id: u64,
}

/// The way of the messages.
enum McpChannel {
    /// Each message is a request whose answer holds the response.
    Streamable { session: Option<HeaderValue> },
    /// Responses come on a stream that stays open.
    Events(Box<EventChannel>),
}

/// The stream of the older transport.
struct EventChannel {
    stream: ApiStream<'static>,
    reader: EventReader,
    waiting: VecDeque<ServerEvent>,
    /// The address of messages to the server.
    endpoint: Url,
}

/// The version of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ProtocolVersion {
    /// The handshake is not over.
    Open,
    /// The one that the server chose in the handshake.
    Negotiated(HeaderValue),
    /// A version in which each message stands for itself.
    Stateless,
}

/// A request without a result.
#[derive(Debug)]
pub(super) enum McpFailure {
    /// No message came.
    Exchange(Cause),
    /// The server answered with an error.
    Refused(RpcError),
}

impl McpFailure {
    /// Returns the cause, of a request with this method.
    pub(super) fn cause(self, method: &str) -> Cause {
        match self {
            Self::Exchange(cause) => cause,
            Self::Refused(error) => error.cause(method),
        }
    }
}

impl<'s, 'c> McpSession<'s, 'c> {
    /// Opens the transport.
    pub(super) async fn open(
        caller: &'s mut ApiCaller<'c>,
        transport: McpTransport,
    ) -> Result<Self, Cause> {
        let channel = match transport {
            McpTransport::Http => McpChannel::Streamable { session: None },
            McpTransport::Sse => McpChannel::Events(Box::new(EventChannel::open(caller).await?)),
        };
        Ok(Self { caller, channel, version: ProtocolVersion::Open, last_id: 0 })
    }

    /// Notes the version that the server chose in the handshake.
    pub(super) fn negotiated(&mut self, version: &str) {
        if let Ok(version) = HeaderValue::try_from(version) {
            self.version = ProtocolVersion::Negotiated(version);
        }
    }

    /// Speaks the version without a handshake from now on.
    pub(super) fn become_stateless(&mut self) {
        self.version = ProtocolVersion::Stateless;
        self.channel = McpChannel::Streamable { session: None };
    }

    /// Returns true if the version without a handshake is possible.
    pub(super) fn may_become_stateless(&self) -> bool {
        matches!(self.channel, McpChannel::Streamable { .. })
    }

    /// Sends a request and waits for its result.
    pub(super) async fn request(
        &mut self,
        method: &'static str,
        params: Value,
    ) -> Result<Value, McpFailure> {
        self.last_id += 1;
        let id = self.last_id;
        let message = rpc::request(id, method, &self.with_meta(params));
        let step = ApiStep { name: method, time: None };
        let answered = match &self.channel {
            McpChannel::Streamable { .. } => self.exchange(step, &message, id).await,
            McpChannel::Events(_) => self.converse(step, &message, id).await,
        };
        answered.map_err(McpFailure::Exchange)?.map_err(McpFailure::Refused)
    }

    /// Sends a message that has no answer.
    pub(super) async fn notify(&mut self, method: &'static str) -> Result<(), Cause> {
        let step = ApiStep { name: method, time: None };
        let request = self.message(step, &rpc::notification(method));
        let answer = self.caller.fetch(&request).await?;
        if answer.status.is_success() { Ok(()) } else { Err(self.refusal(step, &answer)) }
    }

    /// Ends the session, so that the server forgets it before the next check begins another.
    pub(super) async fn end(&mut self) {
        let McpChannel::Streamable { session: Some(_) } = &self.channel else { return };
        let step = ApiStep { name: "the end of the session", time: None };
        let request = self.message(step, &Value::Null);
        let request = ApiRequest { method: Method::DELETE, body: bytes::Bytes::new(), ..request };
        let limit = FAREWELL.min(self.caller.remaining() / 2);
        let _ = timeout(limit, self.caller.fetch(&request)).await;
    }

    /// Adds what each message of a server without sessions states.
    fn with_meta(&self, mut params: Value) -> Value {
        if self.version == ProtocolVersion::Stateless {
            let meta = json!({
                "io.modelcontextprotocol/protocolVersion": STATELESS_VERSION,
                "io.modelcontextprotocol/clientInfo": client(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            set_field(&mut params, "_meta", meta);
        }
        params
    }

    /// Returns the HTTP request that carries a message.
    fn message<'a>(&self, step: ApiStep<'a>, message: &Value) -> ApiRequest<'a> {
        let url = match &self.channel {
            McpChannel::Streamable { .. } => self.caller.target.url.clone(),
            McpChannel::Events(channel) => channel.endpoint.clone(),
        };
        let accepted = HeaderValue::from_static("application/json, text/event-stream");
        let mut request = ApiRequest::post(step, url, message).with_header(ACCEPT, accepted);
        if let McpChannel::Streamable { session: Some(session) } = &self.channel {
            request = request.with_header(SESSION, session.clone());
        }
        match &self.version {
            ProtocolVersion::Open => request,
            ProtocolVersion::Negotiated(version) => request.with_header(VERSION, version.clone()),
            ProtocolVersion::Stateless => {
                let mirrored = |pointer: &str| {
                    let text = message.pointer(pointer)?.as_str()?;
                    HeaderValue::try_from(text).ok()
                };
                let version = HeaderValue::from_static(STATELESS_VERSION);
                request = request.with_header(VERSION, version);
                for (name, pointer) in [(METHOD, "/method"), (NAME, "/params/name")] {
                    if let Some(value) = mirrored(pointer) {
                        request = request.with_header(name, value);
                    }
                }
                request
            }
        }
    }

    /// Sends a message by the newer transport.
    async fn exchange(
        &mut self,
        step: ApiStep<'static>,
        message: &Value,
        id: u64,
    ) -> Result<Result<Value, RpcError>, Cause> {
        let request = self.message(step, message);
        let mut stream = self.caller.begin(&request).await?;
        if let Some(session) = stream.headers.get(SESSION) {
            self.channel = McpChannel::Streamable { session: Some(session.clone()) };
        }
        let mut reader = EventReader::default();
        let is_stream = stream.status.is_success() && stream.is_of_type("text/event-stream");
        let mut body = Vec::new();
        while let Some(piece) = stream.next().await? {
            if !is_stream {
                body.extend_from_slice(&piece);
                continue;
            }
            for event in reader.feed(&piece).map_err(|error| too_long(step, error))? {
                if let Some(answer) = answer_in(step, &event, id)? {
                    self.caller.finish(stream, Vec::new());
                    return Ok(answer);
                }
            }
        }
        let answer = self.caller.finish(stream, body);
        if is_stream {
            let what = format!("{}: the stream ended without the answer", step.name);
            return Err(Cause::of(Reason::StreamTruncated, what));
        }
        let status = answer.status;
        let document = serde_json::from_slice::<Value>(&answer.body);
        let found = document.ok().and_then(|document| rpc::answer(&document, id));
        match found {
            Some(found) if status.is_success() => Ok(found),
            // Other statuses are also those of a gateway in front of the server.
            Some(Err(error))
                if [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND].contains(&status)
                    && !self.has_lost_session(&answer) =>
            {
                Ok(Err(error))
            }
            Some(_) | None => Err(self.refusal(step, &answer)),
        }
    }

    /// Sends a message by the older transport, and waits for the answer on the stream.
    async fn converse(
        &mut self,
        step: ApiStep<'static>,
        message: &Value,
        id: u64,
    ) -> Result<Result<Value, RpcError>, Cause> {
        let request = self.message(step, message);
        let answer = self.caller.fetch(&request).await?;
        if !answer.status.is_success() {
            return Err(self.refusal(step, &answer));
        }
        let McpChannel::Events(channel) = &mut self.channel else {
            return Err(self.refusal(step, &answer));
        };
        loop {
            let event = channel.next(step).await?;
            if let Some(answer) = answer_in(step, &event, id)? {
                return Ok(answer);
            }
        }
    }

    /// Returns the cause of an answer without a message.
    fn refusal(&self, step: ApiStep<'_>, answer: &ApiAnswer) -> Cause {
        if answer.status.is_success() {
            let what = format!(
                "{}: the answer is no message of MCP but `{}`",
                step.name,
                excerpt_of_bytes(&answer.body)
            );
            return Cause::of(Reason::ResponseInvalid, what);
        }
        let mut cause = answer.refusal(step);
        if self.has_lost_session(answer) {
            let what = "the server does not know the session that it has begun, as behind a load \
                        balancer that sends the requests of a session to different servers";
            return Cause::of(Reason::UnexpectedAnswer, format!("{}; {what}", cause.message));
        }
        if cause.reason == Reason::EndpointNotFound {
            cause.message.push_str(match &self.channel {
                McpChannel::Streamable { .. } => {
                    "; is `url` the endpoint, often `/mcp`? A server of the older transport needs \
                     `transport = \"sse\"`"
                }
                McpChannel::Events(_) => "",
            });
        }
        cause
    }

    /// Returns true if the server refuses a session that it has begun itself.
    fn has_lost_session(&self, answer: &ApiAnswer) -> bool {
        let mentions_it =
            || String::from_utf8_lossy(&answer.body).to_ascii_lowercase().contains("session");
        matches!(&self.version, ProtocolVersion::Negotiated(_))
            && matches!(&self.channel, McpChannel::Streamable { session: Some(_) })
            && (answer.status == StatusCode::NOT_FOUND
                || (answer.status == StatusCode::BAD_REQUEST && mentions_it()))
    }
}

impl EventChannel {
    /// Opens the stream and waits for the address of messages.
    async fn open(caller: &mut ApiCaller<'_>) -> Result<Self, Cause> {
        let step = ApiStep { name: "the stream of events", time: None };
        let url = caller.target.url.clone();
        let events = HeaderValue::from_static("text/event-stream");
        let request = ApiRequest::get(step, url.clone()).with_header(ACCEPT, events);
        let stream = caller.begin(&request).await?;
        if !stream.status.is_success() {
            let answer = caller.finish(stream, Vec::new());
            let mut cause = answer.refusal(step);
            if cause.reason == Reason::EndpointNotFound {
                cause.message.push_str("; is `url` the address of the stream, often `/sse`?");
            }
            return Err(cause);
        }
        if !stream.is_of_type("text/event-stream") {
            let what = "the answer is no stream of events; is `url` the address of the stream, \
                        often `/sse`?";
            return Err(step.name_in(Cause::of(Reason::ResponseInvalid, what)));
        }
        let (reader, waiting) = (EventReader::default(), VecDeque::new());
        let mut channel = Self { stream, reader, waiting, endpoint: url.clone() };
        let event = loop {
            let event = channel.next(step).await?;
            if event.name == "endpoint" {
                break event;
            }
        };
        let text = String::from_utf8_lossy(&event.data);
        let endpoint = url.join(text.trim()).ok().filter(|to| to.origin() == url.origin());
        channel.endpoint = endpoint.ok_or_else(|| {
            let what = format!(
                "the address of messages is not one of the same server: `{}`",
                excerpt_of_bytes(&event.data)
            );
            step.name_in(Cause::of(Reason::ResponseInvalid, what))
        })?;
        Ok(channel)
    }

    /// Returns the next event.
    async fn next(&mut self, step: ApiStep<'_>) -> Result<ServerEvent, Cause> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(event);
            }
            let Some(piece) = self.stream.next().await? else {
                let what = "the server ended the stream of events";
                return Err(step.name_in(Cause::of(Reason::StreamTruncated, what)));
            };
            let events = self.reader.feed(&piece).map_err(|error| too_long(step, error))?;
            self.waiting.extend(events);
        }
    }
}

/// Returns the description of this client.
pub(super) fn client() -> Value {
    json!({ "name": "allclear", "version": env!("CARGO_PKG_VERSION") })
}

fn too_long(step: ApiStep<'_>, error: EventTooLong) -> Cause {
    step.name_in(Cause::of(Reason::ResponseTooLarge, error.to_string()))
}

/// Returns the answer to the request `id` if the event holds it.
fn answer_in(
    step: ApiStep<'_>,
    event: &ServerEvent,
    id: u64,
) -> Result<Option<Result<Value, RpcError>>, Cause> {
    // A ping may have no data, and events of other names are no messages.
    if event.data.is_empty() || !["", "message"].contains(&event.name.as_str()) {
        return Ok(None);
    }
    let document = serde_json::from_slice(&event.data).map_err(|error| {
        let what = format!("an event is not JSON: {error}; `{}`", excerpt_of_bytes(&event.data));
        step.name_in(Cause::of(Reason::ResponseInvalid, what))
    })?;
    Ok(rpc::answer(&document, id))
}
