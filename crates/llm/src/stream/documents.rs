//! JSON documents: NDJSON, an array that grows, or one document over many lines. Splits bytes into
//! complete objects.
//!
//! Objects are found by their braces; whether they are JSON is not looked at.

use super::{MAX_EVENT_BYTES, Raw, UnreadableBody};

/// The object that is not over.
#[derive(Debug, Default)]
pub(super) struct Documents {
    object: Vec<u8>,
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl Documents {
    /// Takes the next bytes and hands on each object that they end.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        sink: &mut dyn FnMut(Raw<'_>),
    ) -> Result<(), UnreadableBody> {
        for &byte in bytes {
            if self.depth == 0 && byte != b'{' {
                // Separators between objects in an array or between lines.
                if !(byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',')) {
                    return Err(UnreadableBody::Junk);
                }
                continue;
            }
            if self.object.len() == MAX_EVENT_BYTES {
                return Err(UnreadableBody::TooLong);
            }
            self.object.push(byte);
            self.step(byte);
            if self.depth == 0 {
                sink(Raw { name: "", data: &self.object, is_error: false, is_last: false });
                self.object.clear();
            }
        }
        Ok(())
    }

    /// Returns whether no object is open.
    pub(super) fn is_between(&self) -> bool {
        self.depth == 0
    }

    fn step(&mut self, byte: u8) {
        if std::mem::take(&mut self.is_escaped) {
            return;
        }
        match byte {
            b'\\' if self.is_in_string => self.is_escaped = true,
            b'"' => self.is_in_string = !self.is_in_string,
            b'{' if !self.is_in_string => self.depth += 1,
            b'}' if !self.is_in_string => self.depth -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(bytes: &[u8], size: usize) -> (Vec<String>, Result<(), UnreadableBody>) {
        let mut documents = Documents::default();
        let mut objects = Vec::new();
        let mut sink = |raw: Raw<'_>| objects.push(String::from_utf8_lossy(raw.data).into_owned());
        let result = bytes.chunks(size).try_for_each(|piece| documents.feed(piece, &mut sink));
        (objects, result)
    }

    #[test]
    fn lines_arrays_and_documents_over_many_lines_are_the_same_objects() {
        let (a, b) = (r#"{"a":{"b":"}\"{\\"}}"#, "{\n  \"c\": [1, {}]\n}");
        for text in [
            format!("{a}\n{b}\n"),
            format!("{a}\r\n{b}"),
            format!("[{a}\n,\r\n{b}\n]\n"),
            format!(" {a}{b}"),
        ] {
            for size in 1..text.len() {
                assert_eq!(objects(text.as_bytes(), size), (vec![a.into(), b.into()], Ok(())));
            }
        }
    }

    #[test]
    fn an_incomplete_object_is_not_passed_on() {
        assert_eq!(objects(br#"{"a":"}"#, 3), (vec![], Ok(())));
    }

    #[test]
    fn data_between_objects_is_junk() {
        assert_eq!(
            objects(b"{}\nInternal error", 4),
            (vec!["{}".into()], Err(UnreadableBody::Junk))
        );
        assert_eq!(objects(b"12", 1).1, Err(UnreadableBody::Junk));
        assert_eq!(objects(b"}", 1).1, Err(UnreadableBody::Junk));
    }

    #[test]
    fn an_endless_object_is_refused_without_buffering() {
        let mut documents = Documents::default();
        documents.feed(b"{\"a\":\"", &mut |_| {}).unwrap();
        let long = vec![b'x'; MAX_EVENT_BYTES];
        assert_eq!(documents.feed(&long, &mut |_| {}), Err(UnreadableBody::TooLong));
    }
}
