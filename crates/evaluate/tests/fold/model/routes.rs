//! The routes of an alert, found without the index of the evaluator.

use allclear_core::config::Config;
use allclear_core::id::{ChannelId, RegionId};
use allclear_core::matcher::{MatchLabel, MatchOp, Matcher};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::route::{AfterMatch, PlacedRoute, Route, RouteId};
use allclear_core::status::{Fault, Severity};

/// An alert to be routed.
pub(super) struct Routed<'a> {
    pub(super) monitor: &'a Monitor,
    pub(super) rule: &'a str,
    pub(super) severity: Severity,
    pub(super) fault: Option<Fault>,
    pub(super) regions: &'a [RegionId],
}

/// Returns the channels that get the alert.
pub(super) fn receivers<'a>(
    config: &'a Config,
    alert: &Routed<'_>,
) -> impl Iterator<Item = &'a ChannelId> {
    let all: Vec<ChannelId> = config.channels.iter().map(|channel| channel.id.clone()).collect();
    let mut found = Vec::new();
    match &config.routing {
        Some(root) => take(root, &all, alert, &mut found),
        None => found = all,
    }
    let Routed { monitor, severity, fault, .. } = *alert;
    let accepting = config
        .channels
        .iter()
        .filter(move |channel| channel.filter.accepts(severity, fault, Some(monitor)));
    accepting.map(|channel| &channel.id).filter(move |id| found.contains(id))
}

fn take(route: &Route, inherited: &[ChannelId], alert: &Routed<'_>, found: &mut Vec<ChannelId>) {
    let channels = route.channels.as_deref().unwrap_or(inherited);
    let mut is_passed = false;
    for child in &route.routes {
        if !child.matchers.iter().all(|matcher| holds(matcher, alert)) {
            continue;
        }
        take(child, channels, alert, found);
        is_passed = true;
        if child.after_match == AfterMatch::Stop {
            break;
        }
    }
    if !is_passed {
        found.extend(channels.iter().cloned());
    }
}

fn holds(matcher: &Matcher, alert: &Routed<'_>) -> bool {
    let monitor = alert.monitor;
    let fault = alert.fault.map_or("", Fault::as_str);
    let is_value = |value: &str| value == matcher.value;
    let is_equal = match matcher.label {
        MatchLabel::Monitor => is_value(monitor.id.as_str()),
        MatchLabel::Group => is_value(monitor.group.as_deref().unwrap_or_default()),
        MatchLabel::Rule => is_value(alert.rule),
        MatchLabel::Severity => is_value(alert.severity.as_str()),
        MatchLabel::Fault => is_value(fault),
        MatchLabel::Region if alert.regions.is_empty() => is_value(""),
        MatchLabel::Region => alert.regions.iter().all(|region| is_value(region.as_str())),
        MatchLabel::Tag => unreachable!("the monitors have no tags"),
    };
    match matcher.op {
        MatchOp::Equal => is_equal,
        MatchOp::NotEqual => !is_equal,
        MatchOp::AtLeast => alert.severity >= Severity::Critical && is_value("critical"),
        MatchOp::Matches | MatchOp::NotMatches | MatchOp::AtMost => {
            unreachable!("no such matcher is generated")
        }
    }
}

/// Returns the settings of a route; those of the config if it has no such route.
pub(super) fn settings(config: &Config, route: &RouteId) -> NotificationSettings {
    let root = config.routing.clone().unwrap_or_default();
    let tree = root.tree();
    let mut path: Vec<&PlacedRoute<'_>> = Vec::new();
    let mut next = tree.iter().find(|placed| placed.id == *route);
    while let Some(placed) = next {
        path.push(placed);
        next = placed.parent.map(|parent| &tree[parent]);
    }
    let own = path.iter().rev().map(|placed| &placed.route.settings);
    own.fold(config.notifications.clone(), |above, settings| settings.over(&above))
}
