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
    /// List the keys and other secrets with their uses, without values
    #[command(after_help = exit_codes::PRINTS.help())]
    List(ListKeys),
    /// Store a value typed in the terminal or piped in
    ///
    /// Stores it in a file that only you can read, or in the secret of a stack. Then validates a
    /// key with its provider.
    #[command(after_help = exit_codes::KEYS_SET.help())]
    Set(SetKey),
    /// Validate keys with their providers, at no cost
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
    /// Name of the secret: `openai` for `secret:openai`
    pub(crate) name: SecretName,
    /// Refused: a value is typed or piped in
    #[arg(hide = true)]
    pub(crate) value: Vec<String>,
    /// Do not validate the key with its provider
    #[arg(long)]
    pub(crate) no_validate: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateKeys {
    /// Names of secrets; all keys of LLM providers if omitted
    pub(crate) names: Vec<SecretName>,
    /// Validate even if a recent result is stored
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
    /// Only models with this text in their id
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only models with this capability or modality, such as `tools` or `image`; repeatable
    #[arg(long, value_name = "WORD")]
    pub(crate) capability: Vec<String>,
    /// Only models of this provider
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// List the models again even if a recent list is stored
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
