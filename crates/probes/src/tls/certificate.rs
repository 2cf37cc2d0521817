//! What is read from a certificate itself: when it is valid.

use allclear_core::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};

const SECONDS_PER_DAY: i64 = 86_400;

/// When the certificate expires, in seconds since 1970; `None` where it cannot be read.
pub(super) fn expires_at(der: &[u8]) -> Option<i64> {
    validity(der).map(|(_, until)| until)
}

/// From when until when the certificate is valid, in seconds since 1970.
pub(super) fn validity(der: &[u8]) -> Option<(i64, i64)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

/// Whole days from `now` until then, negative where it is past.
pub(super) fn days_between(now: Timestamp, seconds: i64) -> i32 {
    let days = seconds.saturating_sub(now.as_second()).div_euclid(SECONDS_PER_DAY);
    i32::try_from(days).unwrap_or(if days > 0 { i32::MAX } else { i32::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_negative_after_the_end() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(days_between(now, 1_000_000 + 86_399), 0);
        assert_eq!(days_between(now, 1_000_000 + 2 * 86_400), 2);
        assert_eq!(days_between(now, 1_000_000 - 1), -1);
        assert_eq!(expires_at(b"no certificate"), None);
    }
}
