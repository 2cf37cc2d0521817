//! HTTP exchanges: the way to a target, a connection, the requests on it, and their answers as they
//! come. Does not know the meaning of an answer.

mod connection;
mod endpoint;
mod failure;
mod link;
mod proxy;
mod redirect_scope;
mod stream;
mod target;
mod tunnel;

pub(crate) use endpoint::{HttpEndpoint, HttpEndpointParams};
pub(crate) use failure::within_body;
pub(crate) use link::{BareRequest, TargetConnection, ask};
pub(crate) use proxy::ProxyParam;
pub(crate) use redirect_scope::check_redirect_scope;
pub(crate) use target::{HttpVersion, Origin, Target, TlsSetup};
pub(crate) use tunnel::TunnelRoute;

/// The largest head of an answer, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most bytes before the head of an answer is complete: the head itself, interim answers,
/// frames that are about the connection, and the part of the body in the same read.
const MAX_EARLY_BYTES: u64 = 512 * 1024;

/// The bytes of a body that HTTP/2 may send ahead of the reader.
const HTTP2_WINDOW_BYTES: u32 = 256 * 1024;

/// Returns the most bytes that may come for a body of `max_bytes`: chunks and frames of a byte each are wasteful
/// and not wrong.
fn allowed_for_body(max_bytes: usize) -> u64 {
    const PER_BYTE: u64 = 16;
    u64::try_from(max_bytes)
        .unwrap_or(u64::MAX)
        .saturating_mul(PER_BYTE)
        .saturating_add(MAX_EARLY_BYTES)
}
