//! A configuration made ready for folding: everything about a monitor at one look.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::Config;
use crate::id::{MonitorId, RuleId};
use crate::monitor::Monitor;
use crate::rule::Rule;
use crate::window::{Maintenance, Silence};

/// A configuration made ready for folding.
#[derive(Debug, Clone)]
pub struct Watchlist {
    config: Arc<Config>,
    entries: HashMap<MonitorId, Entry>,
}

/// Places in the config's lists.
#[derive(Debug, Clone)]
struct Entry {
    monitor: usize,
    rules: Vec<usize>,
    maintenances: Vec<usize>,
    silences: Vec<usize>,
    ancestors: Vec<MonitorId>,
}

impl Watchlist {
    /// Makes `config` ready.
    #[must_use]
    pub fn new(config: Arc<Config>) -> Self {
        let entries = config
            .monitors
            .iter()
            .enumerate()
            .map(|(index, monitor)| (monitor.id.clone(), Entry::new(&config, index, monitor)))
            .collect();
        Self { config, entries }
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The monitor with this id.
    #[must_use]
    pub fn monitor(&self, id: &MonitorId) -> Option<&Monitor> {
        self.config.monitors.get(self.entries.get(id)?.monitor)
    }

    /// The rules that apply to the monitor.
    pub(super) fn rules(&self, id: &MonitorId) -> impl Iterator<Item = &Rule> {
        let places = self.entries.get(id).map(|entry| entry.rules.as_slice()).unwrap_or_default();
        places.iter().filter_map(|place| self.config.rules.get(*place))
    }

    /// The rule with this id, if it applies to the monitor.
    pub(super) fn rule(&self, id: &MonitorId, rule: &RuleId) -> Option<&Rule> {
        self.rules(id).find(|one| one.id == *rule)
    }

    /// The planned window that is open over the monitor at `at`.
    pub(super) fn maintenance(&self, id: &MonitorId, at: Timestamp) -> Option<&Maintenance> {
        let places = &self.entries.get(id)?.maintenances;
        places
            .iter()
            .filter_map(|place| self.config.maintenances.get(*place))
            .find(|maintenance| maintenance.schedule.is_open(at))
    }

    /// The silence that mutes the rule on the monitor at `at`.
    pub(super) fn silence(&self, id: &MonitorId, rule: &RuleId, at: Timestamp) -> Option<&Silence> {
        let places = &self.entries.get(id)?.silences;
        places
            .iter()
            .filter_map(|place| self.config.silences.get(*place))
            .find(|silence| at < silence.until && silence.mutes(rule))
    }

    /// All monitors that the monitor cannot work without, directly or through others.
    pub(super) fn ancestors(&self, id: &MonitorId) -> &[MonitorId] {
        self.entries.get(id).map(|entry| entry.ancestors.as_slice()).unwrap_or_default()
    }
}

impl Entry {
    fn new(config: &Config, index: usize, monitor: &Monitor) -> Self {
        Self {
            monitor: index,
            rules: places(&config.rules, |rule| rule.scope.includes(monitor)),
            maintenances: places(&config.maintenances, |window| window.scope.includes(monitor)),
            silences: places(&config.silences, |silence| silence.scope.includes(monitor)),
            ancestors: ancestors(config, monitor),
        }
    }
}

fn places<T>(list: &[T], includes: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter().enumerate().filter_map(|(place, item)| includes(item).then_some(place)).collect()
}

fn ancestors(config: &Config, monitor: &Monitor) -> Vec<MonitorId> {
    let mut found: Vec<MonitorId> = Vec::new();
    let mut to_visit: Vec<&MonitorId> = monitor.depends_on.iter().collect();
    while let Some(id) = to_visit.pop() {
        if !found.contains(id) {
            found.push(id.clone());
            to_visit.extend(config.monitor(id).into_iter().flat_map(|parent| &parent.depends_on));
        }
    }
    found
}
