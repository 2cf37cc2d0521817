//! The symptoms of causes: what a user of a service sees, and nothing about the check.

use allclear_core::incident::{EpisodeChange, IncidentEffect};
use allclear_core::reason::Reason;
use allclear_status_site::snapshot::Symptom;

/// Returns the symptom of a change within an episode.
pub(super) fn symptom(change: &EpisodeChange) -> Symptom {
    let unknown = match change.effect {
        IncidentEffect::Outage => Symptom::Down,
        IncidentEffect::Degraded => Symptom::Degraded,
    };
    change.reason.and_then(of_reason).unwrap_or(unknown)
}

/// Returns the symptom of a reason; `None` if it shows nothing specific to a user.
fn of_reason(reason: Reason) -> Option<Symptom> {
    Some(match reason {
        Reason::DnsFailed
        | Reason::ConnectRefused
        | Reason::ConnectTimeout
        | Reason::ConnectUnreachable
        | Reason::TlsFailed
        | Reason::TlsNotOffered
        | Reason::RegistrationExpired => Symptom::Unreachable,
        Reason::Timeout => Symptom::Late,
        Reason::ConnectionClosed | Reason::ResponseTruncated | Reason::StreamTruncated => {
            Symptom::Interrupted
        }
        Reason::CertificateInvalid | Reason::CertificateExpired | Reason::CertificateIsCa => {
            Symptom::InvalidCertificate
        }
        Reason::CertificateExpiring => Symptom::ExpiringCertificate,
        Reason::HttpStatus
        | Reason::ServerError
        | Reason::FunctionFailed
        | Reason::ReadOnly
        | Reason::CapabilityMissing => Symptom::Errors,
        Reason::ResponseTooLarge
        | Reason::ResponseInvalid
        | Reason::RedirectRefused
        | Reason::AssertionFailed
        | Reason::UnexpectedAnswer
        | Reason::WrongAnswer => Symptom::WrongAnswers,
        Reason::Overloaded | Reason::TooManyConnections => Symptom::Overloaded,
        Reason::Throttled => Symptom::Throttled,
        Reason::BeatMissing | Reason::BeatOverran | Reason::DataMissing => Symptom::Overdue,
        Reason::Degraded
        | Reason::ReplicationLag
        | Reason::ThresholdExceeded
        | Reason::ClockOffset
        | Reason::PacketLoss
        | Reason::RegistrationExpiring
        | Reason::PluginWarning => Symptom::Degraded,
        Reason::BeatFailed | Reason::NotReady | Reason::VendorIncident | Reason::PluginCritical => {
            Symptom::Down
        }
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
        | Reason::ResourceNotFound
        | Reason::QueryInvalid
        | Reason::TlsRequired
        | Reason::PluginUnknown
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

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    #[test]
    fn each_reason_that_blames_the_service_has_a_symptom() {
        for reason in Reason::ALL.iter().filter(|one| one.fault() == Fault::Target) {
            let has_symptom = of_reason(*reason).is_some();
            assert_eq!(has_symptom, *reason != Reason::SomeRegions, "{reason}");
        }
    }
}
