//! A record as a sequence of sections, each deflated if that is shorter, and a reader of plain
//! bytes from an untrusted source.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::{DecodeError, Decoded, MAX_SECTION_BYTES};

/// Appends a section: twice its length, plus 1 if it is deflated, then its bytes.
pub(super) fn push(out: &mut Vec<u8>, plain: &[u8]) {
    let deflated = deflate(plain).filter(|deflated| deflated.len() < plain.len());
    let (bytes, flag) = deflated.as_deref().map_or((plain, 0), |deflated| (deflated, 1));
    push_varint(out, (bytes.len() as u64) << 1 | flag);
    out.extend_from_slice(bytes);
}

fn deflate(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

/// Appends the length of a text and the text.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn low_byte(value: u64) -> u8 {
    (value & 0x7f) as u8
}

/// Reads the sections of a record.
pub(super) struct Sections<'a>(Bytes<'a>);

impl<'a> Sections<'a> {
    /// Checks that the record has the format `expected` and returns the sections.
    pub(super) fn open(bytes: &'a [u8], expected: u8) -> Decoded<Self> {
        match bytes.split_first() {
            None => Err(DecodeError::Empty),
            Some((format, content)) if *format == expected => Ok(Self(Bytes(content))),
            Some((format, _)) => Err(DecodeError::Format { found: *format, expected }),
        }
    }

    /// Returns the next section.
    pub(super) fn next(&mut self) -> Decoded<Vec<u8>> {
        let head = self.0.varint()?;
        let bytes = self.0.take(head >> 1)?;
        if head & 1 == 0 {
            return Ok(bytes.to_vec());
        }
        let mut plain = Vec::new();
        let mut decoder = DeflateDecoder::new(bytes).take(MAX_SECTION_BYTES);
        decoder.read_to_end(&mut plain).map_err(DecodeError::content)?;
        if plain.len() as u64 == MAX_SECTION_BYTES {
            return Err(DecodeError::content("section too long"));
        }
        Ok(plain)
    }

    /// Returns all bytes after the sections.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0.0
    }

    /// Checks that no data is left.
    pub(super) fn end(self) -> Decoded<()> {
        self.0.end()
    }
}

/// A byte string that is read from its beginning.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn byte(&mut self) -> Decoded<u8> {
        let (first, rest) = self.0.split_first().ok_or_else(too_short)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn take(&mut self, n_bytes: u64) -> Decoded<&'a [u8]> {
        let n_bytes = usize::try_from(n_bytes).map_err(|_| too_short())?;
        let (taken, rest) = self.0.split_at_checked(n_bytes).ok_or_else(too_short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn varint(&mut self) -> Decoded<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::content("a number is too long"))
    }

    pub(super) fn text(&mut self) -> Decoded<String> {
        let n_bytes = self.varint()?;
        String::from_utf8(self.take(n_bytes)?.to_vec()).map_err(DecodeError::content)
    }

    pub(super) fn end(self) -> Decoded<()> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::content("trailing bytes")) }
    }
}

pub(super) fn too_short() -> DecodeError {
    DecodeError::content("unexpected end")
}
