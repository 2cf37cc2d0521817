//! The format of requests and answers: numbers with the high byte first, texts and lists after their length. Pure.

/// The content of a request.
#[derive(Debug, Default)]
pub(super) struct RequestFields(Vec<u8>);

impl RequestFields {
    pub(super) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub(super) fn short(mut self, number: i16) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn long(mut self, number: i32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(super) fn wide(mut self, number: i64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Adds the length of a list.
    pub(super) fn count(self, n_elements: usize) -> Self {
        self.long(i32::try_from(n_elements).unwrap_or(i32::MAX))
    }

    /// Adds a text. The parameters limit its length.
    pub(super) fn text(mut self, text: &str) -> Self {
        self = self.short(i16::try_from(text.len()).unwrap_or(i16::MAX));
        self.0.extend(text.as_bytes());
        self
    }

    /// Adds bytes.
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self = self.count(bytes.len());
        self.0.extend(bytes);
        self
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The rest of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerFields<'a>(pub(super) &'a [u8]);

impl<'a> AnswerFields<'a> {
    fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Option<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn wide(&mut self) -> Option<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// Takes a text; an absent one is empty.
    pub(super) fn text(&mut self) -> Option<String> {
        let n_bytes = usize::try_from(self.short()?).unwrap_or_default();
        self.take(n_bytes).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Takes bytes; absent ones are empty.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let n_bytes = usize::try_from(self.long()?).unwrap_or_default();
        self.take(n_bytes)
    }

    /// Takes a list; an absent one is empty. Memory grows with what is there, not with the length that the server claims.
    pub(super) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let n_elements = self.long()?.max(0);
        let mut all = Vec::new();
        for _ in 0..n_elements {
            // Each element has a byte at least.
            all.push(one(self)?);
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_are_written() {
        let written = RequestFields::default().byte(1).short(-2).long(3).text("orders");
        let bytes = written.bytes(b"x").count(2).short(7).short(8).into_bytes();
        let mut read = AnswerFields(&bytes);
        assert_eq!((read.byte(), read.short(), read.long()), (Some(1), Some(-2), Some(3)));
        assert_eq!(read.text().as_deref(), Some("orders"));
        assert_eq!(read.bytes(), Some(&b"x"[..]));
        assert_eq!(read.list(AnswerFields::short), Some(vec![7, 8]));
        assert_eq!(read.byte(), None);
    }

    #[test]
    fn a_length_that_is_not_there_is_an_error_and_takes_no_memory() {
        let claimed = i32::MAX.to_be_bytes();
        assert_eq!(AnswerFields(&claimed).list(AnswerFields::short), None);
        assert_eq!(AnswerFields(&claimed).bytes(), None);
        assert_eq!(AnswerFields(&[0xff; 4]).bytes(), Some(&b""[..]));
        assert_eq!(AnswerFields(&[0xff; 2]).text().as_deref(), Some(""));
    }
}
