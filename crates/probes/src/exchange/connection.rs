//! One connection, and hyper's state machine on it. The machine is polled together with the future
//! that waits for it, so that no task outlives a check and none has to be woken for it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::failure::ReadHead;
use super::stream::Stream;

/// The body of a request.
pub(super) type OutgoingBody = Full<Bytes>;

/// The state machine of a connection, until it is done.
pub(super) enum Driver {
    Http1(Http1),
    Http2 {
        connection: Option<Box<http2::Connection<TokioIo<Stream>, OutgoingBody, Http2Tasks>>>,
        /// Ends the tasks of the connection together with the driver.
        _tasks: EndTasks,
    },
}

/// The state machine of an HTTP/1 connection.
pub(super) struct Http1 {
    /// `None` once it is done.
    running: Option<Box<http1::Connection<TokioIo<Stream>, OutgoingBody>>>,
    has_unread_head: bool,
}

impl Driver {
    /// Polls `work` and the connection it depends on until `work` is done.
    pub(super) async fn run<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            self.poll(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Ends the connection. Returns the head that it had read.
    pub(super) fn end(&mut self) -> ReadHead {
        match self {
            Self::Http1(http1) => {
                http1.end();
                if http1.has_unread_head { ReadHead::Unparsed } else { ReadHead::None }
            }
            Self::Http2 { connection, .. } => {
                *connection = None;
                ReadHead::None
            }
        }
    }

    /// Polls the connection. Its end reaches the work through a channel of hyper's.
    fn poll(&mut self, cx: &mut Context<'_>) {
        match self {
            Self::Http1(http1) => http1.poll(cx),
            Self::Http2 { connection, .. } => {
                if let Some(running) = connection
                    && Pin::new(running).poll(cx).is_ready()
                {
                    *connection = None;
                }
            }
        }
    }
}

impl Http1 {
    pub(super) fn new(connection: http1::Connection<TokioIo<Stream>, OutgoingBody>) -> Self {
        Self { running: Some(Box::new(connection)), has_unread_head: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        if let Some(running) = &mut self.running
            && Pin::new(running).poll(cx).is_ready()
        {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(connection) = self.running.take() {
            self.has_unread_head = connection.into_parts().read_buf.starts_with(b"HTTP/");
        }
    }
}

/// Runs the tasks that an HTTP/2 connection spawns.
#[derive(Debug, Clone, Default)]
pub(super) struct Http2Tasks(Arc<Mutex<JoinSet<()>>>);

impl Http2Tasks {
    /// Returns a guard that ends the tasks.
    pub(super) fn end_on_drop(&self) -> EndTasks {
        EndTasks(self.clone())
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Http2Tasks {
    fn execute(&self, future: F) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spawn(future);
    }
}

/// Ends the tasks when it is dropped. They hold the set they are in, so it would never end.
#[derive(Debug)]
pub(super) struct EndTasks(Http2Tasks);

impl Drop for EndTasks {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}
