//! `docs/configuration.md`: each key of the config.
//!
//! The prose stands in `configuration.md.template`. A line that begins with `@` is replaced by a generated
//! part.

use allclear_core::kind::Kind;
use allclear_core::rule::{BuiltinRule, RuleConfirmation, RuleState};
use allclear_evaluate::rule_variables::RuleVariable;
use allclear_expression::{ValueKind, Variable};
use serde_json::Value;

use crate::examples;
use crate::keys::{Key, at, keys};
use crate::kinds::AllKinds;
use crate::markdown::{cell, code, contents, sentence, table};

const TEMPLATE: &str = include_str!("configuration.md.template");

/// The tables of the config that have a section of their own.
const SECTIONS: [&str; 14] = [
    "monitor",
    "thresholds",
    "rule",
    "channel",
    "notifications",
    "route",
    "action",
    "silence",
    "maintenance",
    "summary",
    "watchdog",
    "page",
    "incidents",
    "defaults",
];

/// Further tables with a list of keys of their own.
const INNER_TABLES: [&str; 2] = ["route.routes", "route.routes.active_times"];

/// Returns the document.
pub(crate) fn document() -> String {
    let kinds = AllKinds::new();
    let schema = kinds.schema();
    let document: String = TEMPLATE
        .lines()
        .map(|line| match line.strip_prefix('@') {
            Some("contents") => "@contents\n".to_owned(),
            Some(directive) => generated(directive, &schema, &kinds),
            None => format!("{line}\n"),
        })
        .collect();
    let contents = contents(&document);
    document.replace("@contents\n", &contents).replace("\n\n\n", "\n\n")
}

fn generated(directive: &str, schema: &Value, kinds: &AllKinds) -> String {
    match directive.split_once(' ').unwrap_or((directive, "")) {
        ("top-level", "") => top_level(schema),
        ("keys", path) => key_table(schema, path),
        ("example", name) => example(name),
        ("checks", "") => allclear_probes::kinds().iter().map(|one| check(schema, one)).collect(),
        ("channels", "") => {
            kinds.channels().into_iter().map(|name| channel(schema, name)).collect()
        }
        ("actions", "") => kinds.actions().into_iter().map(|name| action(schema, name)).collect(),
        ("rule-variables", "") => variables(RuleVariable::DECLARATIONS),
        ("rules", "") => rules(&allclear_probes::kinds().rules().collect::<Vec<_>>()),
        _ => panic!("the template has an unknown directive `@{directive}`"),
    }
}

/// Returns the paths of all keys that need an example.
pub(crate) fn paths(schema: &Value) -> Vec<String> {
    let tables = SECTIONS.into_iter().chain(INNER_TABLES).map(str::to_owned);
    let kinds = ["monitor.check", "channel.send", "action.run"].into_iter().flat_map(|parent| {
        let names = at(schema, parent)["properties"].as_object().into_iter().flatten();
        names.map(move |(name, _)| format!("{parent}.{name}"))
    });
    let tables: Vec<String> = tables.chain(kinds).collect();
    // The elements of a list of tables; those of a table of tables have names of their own.
    let lists = tables.iter().filter(|path| path.starts_with("monitor.check."));
    let lists = lists.flat_map(|path| {
        let properties = at(schema, path)["properties"].as_object().into_iter().flatten();
        let is_list = |value: &Value| value["items"]["properties"].is_object();
        properties
            .filter(move |(_, value)| is_list(value))
            .map(move |(key, _)| format!("{path}.{key}"))
    });
    let tables: Vec<String> = tables.iter().cloned().chain(lists).collect();
    tables
        .iter()
        .flat_map(|path| keys(at(schema, path)).into_iter().map(move |key| (path, key)))
        .map(|(path, key)| format!("{path}.{}", key.path))
        .collect()
}

fn top_level(schema: &Value) -> String {
    let mut tables: Vec<Key> =
        keys(schema).into_iter().filter(|key| !key.path.contains('.')).collect();
    tables.sort_by_key(|key| SECTIONS.iter().position(|section| **section == *key.path));
    let rows: Vec<[String; 3]> = tables
        .into_iter()
        .map(|key| {
            assert!(SECTIONS.contains(&&*key.path), "`{}` has no section", key.path);
            let is_list = schema["properties"][&key.path]["type"] == "array";
            let name =
                if is_list { format!("[[{}]]", key.path) } else { format!("[{}]", key.path) };
            let many = if is_list { "any number" } else { "at most one" };
            [format!("[`{name}`](#{})", key.path), many.to_owned(), key.meaning]
        })
        .collect();
    table(["table", "how many", "meaning"], &rows)
}

/// Returns the table of the keys at `path`.
fn key_table(schema: &Value, path: &str) -> String {
    let keys = keys(at(schema, path));
    if keys.is_empty() {
        return "It has no keys.\n".to_owned();
    }
    let rows: Vec<[String; 5]> = keys.into_iter().map(|key| row(path, key)).collect();
    table(["key", "type", "default", "example", "meaning"], &rows)
}

fn row(path: &str, key: Key) -> [String; 5] {
    let example = examples::value(&format!("{path}.{}", key.path));
    // The keys of a table have examples of their own, and the kinds a section of their own.
    let is_kind =
        ["monitor.check", "channel.send", "action.run"].contains(&&*format!("{path}.{}", key.path));
    let has_table = path.starts_with("route") || path.starts_with("monitor.check.");
    let has_elements = ["list of tables", "table of tables"].contains(&&*key.kind);
    let is_shown = !(key.is_table || is_kind || has_table && has_elements);
    let example = example.filter(|_| is_shown).map(|example| code(&example)).unwrap_or_default();
    assert!(!key.meaning.is_empty(), "`{path}.{}` has no description", key.path);
    let meaning = sentence(key.meaning.trim());
    [code(&key.path), key.kind, key.default, example, meaning]
}

fn example(name: &str) -> String {
    let text = examples::text(name).unwrap_or_else(|| {
        panic!("tests/tests/reference/examples/{name}.toml is missing");
    });
    format!("```toml\n{}\n```\n", text.trim())
}

/// Returns the section of a kind of check.
fn check(schema: &Value, kind: &Kind) -> String {
    let name = kind.name;
    let path = format!("monitor.check.{name}");
    let meaning = at(schema, &path)["description"].as_str().map(cell).unwrap_or_default();
    let mut text = format!("\n### The `{name}` check\n\n{meaning}\n\n");
    text.push_str(&key_table(schema, &path));
    text.push('\n');
    text.push_str(&element_tables(schema, &path));
    text.push_str(&example(name));
    let has_conditions = at(schema, &path).to_string().contains("\"cel-check\"");
    let known = allclear_probes::variables(name);
    assert_eq!(has_conditions, !known.is_empty(), "crates/probes: variables of `{name}`");
    if has_conditions {
        text.push_str("\nVariables of its conditions:\n\n");
        text.push_str(&variables(known));
    }
    if !kind.rules.is_empty() {
        text.push_str("\nIts built-in rules:\n\n");
        text.push_str(&rules(&kind.rules.iter().collect::<Vec<_>>()));
    }
    format!("{text}\nIts metrics and labels are in [metrics.md](metrics.md#the-{name}-check).\n")
}

/// Returns the tables of the keys of elements: of each list of tables and each table of tables at `path`.
fn element_tables(schema: &Value, path: &str) -> String {
    let inner = element_paths(schema, path);
    let shown = inner.iter().map(|inner| {
        let name = inner.strip_prefix("monitor.check.").unwrap_or(inner);
        let name = name.split_once('.').map_or(name, |(_, key)| key);
        format!("Keys of each element of `{name}`:\n\n{}\n", key_table(schema, inner))
    });
    shown.collect()
}

/// Returns the paths of the lists of tables and the tables of tables below `path`.
fn element_paths(schema: &Value, path: &str) -> Vec<String> {
    let properties = at(schema, path)["properties"].as_object().into_iter().flatten();
    let has_elements = |value: &Value| {
        ["items", "additionalProperties"].iter().any(|key| value[key]["properties"].is_object())
    };
    let inner = properties.filter(|(_, value)| has_elements(value));
    let inner: Vec<String> = inner.map(|(key, _)| format!("{path}.{key}")).collect();
    let deeper =
        inner.iter().flat_map(|inner| [vec![inner.clone()], element_paths(schema, inner)].concat());
    deeper.collect()
}

/// Returns the section of a kind of channel.
fn channel(schema: &Value, name: &str) -> String {
    let path = format!("channel.send.{name}");
    let meaning = at(schema, &path)["description"].as_str().map(cell).unwrap_or_default();
    let keys = key_table(schema, &path);
    format!(
        "\n### The `{name}` channel\n\n{meaning}\n\n{keys}\n{}",
        example(&format!("channel-{name}"))
    )
}

/// Returns the section of a kind of action.
fn action(schema: &Value, name: &str) -> String {
    let path = format!("action.run.{name}");
    let meaning = at(schema, &path)["description"].as_str().map(cell).unwrap_or_default();
    let keys = match name {
        "webhook" => "It has the keys of [the channel](#the-webhook-channel).\n".to_owned(),
        _ => key_table(schema, &path),
    };
    format!(
        "\n### The `{name}` action\n\n{meaning}\n\n{keys}\n{}",
        example(&format!("action-{name}"))
    )
}

fn variables(variables: &[Variable]) -> String {
    let rows: Vec<[String; 3]> = variables
        .iter()
        .map(|one| {
            let kind = match one.kind {
                ValueKind::Bool => "true or false",
                ValueKind::Number => "number",
                ValueKind::Text => "text",
                ValueKind::Texts => "list of texts",
                ValueKind::Object => "object",
                ValueKind::Headers => "texts by name",
                ValueKind::Any => "any",
            };
            [code(one.name), kind.to_owned(), cell(&sentence(one.meaning))]
        })
        .collect();
    table(["variable", "type", "meaning"], &rows)
}

fn confirmed_by(confirm: RuleConfirmation) -> String {
    match confirm {
        RuleConfirmation::ONE => "one outcome".to_owned(),
        RuleConfirmation { count, of } => format!("{count} of {of}"),
    }
}

fn default_state(rule: &BuiltinRule) -> &'static str {
    match rule.default_state {
        RuleState::Enabled => "on",
        RuleState::Disabled => "off",
    }
}

fn rules(rules: &[&BuiltinRule]) -> String {
    let rows: Vec<[String; 7]> = rules
        .iter()
        .map(|rule| {
            let fault = rule.fault.map_or("that of the outcome".to_owned(), |it| code(it.as_str()));
            let hold_for = code(&allclear_core::duration::format(rule.hold_for));
            let resolved = if rule.momentary { ", no resolved notice" } else { "" };
            [
                code(rule.id),
                code(rule.condition),
                default_state(rule).to_owned(),
                format!("`{}`{resolved}", rule.severity),
                hold_for,
                confirmed_by(rule.confirm),
                fault,
            ]
        })
        .collect();
    table(["rule", "condition", "default", "severity", "`for`", "`confirm`", "fault"], &rows)
}
