//! Classified failures: who has to act, how severe it is, and the rule that decided.

use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde::{Deserialize, Serialize};

/// A classified failure of one call to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFailure {
    /// The party that has to act.
    pub fault: Fault,
    /// The stable code of the reason.
    pub reason: Reason,
    /// The effect on the verdict.
    pub impact: Impact,
    /// Description for the team: the provider's own message where it has one, on one line, at most
    /// 2,000 characters. It may echo a key. The caller redacts it before cutting it to 200
    /// characters, because half a key is no longer recognized as one.
    pub message: String,
    /// The provider's own code or type, verbatim: `insufficient_quota`.
    pub code: Option<String>,
    /// The stable id of the rule that classified it: `openai/insufficient_quota`, `common/429`.
    /// `None` for a failure that no provider's answer was read for, such as a refused connection.
    pub rule: Option<String>,
    /// The pause that the provider asks for.
    pub retry_after: Option<Duration>,
}

impl ProviderFailure {
    /// Returns the failure for `reason`, without anything of an answer.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            fault: fault_of(reason),
            reason,
            impact: impact_of(reason),
            message: message.into(),
            code: None,
            rule: None,
            retry_after: None,
        }
    }

    /// Returns this failure with the id of the rule that classified it.
    #[must_use]
    pub fn classified_by(self, rule: impl Into<String>) -> Self {
        Self { rule: Some(rule.into()), ..self }
    }
}

/// Returns the party that has to act on a failure for `reason`.
pub(super) fn fault_of(reason: Reason) -> Fault {
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

/// Returns the impact of a failure for `reason`.
fn impact_of(reason: Reason) -> Impact {
    if matches!(reason, Reason::Throttled | Reason::WrongAnswer) {
        Impact::Degraded
    } else if matches!(reason, Reason::ProbeInvalid | Reason::Asleep) {
        Impact::Inconclusive
    } else {
        Impact::Down
    }
}

/// The effect of a failure on the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// The service works with a restriction, such as a temporary rate limit.
    Degraded,
    /// The service does not work.
    Down,
    /// The failure is no evidence about the service: the check's own request was at fault, or the
    /// endpoint is asleep.
    Inconclusive,
}
