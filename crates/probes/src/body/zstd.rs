//! `zstd`. A block is decoded once it has come whole.

use std::fmt;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Corrupt, DecodeStep};

/// The largest window, in bytes, that HTTP allows (RFC 9659).
const MAX_WINDOW_BYTES: u64 = 8 * 1024 * 1024;
/// The largest block of the format, in bytes.
const MAX_BLOCK_BYTES: usize = 128 * 1024;
const MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;

/// A decoder of `zstd`: one frame or several.
pub(super) struct Zstd {
    decoder: Box<FrameDecoder>,
    state: DecoderState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DecoderState {
    /// Before the first frame.
    Start,
    Blocks {
        checksum_bytes: usize,
    },
    /// Within a frame without content, of which this many bytes are left.
    Skip {
        n_left: usize,
    },
    /// After the last block of a frame, while its content is handed on.
    Drain,
    /// After a frame, if another one may follow.
    Between,
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW_BYTES);
        Self { decoder: Box::new(decoder), state: DecoderState::Start }
    }

    /// Returns true if the input may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.state == DecoderState::Between
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<DecodeStep, Corrupt> {
        match self.state {
            DecoderState::Start | DecoderState::Between => self.begin_frame(input),
            DecoderState::Skip { n_left } => {
                let n_consumed = n_left.min(input.len());
                self.state = match n_left - n_consumed {
                    0 => DecoderState::Between,
                    n_left => DecoderState::Skip { n_left },
                };
                Ok(DecodeStep { n_consumed, n_given: 0, has_more: n_consumed < input.len() })
            }
            DecoderState::Blocks { checksum_bytes } => {
                // Decoded content goes first, so that no more than a window and a block is held.
                match self.drain(output)? {
                    0 => self.block(input, checksum_bytes),
                    n_given => Ok(DecodeStep { n_given, ..DecodeStep::silent(0) }),
                }
            }
            DecoderState::Drain => {
                let n_given = self.drain(output)?;
                if n_given == 0 {
                    self.end_frame()?;
                }
                Ok(DecodeStep { n_given, ..DecodeStep::silent(0) })
            }
        }
    }

    fn begin_frame(&mut self, input: &[u8]) -> Result<DecodeStep, Corrupt> {
        let Some(magic) = input.first_chunk::<4>() else { return Ok(DecodeStep::STARVED) };
        let magic = u32::from_le_bytes(*magic);
        if magic & 0xffff_fff0 == SKIPPABLE_MAGIC {
            let Some(length) = input.get(4..).and_then(|rest| rest.first_chunk::<4>()) else {
                return Ok(DecodeStep::STARVED);
            };
            let n_left = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            self.state =
                if n_left == 0 { DecoderState::Between } else { DecoderState::Skip { n_left } };
            return Ok(DecodeStep::silent(8));
        }
        if magic != MAGIC {
            return Err(Corrupt("it does not begin as zstd does".to_owned()));
        }
        let Some(descriptor) = input.get(4) else { return Ok(DecodeStep::STARVED) };
        let n_consumed = header_bytes(*descriptor);
        let Some(header) = input.get(..n_consumed) else { return Ok(DecodeStep::STARVED) };
        self.decoder.reset(header).map_err(|error| Corrupt(error.to_string()))?;
        self.state =
            DecoderState::Blocks { checksum_bytes: if descriptor & 4 == 0 { 0 } else { 4 } };
        Ok(DecodeStep::silent(n_consumed))
    }

    fn block(&mut self, input: &[u8], checksum_bytes: usize) -> Result<DecodeStep, Corrupt> {
        let Some([a, b, c]) = input.first_chunk::<3>() else { return Ok(DecodeStep::STARVED) };
        let head = u32::from_le_bytes([*a, *b, *c, 0]);
        let is_last = head & 1 == 1;
        let is_repeated_byte = (head >> 1) & 3 == 1;
        let size = usize::try_from(head >> 3).unwrap_or(usize::MAX);
        if size > MAX_BLOCK_BYTES {
            return Err(Corrupt(format!(
                "a block of {size} bytes is larger than the format allows"
            )));
        }
        let checksum_bytes = if is_last { checksum_bytes } else { 0 };
        let n_consumed = 3 + if is_repeated_byte { 1 } else { size } + checksum_bytes;
        let Some(block) = input.get(..n_consumed) else { return Ok(DecodeStep::STARVED) };
        let is_end = self
            .decoder
            .decode_blocks(block, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|error| Corrupt(error.to_string()))?;
        if is_end {
            self.state = DecoderState::Drain;
        }
        Ok(DecodeStep::silent(n_consumed))
    }

    fn end_frame(&mut self) -> Result<(), Corrupt> {
        let wanted = self.decoder.get_checksum_from_data();
        if wanted.is_some() && wanted != self.decoder.get_calculated_checksum() {
            return Err(Corrupt("its checksum is wrong".to_owned()));
        }
        self.state = DecoderState::Between;
        Ok(())
    }

    /// Moves decoded content to `output`. Returns how many bytes there were.
    fn drain(&mut self, output: &mut [u8]) -> Result<usize, Corrupt> {
        if self.decoder.can_collect() == 0 {
            return Ok(0);
        }
        std::io::Read::read(&mut *self.decoder, output).map_err(|error| Corrupt(error.to_string()))
    }
}

/// Returns the length of a frame's header with this descriptor, magic number included, in bytes.
fn header_bytes(descriptor: u8) -> usize {
    let is_single_segment = descriptor & 0x20 != 0;
    let dictionary = match descriptor & 3 {
        0 => 0,
        1 => 1,
        2 => 2,
        _ => 4,
    };
    let content_size = match descriptor >> 6 {
        0 => usize::from(is_single_segment),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    5 + usize::from(!is_single_segment) + dictionary + content_size
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").field("state", &self.state).finish_non_exhaustive()
    }
}
