//! The metrics that several kinds of check measure, each declared once.

use allclear_core::kind::{Metric, Unit};

/// The size of the body of an answer, or of all that was received.
pub(crate) const BODY_BYTES: Metric = Metric::new("body_bytes", Unit::Bytes);

/// The version of TLS: 1.2 or 1.3.
pub(crate) const TLS_VERSION: Metric = Metric::new("tls_version", Unit::Number);

/// The days until the first certificate on the verified path expires.
pub(crate) const CERTIFICATE_DAYS: Metric = Metric::new("certificate_days", Unit::Days);

/// 0 if certificates are not verified.
pub(crate) const CERTIFICATE_VERIFIED: Metric = Metric::new("certificate_verified", Unit::Number);

/// The time by which a replica is behind its primary.
pub(crate) const REPLICATION_LAG_SECONDS: Metric =
    Metric::new("replication_lag_seconds", Unit::Seconds);

/// The time since the server has started.
pub(crate) const UPTIME_SECONDS: Metric = Metric::new("uptime_seconds", Unit::Seconds);
