//! The secrets that a config names, and their uses.

use std::collections::BTreeMap;

use allclear_core::channel::ChannelKinds as _;
use allclear_core::checker::CheckKinds as _;
use allclear_core::config::Config;
use allclear_core::id::SecretName;
use allclear_llm::call::WhichKey;
use allclear_llm::key;
use allclear_probes::llm::Used;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::commands::accounts;
use crate::machine::Catalog;

/// One use of a secret in the config.
#[derive(Debug, Clone)]
pub(super) struct Use {
    /// The monitor or the channel.
    pub(super) user: User,
    /// The key that the secret is; `None` for any other secret.
    pub(super) key: Option<KeyOf>,
}

/// The part of the config that uses a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum User {
    Monitor(String),
    Channel(String),
}

/// A key of a provider.
#[derive(Debug, Clone)]
pub(super) struct KeyOf {
    pub(super) used: Used,
    pub(super) which: WhichKey,
}

impl KeyOf {
    pub(super) fn is_admin(&self) -> bool {
        self.which == WhichKey::Admin
    }

    /// Returns the provider's name for people, and which of its keys it is.
    pub(super) fn title(&self) -> String {
        let admin = if self.is_admin() { ", admin" } else { "" };
        format!("{}{admin}", self.used.account().provider.title)
    }

    /// Returns whether the same provider is asked about the same kind of key at the same address.
    pub(super) fn is_same_question(&self, other: &Self) -> bool {
        self.used.account().provider.name == other.used.account().provider.name
            && self.address() == other.address()
            && self.is_admin() == other.is_admin()
    }

    /// Returns the address of the provider that validates the key.
    pub(super) fn address(&self) -> String {
        let hosts = self.used.account().hosts.values().map(ToString::to_string);
        hosts.collect::<Vec<_>>().join(" ")
    }
}

/// Returns the secrets that `config` names, with their users in the order of the config.
pub(super) fn all(
    config: &Config,
    catalog: &Catalog,
) -> anyhow::Result<BTreeMap<SecretName, Vec<Use>>> {
    let mut named: BTreeMap<SecretName, Vec<Use>> = BTreeMap::new();
    let watched = accounts::watched(config, &catalog.probes);
    for monitor in &config.monitors {
        let account = watched.iter().find(|one| one.monitor.id == monitor.id);
        let checker = catalog.probes.build(&monitor.check).map_err(|problems| {
            let whats: Vec<String> = problems.into_iter().map(|one| one.what).collect();
            anyhow::anyhow!("the check of `{}` cannot be built: {}", monitor.id, whats.join("; "))
        })?;
        for name in checker.secrets() {
            let user = User::Monitor(monitor.id.to_string());
            let key = account.and_then(|account| {
                let which = account.used.which_key(&name)?;
                Some(KeyOf { used: account.used.clone(), which })
            });
            named.entry(name).or_default().push(Use { user, key });
        }
    }
    for channel in &config.channels {
        // A channel that cannot be built here still names its secrets when it is sent.
        let Ok(sender) = catalog.channels.build(&channel.send) else { continue };
        for name in sender.secrets() {
            let user = User::Channel(channel.id.to_string());
            named.entry(name).or_default().push(Use { user, key: None });
        }
    }
    Ok(named)
}

/// Returns the warnings about `value` for all its uses, each warning once.
pub(super) fn doubts(uses: &[Use], value: &SecretString) -> Vec<String> {
    let value = value.expose_secret();
    let mut doubts = Vec::new();
    for KeyOf { used, which } in uses.iter().filter_map(|one| one.key.as_ref()) {
        for doubt in key::doubts(used.account().provider, value, *which) {
            if !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        }
    }
    let is_key = uses.iter().any(|one| one.key.is_some());
    if !is_key && value.trim() != value {
        doubts.push("there is white space around it".to_owned());
    }
    doubts
}

/// Returns the form in which a secret may be shown. A secret that is no key has no meaningful
/// prefix, and may be a URL of which every part is confidential.
pub(super) fn shown(uses: &[Use], value: &SecretString) -> String {
    if uses.iter().any(|one| one.key.is_some()) {
        key::shown(value.expose_secret())
    } else {
        let n_characters = value.expose_secret().chars().count();
        format!("{n_characters} character{}", if n_characters == 1 { "" } else { "s" })
    }
}
