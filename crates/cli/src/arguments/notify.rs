//! The arguments of `notify`.

use allclear_core::id::ChannelId;
use clap::{Args, Subcommand};

use super::{StackOption, exit_codes};

#[derive(Debug, Args)]
pub(crate) struct NotifyOptions {
    #[command(subcommand)]
    pub(crate) command: NotifyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a test message to a channel now
    ///
    /// The message says that it is a test. It is sent from this machine regardless of the filters of the channel, is
    /// not recorded, and is not repeated. With `--stack`, the channel and its secrets are those of the stack.
    #[command(after_help = exit_codes::NOTIFY_TEST.help())]
    Test(NotifyTest),
}

#[derive(Debug, Args)]
pub(crate) struct NotifyTest {
    /// Id of the channel in the config
    pub(crate) channel: ChannelId,
    /// Then send the all-clear, which refers to the test message
    #[arg(long)]
    pub(crate) resolve: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}
