//! One attempt: the handshake, then the messages until one meets the condition.

use allclear_core::checker::CheckContext;
use allclear_core::outcome::{Cause, Verdict};
use allclear_core::reason::Reason;
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{
    CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
    USER_AGENT,
};
use http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::failure::{self, HandshakeCredentials};
use super::{JSON, MESSAGE, WebSocketCheck};
use crate::attempt::{Attempt, AttemptPhase};
use crate::service::{ReadValue, ServiceReading, Wire, WireWatch, conclude};

/// The largest message that is read.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The most messages that are read in search of the expected one.
const MAX_MESSAGES: usize = 1_000;

/// The content of the ping of a check.
const PING: &[u8] = b"allclear";

/// Makes one attempt.
pub(super) async fn run(
    check: &WebSocketCheck,
    context: CheckContext<'_>,
    attempt: &mut Attempt,
) -> Result<Verdict, Cause> {
    let mut socket = open(check, context, attempt).await?;
    attempt.enter(AttemptPhase::Transfer);
    let waits_for_message =
        check.send.is_some() || check.conditions.ask_for(MESSAGE) || check.conditions.ask_for(JSON);
    let verdict = if waits_for_message {
        if let Some(text) = &check.send {
            socket.send(Message::text(text.clone())).await?;
        }
        await_message(check, &mut socket, attempt).await?
    } else {
        socket.send(Message::Ping(Bytes::from_static(PING))).await?;
        attempt.set_suspicion(Reason::Timeout, "no pong has come".to_owned());
        socket.await_pong().await?;
        conclude(ServiceReading::default(), &check.conditions, attempt)?
    };
    // The verdict does not depend on the end of the connection.
    let _ = socket.stream.close(None).await;
    Ok(verdict)
}

/// A connection after its handshake.
struct Socket {
    stream: WebSocketStream<Wire>,
    watch: WireWatch,
}

async fn open(
    check: &WebSocketCheck,
    context: CheckContext<'_>,
    attempt: &mut Attempt,
) -> Result<Socket, Cause> {
    let request = request(check, context)?;
    let wire = check.endpoint.open_wire(&check.shared, context, attempt).await?;
    let watch = wire.watch();
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    let opened = client_async_with_config(request, wire, Some(limits)).await;
    let (stream, _) = opened.map_err(|error| {
        let credentials = if check.endpoint.headers.have_secrets() {
            HandshakeCredentials::Sent
        } else {
            HandshakeCredentials::None
        };
        failure::of_handshake(&error, credentials, &watch)
    })?;
    Ok(Socket { stream, watch })
}

fn request(check: &WebSocketCheck, context: CheckContext<'_>) -> Result<Request<()>, Cause> {
    let target = &check.endpoint.target;
    let scheme = if target.tls.is_some() { "wss" } else { "ws" };
    let (_, rest) = target.url.as_str().split_once(':').unwrap_or_default();
    let mut request = Request::new(());
    *request.uri_mut() = format!("{scheme}:{rest}").parse().map_err(|error| {
        Cause::of(Reason::ProbeInvalid, format!("cannot send the URL: {error}"))
    })?;
    let headers = request.headers_mut();
    headers.insert(HOST, target.authority.clone());
    if let Ok(agent) = HeaderValue::try_from(&check.shared.user_agent) {
        headers.insert(USER_AGENT, agent);
    }
    check.endpoint.headers.add_to(headers, context.secrets)?;
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    if let Ok(key) = HeaderValue::try_from(generate_key()) {
        headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    if let Some(name) = &check.subprotocol {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, name.clone());
    }
    Ok(request)
}

/// Reads messages until one meets the conditions.
async fn await_message(
    check: &WebSocketCheck,
    socket: &mut Socket,
    attempt: &mut Attempt,
) -> Result<Verdict, Cause> {
    attempt.set_suspicion(Reason::Timeout, "no message has come".to_owned());
    let mut last: Option<Cause> = None;
    for _ in 0..MAX_MESSAGES {
        let message = match (socket.next("waiting for a message").await, last.take()) {
            (Ok(message), unmet) => {
                last = unmet;
                message
            }
            // The condition that the last message does not meet tells more than the end after it.
            (Err(cause), Some(unmet)) if is_plain_end(cause.reason) => return Err(unmet),
            (Err(cause), _) => return Err(cause),
        };
        let Some(reading) = read(&message) else { continue };
        match conclude(reading, &check.conditions, attempt) {
            Ok(verdict) => return Ok(verdict),
            Err(unmet) if unmet.reason == Reason::AssertionFailed => {
                attempt.unanswered();
                attempt.set_suspicion(unmet.reason, format!("the last message: {}", unmet.message));
                last = Some(unmet);
            }
            Err(cause) => return Err(cause),
        }
    }
    let what = format!("none of {MAX_MESSAGES} messages meets the condition");
    let what = last.map_or(what.clone(), |unmet| format!("{what}; {}", unmet.message));
    Err(Cause::of(Reason::AssertionFailed, what))
}

/// Returns true for the end of a connection that tells nothing about its cause.
fn is_plain_end(reason: Reason) -> bool {
    matches!(reason, Reason::ConnectionClosed | Reason::UnexpectedAnswer)
}

/// Returns the values of a message; `None` if it is none of the application.
fn read(message: &Message) -> Option<ServiceReading> {
    let bytes = match message {
        Message::Text(text) => text.as_bytes(),
        Message::Binary(bytes) => bytes,
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return None,
    };
    let mut reading = ServiceReading::default();
    if let Ok(text) = str::from_utf8(bytes) {
        reading.set(MESSAGE, ReadValue::Text(text.to_owned()));
    }
    if let Ok(document) = serde_json::from_slice(bytes) {
        reading.set(JSON, ReadValue::Json(document));
    }
    Some(reading)
}

impl Socket {
    async fn send(&mut self, message: Message) -> Result<(), Cause> {
        let sent = self.stream.send(message).await;
        sent.map_err(|error| failure::of_driver(&error, "sending a message", &self.watch))
    }

    async fn await_pong(&mut self) -> Result<(), Cause> {
        for _ in 0..MAX_MESSAGES {
            match self.next("waiting for the pong").await? {
                Message::Pong(content) if content == PING => return Ok(()),
                Message::Pong(_)
                | Message::Text(_)
                | Message::Binary(_)
                | Message::Ping(_)
                | Message::Close(_)
                | Message::Frame(_) => {}
            }
        }
        let what = format!("no pong came within {MAX_MESSAGES} messages");
        Err(Cause::of(Reason::UnexpectedAnswer, what))
    }

    /// Returns the next message that does not end the connection.
    async fn next(&mut self, doing: &str) -> Result<Message, Cause> {
        match self.stream.next().await {
            Some(Ok(Message::Close(frame))) => Err(failure::of_close(frame.as_ref())),
            Some(Ok(message)) => Ok(message),
            Some(Err(error)) => Err(failure::of_driver(&error, doing, &self.watch)),
            None => Err(failure::of_close(None)),
        }
    }
}
