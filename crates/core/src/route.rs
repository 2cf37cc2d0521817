//! Routes: a tree that chooses the channels of an alert and the settings of its notifications.
//!
//! The root takes every alert. An alert goes to the first child whose matchers hold, and to further ones if that child
//! continues. A route without such a child takes the alert itself.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ChannelId;
use crate::matcher::Matcher;
use crate::notification_settings::{Escalation, GroupBy, NotificationSettings, ReminderPolicy};
use crate::window::WindowSchedule;

/// A node of the tree.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The matchers, all of which must hold. Empty: every alert matches.
    pub matchers: Vec<Matcher>,
    /// The times at which its channels are notified. Empty: always. Outside of them, its alerts wait.
    pub active_times: Vec<WindowSchedule>,
    /// The channels; `None` for those of the parent, and in the root for all. Known to exist.
    pub channels: Option<Vec<ChannelId>>,
    /// The treatment of the following siblings after a match.
    pub after_match: AfterMatch,
    /// The settings that differ from those of the parent.
    pub settings: RouteSettings,
    /// The children, in the order in which they are tried.
    pub routes: Vec<Self>,
}

/// The treatment of the siblings after a route that matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterMatch {
    /// They are not tried.
    #[default]
    Stop,
    /// They are tried too.
    Continue,
}

/// The settings of notifications that a route changes. `None`: that of the parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSettings {
    /// The time for which the first alert of a message waits for others.
    pub group_wait: Option<Duration>,
    /// The least time between two messages of a group.
    pub group_interval: Option<Duration>,
    /// The values by which alerts are separated into messages.
    pub group_by: Option<Vec<GroupBy>>,
    /// The reminders while alerts last.
    pub reminders: Option<Vec<ReminderPolicy>>,
    /// The further channels of alerts that are not acknowledged.
    pub escalation: EscalationSetting,
}

/// The escalation of a route.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationSetting {
    /// The setting of the parent.
    #[default]
    Inherited,
    /// None.
    Off,
    /// This one.
    On(Escalation),
}

impl EscalationSetting {
    /// Returns the escalation that the route sets.
    #[must_use]
    pub fn set(&self) -> Option<&Escalation> {
        match self {
            Self::Inherited | Self::Off => None,
            Self::On(escalation) => Some(escalation),
        }
    }
}

impl RouteSettings {
    /// Returns the settings of a route below one with the settings `inherited`.
    #[must_use]
    pub fn over(&self, inherited: &NotificationSettings) -> NotificationSettings {
        let Self { group_wait, group_interval, group_by, reminders, escalation } = self.clone();
        let inherited = inherited.clone();
        NotificationSettings {
            group_wait: group_wait.unwrap_or(inherited.group_wait),
            group_interval: group_interval.unwrap_or(inherited.group_interval),
            group_by: group_by.unwrap_or(inherited.group_by),
            reminders: reminders.unwrap_or(inherited.reminders),
            escalation: match escalation {
                EscalationSetting::Inherited => inherited.escalation,
                EscalationSetting::Off => None,
                EscalationSetting::On(escalation) => Some(escalation),
            },
        }
    }
}

/// The identity of a route: the matchers of the routes from the root to it, such as `{}/{group=payments}`. A change of
/// another branch of the tree leaves it the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RouteId(String);

impl RouteId {
    /// Returns the id of the root.
    #[must_use]
    pub fn root() -> Self {
        Self("{}".to_owned())
    }

    /// Returns the id of a child with these matchers. `n_same` siblings before it have the same ones.
    fn child(&self, matchers: &[Matcher], n_same: usize) -> Self {
        let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
        let number = if n_same == 0 { String::new() } else { format!("#{}", n_same + 1) };
        Self(format!("{}/{{{}}}{number}", self.0, matchers.join(",")))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RouteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A route with its place in the tree.
#[derive(Debug, Clone)]
pub struct PlacedRoute<'a> {
    /// Its identity.
    pub id: RouteId,
    /// The number of routes above it.
    pub depth: usize,
    /// The index of its parent in the list; `None` for the root.
    pub parent: Option<usize>,
    /// Its number among its siblings, from 1 on.
    pub number: usize,
    /// The route.
    pub route: &'a Route,
}

impl Route {
    /// Returns all routes of the tree of which this one is the root, each before its children.
    #[must_use]
    pub fn tree(&self) -> Vec<PlacedRoute<'_>> {
        let root =
            PlacedRoute { id: RouteId::root(), depth: 0, parent: None, number: 1, route: self };
        let mut all = vec![root.clone()];
        place_children(&root, 0, &mut all);
        all
    }

    /// Returns true if its channels are notified at `at`.
    #[must_use]
    pub fn is_active(&self, at: Timestamp) -> bool {
        self.active_times.is_empty() || self.active_times.iter().any(|times| times.is_open(at))
    }

    /// Returns the time from which on its channels are notified: `at` if they are at that time; `None` if they never
    /// are.
    #[must_use]
    pub fn active_from(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_active(at) {
            return Some(at);
        }
        let openings = self.active_times.iter().filter_map(|times| times.next_opening(at));
        openings.map(|opening| opening.start.max(at)).min()
    }
}

fn place_children<'a>(parent: &PlacedRoute<'a>, index: usize, all: &mut Vec<PlacedRoute<'a>>) {
    let siblings = &parent.route.routes;
    for (position, route) in siblings.iter().enumerate() {
        let before = siblings.iter().take(position);
        let n_same = before.filter(|other| other.matchers == route.matchers).count();
        let child = PlacedRoute {
            id: parent.id.child(&route.matchers, n_same),
            depth: parent.depth + 1,
            parent: Some(index),
            number: position + 1,
            route,
        };
        let child_index = all.len();
        all.push(child.clone());
        place_children(&child, child_index, all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Severity;

    fn route(matchers: &[&str], routes: Vec<Route>) -> Route {
        let matchers = matchers.iter().map(|text| text.parse().unwrap()).collect();
        Route { matchers, routes, ..Route::default() }
    }

    #[test]
    fn a_route_is_identified_by_the_matchers_on_the_way_to_it() {
        let payments =
            route(&["group=payments", "severity>=error"], vec![route(&["tag=eu"], vec![])]);
        let root = route(&[], vec![payments, route(&[], vec![]), route(&[], vec![])]);
        let tree = root.tree();
        let ids: Vec<&str> = tree.iter().map(|one| one.id.as_str()).collect();
        let wanted = [
            "{}",
            "{}/{group=payments,severity>=error}",
            "{}/{group=payments,severity>=error}/{tag=eu}",
            "{}/{}",
            "{}/{}#2",
        ];
        assert_eq!(ids, wanted);
        let places: Vec<_> = tree.iter().map(|one| (one.depth, one.parent, one.number)).collect();
        let wanted =
            [(0, None, 1), (1, Some(0), 1), (2, Some(1), 1), (1, Some(0), 2), (1, Some(0), 3)];
        assert_eq!(places, wanted);
    }

    #[test]
    fn settings_that_are_not_set_are_those_of_the_parent() {
        let parent = NotificationSettings::default();
        assert_eq!(RouteSettings::default().over(&parent), parent);
        let changed = RouteSettings {
            group_by: Some(vec![GroupBy::Monitor]),
            reminders: Some(Vec::new()),
            ..RouteSettings::default()
        };
        let wanted = NotificationSettings {
            group_by: vec![GroupBy::Monitor],
            reminders: Vec::new(),
            ..parent.clone()
        };
        assert_eq!(changed.over(&parent), wanted);
    }

    #[test]
    fn an_inherited_escalation_can_be_replaced_and_switched_off() {
        let to = |channel: &str| Escalation {
            after: Duration::from_mins(5),
            min_severity: Severity::Critical,
            channels: vec![ChannelId::new(channel).unwrap()],
        };
        let parent = NotificationSettings { escalation: Some(to("pager")), ..Default::default() };
        let escalation = |escalation| {
            RouteSettings { escalation, ..RouteSettings::default() }.over(&parent).escalation
        };
        assert_eq!(escalation(EscalationSetting::Inherited), Some(to("pager")));
        assert_eq!(escalation(EscalationSetting::On(to("managers"))), Some(to("managers")));
        assert_eq!(escalation(EscalationSetting::Off), None);
    }
}
