//! The story of a decision as a time line: outcomes, rule, alert, action, route, suppression, group, delivery, end.

mod condition;
mod continued;
mod incident;
mod monitor;
mod open_alert;

use std::collections::BTreeSet;

use allclear_core::Timestamp;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord, SuppressedBy, Suppression};
use allclear_core::evidence::CountedOutcome;
use allclear_core::id::MonitorId;
use allclear_core::message;
use allclear_core::notice_path::{AlertEvidence, NoticePath};
use allclear_core::route::RouteId;
use serde::Serialize;

use crate::attempt;
use crate::decided::{Decided, named, settled_at, subject};
use crate::notice_text::{described, kind_word};

use condition::condition_steps;

pub use incident::{of_incident, of_opened_incident};
pub use monitor::{MonitorFacts, alert_lines, of_monitor};
pub use open_alert::of_open_alert;

/// A story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// The subject, as a line.
    pub subject: String,
    /// The state of the subject, as lines.
    pub state: Vec<String>,
    /// The steps, oldest first.
    pub steps: Vec<StoryStep>,
}

/// A step of a story.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StoryStep {
    /// Its time.
    pub at: Timestamp,
    /// Its stage.
    pub stage: StoryStage,
    /// Its result.
    pub text: String,
    /// The monitor that it is about; `None` if it is about a notification as a whole.
    pub monitor: Option<MonitorId>,
}

/// The stages of a story, in the order in which a decision passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryStage {
    /// A check.
    Outcome,
    /// The confirmed status of the monitor.
    Status,
    /// The condition of a rule, and its alert.
    Lifecycle,
    /// An incident of the page.
    Incident,
    /// An attempt of an action, and its result.
    Action,
    /// The route to the channel.
    Route,
    /// A reason for which the alert was not notified.
    Suppress,
    /// Another notification of the same monitor.
    Dedup,
    /// The group of alerts.
    Group,
    /// The notification.
    Notice,
    /// The text of the notification.
    Compose,
    /// The delivery that is owed.
    Outbox,
    /// The tries and the end of the delivery.
    Delivery,
}

impl StoryStage {
    /// Returns the word for the stage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Status => "status",
            Self::Lifecycle => "lifecycle",
            Self::Incident => "incident",
            Self::Action => "action",
            Self::Route => "route",
            Self::Suppress => "suppress",
            Self::Dedup => "dedup",
            Self::Group => "group",
            Self::Notice => "notice",
            Self::Compose => "compose",
            Self::Outbox => "outbox",
            Self::Delivery => "delivery",
        }
    }
}

impl StoryStep {
    /// Begins the text of an outcome or a status with the monitor. Other texts name it in any case.
    fn name_monitor(&mut self) {
        match self.stage {
            StoryStage::Outcome | StoryStage::Status => {
                if let Some(monitor) = &self.monitor {
                    self.text = format!("`{monitor}`: {}", self.text);
                }
            }
            StoryStage::Lifecycle
            | StoryStage::Incident
            | StoryStage::Action
            | StoryStage::Route
            | StoryStage::Suppress
            | StoryStage::Dedup
            | StoryStage::Group
            | StoryStage::Notice
            | StoryStage::Compose
            | StoryStage::Outbox
            | StoryStage::Delivery => {}
        }
    }

    fn about(mut self, monitor: Option<MonitorId>) -> Self {
        self.monitor = monitor;
        self
    }
}

impl Story {
    fn new(subject: String, state: Vec<String>, mut steps: Vec<StoryStep>) -> Self {
        let mut monitors: Vec<&MonitorId> =
            steps.iter().filter_map(|step| step.monitor.as_ref()).collect();
        monitors.sort();
        monitors.dedup();
        if monitors.len() > 1 {
            steps.iter_mut().for_each(StoryStep::name_monitor);
        }
        steps.sort();
        steps.dedup();
        Self { subject, state, steps }
    }

    /// Returns the story with the first step for the party that has to act, after the state of the subject.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Option<String>) -> Self {
        if let Some(remedy) = remedy {
            let after_state = self.state.len().min(1);
            self.state.insert(after_state, format!("remedy: {remedy}"));
        }
        self
    }

    /// Returns the story up to `at`.
    #[must_use]
    pub fn until(mut self, at: Timestamp) -> Self {
        self.steps.retain(|step| step.at <= at);
        self
    }
}

/// Returns the story of a notification, or of an attempt of an action.
#[must_use]
pub fn of_delivery(one: &Delivery, records: &Decided) -> Story {
    if one.attempt().is_some() {
        return of_order(one, records);
    }
    let steps = delivery_steps(one, records);
    let subject = format!("notification {}: {}", one.id, described(one));
    let is_over = one.notification.kind == NoticeKind::Resolved;
    let remedy = one.notification.details.remedy.clone().filter(|_| !is_over);
    Story::new(subject, vec![settled(one, records)], steps).with_remedy(remedy)
}

/// Returns the story of an attempt of an action, or of the order that takes one back.
fn of_order(one: &Delivery, records: &Decided) -> Story {
    let before = records.attempts.iter().filter(|it| one.after.contains(&it.id));
    let mut steps = Vec::new();
    for order in before.chain([one]) {
        steps.extend(action_steps(order, records));
        steps.extend(named(order).flat_map(|alert| alert_steps(alert, records)));
    }
    let is_settled = records.knows_settlement(one);
    let state = if attempt::is_attempt(one) && is_settled {
        attempt::result(one)
    } else {
        settled(one, records)
    };
    Story::new(format!("action {}: {}", one.id, described(one)), vec![state], steps)
}

/// The state of an alert that is not resolved.
const FIRES: &str = "it fires";

/// Returns the story of an alert, with all notifications that name it.
#[must_use]
pub fn of_alert(alert: &AlertRecord, records: &Decided) -> Story {
    let mut steps = alert_steps(&alert.id, records);
    for one in records.deliveries.iter().filter(|one| names(one, &alert.id)) {
        steps.extend(delivery_steps(one, records));
    }
    let is_sent = records.deliveries.iter().any(|one| names(one, &alert.id));
    let mut state = vec![match alert.resolved_at {
        Some(at) => format!("resolved at {at:.0}"),
        None => FIRES.to_owned(),
    }];
    if !is_sent {
        let latest = records.suppressions.iter().rfind(|one| one.alert == alert.id);
        state.push(latest.map_or_else(
            || no_notification(alert).to_owned(),
            |one| format!("no channel was notified: {} ({})", one.by.as_str(), one.reason),
        ));
    }
    let AlertRecord { id, severity, rule, monitor, message, .. } = alert;
    let subject = format!("alert {id}: {severity} `{rule}` of `{monitor}`: {message}");
    Story::new(subject, state, steps)
}

/// Returns the sentence about an alert that was neither notified nor suppressed.
fn no_notification(alert: &AlertRecord) -> &'static str {
    if alert.resolved_at.is_some() {
        "no channel was notified: it ended while it waited for other alerts of its group"
    } else {
        "no channel was notified yet: an alert waits for others of its group first"
    }
}

/// Returns the story of a group of alerts, or of the attempts of an action for one alert; `None` if no notification and
/// no attempt belongs to it.
#[must_use]
pub fn of_group(group: &AlertGroupId, records: &Decided) -> Option<Story> {
    let of_group = |one: &&Delivery| one.notification.details.alert_group.as_ref() == Some(group);
    let notices: Vec<&Delivery> = records.deliveries.iter().filter(of_group).collect();
    let Some(first) = notices.first() else {
        let mut attempts = records.attempts.iter().filter(of_group);
        let latest = attempts.rfind(|one| attempt::is_attempt(one))?;
        return Some(of_delivery(latest, records));
    };
    let is_over = notices.iter().any(|one| one.notification.details.ends_group);
    let state = if is_over { "all its alerts have ended" } else { "alerts of it still fire" };
    let subject =
        format!("group {group} of channel `{}`, {} notifications", first.channel, notices.len());
    let steps = notices.iter().flat_map(|one| delivery_steps(one, records)).collect();
    Some(Story::new(subject, vec![state.to_owned()], steps))
}

fn names(one: &Delivery, alert: &AlertId) -> bool {
    named(one).any(|id| id == alert)
}

/// Returns the story of the notification, the attempt, the group, the alert or the incident with this id; `None` if the
/// records have none.
#[must_use]
pub fn of_id(id: &str, records: &Decided) -> Option<Story> {
    let mut all = records.deliveries.iter().chain(&records.attempts).chain(&records.summaries);
    if let Some(one) = all.find(|one| one.id.as_str() == id) {
        return Some(of_delivery(one, records));
    }
    if let Some(alert) = records.alerts.values().find(|one| one.id.as_str() == id) {
        return Some(of_alert(alert, records));
    }
    if let Some(incident) = records.incidents.values().find(|one| one.id.as_str() == id) {
        return Some(of_incident(incident));
    }
    let mut all = records.deliveries.iter().chain(&records.attempts);
    let group = all.find_map(|one| {
        let group = one.notification.details.alert_group.as_ref();
        group.filter(|group| group.as_str() == id)
    });
    of_group(group?, records)
}

fn step(at: Timestamp, stage: StoryStage, text: String) -> StoryStep {
    StoryStep { at, stage, text, monitor: None }
}

fn delivery_steps(one: &Delivery, records: &Decided) -> Vec<StoryStep> {
    let notification = &one.notification;
    let at = one.created_at;
    let mut steps = Vec::new();
    let mut alerts: BTreeSet<&AlertId> = notification.alerts.iter().map(|one| &one.id).collect();
    if let Some(path) = &notification.details.path {
        alerts.extend(path.alerts.iter().map(|one| &one.alert));
        steps.extend(path_steps(one, path, records));
    }
    for alert in alerts {
        steps.extend(alert_steps(alert, records));
    }
    let change = notification.details.change.as_ref();
    let change = change.map(|change| format!(": {change}")).unwrap_or_default();
    if let Some(lasted) = message::lasted(notification) {
        let end = match notification.details.config_end {
            None => "the trouble is over: it lasted",
            Some(_) => "a change of the config ends the trouble, which lasted",
        };
        let text = format!("{end} {lasted}, since {:.0}", notification.since);
        let monitor = Some(notification.monitor.clone());
        steps.push(step(notification.at, StoryStage::Lifecycle, text).about(monitor));
    }
    steps.push(step(at, StoryStage::Notice, format!("{}{change}", described(one))));
    steps.push(step(at, StoryStage::Compose, format!("\"{}\"", notification.title())));
    let after = match one.after.len() {
        0 => String::new(),
        1 => ", after an earlier one".to_owned(),
        n => format!(", after {n} earlier ones"),
    };
    steps.push(step(
        at,
        StoryStage::Outbox,
        format!("owed to `{}` as {}{after}", one.channel, one.id),
    ));
    let delivered_at = if records.knows_settlement(one) { delivered_at(one) } else { at };
    steps.push(step(
        delivered_at,
        StoryStage::Delivery,
        format!("`{}`: {}", one.channel, settled(one, records)),
    ));
    steps
}

/// Returns the steps of an attempt of an action: its order, and its result once it has one.
fn action_steps(one: &Delivery, records: &Decided) -> Vec<StoryStep> {
    let Some(attempt) = one.attempt() else { return Vec::new() };
    let mut steps = vec![step(one.created_at, StoryStage::Action, described(one))];
    let has_result = attempt::is_attempt(one) && one.attempt_result().is_some();
    if has_result && records.knows_settlement(one) {
        let (action, number, result) = (&attempt.action, attempt.number, attempt::result(one));
        let text = format!("result of attempt {number} of the action `{action}`: {result}");
        steps.push(step(delivered_at(one), StoryStage::Action, text));
    }
    steps
}

/// Returns the attempts that an alert caused, and the orders that take them back.
fn attempts_of<'a>(alert: &'a AlertId, records: &'a Decided) -> impl Iterator<Item = &'a Delivery> {
    let is_caused = move |one: &Delivery| names(one, alert);
    let caused =
        move |id: &DeliveryId| records.attempts.iter().any(|one| one.id == *id && is_caused(one));
    records.attempts.iter().filter(move |one| is_caused(one) || one.after.iter().any(caused))
}

/// Returns the time at which the delivery was settled; that of its decision if it is owed.
fn delivered_at(one: &Delivery) -> Timestamp {
    settled_at(one).unwrap_or(one.created_at)
}

/// Returns the state of a delivery as a sentence.
fn settled(one: &Delivery, records: &Decided) -> String {
    if !records.knows_settlement(one) {
        return "owed, not settled yet".to_owned();
    }
    let tries = match one.n_tries {
        0 => "no try".to_owned(),
        1 => "1 try".to_owned(),
        n => format!("{n} tries"),
    };
    match &one.state {
        DeliveryState::Owed { next_try_at, last_error } => {
            let error = last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            format!("owed after {tries}, next try at {next_try_at:.0}{error}")
        }
        DeliveryState::Sent { at } => format!("sent at {at:.0}, {tries}"),
        DeliveryState::GivenUp { at, reason } => format!("given up at {at:.0}, {tries}: {reason}"),
        DeliveryState::Superseded { at } => {
            format!("not sent, because the alert had ended by {at:.0}, {tries}")
        }
    }
}

/// Returns the steps of the alerts of a notification between the rule and the notification.
fn path_steps(one: &Delivery, path: &NoticePath, records: &Decided) -> Vec<StoryStep> {
    let at = one.created_at;
    let mut steps: Vec<StoryStep> =
        path.alerts.iter().flat_map(|alert| evidence_steps(alert, records)).collect();
    if let Some(route) = &path.route {
        let text = format!("{} leads to `{}`", route_name(route), one.channel);
        steps.push(step(at, StoryStage::Route, text));
    }
    if path.alerts.iter().all(|alert| alert.suppressed.is_empty()) {
        steps.push(step(at, StoryStage::Suppress, "nothing suppresses it".to_owned()));
    }
    let text = format!("`{}` has no notification about it yet", one.channel);
    if kind_word(one.notification.kind) == "firing" {
        steps.push(step(at, StoryStage::Dedup, text));
    }
    let group = one.notification.details.alert_group.as_ref();
    let group = group.map(|group| format!(" {group}")).unwrap_or_default();
    let waited = path.waiting_since.map(|since| format!(", waited for others since {since:.0}"));
    let text = format!("{}{group}{}", path.step.phrase(), waited.unwrap_or_default());
    steps.push(step(at, StoryStage::Group, text));
    steps
}

/// Returns a route as a part of a sentence. The root has no matcher, by which a route is named.
fn route_name(route: &RouteId) -> String {
    if *route == RouteId::root() { "the root route".to_owned() } else { format!("route `{route}`") }
}

fn evidence_steps(alert: &AlertEvidence, records: &Decided) -> Vec<StoryStep> {
    let mut steps = condition_steps(&alert.alert, &alert.condition, records);
    // The beginning of one that still applied is a step of the alert.
    steps.extend(alert.suppressed.iter().filter_map(|past| {
        let (by, until) = (past.by.as_str(), past.until?);
        let text = format!("{} suppressed by {by} until {until:.0}", alert.alert);
        Some(step(past.since, StoryStage::Suppress, text).about(monitor_of(&alert.alert)))
    }));
    steps
}

/// Returns the monitor that the id of an alert names.
fn monitor_of(alert: &AlertId) -> Option<MonitorId> {
    subject(alert).map(|(monitor, _)| monitor)
}

fn outcome_step(one: &CountedOutcome) -> StoryStep {
    let reason = one.reason.map(|reason| format!(" {}", reason.code())).unwrap_or_default();
    let time = one.response_time_ms.map(|ms| format!(", {ms} ms")).unwrap_or_default();
    let text = format!("{}{reason}{time}, region {}", one.status, one.region);
    step(one.at, StoryStage::Outcome, text)
}

/// Returns the steps of an alert without its notifications.
fn alert_steps(id: &AlertId, records: &Decided) -> Vec<StoryStep> {
    let mut steps = Vec::new();
    if let Some(alert) = records.alerts.get(id) {
        let AlertRecord { severity, rule, message, fired_at, .. } = alert;
        let text = format!("alert {id} fires, {severity} `{rule}`: {message}");
        steps.push(step(*fired_at, StoryStage::Lifecycle, text).about(monitor_of(id)));
        if let Some(at) = alert.resolved_at {
            let text = format!("alert {id} is resolved");
            steps.push(step(at, StoryStage::Lifecycle, text).about(monitor_of(id)));
        }
    }
    steps.extend(attempts_of(id, records).flat_map(|one| action_steps(one, records)));
    for one in records.suppressions.iter().filter(|one| one.alert == *id) {
        let Suppression { by, reason, at, evidence, .. } = one;
        let text = format!("{id} not notified: {} ({reason})", by.as_str());
        steps.push(step(*at, stage_of(*by), text).about(monitor_of(id)));
        if let Some(evidence) = evidence {
            steps.extend(condition_steps(id, evidence, records));
        }
    }
    steps
}

/// Returns the stage at which a reason stops an alert.
pub(crate) fn stage_of(by: SuppressedBy) -> StoryStage {
    match by {
        SuppressedBy::NoChannel | SuppressedBy::InactiveRoute => StoryStage::Route,
        SuppressedBy::AlreadyNotified => StoryStage::Dedup,
        SuppressedBy::Maintenance
        | SuppressedBy::Silence
        | SuppressedBy::Dependency
        | SuppressedBy::Recovering
        | SuppressedBy::Cooldown
        | SuppressedBy::Impaired
        | SuppressedBy::RecentOutage
        | SuppressedBy::AllClear => StoryStage::Suppress,
    }
}
