//! Storage of secrets, on this machine or in a stack.

use std::collections::BTreeSet;

use allclear_aws::secrets::SecretsManagerSecrets;
use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets as _, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;
use allclear_local::{EnvironmentSecrets, SecretPlace, SecretsFile};
use secrecy::SecretString;

use crate::arguments::Paths;
use crate::local;
use crate::stack::{Stack, StackSecret};

/// A place that stores secrets, with the means to read and write them.
pub(super) enum Keyring {
    /// The environment of this process, and a file.
    Local {
        /// Both, as every command of this machine reads them.
        secrets: EnvironmentSecrets,
        /// The file, to write to.
        file: SecretsFile,
    },
    /// The secret of a stack.
    Stack {
        /// To write to.
        secret: StackSecret,
        /// As the functions read it, references followed.
        reader: Box<SecretsManagerSecrets>,
        /// The stack's name.
        stack: String,
    },
}

impl Keyring {
    /// Returns the keyring of this machine.
    pub(super) fn local(place: &Paths) -> Self {
        Self::Local { secrets: local::secrets(place), file: local::secrets_file(place) }
    }

    /// Returns the keyring of a stack.
    pub(super) fn of_stack(stack: &Stack) -> anyhow::Result<Self> {
        let secret = stack.secret()?;
        let reader = Box::new(secret.reader());
        Ok(Self::Stack { secret, reader, stack: stack.name().to_owned() })
    }

    /// Returns the value of a secret; `None` if it is not set. The error explains why it cannot be read.
    pub(super) async fn value(&self, name: &SecretName) -> Result<Option<SecretString>, String> {
        let names = std::slice::from_ref(name);
        let found: Result<Secrets, SecretError> = match self {
            Self::Local { secrets, .. } => secrets.secrets(names, SecretFreshness::Cached).await,
            Self::Stack { reader, .. } => reader.secrets(names, SecretFreshness::Cached).await,
        };
        match found {
            Ok(mut found) => Ok(found.remove(name)),
            Err(SecretError::Missing { .. }) => Ok(None),
            Err(SecretError::Unavailable { message, .. }) => Err(message),
        }
    }

    /// Returns the place of a secret that is set, such as `the variable OPENAI_API_KEY`.
    pub(super) fn place(&self, name: &SecretName) -> Option<String> {
        match self {
            Self::Local { secrets, .. } => Some(match secrets.place(name).ok()?? {
                SecretPlace::Variable(variable) => format!("variable {variable}"),
                SecretPlace::File(path) => path.display().to_string(),
            }),
            Self::Stack { .. } => Some("the stack's secret".to_owned()),
        }
    }

    /// Returns the names of the stored secrets, without those of environment variables, most of
    /// which are no secrets.
    pub(super) async fn names(&self) -> Result<BTreeSet<String>, String> {
        match self {
            Self::Local { file, .. } => {
                let names = file.names().map_err(|error| error.to_string())?;
                Ok(names.into_iter().collect())
            }
            Self::Stack { secret, .. } => secret.names().await,
        }
    }

    /// Keeps `value` under `name`. Returns whether there was one before.
    pub(super) async fn set(
        &self,
        name: &SecretName,
        value: &SecretString,
    ) -> anyhow::Result<bool> {
        match self {
            Self::Local { file, .. } => Ok(file.set(name, value)?),
            Self::Stack { secret, .. } => secret.set(name, value).await,
        }
    }

    /// Returns the command that stores a value under `name` here.
    pub(super) fn command(&self, name: &SecretName) -> String {
        match self {
            Self::Local { .. } => format!("allclear keys set {name}"),
            Self::Stack { stack, .. } => format!("allclear keys set {name} --stack {stack}"),
        }
    }

    /// Returns a description of the place that [`Keyring::set`] writes to.
    pub(super) fn written_to(&self) -> String {
        match self {
            Self::Local { file, .. } => {
                format!("`{}`, which only you can read", file.path().display())
            }
            Self::Stack { secret, .. } => format!("the secret `{}`", secret.arn()),
        }
    }

    /// Returns the environment variable that takes precedence over the stored value of `name`.
    pub(super) fn hidden_by(&self, name: &SecretName) -> Option<String> {
        let Self::Local { secrets, .. } = self else { return None };
        match secrets.place(name) {
            Ok(Some(SecretPlace::Variable(variable))) => Some(variable),
            Ok(Some(SecretPlace::File(_)) | None) | Err(_) => None,
        }
    }
}
