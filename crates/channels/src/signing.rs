//! HMAC-SHA256, with which receivers check the origin of a message.

use allclear_core::send_error::SendError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Returns the HMAC-SHA256 of the parts in a row.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, SendError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| SendError::permanent("the secret cannot be used as a signing key"))?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}
