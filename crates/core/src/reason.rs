//! Reasons: stable codes for why an outcome is not healthy.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)?) => {
        /// Why an outcome is not healthy. The code is stable: people route and query by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

reasons! {
    /// The name could not be resolved.
    DnsFailed = "dns_failed",
    /// Nobody listens at the address.
    ConnectRefused = "connect_refused",
    /// No connection came about in time.
    ConnectTimeout = "connect_timeout",
    /// There is no way to the address.
    ConnectUnreachable = "connect_unreachable",
    /// The connection was reset or closed before an answer.
    ConnectionClosed = "connection_closed",
    /// The TLS handshake failed for another reason than the certificate.
    TlsFailed = "tls_failed",
    /// The certificate is not valid for this name or from no trusted issuer.
    CertificateInvalid = "certificate_invalid",
    /// The certificate has expired or is not valid yet.
    CertificateExpired = "certificate_expired",
    /// The certificate expires soon.
    CertificateExpiring = "certificate_expiring",
    /// A certificate authority's own certificate serves as the server's.
    CertificateIsCa = "certificate_is_ca",
    /// The answer did not come in time.
    Timeout = "timeout",
    /// The HTTP status is none of the expected ones.
    HttpStatus = "http_status",
    /// The answer ended before it was complete.
    ResponseTruncated = "response_truncated",
    /// The answer is larger than the check allows.
    ResponseTooLarge = "response_too_large",
    /// The answer breaks its protocol.
    ResponseInvalid = "response_invalid",
    /// There were more redirects than allowed, or one to where the check must not go.
    RedirectRefused = "redirect_refused",
    /// An assertion of the check does not hold.
    AssertionFailed = "assertion_failed",
    /// A condition of the check could not be evaluated within its limits for this answer.
    ConditionLimit = "condition_limit",
    /// The answer is not the expected one.
    UnexpectedAnswer = "unexpected_answer",
    /// A degradation condition of the check holds.
    Degraded = "degraded_condition",
    /// The key is not valid: unknown, revoked, expired, or missing.
    AuthInvalid = "auth_invalid",
    /// The key is valid and may not do this.
    Permission = "permission",
    /// The service may not be used from where we are.
    RegionBlocked = "region_blocked",
    /// Payment is missing, or the credit or the spending limit is used up.
    Billing = "billing",
    /// A quota of a day or longer is used up; it comes back by itself.
    QuotaDaily = "quota_daily",
    /// A fixed quota is too small for what was asked.
    QuotaExceeded = "quota_exceeded",
    /// Too many requests in a while.
    Throttled = "throttled",
    /// The service has no capacity for anybody.
    Overloaded = "overloaded",
    /// The service failed inside.
    ServerError = "server_error",
    /// A stream ended without its end marker.
    StreamTruncated = "stream_truncated",
    /// There is no such model, or not for us: retired, renamed, or not enabled.
    ModelNotFound = "model_not_found",
    /// There is no such address on this server: a wrong base URL or API version.
    EndpointNotFound = "endpoint_not_found",
    /// The service refuses the request of the check as it stands.
    ProbeInvalid = "probe_invalid",
    /// The endpoint sleeps, as its owner wants it to, and wakes on demand.
    Asleep = "asleep",
    /// The model answered wrongly.
    WrongAnswer = "wrong_answer",
    /// The last beat is too old.
    BeatMissing = "beat_missing",
    /// The job reported its own failure.
    BeatFailed = "beat_failed",
    /// No beat has ever come.
    BeatNeverCame = "beat_never_came",
    /// A secret that the check needs cannot be read.
    SecretUnreadable = "secret_unreadable",
    /// The check could not be sent before its deadline.
    NotSent = "not_sent",
    /// Most unrelated targets could not be reached: the monitor's own network is out.
    MonitoringImpaired = "monitoring_impaired",
    /// The check failed inside the monitor.
    CheckFailed = "check_failed",
    /// The proxy that the check goes through failed or refused it.
    ProxyFailed = "proxy_failed",
}

impl Reason {
    /// Whether the failure lies below the service: its name, or the way to its address. When most
    /// unrelated targets fail so at once, the fault is the monitor's own.
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
    fn every_code_is_unique_and_reads_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
    }
}
