//! `docs/metrics.md`: each metric and label of the checks, and the metrics on AWS.

use std::collections::BTreeMap;

use allclear_core::kind::{Kind, LatestMetrics, Metric, Unit};
use allclear_core::outcome::{Labels, Metrics};
use allclear_evaluate::rule_variables;
use allclear_expression::Expression;
use toml::{Table, Value};

use crate::markdown::{cell, code, contents, sentence, table};

const TEMPLATE: &str = include_str!("metrics.md.template");
const MEANINGS: &str = include_str!("metrics.toml");
const STACK: &str = include_str!("../../../template.yaml");

/// Returns the document.
pub(crate) fn document() -> String {
    let checks: String = allclear_probes::kinds().iter().map(check).collect();
    let document = TEMPLATE.replace("@checks\n", &checks).replace("@cloudwatch\n", &cloudwatch());
    let contents = contents(&document);
    document.replace("@contents\n", &contents).replace("\n\n\n", "\n\n")
}

fn meanings(table: &str) -> BTreeMap<String, String> {
    let root: Table = toml::from_str(MEANINGS).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    root[table].as_table().unwrap().iter().map(|(name, it)| (name.clone(), text(it))).collect()
}

fn meaning(table: &str, name: &str) -> String {
    let meanings = meanings(table);
    let meaning = meanings.get(name);
    let meaning = meaning.unwrap_or_else(|| {
        panic!("`{name}` needs a meaning under [{table}] of tests/tests/reference/metrics.toml")
    });
    cell(&sentence(meaning))
}

/// Returns the section of a kind of check.
fn check(kind: &Kind) -> String {
    let rows: Vec<[String; 6]> = kind
        .metrics
        .iter()
        .map(|metric| {
            [
                code(metric.name),
                unit(metric.unit).to_owned(),
                metric.label.map(|label| code(label.name())).unwrap_or_default(),
                shown_in(kind, metric).join(", "),
                rules(kind, metric).join(", "),
                meaning("metrics", metric.name),
            ]
        })
        .collect();
    let mut text = format!("## The `{}` check\n\n", kind.name);
    text.push_str(&table(["metric", "unit", "label", "shown in", "rules", "meaning"], &rows));
    if !kind.labels.is_empty() {
        let rows: Vec<[String; 3]> = kind
            .labels
            .iter()
            .map(|label| {
                let qualified = kind.metrics.iter().filter(|metric| metric.label == Some(*label));
                let qualified: Vec<String> = qualified.map(|metric| code(metric.name)).collect();
                [code(label.name()), qualified.join(", "), meaning("labels", label.name())]
            })
            .collect();
        text.push('\n');
        text.push_str(&table(["label", "subject of", "meaning"], &rows));
    }
    text.push('\n');
    text
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Number => "",
        Unit::Percent => "%",
        Unit::Milliseconds => "ms",
        Unit::Seconds => "s",
        Unit::Days => "days",
        Unit::Bytes => "bytes",
        Unit::Dollars => "US dollars",
        Unit::Other(unit) => unit,
    }
}

/// Returns a name that the declared one stands for.
fn sample_name(metric: &Metric) -> String {
    metric.name.replace("???", "usd").replace('*', "requests")
}

/// Returns the texts of a kind whose content depends on the metric, by a comparison with and without it.
fn shown_in(kind: &Kind, metric: &Metric) -> Vec<&'static str> {
    let name = sample_name(metric);
    let metrics: Metrics = kind.metrics.iter().map(|it| (sample_name(it), 3.0)).collect();
    let labels: Labels =
        kind.labels.iter().map(|it| (it.name().to_owned(), "x".to_owned())).collect();
    let mut without = metrics.clone();
    without.remove(&name);
    let text = |metrics: &Metrics, which: &str| -> Vec<String> {
        let of = LatestMetrics { name: "Name", metrics, labels: &labels, present_labels: &labels };
        match which {
            "summary" => kind.texts.summary.iter().flat_map(|describe| describe(&of)).collect(),
            "report" => (kind.texts.report)(&of),
            _ => (kind.texts.outcome)(&of),
        }
    };
    // The report has a table of what paid checks spend.
    let is_spent = kind.budget.is_some_and(|it| [it.spent_usd, it.used_percent].contains(&&*name));
    let all = ["summary", "report", "check"].into_iter();
    all.filter(|which| {
        (is_spent && *which == "report") || text(&metrics, which) != text(&without, which)
    })
    .collect()
}

/// Returns the built-in rules that read the metric.
fn rules(kind: &Kind, metric: &Metric) -> Vec<String> {
    let reads = |condition: &Expression| condition.metrics().any(|name| metric.is_named(name));
    kind.rules
        .iter()
        .filter(|rule| reads(&rule_variables::compile(rule.condition).unwrap()))
        .map(|rule| code(rule.id))
        .collect()
}

/// Returns the table of the metrics that the alarms of the stack read.
fn cloudwatch() -> String {
    let alarms = alarms();
    assert!(alarms.len() >= 5, "{alarms:?}");
    let mut by_metric: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (alarm, namespace, metric) in &alarms {
        let alarms = by_metric.entry((namespace, metric)).or_default();
        if !alarms.contains(alarm) {
            alarms.push(alarm);
        }
    }
    let rows: Vec<[String; 4]> = by_metric
        .into_iter()
        .map(|((namespace, metric), alarms)| {
            let alarms: Vec<String> = alarms.into_iter().map(code).collect();
            [code(namespace), code(metric), alarms.join(", "), meaning("aws", metric)]
        })
        .collect();
    table(["namespace", "metric", "alarms", "meaning"], &rows)
}

/// Returns each metric of each alarm of the stack: the alarm, the namespace and the name.
fn alarms() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut metrics = Vec::new();
    let (mut resource, mut namespace) = ("", "");
    for line in STACK.lines() {
        let is_resource = line.starts_with("  ") && !line.starts_with("   ");
        if let Some(name) = line.trim().strip_suffix(':').filter(|_| is_resource) {
            resource = name;
        }
        namespace = after(line, "Namespace: ").unwrap_or(namespace);
        if let Some(metric) = after(line, "MetricName: ") {
            metrics.push((resource, namespace, metric));
        }
    }
    metrics
}

/// Returns the word after `key` in a line.
fn after<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(key)?;
    rest.split([',', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_is_of_a_declared_metric_or_label() {
        let kinds: Vec<&Kind> = allclear_probes::kinds().iter().collect();
        let metrics = || kinds.iter().flat_map(|kind| kind.metrics).map(|metric| metric.name);
        for name in meanings("metrics").keys() {
            assert!(metrics().any(|known| known == name), "no kind declares the metric `{name}`");
        }
        let labels = || kinds.iter().flat_map(|kind| kind.labels).map(|label| label.name());
        for name in meanings("labels").keys() {
            assert!(labels().any(|known| known == name), "no kind declares the label `{name}`");
        }
        let alarms = alarms();
        for name in meanings("aws").keys() {
            assert!(alarms.iter().any(|(.., known)| known == name), "no alarm reads `{name}`");
        }
    }

    #[test]
    fn a_metric_is_shown_where_its_value_changes_a_text() {
        let kind = allclear_probes::kinds().get("llm").unwrap();
        let shown = |name| shown_in(kind, kind.metrics.iter().find(|it| it.name == name).unwrap());
        assert_eq!(shown("headroom_percent"), ["summary", "report", "check"]);
        assert_eq!(shown("first_token_ms"), ["check"]);
        assert!(shown("models_listed").is_empty());
    }
}
