//! Blame: whose fault a failed step is, and all that is worth keeping of what the provider said.

use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde::{Deserialize, Serialize};

/// What a failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// Whose fault it is.
    pub fault: Fault,
    /// The stable code of the reason.
    pub reason: Reason,
    /// How bad it is.
    pub weight: Weight,
    /// What happened, for the team: the provider's own words where it has some, on one line, at
    /// most 2,000 characters. It may echo a key: whoever hands it on redacts it first, and cuts it
    /// to 200 characters then, since a key that is cut in half is no longer recognized.
    pub message: String,
    /// The provider's own code or type, as it came: `insufficient_quota`.
    pub code: Option<String>,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
}

impl Blame {
    /// The blame for `reason`, without anything of an answer.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            fault: fault_of(reason),
            reason,
            weight: weight_of(reason),
            message: message.into(),
            code: None,
            retry_after: None,
        }
    }
}

/// Whose fault a failure for `reason` is.
fn fault_of(reason: Reason) -> Fault {
    if matches!(reason, Reason::AuthInvalid | Reason::Permission) {
        Fault::Credentials
    } else if matches!(reason, Reason::Billing | Reason::QuotaDaily | Reason::QuotaExceeded) {
        Fault::Quota
    } else if reason == Reason::Throttled {
        Fault::Throttled
    } else if matches!(
        reason,
        Reason::ModelNotFound
            | Reason::RegionBlocked
            | Reason::EndpointNotFound
            | Reason::ProbeInvalid
            | Reason::Asleep
    ) {
        Fault::Request
    } else {
        Fault::Target
    }
}

/// How bad a failure for `reason` is.
fn weight_of(reason: Reason) -> Weight {
    if matches!(reason, Reason::Throttled | Reason::WrongAnswer) {
        Weight::Limp
    } else if matches!(reason, Reason::ProbeInvalid | Reason::Asleep) {
        Weight::SaysNothing
    } else {
        Weight::Fails
    }
}

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It works, with a limp: a rate limit that passes.
    Limp,
    /// It does not work.
    Fails,
    /// It says nothing about whether it works: our own request was at fault, or it sleeps.
    SaysNothing,
}
