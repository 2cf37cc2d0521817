//! The body of an answer: its content encodings undone, its charset decoded. Both work in bounded
//! steps between which other tasks run, because the target chooses how much work a body is.

mod brotli;
mod charset;
mod deflate;
mod pipeline;
#[cfg(test)]
#[path = "../../llm/fuzz/properties/decode.rs"]
mod property;
mod zstd;

pub(crate) use charset::{to_utf8, why_not_json};
pub(crate) use pipeline::{BodyError, Decoder};

/// The most bytes that one step of a decoder gives.
const STEP_BYTES: usize = 32 * 1024;

/// One step of a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DecodeStep {
    /// Bytes of the input that are done with.
    n_consumed: usize,
    /// Bytes of the output that were given.
    n_given: usize,
    /// True if another step can follow without more input.
    has_more: bool,
}

impl DecodeStep {
    /// A step that waits for more input.
    const STARVED: Self = Self { n_consumed: 0, n_given: 0, has_more: false };

    /// Creates a step without output: it takes input, or changes the state.
    fn silent(n_consumed: usize) -> Self {
        Self { n_consumed, n_given: 0, has_more: true }
    }

    /// Creates a step over padding after the end.
    fn over_padding(n_consumed: usize) -> Self {
        Self { n_consumed, n_given: 0, has_more: false }
    }
}

/// The input violates its encoding. The text completes "the body is not valid gzip: …".
#[derive(Debug, Clone, PartialEq, Eq)]
struct Corrupt(String);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn bodies_of_the_corpus_are_decoded_the_same_in_any_pieces() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../llm/fuzz/corpus/decode");
        let mut n_inputs = 0;
        for entry in fs::read_dir(folder).unwrap() {
            super::property::check(&fs::read(entry.unwrap().path()).unwrap());
            n_inputs += 1;
        }
        assert!(n_inputs > 100, "{n_inputs}");
    }
}
