//! A connection on which a service speaks in lines.

use std::net::SocketAddr;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Wire, WireWatch};
use crate::excerpt::excerpt_of_bytes;

/// The most bytes of a line.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// A connection that is read by lines.
#[derive(Debug)]
pub(crate) struct TextWire {
    wire: Wire,
    watch: WireWatch,
    /// The bytes that came after the last line.
    unread: Vec<u8>,
}

impl TextWire {
    /// Reads from a connection of which nothing has been read yet.
    pub(crate) fn new(wire: Wire) -> Self {
        Self { watch: wire.watch(), wire, unread: Vec::new() }
    }

    /// Returns the address of this machine on the connection, if the system tells it.
    pub(crate) fn local_address(&self) -> Option<SocketAddr> {
        self.wire.local_address()
    }

    /// Returns the next line without its end. `doing` completes "the connection broke while …".
    pub(crate) async fn line(&mut self, doing: &str) -> Result<String, Cause> {
        let mut n_searched = 0;
        loop {
            let fresh = self.unread.get(n_searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(n_searched + at + 1);
                let line = std::mem::replace(&mut self.unread, rest);
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                return Ok(String::from_utf8_lossy(line).into_owned());
            }
            n_searched = self.unread.len();
            if n_searched > MAX_LINE_BYTES {
                let begin = excerpt_of_bytes(&self.unread);
                let limit = MAX_LINE_BYTES / 1024;
                let what = format!("a line of more than {limit} KiB came while {doing}: `{begin}`");
                return Err(Cause::of(Reason::ResponseInvalid, what));
            }
            self.read_more(doing).await?;
        }
    }

    /// Returns the next `n_bytes` bytes. The caller limits their number.
    pub(crate) async fn exact(&mut self, n_bytes: usize, doing: &str) -> Result<Vec<u8>, Cause> {
        while self.unread.len() < n_bytes {
            self.read_more(doing).await?;
        }
        let rest = self.unread.split_off(n_bytes);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    /// Sends bytes.
    pub(crate) async fn send(&mut self, bytes: &[u8], doing: &str) -> Result<(), Cause> {
        let sent = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error| self.watch.cause_or(doing, &error))
    }

    /// Sends the last words of the protocol. The result of the check does not depend on them.
    pub(crate) async fn leave(mut self, words: &[u8]) {
        if self.send(words, "leaving").await.is_ok() {
            let _ = self.wire.shutdown().await;
        }
    }

    /// Returns the connection for TLS to begin. Bytes that came too early would be taken for encrypted
    /// ones, so that the connection is refused if there are some.
    pub(crate) fn into_wire(self) -> Result<Wire, Cause> {
        if self.unread.is_empty() {
            return Ok(self.wire);
        }
        let begin = excerpt_of_bytes(&self.unread);
        let what = format!("the server sent more than its answer before TLS: `{begin}`");
        Err(Cause::of(Reason::ResponseInvalid, what))
    }

    async fn read_more(&mut self, doing: &str) -> Result<(), Cause> {
        match self.wire.read_buf(&mut self.unread).await {
            Ok(0) => {
                let closed = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                Err(self.watch.cause_or(doing, &closed))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(self.watch.cause_or(doing, &error)),
        }
    }
}
