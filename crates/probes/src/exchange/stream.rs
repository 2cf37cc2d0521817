//! A connection with or without TLS, of which no more is read than allowed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// The kind of the error that reading more than allowed gives. No socket gives it.
pub(super) const OVERDRAWN: io::ErrorKind = io::ErrorKind::QuotaExceeded;

/// The bytes that may still be read from a connection. It bounds the data that no limit of HTTP
/// covers: interim answers, frames without content, chunks of one byte.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    pub(super) fn new(n_bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(n_bytes)))
    }

    /// Replaces the remaining budget.
    pub(super) fn set(&self, n_bytes: u64) {
        self.0.store(n_bytes, Ordering::Relaxed);
    }

    /// Subtracts `n_bytes` from the remaining budget. Only the task that polls the connection does.
    fn spend(&self, n_bytes: usize) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        let n_bytes = u64::try_from(n_bytes).unwrap_or(u64::MAX);
        match left.checked_sub(n_bytes) {
            Some(left) => {
                self.set(left);
                Ok(())
            }
            None => Err(OVERDRAWN.into()),
        }
    }
}

/// A connection that is read within an allowance.
#[derive(Debug)]
pub(super) struct Stream {
    transport: Transport,
    allowance: Allowance,
}

/// The bare connection.
#[derive(Debug)]
pub(super) enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn new(transport: Transport, allowance: Allowance) -> Self {
        Self { transport, allowance }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = match &mut this.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Transport::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        if let Poll::Ready(Ok(())) = read {
            return Poll::Ready(this.allowance.spend(buffer.filled().len().saturating_sub(before)));
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
