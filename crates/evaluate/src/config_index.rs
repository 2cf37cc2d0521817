//! A config prepared for evaluation: the entries that apply to each monitor, and compiled conditions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::action::Action;
use allclear_core::alert_group::{CommonRoot, RootKind};
use allclear_core::config::Config;
use allclear_core::event::AlertId;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::kind::KindSet;
use allclear_core::matcher::AlertLabels;
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::outcome::Outcome;
use allclear_core::route::RouteId;
use allclear_core::rule::Rule;
use allclear_core::window::{Maintenance, Silence};
use allclear_expression::{Binding, EvaluationBudget, Expression, ExpressionError, Truth};
use fnv::FnvHashMap;

use crate::calm;
use crate::entry_index::{ActiveSilence, EntryError, EntryIndex};
use crate::matchers::{CompiledMatchers, PatternError};
use crate::routing::{Receivers, RouteNode, RoutedAlert, RoutingTree};
use crate::rule_variables::{self, RuleVariable};

/// A config prepared for evaluation, and the entries of operators beside it. Clones share the compiled config.
#[derive(Debug, Clone)]
pub struct ConfigIndex {
    compiled: Arc<CompiledConfig>,
    kinds: KindSet,
    entries: Arc<EntryIndex>,
    evaluation: RuleEvaluation,
}

/// The conditions that the fold evaluates with each outcome. The decisions are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RuleEvaluation {
    /// Those that can hold.
    #[default]
    Needed,
    /// All of them, to compare the decisions.
    Full,
}

impl RuleEvaluation {
    /// Evaluates a condition.
    pub(crate) fn truth<'v>(
        self,
        condition: &'v Expression,
        values: impl Fn(&str) -> Option<Binding<'v>>,
    ) -> Truth {
        match self {
            Self::Needed => condition.evaluate(values),
            Self::Full => {
                condition.evaluate_within(&mut EvaluationBudget::for_own_values(), values)
            }
        }
    }
}

/// The conditions that can hold after an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PossibleConditions {
    /// All of them.
    All,
    /// The monitor is calm and has no alert.
    OfCalm,
    /// Nor has its outcome metrics.
    OfCalmWithoutMetrics,
}

impl PossibleConditions {
    /// Returns the conditions that can hold after this outcome of a calm monitor without an alert.
    pub(crate) fn of_calm(outcome: &Outcome) -> Self {
        if outcome.metrics.is_empty() { Self::OfCalmWithoutMetrics } else { Self::OfCalm }
    }
}

/// The parts that are compiled once for each config.
#[derive(Debug)]
struct CompiledConfig {
    config: Arc<Config>,
    rules: Vec<CompiledRule>,
    /// The matchers of the silences, in the order of the config.
    silences: Vec<CompiledMatchers>,
    routing: RoutingTree,
    /// The matchers of the actions, in the order of the config.
    actions: Vec<CompiledMatchers>,
    monitors: FnvHashMap<MonitorId, IndexEntry>,
    shortest_interval: Duration,
}

/// A rule of the config and its compiled condition.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    /// The rule as configured.
    pub rule: Rule,
    /// Its condition.
    pub condition: Expression,
    /// True if the condition is false for each monitor whose latest outcomes show no trouble.
    pub(crate) is_false_when_calm: bool,
    /// True if the condition cannot hold without certain metrics.
    pub(crate) needs_metrics: bool,
}

impl CompiledRule {
    /// Returns true if the condition is about the last day rather than about the latest outcomes.
    #[must_use]
    pub fn is_about_a_day(&self) -> bool {
        self.reads(RuleVariable::UptimePercentage)
    }

    /// Returns true if the condition is about failures that come and go.
    #[must_use]
    pub fn is_about_intermittent_failures(&self) -> bool {
        self.reads(RuleVariable::IntermittentFailurePercentage)
            || self.reads(RuleVariable::IntermittentFailures)
    }

    fn reads(&self, variable: RuleVariable) -> bool {
        self.condition.asks_for(variable.name())
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

/// A condition or a pattern that does not compile: the config was stored by another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// The condition of a rule.
    #[error("invalid condition of rule `{rule}`: {source}: fix it and apply the config again")]
    Rule {
        /// The rule.
        rule: RuleId,
        /// The error in its condition.
        source: ExpressionError,
    },
    /// The matcher of a silence or of a route.
    #[error("{0}: fix it and apply the config again")]
    Matcher(#[from] PatternError),
}

/// The positions in the lists of the config that apply to one monitor.
#[derive(Debug, Clone)]
struct IndexEntry {
    monitor: usize,
    rules: Vec<usize>,
    /// The rules whose conditions can hold for a calm monitor.
    rules_when_calm: Vec<usize>,
    /// Those of them that need no metric.
    rules_without_metrics: Vec<usize>,
    maintenances: Vec<usize>,
    silences: Vec<usize>,
    ancestors: Vec<MonitorId>,
}

/// A monitor of the config with the rules that apply to it, found by one search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConfiguredMonitor<'a> {
    /// The monitor as configured.
    pub(crate) monitor: &'a Monitor,
    entry: &'a IndexEntry,
    rules: &'a [CompiledRule],
}

impl<'a> ConfiguredMonitor<'a> {
    /// Returns the rules that apply to the monitor and whose conditions can hold.
    pub(crate) fn rules(
        self,
        conditions: PossibleConditions,
    ) -> impl Iterator<Item = &'a CompiledRule> {
        let positions = match conditions {
            PossibleConditions::All => &self.entry.rules,
            PossibleConditions::OfCalm => &self.entry.rules_when_calm,
            PossibleConditions::OfCalmWithoutMetrics => &self.entry.rules_without_metrics,
        };
        positions.iter().filter_map(move |position| self.rules.get(*position))
    }
}

impl ConfigIndex {
    /// Prepares `config`.
    ///
    /// # Errors
    ///
    /// Fails if the condition of a rule or the pattern of a matcher does not compile. This cannot happen to a
    /// config that the config crate has just loaded.
    pub fn new(config: Arc<Config>) -> Result<Self, ConditionError> {
        let rules = config.rules.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
        let silences =
            config.silences.iter().map(|silence| CompiledMatchers::new(&silence.matchers));
        let silences = silences.collect::<Result<Vec<_>, _>>()?;
        let routing = RoutingTree::new(&config)?;
        let actions =
            config.actions.iter().map(|action| CompiledMatchers::new(&action.filter.matchers));
        let actions = actions.collect::<Result<Vec<_>, _>>()?;
        let by_id: ById<'_> =
            config.monitors.iter().map(|monitor| (&monitor.id, monitor)).collect();
        let entry = |(position, monitor): (usize, &Monitor)| {
            let lists = (rules.as_slice(), silences.as_slice());
            (monitor.id.clone(), IndexEntry::new(&config, lists, &by_id, (position, monitor)))
        };
        let monitors = config.monitors.iter().enumerate().map(entry).collect();
        let intervals = config.monitors.iter().map(|monitor| monitor.interval);
        let shortest_interval = intervals.min().unwrap_or(Monitor::DEFAULT_INTERVAL);
        let compiled = CompiledConfig {
            config,
            rules,
            silences,
            routing,
            actions,
            monitors,
            shortest_interval,
        };
        let compiled = Arc::new(compiled);
        let (kinds, entries, evaluation) = Default::default();
        Ok(Self { compiled, kinds, entries, evaluation })
    }

    /// Returns the index with `entries` in place of its entries of operators. The config is not compiled again.
    #[must_use]
    pub fn with_entries(&self, entries: Arc<[OperatorEntry]>) -> Self {
        Self { entries: Arc::new(EntryIndex::new(entries)), ..self.clone() }
    }

    /// Returns the entries of operators.
    #[must_use]
    pub fn entries(&self) -> &Arc<[OperatorEntry]> {
        self.entries.entries()
    }

    /// Returns the entries that cannot be used, each with the reason.
    #[must_use]
    pub fn entry_errors(&self) -> &[EntryError] {
        &self.entries.errors
    }

    /// Returns the maintenance windows of operators, each with the time at which it was entered.
    pub fn entered_maintenances(&self) -> impl Iterator<Item = (&Maintenance, Timestamp)> {
        self.entries.maintenances()
    }

    /// Returns the index with the declarations of the kinds of check, which provide the texts about metrics
    /// in alerts and summaries.
    #[must_use]
    pub fn with_kinds(self, kinds: KindSet) -> Self {
        Self { kinds, ..self }
    }

    /// Returns the index with another choice of the conditions that the fold evaluates.
    #[must_use]
    pub fn with_evaluation(self, evaluation: RuleEvaluation) -> Self {
        Self { evaluation, ..self }
    }

    /// Returns the choice of the conditions that the fold evaluates.
    pub(crate) fn evaluation(&self) -> RuleEvaluation {
        self.evaluation
    }

    /// Returns the declarations of the kinds of check.
    #[must_use]
    pub fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// Returns the config.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.compiled.config
    }

    /// Returns the routes.
    #[must_use]
    pub fn routing(&self) -> &RoutingTree {
        &self.compiled.routing
    }

    /// Returns the route with this id; `None` if the config no longer has it.
    pub(crate) fn route(&self, id: &RouteId) -> Option<&RouteNode> {
        self.routing().node(id)
    }

    /// Returns the settings of the notifications of a route. If the config no longer has it, those of all routes.
    pub(crate) fn settings(&self, route: &RouteId) -> &NotificationSettings {
        self.route(route).map_or(&self.config().notifications, |route| &route.settings)
    }

    /// Returns the channels that an alert with `labels` goes to.
    #[must_use]
    pub fn receivers(&self, labels: AlertLabels<'_>, at: Timestamp) -> Receivers<'_> {
        let id = labels.monitor.id;
        let (monitor, rule) = (self.monitor(id), self.rule(id, labels.rule));
        self.routing().receivers(&RoutedAlert { labels, monitor, rule }, self.config(), at)
    }

    /// Returns the actions that mend an alert with `labels`, in the order of the config.
    pub(crate) fn actions<'a>(
        &'a self,
        labels: &AlertLabels<'_>,
    ) -> impl Iterator<Item = &'a Action> {
        let monitor = self.monitor(labels.monitor.id);
        let all = self.config().actions.iter().zip(&self.compiled.actions);
        let mends = move |(action, matchers): &(&Action, &CompiledMatchers)| {
            monitor.is_some_and(|it| action.filter.accepts(labels, it)) && matchers.hold(labels)
        };
        all.filter(mends).map(|(action, _)| action)
    }

    fn entry(&self, id: &MonitorId) -> Option<&IndexEntry> {
        self.compiled.monitors.get(id)
    }

    /// Returns the monitor with this id.
    #[must_use]
    pub fn monitor(&self, id: &MonitorId) -> Option<&Monitor> {
        self.config().monitors.get(self.entry(id)?.monitor)
    }

    /// Returns the monitor with this id, and the rules that apply to it.
    pub(crate) fn configured(&self, id: &MonitorId) -> Option<ConfiguredMonitor<'_>> {
        let entry = self.entry(id)?;
        let monitor = self.config().monitors.get(entry.monitor)?;
        Some(ConfiguredMonitor { monitor, entry, rules: &self.compiled.rules })
    }

    /// Returns the name of the monitor for people, or its id if the config does not have it.
    pub(crate) fn name_of(&self, id: &MonitorId) -> String {
        self.monitor(id).map_or_else(|| id.to_string(), |monitor| monitor.name.clone())
    }

    /// Returns the properties of the target in the config that other monitors can share.
    pub(crate) fn properties(&self, id: &MonitorId) -> Vec<CommonRoot> {
        let Some(monitor) = self.monitor(id) else { return Vec::new() };
        let check = &monitor.check;
        let of_kind = self.kinds.get(&check.kind).map(|kind| (kind.properties)(&check.params));
        of_kind.into_iter().flatten().chain(heading(monitor)).collect()
    }

    /// Returns the interval of the monitor that is checked most often.
    pub(crate) fn shortest_interval(&self) -> Duration {
        self.compiled.shortest_interval
    }

    /// Returns the rules that apply to the monitor.
    pub(crate) fn rules(&self, id: &MonitorId) -> impl Iterator<Item = &CompiledRule> {
        let configured = self.configured(id).into_iter();
        configured.flat_map(|one| one.rules(PossibleConditions::All))
    }

    /// Returns the rules that can fire for the monitor: those that apply to it and need no metric that its kind of check
    /// does not measure.
    pub fn rules_that_can_fire(&self, id: &MonitorId) -> impl Iterator<Item = &Rule> {
        let kind = self.monitor(id).and_then(|monitor| self.kinds.get(&monitor.check.kind));
        let is_measured = move |name: &str| {
            kind.is_none_or(|kind| kind.metrics.iter().any(|metric| metric.is_named(name)))
        };
        self.rules(id)
            .filter(move |rule| rule.condition.needed_metrics().all(is_measured))
            .map(|rule| &rule.rule)
    }

    /// Returns the rule with this id and its condition, if it applies to the monitor.
    pub(crate) fn compiled_rule(&self, id: &MonitorId, rule: &RuleId) -> Option<&CompiledRule> {
        self.rules(id).find(|one| one.rule.id == *rule)
    }

    /// Returns the rule with this id, if it applies to the monitor.
    pub(crate) fn rule(&self, id: &MonitorId, rule: &RuleId) -> Option<&Rule> {
        self.compiled_rule(id, rule).map(|one| &one.rule)
    }

    /// Returns true if a rule of the monitor reads its usual response time.
    pub(crate) fn reads_usual_latency(&self, id: &MonitorId) -> bool {
        self.rules(id).any(|one| one.reads(RuleVariable::UsualResponseTimeMs))
    }

    /// Returns the maintenance window of the monitor that is open at `at`, from the config or from an operator.
    #[must_use]
    pub fn maintenance(&self, id: &MonitorId, at: Timestamp) -> Option<&Maintenance> {
        if self.config().maintenances.is_empty() && self.entries.entries().is_empty() {
            return None;
        }
        let positions = &self.entry(id)?.maintenances;
        let configured = positions
            .iter()
            .filter_map(|position| self.config().maintenances.get(*position))
            .find(|window| window.is_open(at));
        let entered = self.entries.maintenances().map(|(window, _)| window);
        let mut entered = entered.filter(|window| window.is_open(at));
        let applies = |window: &&Maintenance| {
            self.monitor(id).is_some_and(|monitor| window.scope.includes(monitor))
        };
        configured.or_else(|| entered.find(applies))
    }

    /// Returns the silence that mutes an alert with `labels` at `at`, from the config or from an operator.
    #[must_use]
    pub fn silence(&self, labels: &AlertLabels<'_>, at: Timestamp) -> Option<ActiveSilence<'_>> {
        let positions = self.entry(labels.monitor.id).map(|entry| entry.silences.as_slice());
        let configured = positions.unwrap_or_default().iter().find_map(|position| {
            let silence = self.config().silences.get(*position)?;
            let matchers = self.compiled.silences.get(*position)?;
            let Silence { author, comment, until, .. } = silence;
            (silence.is_in_force(at) && matchers.hold(labels)).then_some(ActiveSilence {
                author,
                comment,
                until: Some(*until),
            })
        });
        configured.or_else(|| self.entries.silence(labels, at))
    }

    /// Returns the acknowledgements of the alert by operators, those that are no longer in force included.
    pub fn acknowledgements(&self, alert: &AlertId) -> impl Iterator<Item = &OperatorEntry> {
        self.entries.acknowledgements(alert)
    }

    /// Returns all monitors that the monitor depends on, directly or through others.
    pub(crate) fn ancestors(&self, id: &MonitorId) -> &[MonitorId] {
        self.entry(id).map(|entry| entry.ancestors.as_slice()).unwrap_or_default()
    }
}

impl IndexEntry {
    fn new(
        config: &Config,
        (rules, silences): (&[CompiledRule], &[CompiledMatchers]),
        by_id: &ById<'_>,
        (position, monitor): (usize, &Monitor),
    ) -> Self {
        let applies = |one: &CompiledRule| one.rule.scope.includes(monitor);
        let holds_when_calm = |one: &CompiledRule| !one.is_false_when_calm;
        Self {
            monitor: position,
            rules: positions(rules, applies),
            rules_when_calm: positions(rules, |one| holds_when_calm(one) && applies(one)),
            rules_without_metrics: positions(rules, |one| {
                holds_when_calm(one) && !one.needs_metrics && applies(one)
            }),
            maintenances: positions(&config.maintenances, |window| window.scope.includes(monitor)),
            silences: positions(silences, |matchers| matchers.may_hold_for(monitor)),
            ancestors: ancestors(by_id, monitor),
        }
    }
}

fn heading(monitor: &Monitor) -> Option<CommonRoot> {
    let value = monitor.group.clone()?;
    Some(CommonRoot { kind: RootKind::Group, value })
}

fn compile(rule: &Rule) -> Result<CompiledRule, ConditionError> {
    let condition = rule_variables::compile(&rule.condition)
        .map_err(|source| ConditionError::Rule { rule: rule.id.clone(), source })?;
    let is_false_when_calm = calm::is_false_when_calm(&condition);
    let needs_metrics = condition.needed_metrics().next().is_some();
    Ok(CompiledRule { rule: rule.clone(), condition, is_false_when_calm, needs_metrics })
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
