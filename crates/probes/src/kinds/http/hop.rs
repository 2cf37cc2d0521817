//! The place that a redirect leads to.

use crate::exchange::Target;

/// The next request after a redirect.
#[derive(Debug)]
pub(super) struct NextHop {
    pub(super) target: Target,
    /// True if data that is confidential to the redirecting server must not be sent there.
    pub(super) leaves_origin: bool,
    /// True if the request becomes a GET without a body.
    pub(super) becomes_get: bool,
}
