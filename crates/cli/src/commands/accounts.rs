//! The accounts with LLM providers that a config watches.

use allclear_core::config::Config;
use allclear_core::monitor::Monitor;
use allclear_probes::Probes;
use allclear_probes::llm::ProviderUse;

/// A monitor of a provider, and its account.
pub(crate) struct WatchedAccount<'a> {
    pub(crate) monitor: &'a Monitor,
    pub(crate) used: ProviderUse,
}

/// Returns the monitors of providers, in the order of the config.
pub(crate) fn watched<'a>(config: &'a Config, probes: &Probes) -> Vec<WatchedAccount<'a>> {
    let monitors = config.monitors.iter();
    monitors
        .filter_map(|monitor| Some(WatchedAccount { monitor, used: probes.used(&monitor.check)? }))
        .collect()
}
