//! Conversion of events to the chunks that are sent, with the pauses and cuts of a script.

use std::time::Duration;

use bytes::Bytes;

use super::behavior::{Chunking, LlmBehavior};

/// A part of a body that is not divided by event chunking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) bytes: Vec<u8>,
    /// True if it carries a token of text or reasoning.
    pub(super) is_token: bool,
}

impl Event {
    pub(super) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), is_token: false }
    }

    pub(super) fn token(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), is_token: true }
    }
}

/// One step of sending a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Wait(Duration),
    Send(Bytes),
}

/// The end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The body is complete.
    Complete,
    /// The connection is closed.
    Cut,
    /// Nothing more is sent.
    Hang,
}

/// Returns the pieces of a body, and its end.
pub(super) fn pieces(events: Vec<Event>, behavior: &LlmBehavior) -> (Vec<Piece>, Ending) {
    let last_token = events.iter().rposition(|event| event.is_token);
    let mut pieces = Vec::new();
    let mut together: Vec<Vec<u8>> = Vec::new();
    let mut has_spoken = false;
    for (at, event) in events.into_iter().enumerate() {
        let wait_ms = match (event.is_token, has_spoken) {
            (true, true) if Some(at) == last_token => behavior.gap_ms.unwrap_or(behavior.delay_ms),
            (true, true) => behavior.delay_ms,
            (true, false) => behavior.first_token_ms,
            (false, false) if is_keep_alive(&event.bytes) => behavior.first_token_ms,
            (false, _) => 0,
        };
        has_spoken |= event.is_token;
        if wait_ms > 0 {
            pieces.extend(chunks(&std::mem::take(&mut together), behavior.chunking));
            pieces.push(Piece::Wait(Duration::from_millis(wait_ms)));
        }
        together.push(event.bytes);
    }
    pieces.extend(chunks(&together, behavior.chunking));
    cut(pieces, behavior)
}

fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes.starts_with(b":") || bytes.iter().all(u8::is_ascii_whitespace)
}

fn chunks(events: &[Vec<u8>], chunking: Chunking) -> Vec<Piece> {
    let chunks: Vec<Vec<u8>> = match chunking {
        Chunking::Events => events.to_vec(),
        Chunking::Bursts(n) => events.chunks(n.max(1)).map(<[Vec<u8>]>::concat).collect(),
        Chunking::Bytes(n) => events.concat().chunks(n.max(1)).map(<[u8]>::to_vec).collect(),
        Chunking::Whole => vec![events.concat()],
        Chunking::WithinCharacters => within_characters(&events.concat()),
    };
    let filled = chunks.into_iter().filter(|chunk| !chunk.is_empty());
    filled.map(|chunk| Piece::Send(chunk.into())).collect()
}

/// Divides after the first byte of each character that has several bytes.
fn within_characters(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|&byte| byte >= 0b1100_0000).map(<[u8]>::to_vec).collect()
}

fn cut(pieces: Vec<Piece>, behavior: &LlmBehavior) -> (Vec<Piece>, Ending) {
    let (limit, ending) = match behavior {
        LlmBehavior { cut_after_bytes: Some(n), .. } => (*n, Ending::Cut),
        LlmBehavior { hang_after_bytes: Some(n), .. } => (*n, Ending::Hang),
        LlmBehavior { end_after_bytes: Some(n), .. } => (*n, Ending::Complete),
        _ => return (pieces, Ending::Complete),
    };
    let mut left = limit;
    let mut sent = Vec::new();
    for piece in pieces {
        if left == 0 {
            return (sent, ending);
        }
        sent.push(match piece {
            Piece::Send(bytes) => {
                let n = bytes.len().min(left);
                left -= n;
                Piece::Send(bytes.slice(..n))
            }
            wait @ Piece::Wait(_) => wait,
        });
    }
    // A body that is shorter than the limit has the same end.
    (sent, ending)
}
