//! The validation of a key: the answer of its provider, and how long it holds.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::reason::Reason;
use allclear_core::state::LastOutcome;
use allclear_core::status::{Fault, Status};
use serde::{Deserialize, Serialize};

use super::KeyFacts;
use crate::classify::ProviderFailure;

/// The time that a check may take after it was due.
const LONGEST_CHECK: Duration = Duration::from_mins(1);

/// The answer of a provider about a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Time of the question.
    pub at: Timestamp,
    /// The answer.
    pub answer: KeyValidity,
    /// The fault, unless good.
    pub fault: Option<Fault>,
    /// The reason, unless good.
    pub reason: Option<Reason>,
    /// The message of the provider; it may hold secrets until it is redacted.
    pub message: Option<String>,
    /// The facts of an accepted key.
    #[serde(flatten)]
    pub facts: KeyFacts,
}

/// The short answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValidity {
    /// The key works.
    Good,
    /// The provider could not be asked, or its answer does not show whether the key is valid.
    Unclear,
    /// The key is of no use.
    Refused,
}

impl Validation {
    /// Returns the answer about a key that the provider accepts.
    #[must_use]
    pub fn good(facts: KeyFacts, at: Timestamp) -> Self {
        Self { facts, ..Self::of(KeyValidity::Good, at) }
    }

    /// Returns the answer that a failure stands for. A key is refused for the faults credentials
    /// and quota; other faults show nothing about it.
    #[must_use]
    pub fn failed(failure: ProviderFailure, at: Timestamp) -> Self {
        let answer = match failure.fault {
            Fault::Credentials | Fault::Quota => KeyValidity::Refused,
            Fault::Target | Fault::Throttled | Fault::Request | Fault::Monitor => {
                KeyValidity::Unclear
            }
        };
        Self {
            fault: Some(failure.fault),
            reason: Some(failure.reason),
            message: Some(failure.message),
            ..Self::of(answer, at)
        }
    }

    /// Returns the answer for a key that no provider could be asked about, for the reason `why`.
    pub fn unclear(why: impl Into<String>, at: Timestamp) -> Self {
        Self { message: Some(why.into()), ..Self::of(KeyValidity::Unclear, at) }
    }

    fn of(answer: KeyValidity, at: Timestamp) -> Self {
        Self { at, answer, fault: None, reason: None, message: None, facts: KeyFacts::default() }
    }

    /// Returns true if it holds at `now`: it is clear, and not older than `lasting`.
    #[must_use]
    pub fn stands(&self, now: Timestamp, lasting: Duration) -> bool {
        let age = Duration::try_from(now.duration_since(self.at));
        self.answer != KeyValidity::Unclear && age.is_ok_and(|age| age < lasting)
    }

    /// Returns true if `last`, the latest outcome of a check that uses the key, is newer and
    /// contradicts the answer.
    #[must_use]
    pub fn is_contradicted_by(&self, last: &LastOutcome) -> bool {
        is_newer(last, self.at) && disagrees(last, self)
    }
}

/// Returns true if the outcome may be later than `at`: its time is the one at which it was due.
fn is_newer(last: &LastOutcome, at: Timestamp) -> bool {
    last.at + LONGEST_CHECK > at
}

/// Returns true if the outcome shows the state of the key and contradicts the answer.
fn disagrees(last: &LastOutcome, answer: &Validation) -> bool {
    match (last.status, &last.cause) {
        (Status::Healthy, _) => answer.answer == KeyValidity::Refused,
        (Status::Degraded | Status::Unhealthy | Status::Unknown, Some(cause)) => {
            match cause.fault {
                Fault::Credentials | Fault::Quota => {
                    answer.answer != KeyValidity::Refused || answer.reason != Some(cause.reason)
                }
                Fault::Target | Fault::Throttled | Fault::Request | Fault::Monitor => false,
            }
        }
        (Status::Degraded | Status::Unhealthy | Status::Unknown, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::outcome::Cause;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_validation_is_valid_for_its_lifetime_unless_inconclusive() {
        let hour = Duration::from_hours(1);
        let good = Validation::good(KeyFacts::default(), at(0));
        assert!(good.stands(at(3_599), hour));
        assert!(!good.stands(at(3_600), hour));
        assert!(!good.stands(at(-1), hour), "a clock that was set back");
        assert!(!Validation::unclear("no network", at(0)).stands(at(1), hour));
    }

    #[test]
    fn a_client_key_is_refused_only_for_faults_of_the_monitor() {
        for (reason, answer) in [
            (Reason::AuthInvalid, KeyValidity::Refused),
            (Reason::Permission, KeyValidity::Refused),
            (Reason::Billing, KeyValidity::Refused),
            (Reason::Throttled, KeyValidity::Unclear),
            (Reason::ServerError, KeyValidity::Unclear),
            (Reason::EndpointNotFound, KeyValidity::Unclear),
        ] {
            let validation = Validation::failed(ProviderFailure::new(reason, ""), at(0));
            assert_eq!(validation.answer, answer, "{reason}");
        }
    }

    fn last(status: Status, reason: Option<(Fault, Reason)>) -> LastOutcome {
        let cause = reason.map(|(fault, reason)| Cause::new(fault, reason, ""));
        LastOutcome {
            at: Timestamp::from_second(600).unwrap(),
            status,
            cause,
            latency: None,
            repeats_fault: false,
        }
    }

    #[test]
    fn a_check_contradicts_only_a_different_key_validity() {
        let at = Timestamp::from_second(500).unwrap();
        let good = Validation::good(KeyFacts::default(), at);
        let invalid = Validation::failed(ProviderFailure::new(Reason::AuthInvalid, ""), at);
        let refused = Some((Fault::Credentials, Reason::AuthInvalid));
        let unpaid = Some((Fault::Quota, Reason::Billing));
        let outage = Some((Fault::Target, Reason::ServerError));
        for (status, reason, answer, expected) in [
            (Status::Healthy, None, &good, false),
            (Status::Healthy, None, &invalid, true),
            (Status::Unhealthy, refused, &good, true),
            (Status::Unhealthy, refused, &invalid, false),
            (Status::Unhealthy, unpaid, &invalid, true),
            (Status::Degraded, unpaid, &good, true),
            (Status::Unhealthy, outage, &good, false),
            (Status::Unhealthy, outage, &invalid, false),
        ] {
            let last = last(status, reason);
            assert_eq!(disagrees(&last, answer), expected, "{last:?} {answer:?}");
        }
    }

    #[test]
    fn a_check_that_ended_before_the_answer_is_not_newer() {
        let last = last(Status::Healthy, None);
        for (second, is) in [(500, true), (600, true), (659, true), (660, false)] {
            assert_eq!(is_newer(&last, Timestamp::from_second(second).unwrap()), is, "{second}");
        }
    }
}
