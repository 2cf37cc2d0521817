//! A connection to a service, plain or encrypted. It reads a limited number of bytes, so that no
//! driver on it can be made to fill the memory.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::WireWatch;

/// A connection to a service.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: WireStream,
    watch: WireWatch,
}

#[derive(Debug)]
enum WireStream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// A connection that is not encrypted.
    pub(crate) fn plain(stream: TcpStream, watch: WireWatch) -> Self {
        Self { stream: WireStream::Plain(stream), watch }
    }

    /// A connection whose handshake is over.
    pub(crate) fn encrypted(stream: TlsStream<TcpStream>, watch: WireWatch) -> Self {
        Self { stream: WireStream::Encrypted(Box::new(stream)), watch }
    }

    /// Returns the record of the events of the connection, which stays readable after a driver has taken
    /// the connection.
    pub(crate) fn watch(&self) -> WireWatch {
        self.watch.clone()
    }

    /// Returns the address of this machine on the connection, if the system tells it.
    pub(super) fn local_address(&self) -> Option<SocketAddr> {
        let stream = match &self.stream {
            WireStream::Plain(stream) => stream,
            WireStream::Encrypted(stream) => stream.get_ref().0,
        };
        stream.local_addr().ok()
    }

    /// Returns the connection below, for a protocol that begins TLS by a message of its own; the
    /// connection itself if it is encrypted.
    pub(crate) fn into_plain(self) -> Result<TcpStream, Self> {
        match self.stream {
            WireStream::Plain(stream) => Ok(stream),
            encrypted @ WireStream::Encrypted(_) => Err(Self { stream: encrypted, ..self }),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Err(error) = self.watch.permits_more() {
            return Poll::Ready(Err(error));
        }
        let n_before = buffer.filled().len();
        let polled = match &mut self.stream {
            WireStream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            WireStream::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if let Poll::Ready(result) = &polled {
            self.watch.note_read(result.as_ref().map(|()| buffer.filled().len() - n_before));
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = match &mut self.stream {
            WireStream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            WireStream::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        if let Poll::Ready(Err(error)) = &polled {
            self.watch.note_broken(error);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            WireStream::Plain(stream) => Pin::new(stream).poll_flush(context),
            WireStream::Encrypted(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            WireStream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            WireStream::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
