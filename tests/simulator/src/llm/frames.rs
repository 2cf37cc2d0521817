//! Frames of AWS's event stream. The encoder is written by hand: a library shared with the client
//! would hide its own errors.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// One frame: headers with text values, and a JSON document.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    headers: BTreeMap<String, String>,
    payload: String,
}

impl Frame {
    /// Returns an event of this type.
    pub(super) fn event(kind: &str, payload: &serde_json::Value) -> Self {
        Self::new("event", ":event-type", kind, payload)
    }

    /// Returns an exception of this type.
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

    /// Encodes the frame: both lengths, their checksum, the headers, the payload, the checksum of
    /// all.
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

/// The type of a header with a text value.
const TEXT: u8 = 7;
/// The bytes of two lengths and two checksums.
const OVERHEAD_BYTES: usize = 16;

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}
