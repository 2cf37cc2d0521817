//! Classified failures: who has to act, how severe it is, and the rule that decided.

use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Impact};

/// A classified failure of one call to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderFailure {
    /// The party that has to act.
    pub fault: Fault,
    /// The stable code of the reason.
    pub reason: Reason,
    /// The effect on the verdict.
    pub impact: Impact,
    /// Description for the team: the provider's own message if it has one, on one line, at most
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
            fault: reason.fault(),
            reason,
            impact: reason.impact(),
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

/// Takes the fault from the cause. A failure on the monitor's side is no evidence about the service,
/// whatever its reason.
impl From<Cause> for ProviderFailure {
    fn from(cause: Cause) -> Self {
        let failure = Self::new(cause.reason, cause.message);
        let impact = match cause.fault {
            Fault::Monitor => Impact::Inconclusive,
            Fault::Target
            | Fault::Credentials
            | Fault::Quota
            | Fault::Throttled
            | Fault::Request => failure.impact,
        };
        Self { fault: cause.fault, impact, ..failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_the_fault_and_the_impact_of_its_reason() {
        for reason in Reason::ALL {
            let failure = ProviderFailure::new(*reason, "");
            assert_eq!((failure.fault, failure.impact), (reason.fault(), reason.impact()));
        }
    }

    #[test]
    fn a_fault_of_the_monitor_is_never_evidence_about_the_provider() {
        for reason in Reason::ALL {
            let failure = ProviderFailure::from(Cause::monitor(*reason, ""));
            assert_eq!((failure.fault, failure.impact), (Fault::Monitor, Impact::Inconclusive));
        }
        let refused = ProviderFailure::from(Cause::of(Reason::ConnectRefused, ""));
        assert_eq!((refused.fault, refused.impact), (Fault::Target, Impact::Down));
    }
}
