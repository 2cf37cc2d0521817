//! The encodings of a body, undone one after the other.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::header::{CONTENT_ENCODING, HeaderMap};
use thiserror::Error;

use super::brotli::Brotli;
use super::deflate::{Deflate, Gzip};
use super::zstd::Zstd;
use super::{Corrupt, DecodeStep, STEP_BYTES};
use crate::excerpt::excerpt;

/// The most encodings of one body. More than one is rare, and each multiplies the work.
const MAX_ENCODINGS: usize = 3;

/// A body that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum BodyError {
    #[error("unknown content encoding `{0}` of the body; known: gzip, deflate, br, zstd")]
    Unknown(String),
    #[error("the body has more than {MAX_ENCODINGS} content encodings: `{0}`")]
    TooMany(String),
    #[error("the decoded body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the body does not match its `content-encoding`, {encoding}: {what}")]
    Corrupt { encoding: &'static str, what: String },
    #[error("the answer is complete, but its {0} encoding is truncated")]
    Truncated(&'static str),
}

impl BodyError {
    /// Returns the cause of a failed check: the target's fault.
    pub(crate) fn cause(&self) -> Cause {
        let reason = match self {
            Self::Truncated(_) => Reason::ResponseTruncated,
            Self::TooLarge(_) => Reason::ResponseTooLarge,
            Self::Unknown(_) | Self::TooMany(_) | Self::Corrupt { .. } => Reason::ResponseInvalid,
        };
        Cause::of(reason, self.to_string())
    }
}

/// Undoes the content encodings of a body as it comes.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// In the order in which they are undone.
    stages: Vec<Stage>,
    /// The most bytes that any of them may give.
    max_bytes: usize,
    /// Output buffer of a step.
    space: Vec<u8>,
}

#[derive(Debug)]
struct Stage {
    codec: Codec,
    /// Input that has come, of which `n_done` bytes are done with.
    input: Vec<u8>,
    n_done: usize,
    n_given: usize,
    has_begun: bool,
    has_more: bool,
}

#[derive(Debug)]
enum Codec {
    Gzip(Gzip),
    Deflate(Deflate),
    Brotli(Brotli),
    Zstd(Zstd),
}

impl Decoder {
    /// Returns the decoder for a body with these headers, of which each encoding may give at most
    /// `max_bytes`; `None` if it has no encoding.
    ///
    /// # Errors
    ///
    /// An encoding is unknown, or there are too many.
    pub(crate) fn new(headers: &HeaderMap, max_bytes: usize) -> Result<Option<Self>, BodyError> {
        if !headers.contains_key(CONTENT_ENCODING) {
            return Ok(None);
        }
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let text: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let text = text.join(", ");
        let mut stages = Vec::new();
        for name in text.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            let codec = match name.as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Codec::Gzip(Gzip::new()),
                "deflate" => Codec::Deflate(Deflate::new()),
                "br" => Codec::Brotli(Brotli::new()),
                "zstd" => Codec::Zstd(Zstd::new()),
                _ => return Err(BodyError::Unknown(excerpt(&name))),
            };
            if stages.len() == MAX_ENCODINGS {
                return Err(BodyError::TooMany(excerpt(&text)));
            }
            stages.push(Stage::new(codec));
        }
        // The last one named was applied last.
        stages.reverse();
        Ok((!stages.is_empty()).then(|| Self { stages, max_bytes, space: vec![0; STEP_BYTES] }))
    }

    /// Takes a piece of the body.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if let Some(first) = self.stages.first_mut() {
            first.push(piece);
        }
    }

    /// Returns the next decoded piece; `None` if more of the body has to come. Other tasks run
    /// between its steps.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        while let Some(output) = self.step()? {
            tokio::task::yield_now().await;
            if !output.is_empty() {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }

    /// Checks that the body may end here. An empty body has no encoding to be checked.
    pub(crate) fn finish(&self) -> Result<(), BodyError> {
        let broken = self.stages.iter().find(|stage| stage.has_begun && !stage.codec.is_complete());
        broken.map_or(Ok(()), |stage| Err(BodyError::Truncated(stage.codec.name())))
    }

    /// Makes one step of the last encoding that can make one, so that little is held between two.
    /// Returns the step's output, or `None` if no step can be made.
    fn step(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        let Some(at) = self.stages.iter().rposition(|stage| stage.has_more) else {
            return Ok(None);
        };
        let Some(stage) = self.stages.get_mut(at) else { return Ok(None) };
        let n_given = stage.step(&mut self.space)?;
        if stage.n_given > self.max_bytes {
            return Err(BodyError::TooLarge(self.max_bytes));
        }
        let output = self.space.get(..n_given).unwrap_or_default();
        match self.stages.get_mut(at + 1) {
            None => Ok(Some(output.to_vec())),
            Some(next) => {
                next.push(output);
                Ok(Some(Vec::new()))
            }
        }
    }
}

impl Stage {
    fn new(codec: Codec) -> Self {
        Self { codec, input: Vec::new(), n_done: 0, n_given: 0, has_begun: false, has_more: false }
    }

    fn push(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        self.input.drain(..self.n_done);
        self.n_done = 0;
        self.input.extend_from_slice(piece);
        self.has_begun = true;
        self.has_more = true;
    }

    /// Makes a step. Returns how many bytes it gave.
    fn step(&mut self, output: &mut [u8]) -> Result<usize, BodyError> {
        let input = self.input.get(self.n_done..).unwrap_or_default();
        let step = self.codec.step(input, output).map_err(|Corrupt(what)| BodyError::Corrupt {
            encoding: self.codec.name(),
            what: excerpt(&what),
        })?;
        self.n_done += step.n_consumed;
        self.n_given = self.n_given.saturating_add(step.n_given);
        self.has_more = step.has_more;
        Ok(step.n_given)
    }
}

impl Codec {
    fn name(&self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
            Self::Deflate(_) => "deflate",
            Self::Brotli(_) => "br",
            Self::Zstd(_) => "zstd",
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<DecodeStep, Corrupt> {
        match self {
            Self::Gzip(codec) => codec.step(input, output),
            Self::Deflate(codec) => codec.step(input, output),
            Self::Brotli(codec) => codec.step(input, output),
            Self::Zstd(codec) => codec.step(input, output),
        }
    }

    fn is_complete(&self) -> bool {
        match self {
            Self::Gzip(codec) => codec.is_complete(),
            Self::Deflate(codec) => codec.is_complete(),
            Self::Brotli(codec) => codec.is_complete(),
            Self::Zstd(codec) => codec.is_complete(),
        }
    }
}
