//! The events of a connection that explain the error of a driver: drivers report a broken connection
//! each in its own words, and some do not say that it was closed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use crate::net::broken;

/// The most bytes that a service may send in one attempt.
const MAX_BYTES: usize = 1024 * 1024;

/// A record of the events of one connection. Its clones share the record.
#[derive(Debug, Clone, Default)]
pub(crate) struct WireWatch(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    n_read: usize,
    end: Option<WireEnd>,
}

/// The end of a connection that the monitor did not bring about by closing it.
#[derive(Debug)]
enum WireEnd {
    Closed,
    Broken(io::Error),
    TooLong,
}

impl WireWatch {
    /// Returns the cause if the connection has ended. `doing` completes "the connection broke while …".
    pub(crate) fn cause(&self, doing: &str) -> Option<Cause> {
        self.with(|record| {
            let error = match record.end.as_ref()? {
                WireEnd::TooLong => {
                    let what = format!("more than {MAX_BYTES} bytes came while {doing}");
                    return Some(Cause::of(Reason::ResponseTooLarge, what));
                }
                WireEnd::Closed => &io::ErrorKind::UnexpectedEof.into(),
                WireEnd::Broken(error) => error,
            };
            Some(broken(error, doing))
        })
    }

    /// Returns the cause of a driver's error: the end of the connection if it has ended, otherwise an
    /// answer that breaks the protocol, in the driver's words.
    pub(crate) fn cause_or(&self, doing: &str, error: &dyn std::fmt::Display) -> Cause {
        self.cause(doing).unwrap_or_else(|| {
            let what = format!("the answer cannot be read while {doing}: {error}");
            Cause::of(Reason::ResponseInvalid, what)
        })
    }

    pub(super) fn permits_more(&self) -> io::Result<()> {
        self.with(|record| {
            if record.n_read < MAX_BYTES {
                return Ok(());
            }
            record.end = Some(WireEnd::TooLong);
            Err(io::Error::other("the service sends too much"))
        })
    }

    pub(super) fn note_read(&self, result: Result<usize, &io::Error>) {
        match result {
            Ok(0) => self.with(|record| record.end = Some(WireEnd::Closed)),
            Ok(n_bytes) => self.with(|record| record.n_read += n_bytes),
            Err(error) => self.note_broken(error),
        }
    }

    pub(super) fn note_broken(&self, error: &io::Error) {
        // An error can be kept in one place only, and its code is what the cause needs.
        let copy = match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        self.with(|record| record.end = Some(WireEnd::Broken(copy)));
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Record) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
