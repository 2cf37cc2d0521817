//! The standing of a monitor at one time: why each of its rules notifies, and each of its actions is executed, or not.

mod messages;

use allclear_core::Timestamp;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::event::{AlertId, SuppressedBy};
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::outcome::Outcome;
use allclear_core::route::RouteId;
use allclear_core::rule::Rule;
use allclear_core::state::{Alert, MonitorState, ShardState};
use allclear_core::status::{Fault, Severity};
use allclear_expression::Truth;

use super::firing_alert::FiringAlert;
use super::route::Routed;
use super::{Context, attempt, dedup, lifecycle, samples, suppress};
use crate::ConfigIndex;
use crate::config_index::CompiledRule;
use crate::observation::{Observation, ObservedOutcome, SequencePlace};
use crate::routing::Receivers;
use crate::rule_variables::{condition_values, variable};

pub use super::attempt::standing::ActionStanding;
pub use messages::StandingAcknowledgement;

/// The standing of one rule on one monitor.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleStanding {
    /// The rule.
    pub rule: RuleId,
    /// The severity of its alerts.
    pub severity: Severity,
    /// Its condition.
    pub condition: String,
    /// The values in the condition, as a text.
    pub values: String,
    /// The result of the condition.
    pub truth: ConditionTruth,
    /// Its alert.
    pub alert: AlertStanding,
    /// The alert whose end no channel was notified of; `None` if there is none.
    pub unreported: Option<UnreportedEnd>,
    /// The reason for which its alert is not notified now, with a sentence.
    pub suppressed_by: Option<(SuppressedBy, String)>,
    /// The reason for which its alert fires although the condition is not true.
    pub end_awaits: Option<String>,
    /// The acknowledgement of its alert.
    pub acknowledged: Option<StandingAcknowledgement>,
    /// The messages about its alert that wait, one sentence each.
    pub waiting: Vec<String>,
    /// The channels that its alerts go to.
    pub receivers: Vec<StandingReceiver>,
}

/// The standing of a monitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MonitorStanding {
    /// That of each rule that can fire.
    pub rules: Vec<RuleStanding>,
    /// The ends of alerts that were not reported yet, one sentence each.
    pub unreported_ends: Vec<String>,
    /// That of each action that selects the monitor.
    pub actions: Vec<ActionStanding>,
}

/// An alert that has ended, and whose end no channel was notified of. It continues if its rule fires again before that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreportedEnd {
    /// The alert.
    pub id: AlertId,
    /// The end of its trouble.
    pub at: Timestamp,
}

/// A channel that the alerts of a rule go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingReceiver {
    /// The channel.
    pub channel: ChannelId,
    /// The route that leads to it.
    pub route: RouteId,
    /// True if the route is active at this time.
    pub is_active: bool,
}

/// The result of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConditionTruth {
    /// It is true.
    True,
    /// It is false.
    False,
    /// A value does not exist, so it is not true.
    Missing(String),
    /// It cannot be decided for these values.
    Undecided,
}

/// The alert of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertStanding {
    /// There is none.
    None,
    /// It waits for its confirmation.
    Pending {
        /// The time since which the condition is true.
        since: Timestamp,
        /// The outcomes in which the condition was true; `None` if one outcome confirms it.
        n_true: Option<usize>,
        /// The number of them that confirm the condition, among the latest `of`.
        needed: (u8, u8),
        /// The time at which the condition will have been true long enough.
        held_at: Timestamp,
    },
    /// It fires.
    Firing {
        /// The alert.
        id: AlertId,
        /// The time since which the condition is true.
        since: Timestamp,
        /// The time at which it fired.
        at: Timestamp,
        /// The channels that were notified, each with the group of alerts.
        notified: Vec<(ChannelId, AlertGroupId)>,
    },
}

/// Returns the standing of `monitor` after `latest`, its latest outcome.
#[must_use]
pub fn of_monitor(
    state: &ShardState,
    index: &ConfigIndex,
    monitor: &MonitorId,
    latest: Option<&Outcome>,
    at: Timestamp,
) -> MonitorStanding {
    let Some(monitor_state) = state.monitors.get(monitor) else {
        return MonitorStanding::default();
    };
    let context = Context { state, index, at };
    let rules = index.rules_that_can_fire(monitor).map(|rule| rule.id.clone());
    let compiled = rules.filter_map(|id| index.compiled_rule(monitor, &id));
    let rules = compiled.map(|rule| standing(&context, monitor, monitor_state, rule, latest));
    MonitorStanding {
        rules: rules.collect(),
        unreported_ends: messages::unreported_ends(&context, monitor),
        actions: attempt::standing::of_monitor(&context, monitor),
    }
}

fn standing(
    context: &Context<'_>,
    id: &MonitorId,
    state: &MonitorState,
    compiled: &CompiledRule,
    latest: Option<&Outcome>,
) -> RuleStanding {
    let rule = &compiled.rule;
    let (truth, values) = latest.map_or_else(
        || (ConditionTruth::Undecided, String::new()),
        |outcome| condition(context, id, state, compiled, outcome),
    );
    let alert = state.alerts.get(&rule.id);
    let firing = FiringAlert::of_monitor(id, state, context.index).find(|one| one.id == &rule.id);
    RuleStanding {
        rule: rule.id.clone(),
        severity: rule.severity,
        condition: rule.condition.clone(),
        values,
        end_awaits: end_awaits(context, id, state, (compiled, &truth)),
        truth,
        acknowledged: firing.and_then(|one| messages::acknowledgement(context, &one)),
        waiting: firing.map(|one| messages::waiting(context, &one)).unwrap_or_default(),
        unreported: unreported(context, id, &rule.id),
        alert: alert.map_or(AlertStanding::None, |alert| alert_standing(alert, rule)),
        suppressed_by: firing.and_then(|one| suppression(context, one)),
        receivers: receivers(context, id, rule, state),
    }
}

fn condition(
    context: &Context<'_>,
    id: &MonitorId,
    state: &MonitorState,
    compiled: &CompiledRule,
    outcome: &Outcome,
) -> (ConditionTruth, String) {
    let position = context.state.monitors.get_index_of(id);
    let (Some(monitor), Some(position)) = (context.index.monitor(id), position) else {
        return (ConditionTruth::Undecided, String::new());
    };
    let observation = Observation {
        outcome: ObservedOutcome::Recorded(outcome),
        position,
        at: context.at,
        previous_status: state.status,
        previous_since: state.since,
        previous_cause: state.cause.clone(),
        place: SequencePlace::Following,
        // No condition can read them.
        regions: Vec::new(),
    };
    let values = |name: &str| variable(name, &observation, monitor, state);
    let truth = match compiled.condition.evaluate(values) {
        Truth::True => ConditionTruth::True,
        Truth::False => ConditionTruth::False,
        Truth::Missing(name) => ConditionTruth::Missing(name),
        Truth::TypeMismatch(_) | Truth::OverBudget | Truth::Stopped => ConditionTruth::Undecided,
    };
    (truth, condition_values(&compiled.condition, outcome, values, context.index.kinds()))
}

/// Returns the reason for which a firing alert has not ended although its condition is not true.
fn end_awaits(
    context: &Context<'_>,
    id: &MonitorId,
    state: &MonitorState,
    (compiled, truth): (&CompiledRule, &ConditionTruth),
) -> Option<String> {
    let alert = state.alerts.get(&compiled.rule.id).filter(|alert| alert.firing.is_some())?;
    let interval = context.index.monitor(id)?.interval;
    match truth {
        ConditionTruth::True => None,
        ConditionTruth::False | ConditionTruth::Missing(_) | ConditionTruth::Undecided => {
            lifecycle::end_awaits(state, alert, (&compiled.rule, interval), context.at)
        }
    }
}

/// Returns the ended alert of a rule that is not reported as ended.
fn unreported(context: &Context<'_>, monitor: &MonitorId, rule: &RuleId) -> Option<UnreportedEnd> {
    let groups = context.state.alert_groups.values();
    let state = context.state.monitors.get(monitor)?;
    let of_rule = state.unreported.iter().rfind(|one| one.rule == *rule)?;
    let ended = groups.flat_map(|group| &group.ended).find(|one| of_rule.is(&one.id))?;
    Some(UnreportedEnd { id: ended.id.clone(), at: ended.resolved_at })
}

fn alert_standing(alert: &Alert, rule: &Rule) -> AlertStanding {
    match &alert.firing {
        Some(firing) => AlertStanding::Firing {
            id: firing.id.clone(),
            since: alert.since,
            at: firing.at,
            notified: firing.notified.iter().map(|(a, b)| (a.clone(), b.clone())).collect(),
        },
        None => AlertStanding::Pending {
            since: alert.since,
            n_true: (!samples::is_immediate(rule.confirm))
                .then(|| alert.samples.iter().filter(|sample| sample.holds).count()),
            needed: (rule.confirm.count, rule.confirm.of),
            held_at: alert.since + rule.hold_for,
        },
    }
}

/// Returns the reason for which a firing alert is not notified now.
fn suppression(context: &Context<'_>, alert: FiringAlert<'_>) -> Option<(SuppressedBy, String)> {
    let Receivers { active, held } = context.index.receivers(context.labels(&alert), context.at);
    let is_due = |channel: &ChannelId| !alert.firing.notified.contains_key(channel);
    let routed = Routed {
        alert,
        receivers: active.into_iter().filter(|one| is_due(one.channel)).collect(),
        held: held.into_iter().filter(|one| is_due(one.channel)).collect(),
    };
    let muted = suppress::muted_by(context, &alert);
    if muted.is_some() || !routed.is_new() {
        return muted;
    }
    suppress::reason(context, &routed).or_else(|| dedup::reason(context, &routed))
}

fn receivers(
    context: &Context<'_>,
    id: &MonitorId,
    rule: &Rule,
    state: &MonitorState,
) -> Vec<StandingReceiver> {
    let monitor = context.index.monitor(id);
    let fault = rule.fault.or_else(|| state.last.as_ref()?.cause.as_ref().map(|one| one.fault));
    let firing = state.alerts.get(&rule.id).and_then(|alert| alert.firing.as_ref());
    let labels = AlertLabels {
        monitor: monitor.map_or_else(|| MonitorLabels::of_unknown(id), MonitorLabels::of),
        rule: &rule.id,
        severity: rule.severity,
        fault: fault.or(Some(Fault::Target)),
        regions: firing.map_or(&[], |firing| firing.regions.as_slice()),
    };
    let Receivers { active, held } = context.index.receivers(labels, context.at);
    let active = active.into_iter().map(|one| (one, true));
    let all = active.chain(held.into_iter().map(|one| (one, false)));
    all.map(|(one, is_active)| StandingReceiver {
        channel: one.channel.clone(),
        route: one.route.id.clone(),
        is_active,
    })
    .collect()
}
