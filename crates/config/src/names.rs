//! The names that a config defines, collected before invalid parts are removed.
//!
//! A monitor with an error keeps its name, so that a reference to it is not reported as unknown.

use std::collections::{BTreeSet, HashMap, HashSet};

use allclear_core::id::MonitorId;
use allclear_core::kind::KindSet;
use allclear_core::rule::{BuiltinRule, SELF_RULES};
use toml::de::DeTable;

use crate::document::{SpannedNode, section};
use crate::spanned_error::{Span, SpannedError};
use crate::suggest;

/// The names that a config defines.
#[derive(Debug, Default)]
pub(crate) struct DefinedNames {
    monitors: Vec<(String, Span)>,
    rules: Vec<(String, Span)>,
    channels: Vec<(String, Span)>,
    actions: Vec<(String, Span)>,
    maintenances: Vec<(String, Span)>,
    summaries: Vec<(String, Span)>,
    groups: BTreeSet<String>,
    tags: BTreeSet<String>,
    /// The ids of the monitors, for lookups.
    monitor_ids: HashSet<String>,
    /// The kinds of check, which contribute rules.
    kinds: KindSet,
}

impl DefinedNames {
    /// Collects the names of `root`, a config with these kinds of check.
    pub(crate) fn of(root: &DeTable<'_>, kinds: KindSet) -> Self {
        let ids = |key: &str| {
            section(root, key)
                .filter_map(|table| table.get("id"))
                .filter_map(|id| Some((text(id)?.to_owned(), id.span())))
                .collect::<Vec<_>>()
        };
        let groups = section(root, "monitor").filter_map(|monitor| text(monitor.get("group")?));
        let tags = section(root, "monitor")
            .filter_map(|monitor| monitor.get("tags")?.get_ref().as_array())
            .flat_map(|tags| tags.iter().filter_map(text));
        let monitors = ids("monitor");
        Self {
            monitor_ids: monitors.iter().map(|(name, _)| name.clone()).collect(),
            monitors,
            rules: ids("rule"),
            channels: ids("channel"),
            actions: ids("action"),
            maintenances: ids("maintenance"),
            summaries: ids("summary"),
            groups: groups.map(str::to_owned).collect(),
            tags: tags.map(str::to_owned).collect(),
            kinds,
        }
    }

    /// Reports ids that are defined twice, each with the place of the first definition.
    pub(crate) fn duplicates(&self) -> Vec<SpannedError> {
        let lists = [
            ("monitor", &self.monitors),
            ("rule", &self.rules),
            ("channel", &self.channels),
            ("action", &self.actions),
            ("maintenance", &self.maintenances),
            ("summary", &self.summaries),
        ];
        lists.into_iter().flat_map(|(what, names)| duplicates(what, names)).collect()
    }

    /// Reports ids that are reserved for Allclear, and those of actions that are channels too.
    pub(crate) fn reserved(&self) -> Vec<SpannedError> {
        let monitors = self.monitors.iter().filter(|(name, _)| name == MonitorId::ITSELF);
        let rules = self.rules.iter().filter(|(name, _)| SELF_RULES.contains(&name.as_str()));
        let monitors = monitors.map(|(name, span)| {
            SpannedError::new(span.clone(), format!("the monitor id `{name}` is reserved"))
                .hint("Allclear uses it for its own status; choose another")
        });
        let channels = |id: &str| self.channels.iter().find(|(name, _)| name == id);
        let actions = self.actions.iter().filter_map(|(name, span)| {
            let (_, channel) = channels(name)?;
            let finding = SpannedError::new(span.clone(), format!("`{name}` is also a channel"));
            Some(finding.hint("rename one of them").also(channel.clone(), "the channel"))
        });
        let rules = rules.map(|(name, span)| {
            SpannedError::new(span.clone(), format!("the rule `{name}` cannot be changed"))
                .hint("choose its recipients with `faults = [\"monitor\"]` on a channel")
        });
        monitors.chain(rules).chain(actions).collect()
    }

    pub(crate) fn unknown_monitor(&self, name: &str, span: &Span) -> Option<SpannedError> {
        if self.monitor_ids.contains(name) {
            return None;
        }
        unknown("monitor", name, span, self.monitors.iter().map(|(name, _)| name.as_str()))
    }

    pub(crate) fn unknown_channel(&self, name: &str, span: &Span) -> Option<SpannedError> {
        unknown("channel", name, span, self.channels.iter().map(|(name, _)| name.as_str()))
    }

    /// Returns the built-in rules, which are active unless the config changes them.
    pub(crate) fn builtin_rules(
        &self,
    ) -> impl Iterator<Item = &'static BuiltinRule> + Clone + use<> {
        self.kinds.rules()
    }

    pub(crate) fn unknown_rule(&self, name: &str, span: &Span) -> Option<SpannedError> {
        let builtin = self.builtin_rules().map(|rule| rule.id).chain(SELF_RULES);
        unknown("rule", name, span, self.rules.iter().map(|(name, _)| name.as_str()).chain(builtin))
    }

    pub(crate) fn unknown_group(&self, name: &str, span: &Span) -> Option<SpannedError> {
        unknown("group", name, span, self.groups.iter().map(String::as_str))
    }

    pub(crate) fn unknown_tag(&self, name: &str, span: &Span) -> Option<SpannedError> {
        unknown("tag", name, span, self.tags.iter().map(String::as_str))
    }
}

fn text<'n>(node: &'n SpannedNode<'_>) -> Option<&'n str> {
    node.get_ref().as_str()
}

fn duplicates(what: &str, names: &[(String, Span)]) -> Vec<SpannedError> {
    let mut first: HashMap<&str, &Span> = HashMap::new();
    let mut findings = Vec::new();
    for (name, span) in names {
        match first.get(name.as_str()) {
            Some(first) => findings.push(
                SpannedError::new(span.clone(), format!("duplicate {what} id `{name}`"))
                    .hint("rename one of them")
                    .also((*first).clone(), "first"),
            ),
            None => {
                first.insert(name, span);
            }
        }
    }
    findings
}

fn unknown<'n>(
    what: &str,
    name: &str,
    span: &Span,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Option<SpannedError> {
    if known.clone().any(|one| one == name) {
        return None;
    }
    let hint = suggest::hint(name, known).unwrap_or_else(|| match what {
        "group" | "tag" => "add it to a monitor, or remove it here".to_owned(),
        _ => format!("add a `[[{what}]]` with this id, or remove it here"),
    });
    let what = format!("unknown {what} `{name}`");
    Some(SpannedError::new(span.clone(), what).hint(hint).about_absence())
}
