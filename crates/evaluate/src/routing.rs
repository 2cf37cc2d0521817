//! The routes of a config, prepared for evaluation: which channels an alert goes to, and with which settings.

use std::collections::HashMap;

use allclear_core::Timestamp;
use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::id::ChannelId;
use allclear_core::matcher::{AlertLabels, Matcher};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::route::{AfterMatch, PlacedRoute, Route, RouteId};
use allclear_core::rule::Rule;
use allclear_core::status::Severity;

use crate::matchers::{CompiledMatchers, PatternError};

/// The tree of routes. A config without routes has only the root, which goes to all channels.
#[derive(Debug)]
pub struct RoutingTree {
    /// Each route before its children; the root is the first one.
    nodes: Vec<RouteNode>,
    by_id: HashMap<RouteId, usize>,
}

/// A route with everything that it inherits.
#[derive(Debug)]
pub struct RouteNode {
    /// Its identity.
    pub id: RouteId,
    /// The number of routes above it.
    pub depth: usize,
    /// The settings of its notifications.
    pub settings: NotificationSettings,
    route: Route,
    matchers: CompiledMatchers,
    /// The positions of its channels in the config.
    channels: Vec<usize>,
    children: Vec<usize>,
}

/// A channel that an alert goes to, and the route that leads to it.
#[derive(Debug, Clone, Copy)]
pub struct Receiver<'a> {
    /// The channel.
    pub channel: &'a ChannelId,
    /// The route.
    pub route: &'a RouteNode,
}

/// The channels that accept an alert, each by one route.
#[derive(Debug, Default)]
pub struct Receivers<'a> {
    /// Those of active routes.
    pub active: Vec<Receiver<'a>>,
    /// Those that are reached only by routes that are not active now.
    pub held: Vec<Receiver<'a>>,
}

/// A route on the way of an alert through the tree.
#[derive(Debug)]
pub struct RouteStep<'a> {
    /// The route.
    pub route: &'a RouteNode,
    /// Its matchers, each with true if it holds.
    pub matchers: Vec<(&'a Matcher, bool)>,
    /// The result.
    pub result: StepResult,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepResult {
    /// A matcher does not hold.
    NoMatch,
    /// The route matches, and one of its children takes the alert.
    Passed,
    /// The route takes the alert.
    Taken,
}

impl RouteNode {
    /// Returns the route as configured.
    #[must_use]
    pub fn configured(&self) -> &Route {
        &self.route
    }

    /// Returns the channels that it goes to, by their own choice or by that of a route above it.
    pub fn channels<'a>(&'a self, config: &'a Config) -> impl Iterator<Item = &'a Channel> {
        self.channels.iter().filter_map(|position| config.channels.get(*position))
    }

    /// Returns true unless a matcher on a property of `monitor` excludes its alerts.
    #[must_use]
    pub fn may_match(&self, monitor: &Monitor) -> bool {
        self.matchers.may_hold_for(monitor)
    }

    fn new(
        placed: PlacedRoute<'_>,
        parent: Option<&Self>,
        config: &Config,
    ) -> Result<Self, PatternError> {
        let PlacedRoute { id, depth, route, .. } = placed;
        let all = || (0..config.channels.len()).collect();
        let position =
            |id: &ChannelId| config.channels.iter().position(|channel| channel.id == *id);
        let channels = match &route.channels {
            Some(channels) => channels.iter().filter_map(position).collect(),
            None => parent.map_or_else(all, |parent| parent.channels.clone()),
        };
        let inherited = parent.map_or(&config.notifications, |parent| &parent.settings);
        Ok(Self {
            id,
            depth,
            settings: route.settings.over(inherited),
            matchers: CompiledMatchers::new(&route.matchers)?,
            channels,
            children: Vec::new(),
            route: Route { routes: Vec::new(), ..route.clone() },
        })
    }
}

impl RoutingTree {
    /// Prepares the routes of `config`.
    ///
    /// # Errors
    ///
    /// Fails if a pattern is not a regular expression.
    pub fn new(config: &Config) -> Result<Self, PatternError> {
        let root = config.routing.clone().unwrap_or_default();
        let mut nodes: Vec<RouteNode> = Vec::new();
        for placed in root.tree() {
            let (index, parent) = (nodes.len(), placed.parent);
            let node = RouteNode::new(placed, parent.and_then(|parent| nodes.get(parent)), config)?;
            nodes.push(node);
            if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
                parent.children.push(index);
            }
        }
        let ids = nodes.iter().enumerate();
        let by_id = ids.map(|(index, node)| (node.id.clone(), index)).collect();
        Ok(Self { nodes, by_id })
    }

    /// Returns all routes, each before its children.
    #[must_use]
    pub fn nodes(&self) -> &[RouteNode] {
        &self.nodes
    }

    /// Returns the route with this id.
    #[must_use]
    pub fn node(&self, id: &RouteId) -> Option<&RouteNode> {
        self.nodes.get(*self.by_id.get(id)?)
    }

    /// Returns the routes that take an alert, in the order of the tree; at least one.
    #[must_use]
    pub fn taking(&self, labels: &AlertLabels<'_>) -> Vec<&RouteNode> {
        let mut found = Vec::new();
        if let Some(root) = self.nodes.first() {
            self.take(root, labels, &mut found);
        }
        found
    }

    fn take<'a>(
        &'a self,
        node: &'a RouteNode,
        labels: &AlertLabels<'_>,
        found: &mut Vec<&'a RouteNode>,
    ) {
        let n_before = found.len();
        for child in self.children(node).filter(|child| child.matchers.hold(labels)) {
            self.take(child, labels, found);
            match child.route.after_match {
                AfterMatch::Stop => break,
                AfterMatch::Continue => {}
            }
        }
        if found.len() == n_before {
            found.push(node);
        }
    }

    /// Returns the routes that are tried for an alert, in their order.
    #[must_use]
    pub fn steps(&self, labels: &AlertLabels<'_>) -> Vec<RouteStep<'_>> {
        let taking = self.taking(labels);
        let is_taking = |node: &RouteNode| taking.iter().any(|one| one.id == node.id);
        let mut steps = Vec::new();
        if let Some(root) = self.nodes.first() {
            self.try_route(root, labels, &mut steps);
        }
        for step in steps.iter_mut().filter(|step| is_taking(step.route)) {
            step.result = StepResult::Taken;
        }
        steps
    }

    fn try_route<'a>(
        &'a self,
        node: &'a RouteNode,
        labels: &AlertLabels<'_>,
        steps: &mut Vec<RouteStep<'a>>,
    ) -> StepResult {
        let matchers = node.matchers.results(labels);
        let holds = matchers.iter().all(|(_, holds)| *holds);
        let result = if holds { StepResult::Passed } else { StepResult::NoMatch };
        steps.push(RouteStep { route: node, matchers, result });
        if holds {
            for child in self.children(node) {
                let is_match = self.try_route(child, labels, steps) == StepResult::Passed;
                if is_match && child.route.after_match == AfterMatch::Stop {
                    break;
                }
            }
        }
        result
    }

    fn children<'a>(&'a self, node: &'a RouteNode) -> impl Iterator<Item = &'a RouteNode> {
        node.children.iter().filter_map(|child| self.nodes.get(*child))
    }

    /// Returns the channels that an alert of `rule` on `monitor` goes to. A channel that several routes lead to is
    /// notified by the first one that is active.
    #[must_use]
    pub fn receivers<'a>(
        &'a self,
        alert: &RoutedAlert<'_>,
        config: &'a Config,
        at: Timestamp,
    ) -> Receivers<'a> {
        let mut receivers = Receivers::default();
        for route in self.taking(&alert.labels) {
            let is_active = route.route.is_active(at);
            let list = if is_active { &mut receivers.active } else { &mut receivers.held };
            for channel in route.channels(config).filter(|channel| alert.is_accepted_by(channel)) {
                if list.iter().all(|one: &Receiver<'_>| *one.channel != channel.id) {
                    list.push(Receiver { channel: &channel.id, route });
                }
            }
        }
        let Receivers { active, held } = &mut receivers;
        held.retain(|one| active.iter().all(|other| other.channel != one.channel));
        receivers
    }
}

/// An alert to be routed.
#[derive(Debug, Clone, Copy)]
pub struct RoutedAlert<'a> {
    /// Its labels.
    pub labels: AlertLabels<'a>,
    /// Its monitor; `None` if it is about Allclear itself.
    pub monitor: Option<&'a Monitor>,
    /// Its rule; `None` if the config has no such rule.
    pub rule: Option<&'a Rule>,
}

impl RoutedAlert<'_> {
    /// Checks whether its rule permits the channel and the filter of the channel accepts it.
    #[must_use]
    pub fn is_accepted_by(&self, channel: &Channel) -> bool {
        let AlertLabels { severity, fault, .. } = self.labels;
        self.rule.is_none_or(|rule| rule.goes_to(&channel.id))
            && channel.filter.accepts(severity, fault, self.monitor)
    }

    /// Checks whether the channel accepts the alert if its severity is high enough.
    #[must_use]
    pub fn would_be_accepted_by(&self, channel: &Channel) -> bool {
        let labels = AlertLabels { severity: Severity::Critical, ..self.labels };
        Self { labels, ..*self }.is_accepted_by(channel)
    }
}

#[cfg(test)]
mod tests;
