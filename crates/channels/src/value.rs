//! A configured text: a literal, or the name of a secret that holds it.

use allclear_core::checker::ParamProblem;
use allclear_core::id::SecretName;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use secrecy::ExposeSecret;

const PREFIX: &str = "secret:";

/// A configured text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConfiguredText {
    /// A literal text.
    Literal(String),
    /// The name of the secret that holds it.
    Secret(SecretName),
}

impl ConfiguredText {
    /// Reads the value of the parameter at `path`.
    pub(crate) fn read(path: &[&str], text: &str) -> Result<Self, ParamProblem> {
        let Some(name) = text.strip_prefix(PREFIX) else {
            if text.contains(PREFIX) {
                let key = path.last().copied().unwrap_or_default();
                let what = format!("`{key}` refers to a secret within a text");
                let hint = "store the whole text as the secret, and write `secret:name` alone";
                return Err(ParamProblem::at(path.iter().copied(), what, Some(hint)));
            }
            return Ok(Self::Literal(text.to_owned()));
        };
        match SecretName::new(name) {
            Ok(name) => Ok(Self::Secret(name)),
            Err(error) => {
                let what = format!("`{name}` is not a valid name of a secret");
                Err(ParamProblem::at(path.iter().copied(), what, Some(&error.to_string())))
            }
        }
    }

    /// Reads the value of the parameter at `path`, which must be a secret.
    pub(crate) fn read_secret(path: &[&str], text: &str) -> Result<SecretName, ParamProblem> {
        match Self::read(path, text)? {
            Self::Secret(name) => Ok(name),
            Self::Literal(_) => {
                let key = path.last().copied().unwrap_or_default();
                let what = format!("`{key}` is a secret and must not be in the config");
                let hint = format!(
                    "store the value as a secret and refer to it: `{key} = \
                             \"secret:NAME\"`"
                );
                Err(ParamProblem::at(path.iter().copied(), what, Some(&hint)))
            }
        }
    }

    /// Returns the secret that the value needs, if any.
    pub(crate) fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Literal(_) => None,
            Self::Secret(name) => Some(name),
        }
    }

    /// Returns the text, for sending only.
    pub(crate) fn expose<'a>(&'a self, secrets: &'a Secrets) -> Result<&'a str, SendError> {
        match self {
            Self::Literal(text) => Ok(text),
            Self::Secret(name) => expose(name, secrets),
        }
    }
}

/// Returns the value of the secret `name`, without the white space that a file or a shell adds.
pub(crate) fn expose<'a>(name: &SecretName, secrets: &'a Secrets) -> Result<&'a str, SendError> {
    let missing = || SendError::transient(format!("secret `{name}` was not provided"));
    secrets.get(name).map(|value| value.expose_secret().trim()).ok_or_else(missing)
}
