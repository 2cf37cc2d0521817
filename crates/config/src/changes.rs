//! The differences between two configs, for the operator who applies the second one.
//!
//! Each part of a config is a list of named texts (`fields`). Two parts of the same name are
//! compared field by field. This module does not decide whether a change is wise.

mod fields;

use std::fmt;

use allclear_core::config::Config;
use allclear_core::route::{PlacedRoute, Route};
use serde::Serialize;

use self::fields::Field;

/// One difference between two configs. It reads `+ monitor checkout`,
/// `~ monitor checkout: interval 1m → 30s` or `- monitor checkout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigChange {
    /// The kind of difference.
    pub action: ConfigChangeKind,
    /// The kind of object: `monitor`, `rule`, `channel`, `action`, `route`, `maintenance`, `silence`, `summary`,
    /// `page`, `settings`, `notifications` or `watchdog`.
    pub kind: &'static str,
    /// The id of the object; `None` for those that exist once.
    pub id: Option<String>,
    /// The fields that differ; empty if the object was added or removed.
    pub fields: Vec<FieldChange>,
}

/// The kind of difference between two configs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigChangeKind {
    /// Only the new config has it.
    Added,
    /// Both have it, and it differs.
    Changed,
    /// Only the old config has it.
    Removed,
}

/// One field that differs, in the notation of the file. Both values are left out if the field is
/// confidential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The key in the file: `interval`, `check.http.url`.
    pub field: String,
    /// The old value; `None` if it was unset or is confidential.
    pub from: Option<String>,
    /// The new value; `None` if it is unset or is confidential.
    pub to: Option<String>,
}

/// Returns the changes that lead from `old` to `new`: additions and modifications in the order of
/// the new config, then removals. Empty if the configs are equal.
#[must_use]
pub fn changes(old: &Config, new: &Config) -> Vec<ConfigChange> {
    let mut page = differences(&fields::page(old), &fields::page(new));
    page.extend(order_of_monitors(old, new));
    let settings = differences(&fields::settings(old), &fields::settings(new));
    let notifications = differences(&fields::notifications(old), &fields::notifications(new));
    let watchdog = differences(&fields::watchdog(old), &fields::watchdog(new));
    let single = [
        ("page", page),
        ("settings", settings),
        ("notifications", notifications),
        ("watchdog", watchdog),
    ];
    let single = single.into_iter();
    let single = single.filter(|(_, fields)| !fields.is_empty());
    let mut changes: Vec<ConfigChange> = single
        .map(|(kind, fields)| ConfigChange {
            action: ConfigChangeKind::Changed,
            kind,
            id: None,
            fields,
        })
        .collect();
    changes.extend(compare("monitor", &old.monitors, &new.monitors, fields::monitor));
    changes.extend(compare("rule", &old.rules, &new.rules, fields::rule));
    changes.extend(compare("channel", &old.channels, &new.channels, fields::channel));
    changes.extend(compare("action", &old.actions, &new.actions, fields::action));
    changes.extend(compare("route", &routes(old), &routes(new), fields::route));
    let windows = (&old.maintenances, &new.maintenances);
    changes.extend(compare("maintenance", windows.0, windows.1, fields::maintenance));
    changes.extend(compare("silence", &old.silences, &new.silences, fields::silence));
    changes.extend(compare("summary", &old.summaries, &new.summaries, fields::summary));
    changes
}

/// Returns the routes of a config, each before those below it.
fn routes(config: &Config) -> Vec<PlacedRoute<'_>> {
    config.routing.as_ref().map(Route::tree).unwrap_or_default()
}

/// Compares the order of the monitors that both configs have. The page shows them in the order of
/// the config; added and removed monitors are changes of their own.
fn order_of_monitors(old: &Config, new: &Config) -> Option<FieldChange> {
    let order = |config: &Config, other: &Config| {
        let ids = config.monitors.iter().map(|monitor| &monitor.id);
        let stayed = ids.filter(|id| other.monitor(id).is_some());
        format!("[{}]", stayed.map(ToString::to_string).collect::<Vec<_>>().join(", "))
    };
    let (from, to) = (order(old, new), order(new, old));
    (from != to).then(|| FieldChange {
        field: "order of monitors".to_owned(),
        from: Some(from),
        to: Some(to),
    })
}

/// Compares two lists, whose items are identified by the first element that `read` returns.
fn compare<T>(
    kind: &'static str,
    old: &[T],
    new: &[T],
    read: impl Fn(&T) -> (String, Vec<Field>),
) -> Vec<ConfigChange> {
    let mut old: Vec<_> = old.iter().map(&read).collect();
    let mut changes = Vec::new();
    for (id, fields) in new.iter().map(&read) {
        let Some(place) = old.iter().position(|(known, _)| *known == id) else {
            let action = ConfigChangeKind::Added;
            changes.push(ConfigChange { action, kind, id: Some(id), fields: Vec::new() });
            continue;
        };
        let (_, before) = old.remove(place);
        let fields = differences(&before, &fields);
        if !fields.is_empty() {
            changes.push(ConfigChange {
                action: ConfigChangeKind::Changed,
                kind,
                id: Some(id),
                fields,
            });
        }
    }
    changes.extend(old.into_iter().map(|(id, _)| ConfigChange {
        action: ConfigChangeKind::Removed,
        kind,
        id: Some(id),
        fields: Vec::new(),
    }));
    changes
}

/// Returns the fields that differ: those of the new list in its order, then those that only the old
/// list has.
fn differences(old: &[Field], new: &[Field]) -> Vec<FieldChange> {
    let find = |list: &[Field], name: &str| list.iter().find(|field| field.name == name).cloned();
    let changed = new.iter().filter_map(|field| {
        let before = find(old, &field.name);
        (before.as_ref() != Some(field)).then(|| field_change(before.as_ref(), Some(field)))
    });
    let gone = old.iter().filter(|field| find(new, &field.name).is_none());
    changed.chain(gone.map(|field| field_change(Some(field), None))).collect()
}

fn field_change(from: Option<&Field>, to: Option<&Field>) -> FieldChange {
    let name = from.or(to).map(|field| field.name.clone()).unwrap_or_default();
    let (from, to) = (from.and_then(Field::shown), to.and_then(Field::shown));
    // Two values that become equal once secrets are redacted are not worth printing.
    let (from, to) = if from == to { (None, None) } else { (from, to) };
    FieldChange { field: name, from, to }
}

impl fmt::Display for ConfigChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            ConfigChangeKind::Added => '+',
            ConfigChangeKind::Changed => '~',
            ConfigChangeKind::Removed => '-',
        };
        write!(f, "{sign} {}", self.kind)?;
        if let Some(id) = &self.id {
            write!(f, " {id}")?;
        }
        for (index, field) in self.fields.iter().enumerate() {
            write!(f, "{}{field}", if index == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

/// The longest value that is printed in full, in characters.
const MAX_SHOWN: usize = 80;

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, from, to } = self;
        if from.is_none() && to.is_none() {
            return write!(f, "{field} changed");
        }
        let shown = |value: &Option<String>| match value {
            None => "none".to_owned(),
            Some(text) if text.chars().count() > MAX_SHOWN => {
                text.chars().take(MAX_SHOWN).chain(['…']).collect()
            }
            Some(text) => text.clone(),
        };
        write!(f, "{field} {} → {}", shown(from), shown(to))
    }
}
