//! The watchdog outside, which alerts if Allclear itself stands still.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::SecretName;

/// A watchdog outside of Allclear: a service that alerts if it receives no beat for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchdog {
    /// The secret that holds the URL to which beats are posted.
    pub url: SecretName,
    /// The least time between two beats.
    pub every: Duration,
}
