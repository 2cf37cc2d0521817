//! The public words for causes. They state what a user of a service sees, and nothing about the check.

use allclear_core::incident::{EpisodeChange, IncidentEffect};
use allclear_core::reason::Reason;

use super::tense::Tense;

/// The effect of a cause that a user sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symptom {
    Unreachable,
    Late,
    Interrupted,
    InvalidCertificate,
    ExpiringCertificate,
    Errors,
    WrongAnswers,
    Overloaded,
    Throttled,
    Overdue,
    Degraded,
    Down,
}

impl Symptom {
    /// Returns the symptom of a change within an episode.
    pub(super) fn of(change: &EpisodeChange) -> Self {
        let unknown = match change.effect {
            IncidentEffect::Outage => Self::Down,
            IncidentEffect::Degraded => Self::Degraded,
        };
        change.reason.and_then(Self::of_reason).unwrap_or(unknown)
    }

    /// Returns the symptom of a reason; `None` if it shows nothing specific to a user.
    fn of_reason(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::DnsFailed
            | Reason::ConnectRefused
            | Reason::ConnectTimeout
            | Reason::ConnectUnreachable
            | Reason::TlsFailed => Self::Unreachable,
            Reason::Timeout => Self::Late,
            Reason::ConnectionClosed | Reason::ResponseTruncated | Reason::StreamTruncated => {
                Self::Interrupted
            }
            Reason::CertificateInvalid | Reason::CertificateExpired | Reason::CertificateIsCa => {
                Self::InvalidCertificate
            }
            Reason::CertificateExpiring => Self::ExpiringCertificate,
            Reason::HttpStatus | Reason::ServerError => Self::Errors,
            Reason::ResponseTooLarge
            | Reason::ResponseInvalid
            | Reason::RedirectRefused
            | Reason::AssertionFailed
            | Reason::UnexpectedAnswer
            | Reason::WrongAnswer => Self::WrongAnswers,
            Reason::Overloaded => Self::Overloaded,
            Reason::Throttled => Self::Throttled,
            Reason::BeatMissing => Self::Overdue,
            Reason::Degraded => Self::Degraded,
            Reason::BeatFailed => Self::Down,
            Reason::ConditionLimit
            | Reason::AuthInvalid
            | Reason::Permission
            | Reason::RegionBlocked
            | Reason::Billing
            | Reason::QuotaDaily
            | Reason::QuotaExceeded
            | Reason::ModelNotFound
            | Reason::EndpointNotFound
            | Reason::ProbeInvalid
            | Reason::Asleep
            | Reason::BeatNeverCame
            | Reason::SecretUnreadable
            | Reason::NotSent
            | Reason::MonitoringImpaired
            | Reason::CheckFailed
            | Reason::ProxyFailed
            | Reason::SomeRegions
            | Reason::RegionSilent => return None,
        })
    }

    /// Returns the predicate of a sentence, for one service and for several.
    pub(super) fn predicate(self, tense: Tense) -> (&'static str, &'static str) {
        match tense {
            Tense::Present => self.present(),
            Tense::Past => self.past(),
        }
    }

    fn present(self) -> (&'static str, &'static str) {
        match self {
            Self::Unreachable => ("cannot be reached", "cannot be reached"),
            Self::Late => ("does not answer in time", "do not answer in time"),
            Self::Interrupted => ("breaks off its answers", "break off their answers"),
            Self::InvalidCertificate => {
                ("has an invalid certificate", "have an invalid certificate")
            }
            Self::ExpiringCertificate => {
                ("has a certificate that expires soon", "have a certificate that expires soon")
            }
            Self::Errors => ("returns errors", "return errors"),
            Self::WrongAnswers => ("gives wrong answers", "give wrong answers"),
            Self::Overloaded => ("is overloaded", "are overloaded"),
            Self::Throttled => ("limits requests", "limit requests"),
            Self::Overdue => ("is overdue", "are overdue"),
            Self::Degraded => ("works, but not as usual", "work, but not as usual"),
            Self::Down => ("does not work", "do not work"),
        }
    }

    fn past(self) -> (&'static str, &'static str) {
        let of_both = |words| (words, words);
        match self {
            Self::Unreachable => of_both("could not be reached"),
            Self::Late => of_both("did not answer in time"),
            Self::Interrupted => ("broke off its answers", "broke off their answers"),
            Self::InvalidCertificate => of_both("had an invalid certificate"),
            Self::ExpiringCertificate => of_both("had a certificate that was about to expire"),
            Self::Errors => of_both("returned errors"),
            Self::WrongAnswers => of_both("gave wrong answers"),
            Self::Overloaded => ("was overloaded", "were overloaded"),
            Self::Throttled => of_both("limited requests"),
            Self::Overdue => ("was overdue", "were overdue"),
            Self::Degraded => of_both("worked, but not as usual,"),
            Self::Down => of_both("did not work"),
        }
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    #[test]
    fn each_reason_that_blames_the_service_has_words() {
        for reason in Reason::ALL.iter().filter(|one| one.fault() == Fault::Target) {
            let has_words = Symptom::of_reason(*reason).is_some();
            assert_eq!(has_words, *reason != Reason::SomeRegions, "{reason}");
        }
    }
}
