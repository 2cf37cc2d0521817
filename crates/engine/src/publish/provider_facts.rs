//! The providers and models of the public monitors, from the declarations of their kinds of check.

use std::collections::{BTreeMap, HashMap};

use allclear_core::id::MonitorId;
use allclear_core::offering::{OfferedModel, Offering};
use allclear_evaluate::ConfigIndex;

/// The providers of the monitors, from the declarations of their kinds of check.
#[derive(Debug, Clone, Default)]
pub struct ProviderFacts {
    offerings: HashMap<MonitorId, Offering>,
    /// The known models by the id of their provider.
    models: BTreeMap<&'static str, Vec<OfferedModel>>,
}

impl ProviderFacts {
    /// Reads the offerings of the public monitors of a config.
    #[must_use]
    pub fn of(index: &ConfigIndex) -> Self {
        let mut facts = Self::default();
        for monitor in index.config().monitors.iter().filter(|monitor| monitor.public) {
            let kind = index.kinds().get(&monitor.check.kind);
            let Some(declared) = kind.and_then(|kind| kind.providers) else { continue };
            let Some(offering) = (declared.offering)(&monitor.check.params) else { continue };
            if let Some(provider) = &offering.provider {
                facts.models.entry(provider.id).or_insert_with(|| (declared.models)(provider.id));
            }
            facts.offerings.insert(monitor.id.clone(), offering);
        }
        facts
    }

    /// Returns the offering that a monitor measures; `None` if it measures none.
    pub(crate) fn offering(&self, monitor: &MonitorId) -> Option<&Offering> {
        self.offerings.get(monitor)
    }

    /// Returns the known models of the provider with this id.
    pub(crate) fn models(&self, provider: &str) -> &[OfferedModel] {
        self.models.get(provider).map_or(&[], Vec::as_slice)
    }
}
