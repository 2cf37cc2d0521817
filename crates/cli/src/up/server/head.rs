//! A connection whose request heads are checked before the HTTP library reads them.
//!
//! The library answers a malformed head without a body, drops a `Content-Length` beside a
//! `Transfer-Encoding`, and closes a connection whose head is late without an answer. A head that is
//! refused here is replaced by a request of the method [`REFUSED`], which the service answers with the
//! refusal, so that the answer has its place among those to the requests before it.

mod framing;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use self::framing::{Framing, HeadParse, parse};

/// The method of the request that stands for a refused one.
pub(super) const REFUSED: &str = "ALLCLEAR-REFUSED";

const REFUSED_HEAD: &[u8] = b"ALLCLEAR-REFUSED / HTTP/1.1\r\nhost: refused\r\n\r\n";

/// The most bytes that are read at once.
const READ_BYTES: usize = 8 * 1024;

/// The most bytes of a refused request that are read to its end. A connection that is closed with
/// unread bytes is reset, and the client may lose the answer.
const MAX_LINGER_BYTES: usize = 256 * 1024;

/// The longest time for them.
const LINGER: Duration = Duration::from_secs(1);

/// The answer to a request that is refused for its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeadRefusal {
    pub(super) status: StatusCode,
    pub(super) text: &'static str,
}

impl HeadRefusal {
    const fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text }
    }
}

/// The refusal of a connection, for the service. There is at most one: it ends the connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused(Arc<Mutex<Option<HeadRefusal>>>);

impl Refused {
    /// Returns the refusal, if there is one.
    pub(super) fn get(&self) -> Option<HeadRefusal> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, refusal: HeadRefusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }
}

/// The limits of a head.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadLimits {
    pub(super) max_bytes: usize,
    /// The time from its first byte to its last.
    pub(super) timeout: Duration,
}

/// A stream of requests whose heads are checked.
pub(super) struct CheckedHeads<S> {
    stream: S,
    limits: HeadLimits,
    refused: Refused,
    /// The bytes that were read and not passed on.
    buffer: BytesMut,
    state: HeadState,
    /// The length of the buffer from which on an unfinished head is parsed again.
    parse_from: usize,
    /// The length of the part of the buffer in which no end of a head is.
    n_searched: usize,
    /// Runs while a head is unfinished, and while a refused request is read to its end.
    timer: Option<Pin<Box<Sleep>>>,
    n_lingered: usize,
}

/// The place in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeadState {
    /// In a head, or before it.
    Head,
    /// Within a request of which so many bytes are still to come.
    Request { n_left: u64 },
    /// Within the last request of the connection.
    LastRequest,
    /// Behind a request that was refused.
    Refused,
}

impl<S> CheckedHeads<S> {
    /// Checks the heads on `stream`, and leaves a refusal in `refused`.
    pub(super) fn new(stream: S, limits: HeadLimits, refused: Refused) -> Self {
        let (buffer, state) = (BytesMut::new(), HeadState::Head);
        Self {
            stream,
            limits,
            refused,
            buffer,
            state,
            parse_from: 0,
            n_searched: 0,
            timer: None,
            n_lingered: 0,
        }
    }

    /// Replaces the bytes read so far by the request that stands for a refused one.
    fn refuse(&mut self, refusal: HeadRefusal) {
        self.refused.set(refusal);
        self.buffer.clear();
        self.buffer.extend_from_slice(REFUSED_HEAD);
        self.state = HeadState::Refused;
        self.timer = None;
    }

    /// Looks for a whole head in the buffer.
    fn look(&mut self) {
        let is_full = self.buffer.len() >= self.limits.max_bytes;
        let has_end = self.has_end();
        if self.buffer.is_empty() || (self.buffer.len() < self.parse_from && !has_end) {
            return;
        }
        match parse(&self.buffer) {
            Ok(HeadParse::Whole { n_head, .. }) if n_head > self.limits.max_bytes => {
                self.refuse(framing::TOO_LARGE);
            }
            Ok(HeadParse::Whole { n_head, framing }) => {
                self.state = match framing {
                    Framing::Length(n_body) => {
                        HeadState::Request { n_left: n_body.saturating_add(n_head as u64) }
                    }
                    Framing::Chunked => HeadState::LastRequest,
                };
                (self.timer, self.parse_from, self.n_searched) = (None, 0, 0);
            }
            Ok(HeadParse::Partial) if is_full => self.refuse(framing::TOO_LARGE),
            Ok(HeadParse::Partial) => {
                self.parse_from = (self.buffer.len() * 2).min(self.limits.max_bytes);
            }
            Err(refusal) => self.refuse(refusal),
        }
    }

    /// Returns true if the bytes that were read since the last call may end a head.
    fn has_end(&mut self) -> bool {
        let from = self.n_searched.saturating_sub(2);
        self.n_searched = self.buffer.len();
        let news = self.buffer.get(from..).unwrap_or_default();
        news.windows(2).any(|pair| pair == b"\n\n") || news.windows(3).any(|end| end == b"\n\r\n")
    }

    /// Passes on at most `limit` bytes of the buffer; returns how many.
    fn pass(&mut self, into: &mut ReadBuf<'_>, limit: u64) -> u64 {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let n = self.buffer.len().min(into.remaining()).min(limit);
        into.put_slice(self.buffer.get(..n).unwrap_or_default());
        self.buffer.advance(n);
        n as u64
    }
}

impl<S: AsyncRead + Unpin> CheckedHeads<S> {
    /// Reads more into the buffer; 0 at the end of the stream.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; READ_BYTES];
        let mut read = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut read))?;
        self.buffer.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }

    /// Reads more of a head; it is refused when it takes too long.
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.buffer.is_empty() {
            let limit = self.limits.timeout;
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
            if timer.as_mut().poll(context).is_ready() {
                self.refuse(framing::TOO_SLOW);
                return Poll::Ready(Ok(()));
            }
        }
        if ready!(self.poll_fill(context))? == 0 {
            // The HTTP library decides about an unfinished request at the end.
            self.state = HeadState::LastRequest;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads and drops the bytes after a refused head.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if timer.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        loop {
            match ready!(self.poll_fill(context)) {
                Ok(n) if n > 0 && self.n_lingered < MAX_LINGER_BYTES => {
                    self.n_lingered += n;
                    self.buffer.clear();
                }
                Ok(_) | Err(_) => return Poll::Ready(()),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CheckedHeads<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match this.state {
                HeadState::Head => {
                    this.look();
                    if this.state == HeadState::Head {
                        ready!(this.poll_head(context))?;
                    }
                }
                HeadState::Request { n_left: 0 } => this.state = HeadState::Head,
                HeadState::Request { n_left } => {
                    if this.buffer.is_empty() && ready!(this.poll_fill(context))? == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    let n_left = n_left - this.pass(into, n_left);
                    this.state = HeadState::Request { n_left };
                    return Poll::Ready(Ok(()));
                }
                HeadState::LastRequest if this.buffer.is_empty() => {
                    return Pin::new(&mut this.stream).poll_read(context, into);
                }
                HeadState::LastRequest => {
                    this.pass(into, u64::MAX);
                    return Poll::Ready(Ok(()));
                }
                HeadState::Refused => {
                    // Nothing more comes: an end would break the answer off.
                    if this.buffer.is_empty() {
                        return Poll::Pending;
                    }
                    this.pass(into, u64::MAX);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for CheckedHeads<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        if this.state == HeadState::Refused {
            ready!(this.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
