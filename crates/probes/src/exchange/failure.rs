//! The meaning of an error of the HTTP exchange.

use std::io;

use allclear_core::error_chain::{self, causes};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use http::Method;
use rustls::AlertDescription;

use super::stream::OVERDRAWN;
use super::{MAX_EARLY_BYTES, MAX_HEAD_BYTES};
use crate::excerpt::excerpt;
use crate::net::broken;

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) cause: Cause,
    resend: Resend,
}

/// The way in which a request without an answer can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resend {
    /// Not without the risk of a second execution, unless its method is idempotent.
    IfIdempotent,
    /// The target has not acted on it.
    Freely,
    /// The target has not acted on it and wants it over HTTP/1.1.
    OverHttp1,
    /// It would fail again.
    Never,
}

/// The head of an answer that hyper has read when an exchange fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadHead {
    /// A head, or its begin, that was not parsed.
    Unparsed,
    /// No head, or a parsed one.
    None,
}

/// The state of a request when its exchange fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestState {
    /// A part of it may have left.
    Sent,
    /// Nothing of it has left.
    Unsent,
}

impl Unanswered {
    /// Returns the failure for an error before a complete head of an answer.
    pub(super) fn new(error: &hyper::Error, head: ReadHead, request: RequestState) -> Self {
        let resend = match request {
            RequestState::Sent => resend(error),
            RequestState::Unsent => Resend::Freely,
        };
        Self { cause: without_head(error, head), resend }
    }

    /// Creates a failure that a retry would not cure.
    pub(super) fn final_cause(cause: Cause) -> Self {
        Self { cause, resend: Resend::Never }
    }

    /// Returns true if the target wants the request over HTTP/1.1.
    pub(crate) fn wants_http1(&self) -> bool {
        self.resend == Resend::OverHttp1
    }

    /// Returns true if a request with this method can be sent again without the risk that it is acted upon
    /// twice.
    pub(crate) fn can_resend(&self, method: &Method) -> bool {
        match self.resend {
            Resend::Freely | Resend::OverHttp1 => true,
            Resend::IfIdempotent => method.is_idempotent(),
            Resend::Never => false,
        }
    }

    /// Returns true if the connection ended before an answer, so that on a new one it may come.
    pub(crate) fn is_closed(&self) -> bool {
        self.cause.reason == Reason::ConnectionClosed
    }
}

fn resend(error: &hyper::Error) -> Resend {
    let Some(error) = h2_error(error) else { return Resend::IfIdempotent };
    if !error.is_remote() {
        return Resend::Never;
    }
    match error.reason() {
        Some(h2::Reason::HTTP_1_1_REQUIRED) => Resend::OverHttp1,
        Some(h2::Reason::REFUSED_STREAM) => Resend::Freely,
        // h2 reports it for the streams after the last one that the target acts on, and only those.
        Some(h2::Reason::NO_ERROR) if error.is_go_away() => Resend::Freely,
        Some(_) if error.is_go_away() => Resend::IfIdempotent,
        Some(_) | None => Resend::Never,
    }
}

/// Returns the cause if no complete head of an answer came.
fn without_head(error: &hyper::Error, head: ReadHead) -> Cause {
    let what = chain(error);
    if error.is_parse_too_large() {
        return too_large(head);
    }
    if error.is_parse() {
        return Cause::of(Reason::ResponseInvalid, format!("the answer is not HTTP: {what}"));
    }
    let io = io_error(error);
    if io.is_some_and(|error| error.kind() == OVERDRAWN) {
        let limit = MAX_EARLY_BYTES / 1024;
        let what = format!("no end of the headers within {limit} KiB");
        return Cause::of(Reason::ResponseTooLarge, what);
    }
    if let Some(cause) = io.and_then(refused_certificate) {
        return cause;
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        let what = "the target closed the connection before a complete answer".to_owned();
        return Cause::of(Reason::ConnectionClosed, what);
    }
    match io {
        Some(error) => broken(error, "waiting for the answer"),
        None => Cause::of(
            Reason::ConnectionClosed,
            format!("the target ended the exchange before its answer: {what}"),
        ),
    }
}

fn too_large(head: ReadHead) -> Cause {
    if head == ReadHead::Unparsed {
        let limit = MAX_HEAD_BYTES / 1024;
        let what = format!("the answer's headers are larger than {limit} KiB or more than 100");
        return Cause::of(Reason::ResponseTooLarge, what);
    }
    // The head was parsed, and of the rest only the length can be too large.
    let what = "the `content-length` of the answer is out of range";
    Cause::of(Reason::ResponseInvalid, what)
}

/// Returns the cause if the server ends the connection because of the client's certificate. With
/// TLS 1.3 it does so after the handshake.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other alerts are not about certificates")]
fn refused_certificate(error: &io::Error) -> Option<Cause> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::AlertReceived(alert) = error else { return None };
    let what = match *alert {
        AlertDescription::CertificateRequired => {
            "the server demands a client certificate; set `tls.client_certificate` and \
             `tls.client_key`"
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => {
            "the server refuses the client certificate; check `tls.client_certificate`"
        }
        _ => return None,
    };
    Some(Cause::of(Reason::AuthInvalid, what))
}

/// Returns the cause if the body broke off after `n_bytes`.
pub(crate) fn within_body(error: &hyper::Error, n_bytes: usize) -> Cause {
    let kind = io_error(error).map(io::Error::kind);
    if kind == Some(OVERDRAWN) {
        let what = format!("the body has far more framing than content, after {n_bytes} bytes");
        return Cause::of(Reason::ResponseInvalid, what);
    }
    if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
        let what = format!("the body breaks the protocol after {n_bytes} bytes: {}", chain(error));
        return Cause::of(Reason::ResponseInvalid, what);
    }
    let what = format!("the answer ended within its body, after {n_bytes} bytes: {}", chain(error));
    Cause::of(Reason::ResponseTruncated, what)
}

fn h2_error(error: &hyper::Error) -> Option<&h2::Error> {
    causes(error).find_map(|error| error.downcast_ref())
}

fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    causes(error).find_map(|error| {
        error.downcast_ref().or_else(|| error.downcast_ref::<h2::Error>()?.get_io())
    })
}

/// Returns the error with its causes, as one line.
fn chain(error: &hyper::Error) -> String {
    excerpt(&error_chain::chain(error))
}
