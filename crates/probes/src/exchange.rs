//! HTTP exchanges: a connection, the requests on it, and their answers as they come. Knows nothing
//! of what an answer means.

mod connection;
mod failure;
mod link;
mod target;

pub(crate) use failure::within_body;
pub(crate) use link::{Link, Request};
pub(crate) use target::{Target, TlsSetup};

/// The largest head of an answer, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How much of a body HTTP/2 may send ahead of what is read, in bytes.
const HTTP2_WINDOW_BYTES: u32 = 256 * 1024;
