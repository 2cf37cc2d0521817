//! Warnings about the secrets that channels and the watchdog need.

use std::collections::BTreeSet;

use allclear_core::channel::{Channel, ChannelKinds as _};
use allclear_core::ports::{ReadSecrets as _, SecretFreshness};

use crate::local::Machine;
use crate::output;

/// Prints a line for each channel that lacks a secret. Without it, the first alert would show that the
/// channel cannot send.
pub(crate) async fn warn_of_channel_secrets(machine: &Machine) {
    for channel in &machine.config.channels {
        if let Some(warning) = warning(machine, channel).await {
            output::note(&warning);
        }
    }
    if let Some(watchdog) = &machine.config.watchdog
        && let Err(error) = machine
            .secrets
            .secrets(std::slice::from_ref(&watchdog.url), SecretFreshness::Cached)
            .await
    {
        output::note(&format!("warning: no beat can be sent to the watchdog: {error}"));
    }
}

/// Returns the line about a channel; `None` if it has all of its secrets.
async fn warning(machine: &Machine, channel: &Channel) -> Option<String> {
    // Invalid parameters are config errors, which the config reports.
    let sender = machine.catalog.channels.build(&channel.send).ok()?;
    let names: BTreeSet<_> = sender.secrets().into_iter().collect();
    let mut problems = Vec::new();
    for name in names {
        if let Err(error) = machine.secrets.secrets(&[name], SecretFreshness::Cached).await {
            problems.push(error.to_string());
        }
    }
    let problems = problems.join("; ");
    let line = || format!("warning: the channel `{}` cannot send: {problems}", channel.id);
    (!problems.is_empty()).then(line)
}
