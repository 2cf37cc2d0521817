//! Server-sent events: from bytes in pieces of any size to events.
//!
//! It is as lenient as servers require: a last event needs no blank line, and a line of bare JSON
//! is taken for an event, as some proxies write their errors. It does not examine the data.

use super::{MAX_EVENT_BYTES, Raw, UnreadableBody};

/// The received part of a stream of events that has not been handed on.
#[derive(Debug, Default)]
pub(super) struct Sse {
    /// The line that is not over.
    line: Vec<u8>,
    /// True if the last byte was a carriage return, so that a line feed belongs to it.
    is_after_return: bool,
    /// The name of the event that is not over.
    name: String,
    /// Its data: its lines, joined by line feeds.
    data: Option<Vec<u8>>,
    /// True if any line was one of a stream of events.
    has_known: bool,
    /// True if any line was not.
    has_unknown: bool,
}

/// The position of an event in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EventPosition {
    /// An empty line ends it.
    Inside,
    /// The end of the body ends it.
    Last,
}

impl Sse {
    /// Takes the next bytes and hands on each event that they end.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        sink: &mut dyn FnMut(Raw<'_>),
    ) -> Result<(), UnreadableBody> {
        while let Some((&first, after_first)) = bytes.split_first() {
            if std::mem::take(&mut self.is_after_return) && first == b'\n' {
                bytes = after_first;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.line.extend_from_slice(line);
            if self.line.len() + self.data.as_ref().map_or(0, Vec::len) > MAX_EVENT_BYTES {
                return Err(UnreadableBody::TooLong);
            }
            let Some((&mark, rest)) = rest.split_first() else { break };
            self.is_after_return = mark == b'\r';
            bytes = rest;
            self.end_line(sink);
        }
        Ok(())
    }

    /// Hands on the event that the end of the body ends.
    pub(super) fn finish(&mut self, sink: &mut dyn FnMut(Raw<'_>)) {
        self.end_line(sink);
        self.dispatch(EventPosition::Last, sink);
    }

    /// Returns whether the received bytes are not a stream of events.
    pub(super) fn is_foreign(&self) -> bool {
        let is_beginning = || {
            ["data:", "event:", "id:", "retry:", "error: {"]
                .iter()
                .any(|field| field.as_bytes().starts_with(&self.line))
        };
        let is_known_line = || self.line.starts_with(b":") || field(&self.line).is_some();
        !self.has_known
            && (self.has_unknown || !(self.line.is_empty() || is_beginning() || is_known_line()))
    }

    fn end_line(&mut self, sink: &mut dyn FnMut(Raw<'_>)) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            self.dispatch(EventPosition::Inside, sink);
        } else if line.starts_with(b":") {
            self.has_known = true;
        } else if line.starts_with(b"{") {
            sink(Raw { name: "", data: &line, is_error: false, is_last: false });
        } else {
            self.take_field(&line);
        }
        // The room is used again.
        self.line = line;
        self.line.clear();
    }

    fn take_field(&mut self, line: &[u8]) {
        match field(line) {
            Some((b"data", value)) => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            },
            // llama.cpp names a field so.
            Some((b"error", value)) => {
                "error".clone_into(&mut self.name);
                self.data = Some(value.to_vec());
            }
            Some((b"event", value)) => self.name = String::from_utf8_lossy(value).into_owned(),
            Some(_) => {}
            None => {
                self.has_unknown |= !line.trim_ascii().is_empty();
                return;
            }
        }
        self.has_known = true;
    }

    fn dispatch(&mut self, position: EventPosition, sink: &mut dyn FnMut(Raw<'_>)) {
        let name = std::mem::take(&mut self.name);
        if let Some(data) = self.data.take() {
            let is_last = position == EventPosition::Last;
            sink(Raw { name: name.trim(), data: &data, is_error: false, is_last });
        }
    }
}

/// Returns the name and the value of a field; `None` if the line is no field of a stream of events.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b':');
    let (name, value) = line.split_at(at.unwrap_or(line.len()));
    let value = value.strip_prefix(b":").unwrap_or(value);
    let value = value.strip_prefix(b" ").unwrap_or(value);
    let is_field = match name {
        b"data" | b"event" | b"id" | b"retry" => true,
        b"error" => value.starts_with(b"{"),
        _ => false,
    };
    is_field.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut sse = Sse::default();
        let mut events = Vec::new();
        let mut sink = |raw: Raw<'_>| {
            events.push((raw.name.to_owned(), String::from_utf8_lossy(raw.data).into_owned()));
        };
        for piece in pieces {
            sse.feed(piece, &mut sink).unwrap();
        }
        sse.finish(&mut sink);
        events
    }

    fn named(events: &[(&str, &str)]) -> Vec<(String, String)> {
        events.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
    }

    #[test]
    fn every_line_ending_ends_a_line_and_two_end_an_event() {
        for ending in ["\n", "\r\n", "\r"] {
            let text = ["event: a", "data: 1", "", "data:2", "data: 3", "", ""].join(ending);
            let expected = named(&[("a", "1"), ("", "2\n3")]);
            assert_eq!(events(&[text.as_bytes()]), expected, "{ending:?}");
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(events(&bytes), expected, "{ending:?} byte by byte");
        }
    }

    #[test]
    fn comments_ids_and_names_without_data_are_no_events() {
        let text = b": OPENROUTER PROCESSING\n\nid: 7\nretry: 3\n\nevent: ping\n\ndata: x\n\n";
        assert_eq!(events(&[text]), named(&[("", "x")]));
    }

    #[test]
    fn the_last_event_needs_no_blank_line() {
        assert_eq!(events(&[b"data: [DONE]"]), named(&[("", "[DONE]")]));
        assert_eq!(events(&[b"data: a\ndata: b\n"]), named(&[("", "a\nb")]));
    }

    #[test]
    fn a_line_of_bare_json_is_an_event() {
        assert_eq!(
            events(&[b"data: 1\n\n{\"error\":1}\n"]),
            named(&[("", "1"), ("", "{\"error\":1}")])
        );
    }

    #[test]
    fn text_that_holds_no_field_is_foreign_and_the_start_of_one_is_not() {
        for (text, expected) in [
            ("", false),
            ("dat", false),
            ("data: {", false),
            (": keep-alive\n\n", false),
            (": keep", false),
            ("\n\nevent", false),
            ("Internal", true),
            ("Internal error\ndata: x\n", false),
            ("Bad gateway\n", true),
            ("date: 1\n", true),
            ("error: no model\n", true),
            ("error: {}\n", false),
        ] {
            let mut sse = Sse::default();
            sse.feed(text.as_bytes(), &mut |_| {}).unwrap();
            assert_eq!(sse.is_foreign(), expected, "{text:?}");
        }
    }

    #[test]
    fn an_endless_line_or_event_is_refused_without_buffering() {
        let long = vec![b'x'; MAX_EVENT_BYTES + 1];
        assert_eq!(Sse::default().feed(&long, &mut |_| {}), Err(UnreadableBody::TooLong));
        let line = [b"data: ".as_slice(), &[b'x'; 1000], b"\n"].concat();
        let mut sse = Sse::default();
        let n_taken = (0..2000).take_while(|_| sse.feed(&line, &mut |_| {}).is_ok()).count();
        assert!((900..1100).contains(&n_taken), "{n_taken}");
    }
}
