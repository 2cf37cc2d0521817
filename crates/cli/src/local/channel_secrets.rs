//! Warnings about the secrets that channels, actions and the watchdog need.

use std::collections::BTreeSet;

use allclear_core::action::ActionKinds as _;
use allclear_core::channel::ChannelKinds as _;
use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets as _, SecretFreshness};

use crate::local::Machine;
use crate::output;

/// Prints a line for each channel and action that lacks a secret. Without it, the first alert would show that the
/// channel cannot send.
pub(crate) async fn warn_of_channel_secrets(machine: &Machine) {
    let (config, catalog) = (&machine.config, &machine.catalog);
    // Invalid parameters are config errors, which the config reports.
    let channels = config.channels.iter().filter_map(|channel| {
        let sender = catalog.channels.build(&channel.send).ok()?;
        Some((format!("the channel `{}` cannot send", channel.id), sender.secrets()))
    });
    let actions = config.actions.iter().filter_map(|action| {
        let executor = catalog.actions.build(&action.run).ok()?;
        Some((format!("the action `{}` cannot be executed", action.id), executor.secrets()))
    });
    for (effect, names) in channels.chain(actions) {
        if let Some(problems) = problems(machine, names).await {
            output::note(&format!("warning: {effect}: {problems}"));
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

/// Returns the problems with the secrets of these names; `None` if all can be read.
async fn problems(machine: &Machine, names: Vec<SecretName>) -> Option<String> {
    let mut problems = Vec::new();
    for name in names.into_iter().collect::<BTreeSet<_>>() {
        if let Err(error) = machine.secrets.secrets(&[name], SecretFreshness::Cached).await {
            problems.push(error.to_string());
        }
    }
    let problems = problems.join("; ");
    (!problems.is_empty()).then_some(problems)
}
