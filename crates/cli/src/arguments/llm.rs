//! The arguments of `keys` and `models`.

use allclear_core::id::SecretName;
use clap::{Args, Subcommand};

use super::{StackOption, exit_codes};

#[derive(Debug, Args)]
pub(crate) struct KeysOptions {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Say which keys and other secrets there are and who uses them, without their values
    #[command(after_help = exit_codes::PRINTS.help())]
    List(ListKeys),
    /// Take a value from the terminal, or from a pipe, and keep it
    ///
    /// On this machine in a file that only you can read, in a stack in its secret. Afterwards the
    /// provider is asked whether the key is good.
    #[command(after_help = exit_codes::KEYS_SET.help())]
    Set(SetKey),
    /// Ask the providers whether keys are good, which costs nothing
    #[command(after_help = exit_codes::KEYS_VALIDATE.help())]
    Validate(ValidateKeys),
}

#[derive(Debug, Args)]
pub(crate) struct ListKeys {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct SetKey {
    /// The secret, as `secret:NAME` in the config names it
    pub(crate) name: SecretName,
    /// Refused: a value is typed or piped in
    #[arg(hide = true)]
    pub(crate) value: Vec<String>,
    /// Do not ask the provider afterwards
    #[arg(long)]
    pub(crate) no_validate: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateKeys {
    /// The secrets; all keys of LLM providers if none is named
    pub(crate) names: Vec<SecretName>,
    /// Ask even if the last answer is not old yet
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Only models with this in their id
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only models that can this, or take or give it, such as `tools` or `image`; repeat for more
    #[arg(long, value_name = "WORD")]
    pub(crate) capability: Vec<String>,
    /// Only models of this provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Ask the providers even if their lists are not old yet
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Show models that were added, removed or announced for removal, instead of the list
    #[arg(long)]
    pub(crate) changes: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}
