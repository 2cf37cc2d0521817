//! The targets of both monitors: their names, and how often each is checked.

use std::time::Duration;

/// The interval of the checks of each target.
pub(crate) const INTERVAL: Duration = Duration::from_secs(20);

/// The endpoint that allclear checks.
pub(crate) fn target_name(n: usize) -> String {
    format!("service-{n:04}")
}

/// The endpoint that `blackbox_exporter` checks in its place.
pub(crate) fn peer_name(target: &str) -> String {
    format!("peer-{target}")
}
