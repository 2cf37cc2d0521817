//! The proof of a password by SCRAM, of RFC 5802. Pure, except for the random value.

use std::hash::{BuildHasher, Hasher, RandomState};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac_array;
use sha2::{Digest, Sha256, Sha512};

/// The most rounds that the broker can ask for, which is the limit of the brokers themselves.
const MAX_ROUNDS: u32 = 16_384;

/// The beginning of all messages: there is no binding to the channel.
const NO_BINDING: &str = "n,,";

/// The hash of a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScramHash {
    Sha256,
    Sha512,
}

/// A proof under way.
#[derive(Debug)]
pub(super) struct ScramExchange {
    hash: ScramHash,
    /// The first message without its beginning.
    bare: String,
    nonce: String,
}

impl ScramExchange {
    /// Begins a proof with a new random value.
    pub(super) fn begin(hash: ScramHash, user: &str) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self::with_nonce(hash, user, format!("{:016x}{:016x}", random(), random()))
    }

    fn with_nonce(hash: ScramHash, user: &str, nonce: String) -> Self {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        Self { hash, bare: format!("n={user},r={nonce}"), nonce }
    }

    /// Returns the first message.
    pub(super) fn first(&self) -> String {
        format!("{NO_BINDING}{}", self.bare)
    }

    /// Returns the second message, and the answer of a broker that knows the password; `None` if the challenge breaks the
    /// mechanism.
    pub(super) fn answer(&self, password: &str, challenge: &str) -> Option<(String, String)> {
        let field = |name: &str| challenge.split(',').find_map(|field| field.strip_prefix(name));
        let nonce = field("r=").filter(|nonce| nonce.starts_with(&self.nonce))?;
        let salt = BASE64_STANDARD.decode(field("s=")?).ok()?;
        let n_rounds: u32 = field("i=")?.parse().ok()?;
        if n_rounds == 0 || n_rounds > MAX_ROUNDS {
            return None;
        }
        let unproved = format!("c={},r={nonce}", BASE64_STANDARD.encode(NO_BINDING));
        let signed = format!("{},{challenge},{unproved}", self.bare);
        let salted = self.salted(password, &salt, n_rounds);
        let client_key = self.sign(&salted, b"Client Key")?;
        let stored_key = match self.hash {
            ScramHash::Sha256 => Sha256::digest(&client_key).to_vec(),
            ScramHash::Sha512 => Sha512::digest(&client_key).to_vec(),
        };
        let proof = xor(&client_key, &self.sign(&stored_key, signed.as_bytes())?);
        let server_key = self.sign(&salted, b"Server Key")?;
        let signature = self.sign(&server_key, signed.as_bytes())?;
        let answer = format!("{unproved},p={}", BASE64_STANDARD.encode(proof));
        Some((answer, format!("v={}", BASE64_STANDARD.encode(signature))))
    }

    /// Returns the password after `n_rounds` rounds with the salt.
    fn salted(&self, password: &str, salt: &[u8], n_rounds: u32) -> Vec<u8> {
        let password = password.as_bytes();
        match self.hash {
            ScramHash::Sha256 => pbkdf2_hmac_array::<Sha256, 32>(password, salt, n_rounds).to_vec(),
            ScramHash::Sha512 => pbkdf2_hmac_array::<Sha512, 64>(password, salt, n_rounds).to_vec(),
        }
    }

    fn sign(&self, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        match self.hash {
            ScramHash::Sha256 => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
                mac.update(message);
                Some(mac.finalize().into_bytes().to_vec())
            }
            ScramHash::Sha512 => {
                let mut mac = Hmac::<Sha512>::new_from_slice(key).ok()?;
                mac.update(message);
                Some(mac.finalize().into_bytes().to_vec())
            }
        }
    }
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(a, b)| a ^ b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677.
    #[test]
    fn the_proof_is_that_of_the_standard() {
        let nonce = "rOprNGfwEbeRWgbNEkqO".to_owned();
        let exchange = ScramExchange::with_nonce(ScramHash::Sha256, "user", nonce);
        assert_eq!(exchange.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let challenge = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let (proof, signature) = exchange.answer("pencil", challenge).unwrap();
        assert_eq!(
            proof,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(signature, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_challenge_that_breaks_the_mechanism_is_refused() {
        let exchange = ScramExchange::with_nonce(ScramHash::Sha512, "a,b=c", "abc".to_owned());
        assert_eq!(exchange.first(), "n,,n=a=2Cb=3Dc,r=abc");
        assert!(exchange.answer("x", "r=abcd,s=AAAA,i=2").is_some());
        for challenge in [
            "",
            "r=abd,s=AAAA,i=2",
            "r=abcd,i=2",
            "r=abcd,s=?,i=2",
            "r=abcd,s=AAAA,i=0",
            "r=abcd,s=AAAA,i=4000000000",
            "r=abcd,s=AAAA",
        ] {
            assert!(exchange.answer("x", challenge).is_none(), "{challenge}");
        }
    }
}
