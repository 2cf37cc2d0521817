//! The shared state of all listeners of a simulator.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::clock::Clock;
use crate::endpoint::Endpoint;
use crate::lock::lock;
use crate::script::Script;
use crate::zone::Zone;
use crate::{Scenario, SimulatorError};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) endpoints: Registry,
    pub(crate) inboxes: Registry,
    pub(crate) zone: Mutex<Zone>,
    /// The keys that every provider refuses.
    pub(crate) revoked_keys: Mutex<BTreeSet<String>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            clock: Clock::start(),
            endpoints: Registry::default(),
            inboxes: Registry::default(),
            zone: Mutex::new(Zone::default()),
            revoked_keys: Mutex::default(),
        }
    }

    /// Starts every script of a scenario, or none if a DNS record in it cannot be parsed.
    pub(crate) fn play(&self, scenario: Scenario) -> Result<(), SimulatorError> {
        lock(&self.zone).set_all(scenario.dns)?;
        lock(&self.revoked_keys).extend(scenario.revoked_keys);
        for (name, script) in scenario.endpoints {
            self.play_endpoint(&name, script);
        }
        for (name, script) in scenario.inboxes {
            self.play_inbox(&name, script);
        }
        Ok(())
    }

    pub(crate) fn play_endpoint(&self, name: &str, script: Script) {
        self.endpoints.play(&self.clock, name, script);
    }

    pub(crate) fn play_inbox(&self, name: &str, script: Script) {
        self.inboxes.play(&self.clock, name, script);
    }

    /// Deletes the records; the scripts continue.
    pub(crate) fn clear(&self) {
        self.endpoints.clear();
        self.inboxes.clear();
        lock(&self.zone).clear_queries();
    }
}

/// The endpoints by name.
#[derive(Debug, Default)]
pub(crate) struct Registry(RwLock<HashMap<String, Arc<Endpoint>>>);

impl Registry {
    pub(crate) fn find(&self, name: &str) -> Option<Arc<Endpoint>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Returns the endpoint of this name. A new one has no faults.
    pub(crate) fn get(&self, clock: &Clock, name: &str) -> Arc<Endpoint> {
        if let Some(endpoint) = self.find(name) {
            return endpoint;
        }
        let mut endpoints = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let endpoint = endpoints
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Endpoint::new(Script::default(), clock.elapsed())));
        Arc::clone(endpoint)
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Arc<Endpoint>> {
        let endpoints = self.0.read().unwrap_or_else(PoisonError::into_inner);
        endpoints.iter().map(|(name, endpoint)| (name.clone(), Arc::clone(endpoint))).collect()
    }

    fn play(&self, clock: &Clock, name: &str, script: Script) {
        self.get(clock, name).play(script, clock.elapsed());
    }

    fn clear(&self) {
        for endpoint in self.all().into_values() {
            endpoint.clear();
        }
    }
}
