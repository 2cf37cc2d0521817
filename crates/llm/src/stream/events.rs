//! Server-sent events that are no completion, for other users of the parser.

use std::error::Error;
use std::fmt;

use super::UnreadableBody;
use super::sse::Sse;

/// Reads a stream of server-sent events, in pieces of any size.
#[derive(Debug, Default)]
pub struct EventReader(Sse);

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its name; empty for none.
    pub name: String,
    /// Its data: the lines of it, joined by line feeds.
    pub data: Vec<u8>,
}

/// An event of more than 1 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTooLong;

impl fmt::Display for EventTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the stream is longer than 1 MiB")
    }
}

impl Error for EventTooLong {}

impl EventReader {
    /// Takes the next bytes, and returns the events that they end.
    ///
    /// # Errors
    ///
    /// Fails if an event is too long to be kept.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<ServerEvent>, EventTooLong> {
        let mut events = Vec::new();
        let fed = self.0.feed(bytes, &mut |raw| {
            events.push(ServerEvent { name: raw.name.to_owned(), data: raw.data.to_vec() });
        });
        match fed {
            Ok(()) => Ok(events),
            Err(UnreadableBody::TooLong | UnreadableBody::Junk) => Err(EventTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_as_they_end() {
        let mut reader = EventReader::default();
        assert_eq!(reader.feed(b"event: endpoint\ndata: /mess"), Ok(Vec::new()));
        let events = reader.feed(b"ages\n\ndata: 1\n\n: ping\n\n").unwrap();
        let named =
            |name: &str, data: &[u8]| ServerEvent { name: name.to_owned(), data: data.to_vec() };
        assert_eq!(events, [named("endpoint", b"/messages"), named("", b"1")]);
        assert_eq!(reader.feed(&vec![b'x'; 2 << 20]), Err(EventTooLong));
    }
}
