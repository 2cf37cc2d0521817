//! What an error of the HTTP exchange means.

use std::error::Error as _;
use std::io;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;

use super::MAX_HEAD_BYTES;
use crate::excerpt::excerpt;
use crate::net::broken;

/// The cause where no complete head of an answer came.
pub(super) fn without_head(error: &hyper::Error) -> Cause {
    let what = chain(error);
    if error.is_parse_too_large() {
        let limit = MAX_HEAD_BYTES / 1024;
        let what = format!("the answer's headers are larger than {limit} KiB or more than 100");
        return Cause::target(Reason::ResponseTooLarge, what);
    }
    if error.is_parse() {
        return Cause::target(Reason::ResponseInvalid, format!("the answer is not HTTP: {what}"));
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        let what = "the target closed the connection before a complete answer".to_owned();
        return Cause::target(Reason::ConnectionClosed, what);
    }
    match io_error(error) {
        Some(error) => broken(error, "waiting for the answer"),
        None => Cause::target(
            Reason::ConnectionClosed,
            format!("the target ended the exchange before its answer: {what}"),
        ),
    }
}

/// The cause where the body broke off after `n_bytes`.
pub(crate) fn within_body(error: &hyper::Error, n_bytes: usize) -> Cause {
    let is_broken_protocol = io_error(error).is_some_and(|error| {
        matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    if is_broken_protocol {
        let what = format!("the body breaks the protocol after {n_bytes} bytes: {}", chain(error));
        return Cause::target(Reason::ResponseInvalid, what);
    }
    let what = format!("the answer ended within its body, after {n_bytes} bytes: {}", chain(error));
    Cause::target(Reason::ResponseTruncated, what)
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

/// The error with its sources, as one line.
fn chain(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    excerpt(&text)
}
