//! Requests and their answers on a connection.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::format::{AnswerFields, RequestFields};
use crate::service::Wire;

/// The most bytes of an answer.
const MAX_ANSWER_BYTES: u32 = 1024 * 1024;

/// The beginning of a message of TLS, which a broker with TLS answers to a request without.
const TLS_ALERT: [u8; 2] = [0x15, 0x03];

/// The name of the client in the log of the broker.
const CLIENT: &str = "allclear";

/// A request by its number and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestKey {
    number: i16,
    version: i16,
}

impl RequestKey {
    pub(super) const LIST_OFFSETS: Self = Self { number: 2, version: 1 };
    pub(super) const OFFSET_FETCH: Self = Self { number: 9, version: 2 };
    pub(super) const FIND_COORDINATOR: Self = Self { number: 10, version: 1 };
    /// The brokers, the controller and the partitions of topics.
    pub(super) const METADATA: Self = Self { number: 3, version: 4 };
    pub(super) const SASL_HANDSHAKE: Self = Self { number: 17, version: 1 };
    pub(super) const SASL_AUTHENTICATE: Self = Self { number: 36, version: 0 };
}

/// A connection on which one request follows the other.
#[derive(Debug)]
pub(super) struct KafkaFrames {
    wire: Wire,
    n_sent: i32,
}

impl KafkaFrames {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, n_sent: 0 }
    }

    /// Sends a request and returns the content of its answer. `doing` completes "the connection broke while …".
    pub(super) async fn ask(
        &mut self,
        key: RequestKey,
        content: RequestFields,
        doing: &str,
    ) -> Result<Vec<u8>, Cause> {
        self.n_sent += 1;
        let header = RequestFields::default().short(key.number).short(key.version);
        let header = header.long(self.n_sent).text(CLIENT).into_bytes();
        let request = [header, content.into_bytes()].concat();
        let framed = RequestFields::default().bytes(&request).into_bytes();
        let watch = self.wire.watch();
        let sent = async {
            self.wire.write_all(&framed).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| watch.cause_or(doing, &error))?;
        let answer = self.answer(doing).await?;
        let mut fields = AnswerFields(&answer);
        if fields.long() != Some(self.n_sent) {
            return Err(unexpected("it belongs to another request", doing));
        }
        Ok(fields.0.to_vec())
    }

    async fn answer(&mut self, doing: &str) -> Result<Vec<u8>, Cause> {
        let watch = self.wire.watch();
        let broken = |error: std::io::Error| watch.cause_or(doing, &error);
        let mut length = [0; 4];
        self.wire.read_exact(&mut length).await.map_err(broken)?;
        if length.starts_with(&TLS_ALERT) {
            let what = format!(
                "the broker answers with TLS while {doing}: set the table `tls` of the check"
            );
            return Err(Cause::of(Reason::TlsRequired, what));
        }
        let length = u32::from_be_bytes(length);
        if length > MAX_ANSWER_BYTES {
            let what = format!("it has {length} bytes, and {MAX_ANSWER_BYTES} are allowed");
            return Err(unexpected(&what, doing));
        }
        let mut content = Vec::new();
        let length = u64::from(length);
        (&mut self.wire).take(length).read_to_end(&mut content).await.map_err(broken)?;
        if (content.len() as u64) < length {
            return Err(watch.cause_or(doing, &"it is cut off"));
        }
        Ok(content)
    }
}

/// Returns the cause of an answer that the protocol does not allow here.
pub(super) fn unexpected(what: &str, doing: &str) -> Cause {
    Cause::of(Reason::ResponseInvalid, format!("the answer cannot be read while {doing}: {what}"))
}
