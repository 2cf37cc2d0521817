//! The binary event streams of AWS: from bytes in pieces of any size to messages.

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;

use super::{MAX_EVENT_BYTES, Raw, UnreadableBody};

/// Number of bytes that hold the length of a message.
const LENGTH_BYTES: usize = 4;
/// The length of a message without headers and payload.
const LEAST_BYTES: usize = 16;

/// The received part of an incomplete message.
#[derive(Debug, Default)]
pub(super) struct Frames {
    buffer: Vec<u8>,
}

impl Frames {
    /// Takes the next bytes and hands on each message that they end.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        sink: &mut dyn FnMut(Raw<'_>),
    ) -> Result<(), UnreadableBody> {
        while !bytes.is_empty() {
            let wanted = self.length()?.unwrap_or(LENGTH_BYTES).saturating_sub(self.buffer.len());
            let (taken, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.buffer.extend_from_slice(taken);
            bytes = rest;
            if self.length()? == Some(self.buffer.len()) {
                let message = read_message_from(self.buffer.as_slice());
                self.buffer.clear();
                emit(&message.map_err(|_| UnreadableBody::Junk)?, sink);
            }
        }
        Ok(())
    }

    /// Returns the length of the message at hand, if it is known.
    fn length(&self) -> Result<Option<usize>, UnreadableBody> {
        let Some(bytes) = self.buffer.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        match usize::try_from(u32::from_be_bytes(*bytes)) {
            Ok(length) if length < LEAST_BYTES => Err(UnreadableBody::Junk),
            Ok(length) if length <= MAX_EVENT_BYTES => Ok(Some(length)),
            _ => Err(UnreadableBody::TooLong),
        }
    }
}

/// Hands on a message: an event, or an exception, of which only the name is in the headers, or an
/// error, which is all in the headers.
fn emit(message: &Message, sink: &mut dyn FnMut(Raw<'_>)) {
    let header = |name: &str| {
        let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
        Some(header.value().as_string().ok()?.as_str())
    };
    let payload = message.payload().as_ref();
    let (name, data, is_error) = match header(":message-type") {
        Some("exception") => (header(":exception-type"), payload, true),
        Some("error") => {
            (header(":error-code"), header(":error-message").map_or(payload, str::as_bytes), true)
        }
        _ => (header(":event-type"), payload, false),
    };
    sink(Raw { name: name.unwrap_or_default(), data, is_error, is_last: false });
}

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_types::event_stream::{Header, HeaderValue};

    use super::*;

    fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
        let mut message = Message::new(payload.as_bytes().to_vec());
        for (name, value) in headers {
            let value = HeaderValue::String((*value).to_owned().into());
            message = message.add_header(Header::new((*name).to_owned(), value));
        }
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
    }

    type SeenFrames = (String, String, bool);

    fn seen(bytes: &[u8], size: usize) -> (Vec<SeenFrames>, Result<(), UnreadableBody>) {
        let mut frames = Frames::default();
        let mut seen = Vec::new();
        let mut sink = |raw: Raw<'_>| {
            let data = String::from_utf8_lossy(raw.data).into_owned();
            seen.push((raw.name.to_owned(), data, raw.is_error));
        };
        let result = bytes.chunks(size).try_for_each(|piece| frames.feed(piece, &mut sink));
        (seen, result)
    }

    #[test]
    fn messages_come_out_of_pieces_of_any_size() {
        let bytes = [
            message(&[(":message-type", "event"), (":event-type", "messageStart")], "{}"),
            message(&[(":message-type", "exception"), (":exception-type", "x")], "{\"message\":1}"),
            message(
                &[(":message-type", "error"), (":error-code", "y"), (":error-message", "no")],
                "",
            ),
        ]
        .concat();
        let expected = vec![
            ("messageStart".to_owned(), "{}".to_owned(), false),
            ("x".to_owned(), "{\"message\":1}".to_owned(), true),
            ("y".to_owned(), "no".to_owned(), true),
        ];
        for size in 1..=bytes.len() {
            assert_eq!(seen(&bytes, size), (expected.clone(), Ok(())), "pieces of {size}");
        }
    }

    #[test]
    fn a_message_with_a_wrong_checksum_is_junk() {
        let mut bytes = message(&[(":event-type", "a")], "{}");
        let last = bytes.len() - 6;
        bytes[last] ^= 1;
        assert_eq!(seen(&bytes, 5), (vec![], Err(UnreadableBody::Junk)));
    }

    #[test]
    fn an_excessive_length_is_refused_before_buffering() {
        assert_eq!(seen(&[0x7f, 0xff, 0xff, 0xff, 0], 5).1, Err(UnreadableBody::TooLong));
        assert_eq!(seen(&[0, 0, 0, 15, 0], 1).1, Err(UnreadableBody::Junk));
    }
}
