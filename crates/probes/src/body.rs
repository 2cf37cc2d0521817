//! The body of an answer: its content encodings undone, its charset decoded. Both work in bounded
//! steps between which other tasks run, because the target chooses how much work a body is.

mod brotli;
mod charset;
mod deflate;
mod pipeline;
mod zstd;

pub(crate) use charset::{to_utf8, why_not_json};
pub(crate) use pipeline::{BodyError, Decoder};

/// The most bytes that one step of a decoder gives.
const STEP_BYTES: usize = 32 * 1024;

/// One step of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// Bytes of the input that are done with.
    n_consumed: usize,
    /// True if another step can follow without more input.
    has_more: bool,
}

impl Step {
    /// A step that waits for more input.
    const STARVED: Self = Self { n_consumed: 0, has_more: false };
}

/// The input is not what the encoding says. The text completes "the body is not valid gzip: …".
#[derive(Debug, Clone, PartialEq, Eq)]
struct Corrupt(String);
