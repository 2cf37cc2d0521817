//! `br`.

use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Corrupt, DecodeStep};

/// A decoder of `br`, with windows of at most 16 MiB.
pub(super) struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    is_complete: bool,
    n_given: usize,
}

impl Brotli {
    pub(super) fn new() -> Self {
        let alloc = StandardAlloc::default;
        // Strict: larger windows are an extension that HTTP does not know.
        let state = BrotliState::new_strict(alloc(), alloc(), alloc());
        Self { state: Box::new(state), is_complete: false, n_given: 0 }
    }

    /// Returns true if the input may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<DecodeStep, Corrupt> {
        if self.is_complete {
            return Ok(DecodeStep::over_padding(input.len()));
        }
        let (mut n_left, mut n_consumed) = (input.len(), 0);
        let (mut space_left, mut n_given) = (output.len(), 0);
        let result = BrotliDecompressStream(
            &mut n_left,
            &mut n_consumed,
            input,
            &mut space_left,
            &mut n_given,
            output,
            &mut self.n_given,
            &mut self.state,
        );
        let has_more = match result {
            BrotliResult::ResultSuccess => {
                self.is_complete = true;
                true
            }
            BrotliResult::NeedsMoreOutput => true,
            BrotliResult::NeedsMoreInput => false,
            BrotliResult::ResultFailure => {
                let what = format!("{:?}", self.state.error_code).to_lowercase();
                let what = what.trim_start_matches("brotli_decoder_error_").replace('_', " ");
                return Err(Corrupt(what));
            }
        };
        Ok(DecodeStep { n_consumed, n_given, has_more })
    }
}

impl fmt::Debug for Brotli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brotli").field("is_complete", &self.is_complete).finish_non_exhaustive()
    }
}
