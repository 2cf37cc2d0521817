//! The way of one alert through the routes, for people and for programs.

use allclear_core::Timestamp;
use allclear_core::channel::{Channel, FilterRefusal};
use allclear_core::duration;
use allclear_core::matcher::{AlertLabels, Matcher};
use allclear_core::notification_settings::{Escalation, NotificationSettings, ReminderPolicy};
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::routing::{RouteNode, RouteStep, RoutedAlert, StepResult};
use serde::Serialize;

/// The way of one alert.
#[derive(Debug, Serialize)]
pub(super) struct RoutingReport {
    monitor: String,
    rule: String,
    severity: Severity,
    fault: Option<Fault>,
    /// The regions that see the trouble while another region does not.
    regions: Vec<String>,
    at: Timestamp,
    /// The routes that were tried, in their order.
    steps: Vec<TriedRoute>,
    /// The routes that take the alert.
    taken_by: Vec<Taken>,
}

/// A route that was tried.
#[derive(Debug, Serialize)]
struct TriedRoute {
    route: String,
    /// The number of routes above it.
    depth: usize,
    /// `no_match`, `passed` to a route below, or `taken`.
    result: &'static str,
    matchers: Vec<MatcherResult>,
}

/// A matcher with the value that it was compared with.
#[derive(Debug, Serialize)]
struct MatcherResult {
    matcher: String,
    values: Vec<String>,
    holds: bool,
}

/// A route that takes the alert.
#[derive(Debug, Serialize)]
struct Taken {
    route: String,
    is_active: bool,
    /// The start of its next active time, if it is not active.
    active_from: Option<Timestamp>,
    channels: Vec<ChannelResult>,
    settings: PrintedSettings,
}

/// A channel of a route.
#[derive(Debug, Serialize)]
struct ChannelResult {
    channel: String,
    /// `notified`, `held`, or `refused`.
    result: &'static str,
    reason: Option<String>,
}

impl RoutingReport {
    pub(super) fn new(index: &ConfigIndex, labels: AlertLabels<'_>, at: Timestamp) -> Self {
        let (monitor, rules) = (index.monitor(labels.monitor.id), &index.config().rules);
        let rule = rules.iter().find(|rule| rule.id == *labels.rule).filter(|_| monitor.is_some());
        let alert = RoutedAlert { labels, monitor, rule };
        let steps = index.routing().steps(&labels);
        let mut notified: Vec<&str> = Vec::new();
        let mut taken_by: Vec<Taken> = Vec::new();
        for route in index.routing().taking(&labels) {
            let taken = Taken::new(index, route, &alert, (at, &notified));
            let channels = route.channels(index.config());
            let accepting = channels.filter(|one| taken.is_active && alert.is_accepted_by(one));
            notified.extend(accepting.map(|channel| channel.id.as_str()));
            taken_by.push(taken);
        }
        Self {
            monitor: labels.monitor.id.to_string(),
            rule: labels.rule.to_string(),
            severity: labels.severity,
            fault: labels.fault,
            regions: labels.regions.iter().map(ToString::to_string).collect(),
            at,
            steps: steps.iter().map(|step| TriedRoute::new(step, &labels)).collect(),
            taken_by,
        }
    }

    /// Returns the report as lines of text.
    pub(super) fn lines(&self) -> Vec<String> {
        let Self { monitor, rule, severity, fault, regions, at, steps, taken_by } = self;
        let fault = fault.map_or("none", Fault::as_str);
        let regions = match regions.as_slice() {
            [] => String::new(),
            [region] => format!(", region {region}"),
            several => format!(", regions {}", several.join(" and ")),
        };
        let about = format!("severity {severity}, fault {fault}{regions}, at {at:.0}");
        let mut lines = vec![format!("{rule} on {monitor}: {about}")];
        lines.extend(steps.iter().flat_map(TriedRoute::lines));
        lines.extend(taken_by.iter().flat_map(Taken::lines));
        lines
    }
}

impl TriedRoute {
    fn new(step: &RouteStep<'_>, labels: &AlertLabels<'_>) -> Self {
        let matcher = |(matcher, holds): &(&Matcher, bool)| MatcherResult {
            matcher: matcher.to_string(),
            values: labels.values(matcher.label).into_iter().map(str::to_owned).collect(),
            holds: *holds,
        };
        Self {
            route: step.route.id.to_string(),
            depth: step.route.depth,
            result: match step.result {
                StepResult::NoMatch => "no_match",
                StepResult::Passed => "passed",
                StepResult::Taken => "taken",
            },
            matchers: step.matchers.iter().map(matcher).collect(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let margin = "  ".repeat(self.depth + 1);
        let result = match self.result {
            "no_match" => "does not match",
            "passed" => "matches, and a route below takes the alert",
            _ => "takes the alert",
        };
        let mut lines = vec![format!("{margin}{} {result}", self.route)];
        lines.extend(self.matchers.iter().map(|one| {
            let sign = if one.holds { '✓' } else { '✗' };
            let values = if one.values.iter().all(String::is_empty) {
                "none".to_owned()
            } else {
                one.values.join(", ")
            };
            format!("{margin}  {sign} {}: it is {values}", one.matcher)
        }));
        lines
    }
}

impl Taken {
    /// Creates the report on a route. `notified` are the channels that routes before it notify.
    fn new(
        index: &ConfigIndex,
        route: &RouteNode,
        alert: &RoutedAlert<'_>,
        (at, notified): (Timestamp, &[&str]),
    ) -> Self {
        let configured = route.configured();
        let is_active = configured.is_active(at);
        let active_from = configured.active_from(at).filter(|_| !is_active);
        let result = |channel: &Channel| {
            let (result, reason) = match (refusal(channel, alert), active_from) {
                (Some(reason), _) => ("refused", Some(reason)),
                (None, _) if notified.contains(&channel.id.as_str()) => {
                    ("notified", Some("by the route before".to_owned()))
                }
                (None, Some(from)) => ("held", Some(format!("until {from:.0}"))),
                (None, None) => ("notified", None),
            };
            ChannelResult { channel: channel.id.to_string(), result, reason }
        };
        Self {
            route: route.id.to_string(),
            is_active,
            active_from,
            channels: route.channels(index.config()).map(result).collect(),
            settings: PrintedSettings::of(&route.settings),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("  channels of {}", self.route)];
        if self.channels.is_empty() {
            lines.push("    none, so nothing is sent".to_owned());
        }
        lines.extend(self.channels.iter().map(|ChannelResult { channel, result, reason }| {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("    {channel} {result}{reason}")
        }));
        lines.push(format!("    settings: {}", self.settings.line()));
        lines
    }
}

/// Returns the reason for which the channel does not get the alert.
fn refusal(channel: &Channel, alert: &RoutedAlert<'_>) -> Option<String> {
    let AlertLabels { severity, fault, rule: id, .. } = alert.labels;
    if alert.rule.is_some_and(|rule| !rule.goes_to(&channel.id)) {
        return Some(format!("the rule `{id}` names other channels"));
    }
    let filter = &channel.filter;
    Some(match filter.refusal(severity, fault, alert.monitor)? {
        FilterRefusal::Severity => format!("its `min_severity` is {}", filter.min_severity),
        FilterRefusal::Fault => {
            let faults: Vec<&str> = filter.faults.iter().copied().map(Fault::as_str).collect();
            format!("its `faults` are {}", faults.join(", "))
        }
        FilterRefusal::Monitor => {
            "its `monitors`, `groups` and `tags` do not include the monitor".to_owned()
        }
    })
}

/// The settings of a route, in the notation of the config.
#[derive(Debug, Serialize)]
struct PrintedSettings {
    group_wait: String,
    group_interval: String,
    group_by: Vec<&'static str>,
    reminders: Vec<PrintedReminder>,
    escalate: Option<PrintedEscalation>,
}

#[derive(Debug, Serialize)]
struct PrintedReminder {
    severity: Severity,
    every: String,
    growth: &'static str,
    limit: u32,
}

#[derive(Debug, Serialize)]
struct PrintedEscalation {
    after: String,
    min_severity: Severity,
    to: Vec<String>,
}

impl PrintedSettings {
    fn of(settings: &NotificationSettings) -> Self {
        let reminder = |one: &ReminderPolicy| PrintedReminder {
            severity: one.severity,
            every: duration::format(one.every),
            growth: one.growth.as_str(),
            limit: one.limit,
        };
        let escalate = |one: &Escalation| PrintedEscalation {
            after: duration::format(one.after),
            min_severity: one.min_severity,
            to: one.channels.iter().map(ToString::to_string).collect(),
        };
        Self {
            group_wait: duration::format(settings.group_wait),
            group_interval: duration::format(settings.group_interval),
            group_by: settings.group_by.iter().map(|by| by.as_str()).collect(),
            reminders: settings.reminders.iter().map(reminder).collect(),
            escalate: settings.escalation.as_ref().map(escalate),
        }
    }

    fn line(&self) -> String {
        let Self { group_wait, group_interval, group_by, reminders, escalate } = self;
        let reminder = |one: &PrintedReminder| {
            format!("{} {} {} {} times", one.severity, one.every, one.growth, one.limit)
        };
        let reminders: Vec<String> = reminders.iter().map(reminder).collect();
        let escalate = escalate.as_ref().map(|one| {
            format!("{} after {} to {}", one.min_severity, one.after, one.to.join(", "))
        });
        let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
        [
            format!("group_wait {group_wait}"),
            format!("group_interval {group_interval}"),
            format!("group_by {}", or_none(group_by.join(", "))),
            format!("reminders {}", or_none(reminders.join(", "))),
            format!("escalate {}", or_none(escalate.unwrap_or_default())),
        ]
        .join("; ")
    }
}
