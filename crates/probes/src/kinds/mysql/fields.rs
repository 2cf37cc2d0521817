//! The fields of messages: little-endian numbers, texts that end with a zero, and texts with their length.

/// The rest of a message that is read from its beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowValue<'a> {
    Null,
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// Takes this many bytes.
    pub(super) fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes a byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes a number of this many bytes, at most 8.
    pub(super) fn number(&mut self, n_bytes: usize) -> Option<u64> {
        let taken = self.take(n_bytes)?;
        Some(taken.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Takes a text that ends with a zero byte or with the message.
    pub(super) fn terminated(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let (text, rest) = self.0.split_at_checked(end).unwrap_or((self.0, &[]));
        self.0 = rest.get(1..).unwrap_or_default();
        text
    }

    /// Takes a number whose first byte tells its length.
    pub(super) fn length(&mut self) -> Option<u64> {
        match self.byte()? {
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            0xfb | 0xff => None,
            small => Some(u64::from(small)),
        }
    }

    /// Takes a value of a row: `NULL`, or bytes after their length.
    pub(super) fn value(&mut self) -> Option<RowValue<'a>> {
        if self.0.first() == Some(&0xfb) {
            self.byte()?;
            return Some(RowValue::Null);
        }
        self.text().map(RowValue::Bytes)
    }

    /// Takes bytes after their length.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let n_bytes = usize::try_from(self.length()?).ok()?;
        self.take(n_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_their_order() {
        let mut fields = Fields(b"\x01\x02\x00name\0\xfc\x03\x00abc\xfb\x01x");
        assert_eq!(fields.number(3), Some(0x0201));
        assert_eq!(fields.terminated(), b"name");
        assert_eq!(fields.value(), Some(RowValue::Bytes(b"abc")));
        assert_eq!(fields.value(), Some(RowValue::Null));
        assert_eq!(fields.text(), Some(&b"x"[..]));
        assert_eq!(fields.value(), None);
    }

    #[test]
    fn a_length_beyond_the_message_is_refused() {
        assert_eq!(Fields(b"\x05abc").text(), None);
        assert_eq!(Fields(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xffabc").text(), None);
        assert_eq!(Fields(b"\xff").length(), None);
    }
}
