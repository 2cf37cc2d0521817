//! `br`.

use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::{Corrupt, STEP_BYTES, Step};

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

    pub(super) fn step(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<Step, Corrupt> {
        if self.is_complete {
            return Ok(Step { n_consumed: input.len(), has_more: false });
        }
        let begin = output.len();
        output.resize(begin + STEP_BYTES, 0);
        let (mut n_left, mut n_consumed) = (input.len(), 0);
        let (mut space_left, mut n_given) = (STEP_BYTES, 0);
        let result = BrotliDecompressStream(
            &mut n_left,
            &mut n_consumed,
            input,
            &mut space_left,
            &mut n_given,
            output.get_mut(begin..).unwrap_or_default(),
            &mut self.n_given,
            &mut self.state,
        );
        output.truncate(begin + n_given);
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
        Ok(Step { n_consumed, has_more })
    }
}

impl fmt::Debug for Brotli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brotli").field("is_complete", &self.is_complete).finish_non_exhaustive()
    }
}
