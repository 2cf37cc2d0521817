//! The config of a simulation, and its changes.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::monitor::Monitor;
use allclear_core::notification_settings::{Escalation, NotificationSettings};
use allclear_core::quorum::Quorum;
use allclear_core::route::{EscalationSetting, Route, RouteSettings};
use allclear_core::rule::{Rule, RuleConfirmation, SERVICE_RECOVERY};
use allclear_core::status::{Fault, Severity};
use serde_json::json;

use crate::scenario::{channel, config, id, monitor, rule};

/// The rules that changes of the config remove, or make momentary.
const CHANGED_RULES: [&str; 3] = ["failing", "down", "slow"];

/// The config of a simulation at some time.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) sites: Vec<Site>,
    pub(super) regions: Regions,
    pub(super) interval: Duration,
    pub(super) notifications: NotificationSettings,
    /// The tree of routes, and the one that a change of the config replaces it with.
    pub(super) trees: [Option<Route>; 2],
    pub(super) cooldown: Duration,
    pub(super) timer: Timer,
    pub(super) changed: ChangedParts,
}

/// A monitor.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) host: Option<u8>,
    /// Reduced to the position of an earlier monitor.
    pub(super) parent: Option<usize>,
    pub(super) heading: Option<u8>,
    pub(super) critical: bool,
}

/// The regions that check the monitors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regions {
    pub(super) count: usize,
    pub(super) quorum: Quorum,
}

/// The calls of `tick`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// At the times that `tick` asks for, as `allclear up` does.
    Exact,
    /// Only after runs and at the end of a pause, as the function does.
    WithRuns,
}

/// A change of the config. The same change again takes it back.
#[derive(Debug, Clone, Copy)]
pub(super) enum ConfigChange {
    /// Removes a monitor other than the first.
    Monitor(usize),
    /// Removes a rule.
    Rule(usize),
    /// Makes a rule momentary.
    Momentary(usize),
    /// Renames the channel of all alerts.
    ChannelName,
    /// Replaces the tree of routes.
    Routes,
}

/// The parts of the config that are not as in the beginning.
#[derive(Debug, Clone, Default)]
pub(super) struct ChangedParts {
    removed_monitors: BTreeSet<usize>,
    removed_rules: BTreeSet<usize>,
    momentary_rules: BTreeSet<usize>,
    has_new_name: bool,
    has_other_tree: bool,
}

impl Setup {
    /// Returns the names of the monitors, each with its position.
    pub(super) fn names(&self) -> impl Iterator<Item = (usize, String)> {
        let removed = &self.changed.removed_monitors;
        (0..self.sites.len()).filter(|n| !removed.contains(n)).map(|n| (n, format!("m{n}")))
    }

    /// Returns the position of the monitor that this one depends on.
    pub(super) fn parent(&self, n: usize) -> Option<usize> {
        let parent = self.sites[n].parent.filter(|_| n > 0).map(|parent| parent % n);
        parent.filter(|parent| !self.changed.removed_monitors.contains(parent))
    }

    /// Returns the names of the regions.
    pub(super) fn region_names(&self) -> impl Iterator<Item = String> {
        (0..self.regions.count).map(|n| format!("r{n}"))
    }

    pub(super) fn apply(&mut self, change: ConfigChange) {
        let toggle = |set: &mut BTreeSet<usize>, value: usize| {
            if !set.remove(&value) {
                set.insert(value);
            }
        };
        let ChangedParts { removed_monitors, removed_rules, momentary_rules, .. } =
            &mut self.changed;
        match change {
            ConfigChange::Monitor(n) => toggle(removed_monitors, 1 + n % (self.sites.len() - 1)),
            ConfigChange::Rule(n) => toggle(removed_rules, n % CHANGED_RULES.len()),
            ConfigChange::Momentary(n) => toggle(momentary_rules, n % CHANGED_RULES.len()),
            ConfigChange::ChannelName => self.changed.has_new_name ^= true,
            ConfigChange::Routes => self.changed.has_other_tree ^= true,
        }
    }

    pub(super) fn config(&self) -> Config {
        let monitors = self.names().map(|(n, name)| self.monitor(n, &name)).collect();
        let NotificationSettings { escalation, .. } = &self.notifications;
        let escalation = escalation.as_ref().map(|one| self.escalation(one));
        let tree = &self.trees[usize::from(self.changed.has_other_tree)];
        Config {
            channels: self.channels(),
            notifications: NotificationSettings { escalation, ..self.notifications.clone() },
            routing: tree.as_ref().map(|root| self.route(root)),
            ..config(monitors, self.rules())
        }
    }

    fn monitor(&self, n: usize, name: &str) -> Monitor {
        let site = &self.sites[n];
        let mut monitor = monitor(name);
        monitor.interval = self.interval;
        monitor.quorum = self.regions.quorum;
        monitor.critical = site.critical;
        monitor.group = site.heading.map(|heading| format!("heading {heading}"));
        monitor.depends_on = self.parent(n).map(|n| id(&format!("m{n}"))).into_iter().collect();
        if let Some(host) = site.host {
            monitor.check.params = json!({ "url": format!("https://h{host}.example.com/{n}") });
        }
        monitor
    }

    /// Returns a channel for all, one for severe failures of targets, one for the owners of accounts, and one that only
    /// escalations and routes use.
    fn channels(&self) -> Vec<Channel> {
        let mut pager = channel("pager");
        pager.filter.min_severity = Severity::Critical;
        pager.filter.faults = vec![Fault::Target];
        let mut owners = channel("owners");
        owners.filter.faults = vec![Fault::Credentials, Fault::Quota];
        let mut backup = channel("backup");
        backup.filter.scope.monitors = vec![MonitorId::new("none").unwrap()];
        let mut all = vec![channel("team"), pager, owners, backup];
        for one in &mut all {
            one.id = self.channel_id(&one.id);
        }
        all
    }

    /// Returns the present id of a channel.
    fn channel_id(&self, first: &ChannelId) -> ChannelId {
        if self.changed.has_new_name && first.as_str() == "team" {
            return ChannelId::new("crew").unwrap();
        }
        first.clone()
    }

    fn channel_ids(&self, first: &[ChannelId]) -> Vec<ChannelId> {
        first.iter().map(|one| self.channel_id(one)).collect()
    }

    fn escalation(&self, first: &Escalation) -> Escalation {
        Escalation { channels: self.channel_ids(&first.channels), ..first.clone() }
    }

    fn route(&self, first: &Route) -> Route {
        let escalation = match &first.settings.escalation {
            EscalationSetting::On(one) => EscalationSetting::On(self.escalation(one)),
            other @ (EscalationSetting::Inherited | EscalationSetting::Off) => other.clone(),
        };
        Route {
            channels: first.channels.as_ref().map(|channels| self.channel_ids(channels)),
            settings: RouteSettings { escalation, ..first.settings.clone() },
            routes: first.routes.iter().map(|route| self.route(route)).collect(),
            ..first.clone()
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let credit = |name, limit: f64, severity| Rule {
            fault: Some(Fault::Quota),
            ..rule(name, &format!("metrics.credit < {limit}"), severity)
        };
        let slow =
            rule("slow", "response_time_ms > expected_response_time_ms * 2", Severity::Warning);
        let recovery = rule(SERVICE_RECOVERY, "healthy && was_unhealthy", Severity::Info);
        let rules = vec![
            rule("failing", "unhealthy", Severity::Warning),
            rule("down", "consecutive_failures >= 3", Severity::Critical),
            Rule { confirm: RuleConfirmation::SAMPLES, ..slow },
            credit("low_credit", 5.0, Severity::Warning),
            credit("no_credit", 2.0, Severity::Critical),
            rule("partly", "degraded", Severity::Warning),
            rule("flapping", "intermittent_failures >= 4", Severity::Warning),
            Rule { momentary: true, ..recovery },
        ];
        let position = |rule: &Rule| CHANGED_RULES.iter().position(|one| *one == rule.id.as_str());
        let is_in = |set: &BTreeSet<usize>, rule: &Rule| {
            position(rule).is_some_and(|position| set.contains(&position))
        };
        let ChangedParts { removed_rules, momentary_rules, .. } = &self.changed;
        let present = rules.into_iter().filter(|rule| !is_in(removed_rules, rule));
        present
            .map(|rule| {
                let momentary = rule.momentary || is_in(momentary_rules, &rule);
                Rule { cooldown: self.cooldown, momentary, ..rule }
            })
            .collect()
    }
}
