//! Frames of AWS's event stream, written by hand: a client that shares the writer's library would not see its faults.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// One frame: headers that are all text, and a JSON document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    headers: BTreeMap<String, String>,
    payload: String,
}

impl Frame {
    /// An event of this type.
    pub(super) fn event(kind: &str, payload: &serde_json::Value) -> Self {
        Self::new("event", ":event-type", kind, payload)
    }

    /// An exception of this type.
    pub(super) fn exception(kind: &str, payload: &serde_json::Value) -> Self {
        Self::new("exception", ":exception-type", kind, payload)
    }

    fn new(message: &str, header: &str, kind: &str, payload: &serde_json::Value) -> Self {
        let headers =
            [(":message-type", message), (header, kind), (":content-type", "application/json")];
        let headers =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { headers, payload: payload.to_string() }
    }

    /// The bytes of the frame: both lengths, their checksum, the headers, the payload, the checksum of all.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            headers.extend_from_slice(name.as_bytes());
            headers.push(TEXT);
            headers
                .extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            headers.extend_from_slice(value.as_bytes());
        }
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&length(OVERHEAD_BYTES + headers.len() + self.payload.len()));
        bytes.extend_from_slice(&length(headers.len()));
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend_from_slice(&headers);
        bytes.extend_from_slice(self.payload.as_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }
}

/// The type of a header whose value is text.
const TEXT: u8 = 7;
/// Two lengths and two checksums.
const OVERHEAD_BYTES: usize = 16;

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}
