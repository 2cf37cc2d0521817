//! `allclear keys`: lists, stores and validates API keys.
//!
//! No value is ever taken from the command line, printed, or written to any other place than its store.

mod entry;
mod keyring;
mod latest_outcomes;
mod list;
mod secret_uses;
mod set;
mod validate;
mod validation;
mod validator;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::id::SecretName;

use self::keyring::Keyring;
use self::secret_uses::SecretUse;
use crate::arguments::{KeysCommand, KeysOptions, Paths, StackOption};
use crate::local::{self, AllKinds};
use crate::stack::{self, Stack};

/// Runs the subcommand.
pub(crate) async fn run(place: &Paths, options: &KeysOptions) -> anyhow::Result<ExitCode> {
    match &options.command {
        KeysCommand::List(options) => list::run(place, options).await,
        KeysCommand::Set(options) => set::run(place, options).await,
        KeysCommand::Validate(options) => validate::run(place, options).await,
    }
}

/// The config and the secrets of this machine, or of a stack.
struct KeyContext {
    keyring: Keyring,
    /// The loaded config, or the error that explains why none could be loaded.
    config: anyhow::Result<ConfigAndKinds>,
}

/// A config, with the kinds that it was read with.
struct ConfigAndKinds {
    config: Arc<Config>,
    catalog: AllKinds,
}

impl KeyContext {
    async fn open(place: &Paths, stack: &StackOption) -> anyhow::Result<Self> {
        match stack.stack.as_deref() {
            None => Ok(Self {
                keyring: Keyring::local(place),
                config: local::load(place).map(|loaded| {
                    let local::LoadedConfig { config, catalog, .. } = loaded;
                    ConfigAndKinds { config, catalog }
                }),
            }),
            Some(name) => {
                let stack = Stack::find(name).await?;
                Ok(Self {
                    keyring: Keyring::of_stack(&stack)?,
                    config: active_config(&stack).await,
                })
            }
        }
    }
}

impl ConfigAndKinds {
    fn secret_uses(&self) -> anyhow::Result<BTreeMap<SecretName, Vec<SecretUse>>> {
        secret_uses::all(&self.config, &self.catalog)
    }
}

async fn active_config(stack: &Stack) -> anyhow::Result<ConfigAndKinds> {
    let (_, applied) = stack::active_config(&stack.store()?).await?;
    Ok(ConfigAndKinds { config: Arc::new(applied.config), catalog: AllKinds::new()? })
}
