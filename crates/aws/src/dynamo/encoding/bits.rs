//! Numbers of any size, each in as many bits as it needs. The number of bits is one of the plain
//! bytes, which are deflated. The bits themselves do not compress and follow at the end.

use std::time::Duration;

use super::sections::{Bytes, push_text, push_varint, too_short};
use super::{DecodeError, Decoded};

/// Flag in the size byte of a number: the unit is nanoseconds, not microseconds.
const NANOSECONDS: u8 = 0x80;

/// Writes plain bytes and bits in parallel.
#[derive(Default)]
pub(super) struct BitWriter {
    pub(super) plain: Vec<u8>,
    pub(super) bits: Vec<u8>,
    /// The number of used bits of the last byte; 0 if all are used.
    n_taken: u32,
}

impl BitWriter {
    pub(super) fn byte(&mut self, byte: u8) {
        self.plain.push(byte);
    }

    pub(super) fn varint(&mut self, value: usize) {
        push_varint(&mut self.plain, value as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        push_text(&mut self.plain, text);
    }

    /// Writes a number below 2^127. `class` is added to its size byte.
    pub(super) fn number(&mut self, value: u128, class: u8) {
        let n_bits = u128::BITS - value.leading_zeros();
        self.byte(low_byte(u128::from(n_bits)) + class);
        // The highest bit is always set, so it is not written.
        self.push_bits(value, n_bits.saturating_sub(1));
    }

    /// Writes a duration exactly, in microseconds if it is a whole number of them.
    pub(super) fn duration(&mut self, duration: Duration) {
        self.nanoseconds(duration.as_nanos());
    }

    /// Writes a signed number of nanoseconds in the same way.
    pub(super) fn difference(&mut self, nanoseconds: i128) {
        let (count, class) = match (nanoseconds / 1_000, nanoseconds % 1_000) {
            (microseconds, 0) => (microseconds, 0),
            _ => (nanoseconds, NANOSECONDS),
        };
        self.number(zigzag(count), class);
    }

    fn nanoseconds(&mut self, nanoseconds: u128) {
        match (nanoseconds / 1_000, nanoseconds % 1_000) {
            (microseconds, 0) => self.number(microseconds, 0),
            _ => self.number(nanoseconds, NANOSECONDS),
        }
    }

    pub(super) fn push_bits(&mut self, value: u128, n_bits: u32) {
        for n in 0..n_bits {
            if self.n_taken == 0 {
                self.bits.push(0);
            }
            if let Some(last) = self.bits.last_mut() {
                *last |= low_byte(value >> n & 1) << self.n_taken;
            }
            self.n_taken = (self.n_taken + 1) % 8;
        }
    }
}

/// Reads the output of a [`BitWriter`].
pub(super) struct BitReader<'a> {
    pub(super) plain: Bytes<'a>,
    bits: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(plain: &'a [u8], bits: &'a [u8]) -> Self {
        Self { plain: Bytes(plain), bits, at: 0 }
    }

    pub(super) fn count(&mut self) -> Decoded<usize> {
        usize::try_from(self.plain.varint()?).map_err(DecodeError::content)
    }

    /// Reads a number of `n_bits` bits; `class` was already subtracted from its size byte.
    pub(super) fn number(&mut self, n_bits: u8) -> Decoded<u128> {
        match u32::from(n_bits).checked_sub(1) {
            None => Ok(0),
            Some(n_low) if n_low < 127 => Ok(self.take_bits(n_low)? | 1 << n_low),
            Some(_) => Err(DecodeError::content("a number is too large")),
        }
    }

    pub(super) fn duration(&mut self) -> Decoded<Duration> {
        let class = self.plain.byte()?;
        let count = self.number(class & !NANOSECONDS)?;
        let unit = if class & NANOSECONDS == 0 { 1_000 } else { 1 };
        duration(count.checked_mul(unit))
    }

    /// Reads a signed number of nanoseconds.
    pub(super) fn difference(&mut self) -> Decoded<i128> {
        let class = self.plain.byte()?;
        let count = unzigzag(self.number(class & !NANOSECONDS)?);
        let unit = if class & NANOSECONDS == 0 { 1_000 } else { 1 };
        count.checked_mul(unit).ok_or_else(|| DecodeError::content("a time is too long"))
    }

    pub(super) fn take_bits(&mut self, n_bits: u32) -> Decoded<u128> {
        let mut value = 0_u128;
        for n in 0..n_bits {
            let byte = *self.bits.get(self.at / 8).ok_or_else(too_short)?;
            value |= u128::from(byte >> (self.at % 8) & 1) << n;
            self.at += 1;
        }
        Ok(value)
    }

    /// Checks that no data is left.
    pub(super) fn end(self) -> Decoded<()> {
        if self.at.div_ceil(8) != self.bits.len() {
            return Err(DecodeError::content("trailing bits"));
        }
        self.plain.end()
    }
}

/// Converts nanoseconds to a duration; an error if the number is missing or too large.
pub(super) fn duration(nanoseconds: Option<u128>) -> Decoded<Duration> {
    let too_long = || DecodeError::content("a time is too long");
    let nanoseconds = nanoseconds.ok_or_else(too_long)?;
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).map_err(|_| too_long())?;
    let below = u32::try_from(nanoseconds % 1_000_000_000).map_err(|_| too_long())?;
    Ok(Duration::new(seconds, below))
}

/// Maps signed numbers to unsigned ones, so that a small magnitude gives a small number.
pub(super) fn zigzag(value: i128) -> u128 {
    ((value << 1) ^ (value >> 127)).cast_unsigned()
}

pub(super) fn unzigzag(value: u128) -> i128 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn low_byte(value: u128) -> u8 {
    (value & 0xff) as u8
}
