//! Property of the content encodings: any body is decoded without a panic, within the limit, and to
//! the same bytes whatever pieces it comes in.
//!
//! The first two bytes of an input choose the encodings and the size of the pieces. The body follows.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::Decoder;

const ENCODINGS: [&str; 8] =
    ["gzip", "deflate", "br", "zstd", "gzip, gzip", "zstd, br", "deflate, zstd, gzip", "br, gzip"];
const MAX_BYTES: usize = 256 * 1024;
/// The most that one step can give beyond the limit before the limit is checked.
const MAX_EXCESS_BYTES: usize = 32 * 1024;

/// Checks the property for one input.
///
/// # Panics
///
/// Panics if the property does not hold.
pub(crate) fn check(data: &[u8]) {
    let [encoding, size, body @ ..] = data else { return };
    let encoding = ENCODINGS[usize::from(*encoding) % ENCODINGS.len()];
    let whole = decoded(encoding, body, usize::MAX);
    let pieces = decoded(encoding, body, usize::from(*size) + 1);
    assert!(whole.bytes.len() <= MAX_BYTES + MAX_EXCESS_BYTES);
    assert!(pieces.bytes.len() <= MAX_BYTES + MAX_EXCESS_BYTES);
    assert_eq!(whole.is_ok, pieces.is_ok, "{encoding}");
    if whole.is_ok {
        assert!(whole.bytes == pieces.bytes, "{encoding}");
    }
}

struct Decoded {
    bytes: Vec<u8>,
    is_ok: bool,
}

/// Decodes `body` in pieces of `size` bytes.
fn decoded(encoding: &'static str, body: &[u8], size: usize) -> Decoded {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    let mut decoder = Decoder::new(&headers, MAX_BYTES).unwrap().unwrap();
    let mut bytes = Vec::new();
    for piece in body.chunks(size) {
        decoder.push(piece);
        loop {
            match finished(decoder.next()) {
                Ok(Some(output)) => bytes.extend_from_slice(&output),
                Ok(None) => break,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    return Decoded { bytes, is_ok: false };
                }
            }
        }
    }
    Decoded { bytes, is_ok: decoder.finish().is_ok() }
}

/// Polls a future that only yields to other tasks until it has finished.
fn finished<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
