//! The signature, by which a receiver checks the origin and the age of a message.

use allclear_core::send_error::SendError;

use crate::signing::hmac_sha256;

/// Returns `t=<seconds>,v1=<hex>`: HMAC-SHA256 over the seconds, a dot and the body.
pub(super) fn sign(key: &[u8], seconds: i64, body: &[u8]) -> Result<String, SendError> {
    let mac = hmac_sha256(key, &[format!("{seconds}.").as_bytes(), body])?;
    Ok(format!("t={seconds},v1={}", hex::encode(mac)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected text comes from `openssl dgst -sha256 -hmac whsec_test`.
    #[test]
    fn a_signature_equals_that_of_other_tools() {
        let signature = sign(b"whsec_test", 1_760_000_000, br#"{"version":1}"#).unwrap();
        assert_eq!(
            signature,
            "t=1760000000,v1=0ba1adc8b035f21c0000dd41e06b2d599bfbf44d17e6b1ac318ead3ec13d545b"
        );
    }
}
