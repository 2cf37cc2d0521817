//! The secrets that a config names, and their uses.

use std::collections::BTreeMap;

use allclear_core::action::ActionKinds as _;
use allclear_core::channel::ChannelKinds as _;
use allclear_core::checker::CheckKinds as _;
use allclear_core::config::Config;
use allclear_core::id::SecretName;
use allclear_llm::key;
use allclear_probes::llm::ProviderKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::commands::accounts;
use crate::local::AllKinds;

/// One use of a secret in the config.
#[derive(Debug, Clone)]
pub(super) struct SecretUse {
    /// The part of the config that names it.
    pub(super) user: User,
    /// The key that the secret is; `None` for any other secret.
    pub(super) key: Option<ProviderKey>,
}

/// The part of the config that uses a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum User {
    Monitor(String),
    Channel(String),
    Action(String),
    Watchdog,
}

/// Returns the secrets that `config` names, with their users in the order of the config.
pub(super) fn all(
    config: &Config,
    catalog: &AllKinds,
) -> anyhow::Result<BTreeMap<SecretName, Vec<SecretUse>>> {
    let mut named: BTreeMap<SecretName, Vec<SecretUse>> = BTreeMap::new();
    let watched = accounts::watched(config, &catalog.probes);
    for monitor in &config.monitors {
        let account = watched.iter().find(|one| one.monitor.id == monitor.id);
        let checker = catalog.probes.build(&monitor.check).map_err(|problems| {
            let messages: Vec<String> = problems.into_iter().map(|one| one.what).collect();
            anyhow::anyhow!("cannot build the check of `{}`: {}", monitor.id, messages.join("; "))
        })?;
        for name in checker.secrets() {
            let user = User::Monitor(monitor.id.to_string());
            let key = account.and_then(|account| account.used.key_named(&name));
            named.entry(name).or_default().push(SecretUse { user, key });
        }
    }
    for channel in &config.channels {
        // A channel that cannot be built here still names its secrets when it is sent.
        let Ok(sender) = catalog.channels.build(&channel.send) else { continue };
        for name in sender.secrets() {
            let user = User::Channel(channel.id.to_string());
            named.entry(name).or_default().push(SecretUse { user, key: None });
        }
    }
    for action in &config.actions {
        let Ok(executor) = catalog.actions.build(&action.run) else { continue };
        for name in executor.secrets() {
            let user = User::Action(action.id.to_string());
            named.entry(name).or_default().push(SecretUse { user, key: None });
        }
    }
    if let Some(watchdog) = &config.watchdog {
        let one = SecretUse { user: User::Watchdog, key: None };
        named.entry(watchdog.url.clone()).or_default().push(one);
    }
    Ok(named)
}

/// Returns the warnings about `value` for all its uses, each warning once.
pub(super) fn warnings(uses: &[SecretUse], value: &SecretString) -> Vec<String> {
    let value = value.expose_secret();
    let mut doubts = Vec::new();
    for key in uses.iter().filter_map(|one| one.key.as_ref()) {
        for doubt in key::warnings(key.provider(), value, key.which()) {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
    }
    let is_key = uses.iter().any(|one| one.key.is_some());
    if !is_key && value.trim() != value {
        doubts.push("it begins or ends with white space".to_owned());
    }
    doubts
}

/// Returns the form in which a secret may be shown. A secret that is no key has no meaningful
/// prefix, and may be a URL of which every part is confidential.
pub(super) fn shown(uses: &[SecretUse], value: &SecretString) -> String {
    if uses.iter().any(|one| one.key.is_some()) {
        key::shown(value.expose_secret())
    } else {
        let n_characters = value.expose_secret().chars().count();
        format!("{n_characters} character{}", if n_characters == 1 { "" } else { "s" })
    }
}
