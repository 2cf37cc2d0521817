//! `gzip` and `deflate`.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::{Corrupt, DecodeStep};

/// The longest header of a gzip member that is accepted, in bytes.
const MAX_HEADER_BYTES: usize = 4 * 1024;
/// Checksum and length.
const TRAILER_BYTES: usize = 8;
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A decoder of `gzip`: one member or several.
#[derive(Debug)]
pub(super) struct Gzip {
    state: GzipState,
    inflate: Decompress,
    checksum: Crc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GzipState {
    /// Before the first member.
    Start,
    Body,
    Trailer,
    /// After a member, if another one may follow.
    Between,
    /// Within the padding after the last member.
    End,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { state: GzipState::Start, inflate: Decompress::new(false), checksum: Crc::new() }
    }

    /// Returns true if the input may end here.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, GzipState::Between | GzipState::End)
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<DecodeStep, Corrupt> {
        match self.state {
            GzipState::Start => self.begin_member(input),
            GzipState::Between if input.is_empty() => Ok(DecodeStep::STARVED),
            GzipState::Between if input.first() == MAGIC.first() => self.begin_member(input),
            // Padding after the last member is common and harmless.
            GzipState::Between | GzipState::End => {
                self.state = GzipState::End;
                Ok(DecodeStep::over_padding(input.len()))
            }
            GzipState::Body => {
                let (step, is_end) = inflate(&mut self.inflate, input, output)?;
                self.checksum.update(output.get(..step.n_given).unwrap_or_default());
                if is_end {
                    self.state = GzipState::Trailer;
                }
                Ok(step)
            }
            GzipState::Trailer => self.end_member(input),
        }
    }

    fn begin_member(&mut self, input: &[u8]) -> Result<DecodeStep, Corrupt> {
        let Some(n_consumed) = header_length(input)? else {
            if input.len() > MAX_HEADER_BYTES {
                return Err(Corrupt("its header has no end".to_owned()));
            }
            return Ok(DecodeStep::STARVED);
        };
        self.inflate.reset(false);
        self.checksum = Crc::new();
        self.state = GzipState::Body;
        Ok(DecodeStep::silent(n_consumed))
    }

    fn end_member(&mut self, input: &[u8]) -> Result<DecodeStep, Corrupt> {
        let Some(trailer) = input.first_chunk::<TRAILER_BYTES>() else {
            return Ok(DecodeStep::STARVED);
        };
        let trailer = u64::from_le_bytes(*trailer);
        let (checksum, length) = (trailer & u64::from(u32::MAX), trailer >> 32);
        if checksum != u64::from(self.checksum.sum()) {
            return Err(Corrupt("its checksum is wrong".to_owned()));
        }
        if length != u64::from(self.checksum.amount()) {
            return Err(Corrupt("its length is wrong".to_owned()));
        }
        self.state = GzipState::Between;
        Ok(DecodeStep::silent(TRAILER_BYTES))
    }
}

/// Returns the length of the header that `input` begins with; `None` if more has to come.
fn header_length(input: &[u8]) -> Result<Option<usize>, Corrupt> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const HEADER_CHECKSUM: u8 = 2;
    let begins_well =
        input.iter().zip(MAGIC.iter().chain(&[8])).all(|(byte, wanted)| byte == wanted);
    if !begins_well {
        return Err(Corrupt("it does not begin as gzip does".to_owned()));
    }
    let Some(&[_, _, _, flags, ..]) = input.first_chunk::<10>() else { return Ok(None) };
    let mut at = 10;
    if flags & EXTRA != 0 {
        let Some(length) = input.get(at..).and_then(|rest| rest.first_chunk::<2>()) else {
            return Ok(None);
        };
        at += 2 + usize::from(u16::from_le_bytes(*length));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let rest = input.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == 0) else { return Ok(None) };
            at += end + 1;
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        at += 2;
    }
    Ok((input.len() >= at).then_some(at))
}

/// A decoder of `deflate`: zlib as the standard wants it, or raw as some servers send it.
#[derive(Debug)]
pub(super) struct Deflate {
    inflate: Option<Decompress>,
    is_complete: bool,
}

impl Deflate {
    pub(super) fn new() -> Self {
        Self { inflate: None, is_complete: false }
    }

    /// Returns true if the input may end here.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<DecodeStep, Corrupt> {
        if self.is_complete {
            return Ok(DecodeStep::over_padding(input.len()));
        }
        let stream = if let Some(stream) = &mut self.inflate {
            stream
        } else {
            let Some(beginning) = input.first_chunk::<2>() else { return Ok(DecodeStep::STARVED) };
            self.inflate.insert(Decompress::new(is_zlib(*beginning)))
        };
        let (step, is_end) = inflate(stream, input, output)?;
        self.is_complete = is_end;
        Ok(step)
    }
}

/// Returns true if a stream that begins so has the header of zlib.
fn is_zlib(beginning: [u8; 2]) -> bool {
    beginning[0] & 0x0f == 8 && u16::from_be_bytes(beginning).is_multiple_of(31)
}

/// Inflates up to a step. Returns true beside the step if the stream has ended.
fn inflate(
    stream: &mut Decompress,
    input: &[u8],
    output: &mut [u8],
) -> Result<(DecodeStep, bool), Corrupt> {
    let (in_before, out_before) = (stream.total_in(), stream.total_out());
    let status = stream
        .decompress(input, output, FlushDecompress::None)
        .map_err(|error| Corrupt(error.to_string()))?;
    let n_consumed = usize::try_from(stream.total_in() - in_before).unwrap_or(usize::MAX);
    let n_given = usize::try_from(stream.total_out() - out_before).unwrap_or(usize::MAX);
    let is_end = status == Status::StreamEnd;
    // A stream that neither takes nor gives waits for input.
    let is_stuck = n_consumed == 0 && n_given == 0;
    let is_full = n_given == output.len() || n_consumed < input.len();
    let has_more = is_end || (is_full && !is_stuck);
    Ok((DecodeStep { n_consumed, n_given, has_more }, is_end))
}
