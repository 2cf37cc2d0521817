//! A config with the rules that it does not use, for messages about them.

use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::id::RuleId;
use allclear_rehearse::DisabledRules;

use super::LoadedConfig;

/// The config that a command uses: that of a file, or the active one of a stack.
#[derive(Clone)]
pub(crate) struct ChosenConfig {
    pub(crate) config: Arc<Config>,
    /// The rules that it has disabled, each with its place.
    pub(crate) disabled: DisabledRules,
}

impl From<LoadedConfig> for ChosenConfig {
    fn from(loaded: LoadedConfig) -> Self {
        Self { config: loaded.config, disabled: loaded.disabled_rules }
    }
}

impl ChosenConfig {
    /// Returns the active config of a stack. The disabled built-in rules are known, and their places are not.
    pub(crate) fn of_stack(config: Arc<Config>) -> Self {
        let is_used = |id: &str| config.rules.iter().any(|rule| rule.id.as_str() == id);
        let built_in = allclear_probes::kinds().rules().map(|rule| rule.id);
        let disabled = built_in.filter(|id| !is_used(id)).filter_map(|id| RuleId::new(id).ok());
        let disabled = disabled.map(|id| (id, "in the active config of the stack".to_owned()));
        Self { disabled: disabled.collect(), config }
    }
}
