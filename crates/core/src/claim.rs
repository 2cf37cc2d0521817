//! Claims: the right of one notifier to work on a delivery for a limited time.
//!
//! A claim is stored before a try begins and remains until the result is recorded, so that overlapping sweeps
//! do not send the same delivery. A claim without a result was left by a process that ended in between: its
//! try may have arrived.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;

/// Duration of a claim. The sum of the longest write of the claim (10 s), the longest try (15 s), the
/// longest write of the result (10 s) and the largest difference between two clocks that is tolerated
/// (25 s).
pub const CLAIM_FOR: Duration = Duration::from_mins(1);

/// Largest age of a claim with which a try may begin.
pub const BEGIN_WITHIN: Duration = Duration::from_secs(10);

/// The name of one notifier, different from that of all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimOwner(String);

impl ClaimOwner {
    /// Wraps a name that no other notifier has.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self(name)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClaimOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A claim on the next try of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The notifier that holds it.
    pub owner: ClaimOwner,
    /// Time of the owner's clock at which another notifier may take the delivery over.
    pub until: Timestamp,
}

impl Claim {
    /// Returns the claim of `owner` that begins at `now`.
    #[must_use]
    pub fn starting(owner: ClaimOwner, now: Timestamp) -> Self {
        Self::covering(owner, now, Duration::ZERO)
    }

    /// Returns the claim of `owner` that begins at `now`, longer by `more` than that of a notice: an action may take
    /// longer than a message.
    #[must_use]
    pub fn covering(owner: ClaimOwner, now: Timestamp, more: Duration) -> Self {
        let until = now.checked_add(CLAIM_FOR.saturating_add(more));
        Self { owner, until: until.unwrap_or(Timestamp::MAX) }
    }
}

/// The result of claiming a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// The caller holds it.
    Granted,
    /// Another notifier holds it, or has left it without a result.
    Held(Claim),
    /// It was tried or settled since the caller read it. The delivery as it is stored now; `None` if
    /// it is no longer stored.
    Changed(Option<Box<Delivery>>),
}
