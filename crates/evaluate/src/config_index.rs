//! A config prepared for evaluation: the entries that apply to each monitor, and compiled conditions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::kind::KindSet;
use allclear_core::monitor::Monitor;
use allclear_core::rule::Rule;
use allclear_core::window::{Maintenance, Silence};
use allclear_expression::{Expression, ExpressionError};

use crate::rule_variables::{self, RuleVariable};

/// A config prepared for evaluation.
#[derive(Debug, Clone)]
pub struct ConfigIndex {
    config: Arc<Config>,
    kinds: KindSet,
    rules: Vec<CompiledRule>,
    monitors: HashMap<MonitorId, IndexEntry>,
    shortest_interval: Duration,
}

/// A rule of the config and its compiled condition.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    /// The rule as configured.
    pub rule: Rule,
    /// Its condition.
    pub condition: Expression,
}

impl CompiledRule {
    /// Returns true if the condition is about the last day rather than about the latest outcomes.
    #[must_use]
    pub fn is_about_a_day(&self) -> bool {
        let uptime = RuleVariable::UptimePercentage.name();
        self.condition.variables().any(|name| name == uptime)
    }

    /// Returns true if both rules are about the same subject, so that a notification about the more severe
    /// one is enough. Rules about the outcome have the same subject. Rules about an account have the same
    /// subject if they have the same owner and read the same metrics.
    #[must_use]
    pub fn has_subject_of(&self, other: &Self) -> bool {
        self.rule.fault == other.rule.fault
            && (self.rule.fault.is_none() || self.condition.metrics().eq(other.condition.metrics()))
    }
}

/// A rule whose condition does not compile: the config was stored by another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid condition of rule `{rule}`: {source}: fix it and apply the config again")]
pub struct ConditionError {
    /// The rule.
    pub rule: RuleId,
    /// The error in its condition.
    pub source: ExpressionError,
}

/// The positions in the lists of the config that apply to one monitor.
#[derive(Debug, Clone)]
struct IndexEntry {
    monitor: usize,
    rules: Vec<usize>,
    maintenances: Vec<usize>,
    silences: Vec<usize>,
    ancestors: Vec<MonitorId>,
}

impl ConfigIndex {
    /// Prepares `config`.
    ///
    /// # Errors
    ///
    /// Fails if the condition of a rule does not compile. This cannot happen to a config that the config
    /// crate has just loaded.
    pub fn new(config: Arc<Config>) -> Result<Self, ConditionError> {
        let rules = config.rules.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
        let by_id: ById<'_> =
            config.monitors.iter().map(|monitor| (&monitor.id, monitor)).collect();
        let entry = |(position, monitor): (usize, &Monitor)| {
            (monitor.id.clone(), IndexEntry::new(&config, &by_id, position, monitor))
        };
        let monitors = config.monitors.iter().enumerate().map(entry).collect();
        let intervals = config.monitors.iter().map(|monitor| monitor.interval);
        let shortest_interval = intervals.min().unwrap_or(Monitor::DEFAULT_INTERVAL);
        Ok(Self { config, kinds: KindSet::default(), rules, monitors, shortest_interval })
    }

    /// Returns the index with the declarations of the kinds of check, which provide the texts about metrics
    /// in alerts and summaries.
    #[must_use]
    pub fn with_kinds(self, kinds: KindSet) -> Self {
        Self { kinds, ..self }
    }

    /// Returns the declarations of the kinds of check.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// Returns the config.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// Returns the monitor with this id.
    #[must_use]
    pub fn monitor(&self, id: &MonitorId) -> Option<&Monitor> {
        self.config.monitors.get(self.monitors.get(id)?.monitor)
    }

    /// Returns the interval of the monitor that is checked most often.
    pub(crate) fn shortest_interval(&self) -> Duration {
        self.shortest_interval
    }

    /// Returns the rules that apply to the monitor.
    pub(crate) fn rules(&self, id: &MonitorId) -> impl Iterator<Item = &CompiledRule> {
        let entry = self.monitors.get(id);
        let positions = entry.map(|entry| entry.rules.as_slice()).unwrap_or_default();
        positions.iter().filter_map(|position| self.rules.get(*position))
    }

    /// Returns the rule with this id and its condition, if it applies to the monitor.
    pub(crate) fn compiled_rule(&self, id: &MonitorId, rule: &RuleId) -> Option<&CompiledRule> {
        self.rules(id).find(|one| one.rule.id == *rule)
    }

    /// Returns the rule with this id, if it applies to the monitor.
    pub(crate) fn rule(&self, id: &MonitorId, rule: &RuleId) -> Option<&Rule> {
        self.compiled_rule(id, rule).map(|one| &one.rule)
    }

    /// Returns the maintenance window of the monitor that is open at `at`.
    pub(crate) fn maintenance(&self, id: &MonitorId, at: Timestamp) -> Option<&Maintenance> {
        let positions = &self.monitors.get(id)?.maintenances;
        positions
            .iter()
            .filter_map(|position| self.config.maintenances.get(*position))
            .find(|maintenance| maintenance.schedule.is_open(at))
    }

    /// Returns the silence that mutes the rule on the monitor at `at`.
    pub(crate) fn silence(&self, id: &MonitorId, rule: &RuleId, at: Timestamp) -> Option<&Silence> {
        let positions = &self.monitors.get(id)?.silences;
        positions
            .iter()
            .filter_map(|position| self.config.silences.get(*position))
            .find(|silence| at < silence.until && silence.mutes(rule))
    }

    /// Returns all monitors that the monitor depends on, directly or through others.
    pub(crate) fn ancestors(&self, id: &MonitorId) -> &[MonitorId] {
        self.monitors.get(id).map(|entry| entry.ancestors.as_slice()).unwrap_or_default()
    }
}

impl IndexEntry {
    fn new(config: &Config, by_id: &ById<'_>, position: usize, monitor: &Monitor) -> Self {
        Self {
            monitor: position,
            rules: positions(&config.rules, |rule| rule.scope.includes(monitor)),
            maintenances: positions(&config.maintenances, |window| window.scope.includes(monitor)),
            silences: positions(&config.silences, |silence| silence.scope.includes(monitor)),
            ancestors: ancestors(by_id, monitor),
        }
    }
}

fn compile(rule: &Rule) -> Result<CompiledRule, ConditionError> {
    let condition = rule_variables::compile(&rule.condition)
        .map_err(|source| ConditionError { rule: rule.id.clone(), source })?;
    Ok(CompiledRule { rule: rule.clone(), condition })
}

fn positions<T>(list: &[T], includes: impl Fn(&T) -> bool) -> Vec<usize> {
    let chosen = |(position, item)| includes(item).then_some(position);
    list.iter().enumerate().filter_map(chosen).collect()
}

/// The monitors of a config by their ids.
type ById<'a> = HashMap<&'a MonitorId, &'a Monitor>;

fn ancestors(by_id: &ById<'_>, monitor: &Monitor) -> Vec<MonitorId> {
    let mut found: Vec<MonitorId> = Vec::new();
    let mut to_visit: Vec<&MonitorId> = monitor.depends_on.iter().collect();
    while let Some(id) = to_visit.pop() {
        if !found.contains(id) {
            found.push(id.clone());
            to_visit.extend(by_id.get(id).into_iter().flat_map(|parent| &parent.depends_on));
        }
    }
    found
}
