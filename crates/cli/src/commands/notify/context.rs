//! The config, the kinds of channel and the secrets that a test uses: of this machine or of a stack.

use std::sync::Arc;

use allclear_aws::secrets::SecretsManagerSecrets;
use allclear_core::channel::Sender;
use allclear_core::config::Config;
use allclear_core::ports::{ReadSecrets as _, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;
use allclear_local::EnvironmentSecrets;

use crate::arguments::{Paths, StackOption};
use crate::local::{self, AllChannels, AllKinds};
use crate::stack::Stack;

/// The parts of a test.
pub(super) struct TestContext {
    pub(super) config: Arc<Config>,
    pub(super) kinds: AllChannels,
    pub(super) secrets: TestSecrets,
}

impl TestContext {
    /// Reads the config of the stack; that of this machine if there is none.
    pub(super) async fn open(place: &Paths, stack: &StackOption) -> anyhow::Result<Self> {
        let Some(name) = stack.stack.as_deref() else {
            let mut loaded = local::load(place)?;
            loaded.connect_to_aws().await;
            let secrets = TestSecrets::Local(local::secrets(place));
            return Ok(Self { config: loaded.config, kinds: loaded.catalog.channels, secrets });
        };
        let stack = Stack::find(name).await?;
        let config = stack.config().await?;
        let mut kinds = AllKinds::new()?.channels;
        kinds.connect(stack.cloud(), Some(stack.alert_topic()?.to_owned()));
        let secrets = TestSecrets::Stack {
            secrets: Box::new(stack.secret()?.reader()),
            name: name.to_owned(),
        };
        Ok(Self { config, kinds, secrets })
    }
}

/// The secrets that a channel may read.
pub(super) enum TestSecrets {
    Local(EnvironmentSecrets),
    Stack { secrets: Box<SecretsManagerSecrets>, name: String },
}

impl TestSecrets {
    /// Returns the secrets of a channel.
    pub(super) async fn of(&self, sender: &dyn Sender) -> Result<Secrets, SecretError> {
        let (names, freshness) = (sender.secrets(), SecretFreshness::Cached);
        match self {
            Self::Local(secrets) => secrets.secrets(&names, freshness).await,
            Self::Stack { secrets, name: stack } => {
                let read = secrets.secrets(&names, freshness).await;
                read.map_err(|error| with_command(error, stack))
            }
        }
    }
}

/// Replaces the hint for the console of AWS by the command that stores the secret.
fn with_command(error: SecretError, stack: &str) -> SecretError {
    match error {
        SecretError::Missing { name, hint: _ } => {
            let hint = format!("`allclear keys set {name} --stack {stack}` stores it");
            SecretError::Missing { name, hint }
        }
        SecretError::Unavailable { .. } => error,
    }
}
