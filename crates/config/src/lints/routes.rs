//! Warnings about routes that are valid but probably not intended.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use allclear_core::config::Config;
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId};
use allclear_core::matcher::{AlertLabels, MatchLabel, MonitorLabels};
use allclear_core::monitor::Monitor;
use allclear_core::route::{AfterMatch, Route};
use allclear_core::rule::{MONITORING_IMPAIRED, REGION_SILENT, Rule};
use allclear_core::status::{Fault, Severity};
use allclear_evaluate::routing::{RouteNode, RoutedAlert, RoutingTree};

use super::Places;
use crate::spanned_error::{Span, SpannedError};

/// The most monitors that are tried. Monitors that the tree cannot tell apart count as one.
const MAX_MONITORS: usize = 2_000;

/// Returns all warnings about the routes of a config.
pub(super) fn all(config: &Config, places: &Places) -> Vec<SpannedError> {
    let (Some(root), false) = (&config.routing, config.channels.is_empty()) else {
        return Vec::new();
    };
    let mut findings = unreachable(root, &places.routes);
    findings.extend(channels_without_route(config, root, &places.channels));
    findings.extend(alerts_without_channel(config, &places.routes));
    findings
}

/// Returns the routes whose alerts a route before them takes. That is so if it has only matchers that they have, too,
/// and does not continue.
fn unreachable(root: &Route, places: &[Span]) -> Vec<SpannedError> {
    let tree = root.tree();
    let all: Vec<_> = tree.iter().zip(places).collect();
    let takes_all_of = |before: &Route, route: &Route| {
        before.after_match == AfterMatch::Stop
            && before.matchers.iter().all(|matcher| route.matchers.contains(matcher))
    };
    let mut findings = Vec::new();
    for (one, place) in &all {
        let mut siblings =
            all.iter().filter(|(other, _)| other.parent == one.parent && other.number < one.number);
        if let Some((_, other)) = siblings.find(|(other, _)| takes_all_of(other.route, one.route)) {
            let what = "no alert reaches this route, because one before it takes them";
            let hint = "move this route before the other, or set `continue = true` there";
            let finding = SpannedError::new((*place).clone(), what).hint(hint);
            findings.push(finding.also((*other).clone(), "the other"));
        }
    }
    findings
}

/// Returns the channels that no route, escalation or summary names.
fn channels_without_route(config: &Config, root: &Route, places: &[Span]) -> Vec<SpannedError> {
    if root.channels.is_none() {
        return Vec::new();
    }
    let tree = root.tree();
    let of_routes = tree.iter().flat_map(|one| one.route.channels.iter().flatten());
    let escalations = tree.iter().filter_map(|one| one.route.settings.escalation.set());
    let escalations = escalations.chain(&config.notifications.escalation);
    let of_escalations = escalations.flat_map(|escalation| &escalation.channels);
    let of_summaries = config.summaries.iter().flat_map(|summary| &summary.channels);
    let named: HashSet<&ChannelId> = of_routes.chain(of_escalations).chain(of_summaries).collect();
    let unnamed = config.channels.iter().zip(places).filter(|(one, _)| !named.contains(&one.id));
    unnamed
        .map(|(channel, place)| {
            let what = format!("no route leads to the channel `{}`", channel.id);
            SpannedError::new(place.clone(), what).hint("name it in the `channels` of a route")
        })
        .collect()
}

/// The alerts of a route that no channel gets: one of them, and the number of the others.
struct Lost {
    example: String,
    command: String,
    n_more: usize,
}

/// Returns the alerts that reach a route without a channel that accepts their monitor, fault and region. A filter by
/// severity, and a route with an empty list of channels, are intended.
fn alerts_without_channel(config: &Config, places: &[Span]) -> Vec<SpannedError> {
    let Ok(tree) = RoutingTree::new(config) else { return Vec::new() };
    let regions = named_regions(config);
    let mut lost: BTreeMap<usize, Lost> = BTreeMap::new();
    let mut consider = |alert: &RoutedAlert<'_>| {
        let Some(index) = losing_route(&tree, config, alert) else { return };
        let found = lost.entry(index).or_insert_with(|| Lost::new(alert));
        found.n_more += 1;
    };
    for monitor in distinct_monitors(config, &tree) {
        for rule in config.rules.iter().filter(|rule| rule.scope.includes(monitor)) {
            for (fault, region) in cases(rule, &regions) {
                let labels = AlertLabels {
                    monitor: MonitorLabels::of(monitor),
                    rule: &rule.id,
                    severity: rule.severity,
                    fault,
                    regions: region.map(std::slice::from_ref).unwrap_or_default(),
                };
                consider(&RoutedAlert { labels, monitor: Some(monitor), rule: Some(rule) });
            }
        }
    }
    let own = [(MONITORING_IMPAIRED, Severity::Error), (REGION_SILENT, Severity::Warning)];
    for (rule, severity) in own {
        let Ok(rule) = RuleId::new(rule) else { continue };
        let (itself, fault) = (MonitorId::itself(), Some(Fault::Monitor));
        let monitor = MonitorLabels::of_unknown(&itself);
        let is_about_region = rule.as_str() == REGION_SILENT;
        let about = if is_about_region && !regions.is_empty() {
            regions.iter().map(std::slice::from_ref).collect()
        } else {
            vec![&[][..]]
        };
        for regions in about {
            let labels = AlertLabels { monitor, rule: &rule, severity, fault, regions };
            consider(&RoutedAlert { labels, monitor: None, rule: None });
        }
    }
    let of_routes = lost.into_iter();
    of_routes.filter_map(|(index, lost)| Some(lost.finding(places.get(index)?))).collect()
}

impl Lost {
    fn new(alert: &RoutedAlert<'_>) -> Self {
        let AlertLabels { monitor, rule, fault, regions, .. } = alert.labels;
        let id = monitor.id;
        let with_fault = fault.map(|fault| format!(" with the fault `{fault}`"));
        let with_region = regions.first().map(|region| format!(" in the region `{region}`"));
        let with: String = with_fault.into_iter().chain(with_region).collect();
        let fault_option = fault.map(|fault| format!(" --fault {fault}"));
        let region_option = regions.first().map(|region| format!(" --region {region}"));
        let option: String = fault_option.into_iter().chain(region_option).collect();
        Self {
            example: format!("`{rule}` on `{id}`{with}"),
            command: format!("allclear route {id} --rule {rule}{option}"),
            n_more: 0,
        }
    }

    fn finding(&self, place: &Span) -> SpannedError {
        let more = match self.n_more.saturating_sub(1) {
            0 => String::new(),
            n => format!(" and of {n} more"),
        };
        let what = format!("no channel gets the alerts of {}{more}", self.example);
        let hint = format!("add a channel that accepts them, or see `{}`", self.command);
        SpannedError::new(place.clone(), what).hint(hint)
    }
}

/// Returns the first route that takes the alert, by its number in the tree, if no channel gets it.
fn losing_route(tree: &RoutingTree, config: &Config, alert: &RoutedAlert<'_>) -> Option<usize> {
    let taking = tree.taking(&alert.labels);
    let is_intended = |route: &&RouteNode| {
        let mut channels = route.channels(config).peekable();
        channels.peek().is_none() || channels.any(|channel| alert.would_be_accepted_by(channel))
    };
    if taking.iter().any(is_intended) {
        return None;
    }
    let first = taking.first()?;
    tree.nodes().iter().position(|node| node.id == first.id)
}

/// Returns the regions that matchers of routes name. The config has no list of regions.
fn named_regions(config: &Config) -> Vec<RegionId> {
    let tree = config.routing.as_ref().map(Route::tree).unwrap_or_default();
    let matchers = tree.iter().flat_map(|one| &one.route.matchers);
    let of_regions = matchers.filter(|one| one.label == MatchLabel::Region && !one.op.is_pattern());
    let named: BTreeSet<RegionId> =
        of_regions.filter_map(|one| RegionId::new(one.value.as_str()).ok()).collect();
    named.into_iter().collect()
}

/// Returns the faults that alerts of the rule can have, each with no region and with each of `regions`.
fn cases<'a>(
    rule: &Rule,
    regions: &'a [RegionId],
) -> impl Iterator<Item = (Option<Fault>, Option<&'a RegionId>)> {
    // The alert about an account has no region.
    let regions = if rule.fault.is_some() { &[] } else { regions };
    let faults = faults(rule).into_iter();
    faults.flat_map(move |fault| {
        std::iter::once((fault, None)).chain(regions.iter().map(move |one| (fault, Some(one))))
    })
}

/// Returns the faults that alerts of the rule can have.
fn faults(rule: &Rule) -> Vec<Option<Fault>> {
    if rule.fault.is_some() {
        return vec![rule.fault];
    }
    // An outcome with the fault `monitor` measures nothing, so that no rule fires.
    let of_outcomes = Fault::ALL.into_iter().filter(|fault| *fault != Fault::Monitor);
    of_outcomes.map(Some).chain([None]).collect()
}

/// Returns one monitor of each set that routes, rules and channels treat alike.
fn distinct_monitors<'a>(config: &'a Config, tree: &RoutingTree) -> Vec<&'a Monitor> {
    let mut seen: HashSet<Vec<bool>> = HashSet::new();
    let treatment = |monitor: &Monitor| -> Vec<bool> {
        let routes = tree.nodes().iter().map(|node| node.may_match(monitor));
        let rules = config.rules.iter().map(|rule| rule.scope.includes(monitor));
        let channels = config.channels.iter().map(|one| one.filter.scope.includes(monitor));
        routes.chain(rules).chain(channels).collect()
    };
    let distinct = config.monitors.iter().filter(|monitor| seen.insert(treatment(monitor)));
    distinct.take(MAX_MONITORS).collect()
}
