//! The format of methods: numbers with the high byte first, texts after their length, and tables. Pure.

/// A method by the number of its class and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MethodId(pub(super) u16, pub(super) u16);

impl MethodId {
    pub(super) const START: Self = Self(10, 10);
    pub(super) const START_OK: Self = Self(10, 11);
    pub(super) const TUNE: Self = Self(10, 30);
    pub(super) const TUNE_OK: Self = Self(10, 31);
    pub(super) const OPEN: Self = Self(10, 40);
    pub(super) const OPEN_OK: Self = Self(10, 41);
    pub(super) const CLOSE: Self = Self(10, 50);
    pub(super) const CLOSE_OK: Self = Self(10, 51);
    pub(super) const BLOCKED: Self = Self(10, 60);
    pub(super) const CHANNEL_OPEN: Self = Self(20, 10);
    pub(super) const CHANNEL_OPEN_OK: Self = Self(20, 11);
    pub(super) const CHANNEL_CLOSE: Self = Self(20, 40);
    pub(super) const CHANNEL_CLOSE_OK: Self = Self(20, 41);
    pub(super) const QUEUE_DECLARE: Self = Self(50, 10);
    pub(super) const QUEUE_DECLARE_OK: Self = Self(50, 11);
    pub(super) const PUBLISH: Self = Self(60, 40);
    pub(super) const GET: Self = Self(60, 70);
    pub(super) const GET_OK: Self = Self(60, 71);
    pub(super) const GET_EMPTY: Self = Self(60, 72);
    pub(super) const ACK: Self = Self(60, 80);
    pub(super) const NACK: Self = Self(60, 120);
    pub(super) const CONFIRM_SELECT: Self = Self(85, 10);
    pub(super) const CONFIRM_SELECT_OK: Self = Self(85, 11);
}

/// The arguments of a method that is sent.
#[derive(Debug, Default)]
pub(super) struct SentArguments(Vec<u8>);

impl SentArguments {
    pub(super) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub(super) fn short(mut self, number: u16) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn long(mut self, number: u32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Adds a text of at most 255 bytes; what is beyond is left out.
    pub(super) fn short_text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let bytes = bytes.get(..usize::from(u8::MAX)).unwrap_or(bytes);
        self.0.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        self.0.extend(bytes);
        self
    }

    /// Adds a text or a table of any length.
    pub(super) fn long_text(self, bytes: &[u8]) -> Self {
        let mut longer = self.long(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        longer.0.extend(bytes);
        longer
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The rest of the arguments of a method that was received.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReceivedArguments<'a>(pub(super) &'a [u8]);

impl<'a> ReceivedArguments<'a> {
    pub(super) fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes a number of this many bytes, at most 8.
    pub(super) fn number(&mut self, n_bytes: usize) -> Option<u64> {
        let taken = self.take(n_bytes)?;
        Some(taken.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        u16::try_from(self.number(2)?).ok()
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        u32::try_from(self.number(4)?).ok()
    }

    pub(super) fn short_text(&mut self) -> Option<String> {
        let n_bytes = usize::try_from(self.number(1)?).ok()?;
        self.take(n_bytes).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Takes a text, a table or a list of any length.
    pub(super) fn long_text(&mut self) -> Option<&'a [u8]> {
        let n_bytes = usize::try_from(self.number(4)?).ok()?;
        self.take(n_bytes)
    }

    /// Returns the texts among the values of a table, by name. Tables within it are left out.
    pub(super) fn texts_of_table(table: &'a [u8]) -> Option<Vec<(String, String)>> {
        let mut rest = Self(table);
        let mut texts = Vec::new();
        while !rest.0.is_empty() {
            let name = rest.short_text()?;
            let n_bytes = match rest.take(1)? {
                b"S" => {
                    let text = String::from_utf8_lossy(rest.long_text()?).into_owned();
                    texts.push((name, text));
                    continue;
                }
                b"x" | b"A" | b"F" => usize::try_from(rest.number(4)?).ok()?,
                b"V" => 0,
                b"t" | b"b" | b"B" => 1,
                b"s" | b"u" | b"U" => 2,
                b"I" | b"i" | b"f" => 4,
                b"D" => 5,
                b"l" | b"L" | b"d" | b"T" => 8,
                _ => return None,
            };
            rest.take(n_bytes)?;
        }
        Some(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_they_are_written() {
        let written = SentArguments::default().byte(1).short(2).long(3).short_text("mails");
        let bytes = written.long_text(b"text").into_bytes();
        let mut read = ReceivedArguments(&bytes);
        assert_eq!((read.number(1), read.short(), read.long()), (Some(1), Some(2), Some(3)));
        assert_eq!(read.short_text().as_deref(), Some("mails"));
        assert_eq!(read.long_text(), Some(&b"text"[..]));
        assert_eq!(read.short_text(), None);
    }

    #[test]
    fn a_text_beyond_its_limit_is_cut() {
        let bytes = SentArguments::default().short_text(&"x".repeat(300)).into_bytes();
        assert_eq!(bytes.len(), 256);
    }

    #[test]
    fn the_texts_of_a_table_are_found_among_other_values() {
        let table = b"\x01at\x01\x07productS\0\0\0\x06Rabbit\x01bF\0\0\0\x03\x01xV\x01cI\0\0\0\x01";
        let texts = ReceivedArguments::texts_of_table(table);
        assert_eq!(texts, Some(vec![("product".to_owned(), "Rabbit".to_owned())]));
        assert_eq!(ReceivedArguments::texts_of_table(b"\x01a?"), None);
        assert_eq!(ReceivedArguments::texts_of_table(b"\x01aS\0\0\0\x09x"), None);
    }
}
