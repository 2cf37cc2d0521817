//! Reasons: stable codes of the causes for which an outcome is not healthy.

mod remedy;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::status::{Fault, Impact};

macro_rules! reasons {
    ($(#[doc = $description:literal] $variant:ident = $code:literal, $fault:ident, $impact:ident;)+) => {
        /// Reason of an outcome that is not healthy. The code is stable, because routing and queries depend
        /// on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $(#[doc = $description] #[serde(rename = $code)] $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Returns the reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// Returns the party that must act. A failure of Allclear's own, such as one of its resolver, is
            /// the exception: see [`Cause::monitor`](crate::outcome::Cause::monitor).
            #[must_use]
            pub fn fault(self) -> Fault {
                match self { $(Self::$variant => Fault::$fault,)+ }
            }

            /// Returns the effect on a service if nothing else is known. A check that finds several failures
            /// at once, or has an expectation from the config, decides by those.
            #[must_use]
            pub fn impact(self) -> Impact {
                match self { $(Self::$variant => Impact::$impact,)+ }
            }

            /// Returns the description, a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description.trim_ascii(),)+ }
            }
        }
    };
}

// Each row: description, variant, code, the party that has to act, the effect on the service.
reasons! {
    /// The name could not be resolved.
    DnsFailed = "dns_failed", Target, Down;
    /// No process listens at the address.
    ConnectRefused = "connect_refused", Target, Down;
    /// No connection was established in time.
    ConnectTimeout = "connect_timeout", Target, Down;
    /// The network has no route to the address.
    ConnectUnreachable = "connect_unreachable", Target, Down;
    /// The connection was reset or closed before an answer.
    ConnectionClosed = "connection_closed", Target, Down;
    /// The TLS handshake failed for another reason than the certificate.
    TlsFailed = "tls_failed", Target, Down;
    /// The certificate is not valid for this name, or its issuer is not trusted.
    CertificateInvalid = "certificate_invalid", Target, Down;
    /// The certificate has expired or is not valid yet.
    CertificateExpired = "certificate_expired", Target, Down;
    /// The certificate expires soon.
    CertificateExpiring = "certificate_expiring", Target, Degraded;
    /// The server presents the certificate of a certificate authority as its own.
    CertificateIsCa = "certificate_is_ca", Target, Down;
    /// The answer did not come in time.
    Timeout = "timeout", Target, Down;
    /// The HTTP status is none of the expected ones.
    HttpStatus = "http_status", Target, Down;
    /// The answer ended before it was complete.
    ResponseTruncated = "response_truncated", Target, Down;
    /// The answer is larger than the check allows.
    ResponseTooLarge = "response_too_large", Target, Down;
    /// The answer breaks its protocol.
    ResponseInvalid = "response_invalid", Target, Down;
    /// The answer has more redirects than allowed, or one to a forbidden address.
    RedirectRefused = "redirect_refused", Target, Down;
    /// An assertion of the check does not hold.
    AssertionFailed = "assertion_failed", Target, Down;
    /// A condition of the check could not be evaluated within its limits for this answer.
    ConditionLimit = "condition_limit", Request, Down;
    /// The answer is not the expected one.
    UnexpectedAnswer = "unexpected_answer", Target, Down;
    /// A degradation condition of the check holds.
    Degraded = "degraded_condition", Target, Degraded;
    /// The key is not valid: unknown, revoked, expired, or missing.
    AuthInvalid = "auth_invalid", Credentials, Down;
    /// The key is valid and has no permission for the request.
    Permission = "permission", Credentials, Down;
    /// The service refuses requests from the region of the monitor.
    RegionBlocked = "region_blocked", Request, Down;
    /// Payment is missing, or the credit or the spending limit is used up.
    Billing = "billing", Quota, Down;
    /// A quota of a day or longer is used up and renews without action.
    QuotaDaily = "quota_daily", Quota, Down;
    /// A fixed quota is too small for the request.
    QuotaExceeded = "quota_exceeded", Quota, Down;
    /// The monitor sent too many requests in a period.
    Throttled = "throttled", Throttled, Degraded;
    /// The service has no capacity for any customer.
    Overloaded = "overloaded", Target, Down;
    /// The service reports an internal error.
    ServerError = "server_error", Target, Down;
    /// A stream ended without its end marker.
    StreamTruncated = "stream_truncated", Target, Down;
    /// The model does not exist or is not enabled: retired, renamed, or misspelled.
    ModelNotFound = "model_not_found", Request, Down;
    /// The server has no such address: a wrong base URL or API version.
    EndpointNotFound = "endpoint_not_found", Request, Down;
    /// The service refuses the request of the check as it stands.
    ProbeInvalid = "probe_invalid", Request, Inconclusive;
    /// The endpoint is scaled to zero, as configured by its owner, and wakes on demand.
    Asleep = "asleep", Request, Inconclusive;
    /// The model gave a wrong answer.
    WrongAnswer = "wrong_answer", Target, Degraded;
    /// The last heartbeat is too old.
    BeatMissing = "beat_missing", Target, Down;
    /// The job reported its own failure.
    BeatFailed = "beat_failed", Target, Down;
    /// No heartbeat has been received yet.
    BeatNeverCame = "beat_never_came", Monitor, Inconclusive;
    /// The service accepts no further connections.
    TooManyConnections = "too_many_connections", Target, Down;
    /// The service is starting, stopping or recovering, or declares itself not ready.
    NotReady = "not_ready", Target, Down;
    /// The service refuses to write: it is a replica, or its storage is full.
    ReadOnly = "read_only", Target, Down;
    /// The replica is too far behind its primary.
    ReplicationLag = "replication_lag", Target, Degraded;
    /// The database, queue, topic or other resource of the check does not exist.
    ResourceNotFound = "resource_not_found", Request, Down;
    /// The query of the check is refused as it stands.
    QueryInvalid = "query_invalid", Request, Down;
    /// The service accepts only encrypted connections.
    TlsRequired = "tls_required", Request, Down;
    /// The service does not offer the encryption that the check demands.
    TlsNotOffered = "tls_not_offered", Target, Down;
    /// A tool, capability or component that the check expects is missing.
    CapabilityMissing = "capability_missing", Target, Down;
    /// A value is above a threshold.
    ThresholdExceeded = "threshold_exceeded", Target, Degraded;
    /// The clock of the server is off.
    ClockOffset = "clock_offset", Target, Degraded;
    /// Some of the packets have no answer.
    PacketLoss = "packet_loss", Target, Degraded;
    /// The registration of the domain expires soon.
    RegistrationExpiring = "registration_expiring", Target, Degraded;
    /// The registration of the domain has expired, or the domain is not registered.
    RegistrationExpired = "registration_expired", Target, Down;
    /// The status page of the vendor reports a failure.
    VendorIncident = "vendor_incident", Target, Down;
    /// The program or function of the check reports a warning.
    PluginWarning = "plugin_warning", Target, Degraded;
    /// The program or function of the check reports a failure.
    PluginCritical = "plugin_critical", Target, Down;
    /// The program or function of the check could not measure.
    PluginUnknown = "plugin_unknown", Monitor, Inconclusive;
    /// The function of the check ended with an error of its own.
    FunctionFailed = "function_failed", Target, Down;
    /// The metric of the check has no recent value.
    DataMissing = "data_missing", Target, Down;
    /// The job runs longer than allowed.
    BeatOverran = "beat_overran", Target, Down;
    /// A secret that the check needs cannot be read.
    SecretUnreadable = "secret_unreadable", Monitor, Inconclusive;
    /// The check could not be sent before its deadline.
    NotSent = "not_sent", Monitor, Inconclusive;
    /// Most unrelated targets were unreachable: the network of the monitor is down.
    MonitoringImpaired = "monitoring_impaired", Monitor, Inconclusive;
    /// The check failed inside the monitor.
    CheckFailed = "check_failed", Monitor, Inconclusive;
    /// The proxy of the check failed or refused the request.
    ProxyFailed = "proxy_failed", Monitor, Inconclusive;
    /// Some of the regions see a failure, but fewer than the quorum.
    SomeRegions = "some_regions", Target, Degraded;
    /// A region measures nothing while other regions do.
    RegionSilent = "region_silent", Monitor, Inconclusive;
}

impl Reason {
    /// Returns true for a failure below the service: of its name, or of the route to its address. If most
    /// unrelated targets fail so at the same time, the fault is Allclear's.
    #[must_use]
    pub fn is_transport(self) -> bool {
        matches!(
            self,
            Self::DnsFailed
                | Self::ConnectRefused
                | Self::ConnectTimeout
                | Self::ConnectUnreachable
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_round_trips() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
    }

    #[test]
    fn a_failure_of_the_monitor_is_never_evidence_about_the_service() {
        for reason in Reason::ALL {
            if reason.fault() == Fault::Monitor {
                assert_eq!(reason.impact(), Impact::Inconclusive, "{reason}");
            }
        }
    }

    #[test]
    fn no_reason_that_blames_the_service_is_inconclusive() {
        for reason in Reason::ALL {
            if reason.fault() == Fault::Target {
                assert_ne!(reason.impact(), Impact::Inconclusive, "{reason}");
            }
            if reason.is_transport() {
                assert_eq!((reason.fault(), reason.impact()), (Fault::Target, Impact::Down));
            }
        }
    }

    #[test]
    fn every_reason_is_described_by_one_sentence() {
        for reason in Reason::ALL {
            let description = reason.description();
            assert!(description.ends_with('.') && !description.contains(". "), "{description}");
        }
    }
}
