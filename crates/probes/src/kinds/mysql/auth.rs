//! The answers to the server's challenge, by the plugin that it names. Pure.

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// A way to log in with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthPlugin {
    /// `mysql_native_password`.
    Native,
    /// `caching_sha2_password`.
    CachingSha2,
    /// `sha256_password` and `mysql_clear_password`, which send the password itself: only over TLS.
    Clear,
}

impl AuthPlugin {
    /// Returns the plugin of this name; `None` if this check cannot log in by it.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"mysql_native_password" => Some(Self::Native),
            b"caching_sha2_password" => Some(Self::CachingSha2),
            b"sha256_password" | b"mysql_clear_password" => Some(Self::Clear),
            _ => None,
        }
    }

    /// Returns the answer to a challenge.
    pub(super) fn answer(self, password: &str, challenge: &[u8]) -> Vec<u8> {
        // Some servers end the challenge with a zero byte.
        let challenge = challenge.get(..20).unwrap_or(challenge);
        match self {
            Self::Clear => [password.as_bytes(), b"\0"].concat(),
            Self::Native | Self::CachingSha2 if password.is_empty() => Vec::new(),
            Self::Native => {
                let once = Sha1::digest(password);
                let mask = Sha1::new().chain_update(challenge).chain_update(Sha1::digest(once));
                xor(&once, &mask.finalize())
            }
            Self::CachingSha2 => {
                let once = Sha256::digest(password);
                let mask = Sha256::new().chain_update(Sha256::digest(once)).chain_update(challenge);
                xor(&once, &mask.finalize())
            }
        }
    }
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_password_has_an_empty_answer() {
        assert!(AuthPlugin::Native.answer("", &[1; 20]).is_empty());
        assert!(AuthPlugin::CachingSha2.answer("", &[1; 20]).is_empty());
    }

    /// The server knows a hash of the hash, and must find the hash in the answer.
    #[test]
    fn the_server_can_verify_an_answer() {
        let challenge = [7; 20];
        let answer = AuthPlugin::Native.answer("correct horse", &[&challenge[..], &[0]].concat());
        let stored = Sha1::digest(Sha1::digest("correct horse"));
        let mask = Sha1::new().chain_update(challenge).chain_update(stored).finalize();
        assert_eq!(Sha1::digest(xor(&answer, &mask)), stored);
        let answer = AuthPlugin::CachingSha2.answer("correct horse", &challenge);
        let stored = Sha256::digest(Sha256::digest("correct horse"));
        let mask = Sha256::new().chain_update(stored).chain_update(challenge).finalize();
        assert_eq!(Sha256::digest(xor(&answer, &mask)), stored);
    }
}
