//! The login by SASL.

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use schemars::JsonSchema;
use serde::Deserialize;

use super::format::{AnswerFields, RequestFields};
use super::frames::{KafkaFrames, RequestKey, unexpected};
use super::refusal;
use super::scram::{ScramExchange, ScramHash};
use crate::excerpt::excerpt;

const LOGIN: &str = "logging in";

/// A mechanism of login.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SaslMechanism {
    /// The password itself is sent: only with `tls`, unless the network is trusted.
    Plain,
    /// The password is proved and not sent.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// The password is proved and not sent.
    #[default]
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

impl SaslMechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// Logs in.
pub(super) async fn log_in(
    frames: &mut KafkaFrames,
    mechanism: SaslMechanism,
    user: &str,
    password: &str,
) -> Result<(), Cause> {
    choose(frames, mechanism).await?;
    let hash = match mechanism {
        SaslMechanism::Plain => {
            let proof = format!("\0{user}\0{password}");
            return authenticate(frames, proof.as_bytes()).await.map(|_| ());
        }
        SaslMechanism::ScramSha256 => ScramHash::Sha256,
        SaslMechanism::ScramSha512 => ScramHash::Sha512,
    };
    let exchange = ScramExchange::begin(hash, user);
    let challenge = authenticate(frames, exchange.first().as_bytes()).await?;
    let malformed = || unexpected("the challenge breaks the mechanism", LOGIN);
    let (proof, signature) = exchange.answer(password, &challenge).ok_or_else(malformed)?;
    let confirmed = authenticate(frames, proof.as_bytes()).await?;
    if confirmed == signature {
        return Ok(());
    }
    let what = "the broker cannot prove that it knows the password; another server may answer at the address";
    Err(Cause::of(Reason::ResponseInvalid, what))
}

async fn choose(frames: &mut KafkaFrames, mechanism: SaslMechanism) -> Result<(), Cause> {
    let name = mechanism.name();
    let content = RequestFields::default().text(name);
    let answer = frames.ask(RequestKey::SASL_HANDSHAKE, content, LOGIN).await?;
    let mut fields = AnswerFields(&answer);
    let read = fields.short().zip(fields.list(AnswerFields::text));
    let (code, offered) = read.ok_or_else(|| unexpected("it breaks the protocol", LOGIN))?;
    match code {
        0 => Ok(()),
        33 if !offered.is_empty() => {
            let offered = excerpt(&offered.join(", "));
            let what = format!(
                "the broker does not offer the login `{name}` but {offered}: correct `mechanism`"
            );
            Err(Cause::of(Reason::ProbeInvalid, what))
        }
        code => Err(refusal::cause(code, "", LOGIN)),
    }
}

async fn authenticate(frames: &mut KafkaFrames, message: &[u8]) -> Result<String, Cause> {
    let content = RequestFields::default().bytes(message);
    let answer = frames.ask(RequestKey::SASL_AUTHENTICATE, content, LOGIN).await?;
    let mut fields = AnswerFields(&answer);
    let read = (fields.short(), fields.text(), fields.bytes());
    let (Some(code), Some(text), Some(bytes)) = read else {
        return Err(unexpected("it breaks the protocol", LOGIN));
    };
    if code == 0 {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    Err(refusal::cause(code, &text, LOGIN))
}
