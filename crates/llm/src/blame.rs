//! Blame: whose fault a failed step is, and all that is worth keeping of what the provider said.

use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// Whose fault it is.
    pub fault: Fault,
    /// The stable code of the reason.
    pub reason: Reason,
    /// How bad it is.
    pub weight: Weight,
    /// What happened, for the team: the provider's own words, at most 200 characters. It may echo a
    /// key: whoever hands it on redacts it.
    pub message: String,
    /// The provider's own code or type, as it came: `insufficient_quota`.
    pub code: Option<String>,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It works, with a limp: a rate limit that passes.
    Limp,
    /// It does not work.
    Fails,
    /// It says nothing about whether it works: our own request was at fault, or it sleeps.
    SaysNothing,
}
