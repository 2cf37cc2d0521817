//! The declaration of a kind of check, the only knowledge of it in the rest of the program.
//!
//! A [`Kind`] is data. The checkers and the schemas of their parameters are behind
//! [`CheckKinds`](crate::checker::CheckKinds), so that a process that makes no checks links none of them.

use crate::alert_group::{CommonRoot, RootKind};
use crate::offering::{OfferedModel, Offering};
use crate::outcome::{DurationParts, Labels, Metrics};
use crate::rule::{BUILTIN_RULES, BuiltinRule};
use crate::threshold::Category;

/// The declaration of one kind of check.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The name in the config: the key below `check`.
    pub name: &'static str,
    /// The category, which decides the usual thresholds.
    pub category: Category,
    /// The metrics that its checks measure.
    pub metrics: &'static [Metric],
    /// The labels that its checks give to outcomes.
    pub labels: &'static [Label],
    /// The rules over these metrics that are enabled unless the config changes them.
    pub rules: &'static [BuiltinRule],
    /// The texts about these metrics in summaries, reports and the output of single checks.
    pub texts: Texts,
    /// Returns the properties of the target in the parameters of a check that other monitors can share: its host, its
    /// provider.
    pub properties: fn(&serde_json::Value) -> Vec<CommonRoot>,
    /// The metrics of the money that its checks spend; `None` if they spend nothing.
    pub budget: Option<BudgetMetrics>,
    /// The providers whose models its checks ask; `None` if they ask none.
    pub providers: Option<ProviderDeclaration>,
    /// A typical healthy outcome, for estimates and synthetic histories.
    pub example: Example,
}

/// A metric of a kind of check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name in `metrics`. A `?` stands for any one character, and a `*` at the end for one or more
    /// of any.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// The label that names the subject of a value, such as the limit that a percentage refers to.
    pub label: Option<Label>,
}

/// A label of a kind of check: the name of a text in an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(&'static str);

/// The label with the network address of a target that failed.
pub const ADDRESS: Label = Label::new("address");

/// The label with a digest of the certificate of a target that failed.
pub const CERTIFICATE: Label = Label::new("certificate");

/// The labels of outcomes whose texts are properties of the target that other monitors can share.
pub const PROPERTY_LABELS: [(RootKind, Label); 2] =
    [(RootKind::Address, ADDRESS), (RootKind::Certificate, CERTIFICATE)];

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A bare number: a count, a code or a version.
    Number,
    /// Percent, 0 to 100.
    Percent,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
    /// Bytes.
    Bytes,
    /// US dollars.
    Dollars,
    /// Another unit, as it is appended to a value: `items/s`.
    Other(&'static str),
}

/// Describes measured values in any number of texts.
pub type Describe = fn(&LatestMetrics<'_>) -> Vec<String>;

/// The texts about the metrics of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    /// The lines of a summary. The lines of one function are grouped over all monitors.
    pub summary: &'static [Describe],
    /// The facts in a report, after the name of the monitor.
    pub report: Describe,
    /// The facts below the result of a single check, after the name of the monitor.
    pub outcome: Describe,
}

/// The latest values of one monitor.
#[derive(Debug, Clone, Copy)]
pub struct LatestMetrics<'a> {
    /// The name of the monitor.
    pub name: &'a str,
    /// The latest value of each metric.
    pub metrics: &'a Metrics,
    /// The latest text of each label.
    pub labels: &'a Labels,
    /// The labels of the newest outcome. A label that states a condition is absent once it is over.
    pub present_labels: &'a Labels,
}

/// The metrics and the label of the money that checks spend of their budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetMetrics {
    /// The metric of the sum spent this month, in US dollars.
    pub spent_usd: &'static str,
    /// The metric of its share of the cap, in percent.
    pub used_percent: &'static str,
    /// The label that states why paid requests are paused.
    pub paused: Label,
}

/// The declaration of the providers whose models the checks of a kind ask.
#[derive(Debug, Clone, Copy)]
pub struct ProviderDeclaration {
    /// The metrics of the speed of a model.
    pub speed: SpeedMetrics,
    /// Returns the provider and the model in the parameters of a check; `None` if they cannot be read.
    pub offering: fn(&serde_json::Value) -> Option<Offering>,
    /// Returns the models of the provider with this id about which facts of a public source are known.
    pub models: fn(&str) -> Vec<OfferedModel>,
}

/// The metrics of the speed of a model, which rollups count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeedMetrics {
    /// The metric of the time to the first token, in milliseconds.
    pub first_token_ms: &'static str,
    /// The metric of the tokens per second.
    pub tokens_per_second: &'static str,
}

/// A typical outcome of a healthy target.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The parts of its duration. Without any, checks of the kind measure no latency.
    pub parts: DurationParts,
    /// The values of its metrics.
    pub metrics: &'static [(&'static str, f64)],
}

/// The kinds of check of a program, in the order of the documentation.
#[derive(Debug, Clone, Copy, Default)]
pub struct KindSet(&'static [Kind]);

impl Metric {
    /// Declares a metric.
    #[must_use]
    pub const fn new(name: &'static str, unit: Unit) -> Self {
        Self { name, unit, label: None }
    }

    /// Declares a metric whose subject is named by `label`.
    #[must_use]
    pub const fn with_label(name: &'static str, unit: Unit, label: Label) -> Self {
        Self { name, unit, label: Some(label) }
    }

    /// Returns the name that has `part` in place of the signs of this form; `None` if such a name does not
    /// have the form.
    #[must_use]
    pub fn with_part(&self, part: &str) -> Option<String> {
        let name = format!("{}{part}", self.name.trim_end_matches(['*', '?']));
        self.is_named(&name).then_some(name)
    }

    /// Checks whether `name` is the name of this metric, or has its form.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        if let Some(prefix) = self.name.strip_suffix('*') {
            return name.len() > prefix.len() && name.starts_with(prefix);
        }
        self.name.chars().count() == name.chars().count()
            && self.name.chars().zip(name.chars()).all(|(form, name)| form == '?' || form == name)
    }
}

impl Label {
    /// Declares a label.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name in `labels`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl Unit {
    /// Returns `value` in this unit, rounded for a person: `312 ms`.
    #[must_use]
    pub fn format(self, value: f64) -> String {
        match self {
            Self::Number => format!("{value}"),
            Self::Percent => format!("{value:.0} %"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Seconds => format!("{value:.0} s"),
            Self::Days => format!("{value:.0} days"),
            Self::Bytes => format!("{value:.0} bytes"),
            Self::Dollars => format!("${value:.2}"),
            Self::Other(unit) => format!("{value:.0} {unit}"),
        }
    }
}

impl Texts {
    /// No texts: the metrics appear only in the stored outcomes.
    pub const NONE: Self =
        Self { summary: &[], report: describe_nothing, outcome: describe_nothing };
}

fn describe_nothing(_: &LatestMetrics<'_>) -> Vec<String> {
    Vec::new()
}

impl<'a> LatestMetrics<'a> {
    /// Returns the latest value of a metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied()
    }

    /// Returns the latest text of a label.
    #[must_use]
    pub fn label(&self, label: Label) -> Option<&'a str> {
        self.labels.get(label.name()).map(String::as_str)
    }

    /// Returns the text of a label of the newest outcome.
    #[must_use]
    pub fn present_label(&self, label: Label) -> Option<&'a str> {
        self.present_labels.get(label.name()).map(String::as_str)
    }
}

impl Example {
    /// An outcome that measures nothing.
    pub const NONE: Self = Self { parts: DurationParts::NONE, metrics: &[] };

    /// Checks whether checks of the kind measure a latency.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        self.parts.named().iter().any(|(_, part)| part.is_some())
    }
}

impl KindSet {
    /// Creates the set of these kinds.
    #[must_use]
    pub const fn new(kinds: &'static [Kind]) -> Self {
        Self(kinds)
    }

    /// Returns the kinds.
    pub fn iter(self) -> impl Iterator<Item = &'static Kind> + Clone {
        self.0.iter()
    }

    /// Returns the names of the kinds.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(|kind| kind.name).collect()
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'static Kind> {
        self.iter().find(|kind| kind.name == name)
    }

    /// Returns the metrics of the speed of the models that checks of this kind ask.
    #[must_use]
    pub fn speed(self, kind: &str) -> Option<SpeedMetrics> {
        Some(self.get(kind)?.providers?.speed)
    }

    /// Returns the metric of this name. Kinds that measure the same metric declare it alike.
    #[must_use]
    pub fn metric(self, name: &str) -> Option<&'static Metric> {
        self.iter().flat_map(|kind| kind.metrics).find(|metric| metric.is_named(name))
    }

    /// Returns the label of this name.
    #[must_use]
    pub fn label(self, name: &str) -> Option<Label> {
        self.iter().flat_map(|kind| kind.labels).copied().find(|label| label.name() == name)
    }

    /// Returns the declared names of all metrics, sorted, each once.
    #[must_use]
    pub fn metric_names(self) -> Vec<&'static str> {
        let metrics = self.iter().flat_map(|kind| kind.metrics);
        let mut names: Vec<&str> = metrics.map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the built-in rules: those over the status of any monitor, then those of the kinds.
    pub fn rules(self) -> impl Iterator<Item = &'static BuiltinRule> + Clone {
        BUILTIN_RULES.iter().chain(self.iter().flat_map(|kind| kind.rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_pattern_matches_any_value_of_its_placeholders() {
        for (form, name, is_named) in [
            ("queue", "queue", true),
            ("queue", "queues", false),
            ("left_*", "left_items", true),
            ("left_*", "left_", false),
            ("credit_???", "credit_eur", true),
            ("credit_???", "credit_euro", false),
            ("*", "anything", true),
        ] {
            let metric = Metric::new(form, Unit::Number);
            assert_eq!(metric.is_named(name), is_named, "{form} {name}");
        }
    }

    #[test]
    fn a_matching_part_completes_a_metric_pattern() {
        for (form, part, name) in [
            ("left_*", "items", Some("left_items")),
            ("left_*", "", None),
            ("credit_???", "eur", Some("credit_eur")),
            ("credit_???", "euro", None),
            ("queue", "s", None),
        ] {
            let metric = Metric::new(form, Unit::Number);
            assert_eq!(metric.with_part(part).as_deref(), name, "{form} {part}");
        }
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        for (unit, shown) in [
            (Unit::Number, "12.4"),
            (Unit::Percent, "12 %"),
            (Unit::Milliseconds, "12 ms"),
            (Unit::Dollars, "$12.40"),
            (Unit::Other("items/s"), "12 items/s"),
        ] {
            assert_eq!(unit.format(12.4), shown);
        }
    }
}
