//! The event that wakes the prober on AWS, parsed from JSON.

use crate::{Code, InvocationFailure};
use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::probe::beat::PREFIX;

const FORMS: &str = "a schedule sends `{\"scheduled_time\": \"2026-01-01T00:00:00Z\"}`, a person \
                     `{\"monitors\": [\"ID\"]}` or `{\"check\": {…}}`";

/// The request to the prober.
#[derive(Debug, Clone, PartialEq)]
pub enum ProbeRequest {
    /// A request to run the due checks.
    Scheduled {
        /// The start of the window.
        start: Timestamp,
    },
    /// A request to check some monitors now.
    Check {
        /// The monitors to check; empty for all.
        monitors: Vec<MonitorId>,
        /// True if the outcomes are recorded like those of scheduled checks.
        record: bool,
    },
    /// A request to check a monitor that is not in the config.
    CheckInline {
        /// The monitor, as a `[[monitor]]` table of a config.
        table: Map<String, Value>,
    },
    /// A request that carries a beat.
    Beat {
        /// The method of the request.
        method: String,
        /// The path after `/heartbeat/`; `None` for another path.
        path: Option<String>,
        /// The part after `?`; empty if there is none.
        query: String,
        /// The media type of the body; empty if none is named.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
}

impl ProbeRequest {
    /// Parses an event.
    ///
    /// # Errors
    ///
    /// Fails with `event_unreadable` if the event has none of the known forms, or if a field of it
    /// has an invalid value.
    pub fn parse(event: &Value) -> Result<Self, InvocationFailure> {
        let unreadable = |what: &str| {
            InvocationFailure::new(Code::EventUnreadable, format!("invalid event: {what}: {FORMS}"))
        };
        let Some(event) = event.as_object() else {
            return Err(unreadable("not an object"));
        };
        if let Some(http) = event.get("requestContext").and_then(|context| context.get("http")) {
            return Ok(beat(event, http));
        }
        let record = match event.get("record") {
            None => false,
            Some(record) => {
                record.as_bool().ok_or_else(|| unreadable("`record` is not a boolean"))?
            }
        };
        // An event in EventBridge's own form has a `time`.
        let time = event.get("scheduled_time").or_else(|| event.get("time"));
        match (time, event.get("monitors"), event.get("check")) {
            (Some(time), None, None) if !event.contains_key("record") => {
                let time = time.as_str().and_then(|time| time.parse::<Timestamp>().ok());
                let time = time.ok_or_else(|| unreadable("`scheduled_time` is not a time"))?;
                Ok(Self::Scheduled { start: minute_of(time) })
            }
            (None, Some(ids), None) => {
                let ids = ids.as_array().ok_or_else(|| unreadable("`monitors` is not a list"))?;
                let id = |id: &Value| {
                    let id = id.as_str().and_then(|id| MonitorId::new(id).ok());
                    id.ok_or_else(|| unreadable("`monitors` has an invalid id"))
                };
                Ok(Self::Check { monitors: ids.iter().map(id).collect::<Result<_, _>>()?, record })
            }
            (None, None, Some(_)) if record => {
                Err(unreadable("an inline `check` cannot be recorded: remove `record`"))
            }
            (None, None, Some(table)) => {
                let table =
                    table.as_object().ok_or_else(|| unreadable("`check` is not an object"))?;
                Ok(Self::CheckInline { table: table.clone() })
            }
            _ => Err(unreadable("expected one of `scheduled_time`, `monitors` and `check`")),
        }
    }
}

/// Reads a request to the function's own URL.
fn beat(event: &Map<String, Value>, http: &Value) -> ProbeRequest {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let path = text(event.get("rawPath").or_else(|| http.get("path")));
    let body = text(event.get("body"));
    let is_encoded = event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    ProbeRequest::Beat {
        method: text(http.get("method")),
        path: path.strip_prefix(PREFIX).map(str::to_owned),
        query: text(event.get("rawQueryString")),
        content_type: text(header(event, "content-type")),
        // A beat counts even if its body cannot be decoded.
        body: if is_encoded {
            STANDARD.decode(body).unwrap_or_default()
        } else {
            body.into_bytes()
        },
    }
}

fn header<'a>(event: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let headers = event.get("headers")?.as_object()?;
    headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn minute_of(time: Timestamp) -> Timestamp {
    let second = time.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(time)
}
