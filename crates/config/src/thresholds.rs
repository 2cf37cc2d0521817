//! `[thresholds.CATEGORY]` and `thresholds` of a monitor: limits above which a healthy outcome is degraded or unhealthy.

use std::collections::BTreeMap;

use allclear_core::kind::{Kind, KindSet};
use allclear_core::threshold::{Category, RESPONSE_TIME_MS, Threshold};

use crate::raw::{self, ThresholdTables};
use crate::spanned::Spanned;
use crate::spanned_error::SpannedError;
use crate::suggest;

/// The thresholds of one category, by metric.
type ByMetric = BTreeMap<String, Threshold>;

/// The thresholds that a config sets for categories.
#[derive(Debug)]
pub(crate) struct Categories {
    /// The categories that the config has a table for.
    set: BTreeMap<String, ByMetric>,
}

impl Categories {
    /// Reads the tables, and reports metrics that no kind of check measures.
    pub(crate) fn of(
        raw: &BTreeMap<String, ThresholdTables>,
        kinds: KindSet,
        findings: &mut Vec<SpannedError>,
    ) -> Self {
        let usual_names: Vec<&str> =
            Category::ALL.iter().flat_map(|one| usual(one.name())).map(|(name, _)| name).collect();
        let is_known = |name: &str| {
            name == RESPONSE_TIME_MS || usual_names.contains(&name) || kinds.metric(name).is_some()
        };
        let mut set = BTreeMap::new();
        for (category, tables) in raw {
            let mut limits: ByMetric =
                usual(category).map(|(name, threshold)| (name.to_owned(), threshold)).collect();
            for (metric, table) in tables {
                if !is_known(metric) {
                    let what = format!("no kind of check measures `{metric}`");
                    let mut known = kinds.metric_names();
                    known.extend(usual_names.iter().copied());
                    known.push(RESPONSE_TIME_MS);
                    let finding = SpannedError::new(table.span.clone(), what);
                    findings.push(finding.hint(nearest(metric, &known)));
                }
                limits.insert(metric.clone(), threshold(metric, table, findings));
            }
            set.insert(category.clone(), limits);
        }
        Self { set }
    }

    /// Returns the thresholds of a monitor: its own, over those of its category.
    ///
    /// The category of the kind has an effect only if the config has a table for it. A category that the monitor names
    /// has its usual thresholds without a table too.
    pub(crate) fn of_monitor(
        &self,
        raw: &raw::Monitor,
        kind: &Kind,
        findings: &mut Vec<SpannedError>,
    ) -> Vec<Threshold> {
        let measures = |metric: &str| {
            metric == RESPONSE_TIME_MS || kind.metrics.iter().any(|one| one.is_named(metric))
        };
        let named = raw.category.as_ref();
        let mut limits = match named {
            Some(name) => self.named(name, findings),
            None => self.set.get(kind.category.name()).cloned().unwrap_or_default(),
        };
        limits.retain(|metric, _| measures(metric));
        for (metric, table) in &raw.thresholds {
            if !measures(metric) {
                let what = format!("the kind of check `{}` does not measure `{metric}`", kind.name);
                let mut known: Vec<&str> = kind.metrics.iter().map(|metric| metric.name).collect();
                known.push(RESPONSE_TIME_MS);
                let finding = SpannedError::new(table.span.clone(), what);
                findings.push(finding.hint(nearest(metric, &known)));
            }
            limits.insert(metric.clone(), threshold(metric, table, findings));
        }
        let has_a_limit = |one: &Threshold| one.warning.is_some() || one.critical.is_some();
        limits.into_values().filter(has_a_limit).collect()
    }

    fn named(&self, name: &Spanned<String>, findings: &mut Vec<SpannedError>) -> ByMetric {
        if let Some(limits) = self.set.get(&name.value) {
            return limits.clone();
        }
        let builtin = Category::ALL.iter().map(|one| one.name());
        if !builtin.clone().any(|builtin| builtin == name.value) {
            let known: Vec<&str> = builtin.chain(self.set.keys().map(String::as_str)).collect();
            let what = format!("unknown category `{}`", name.value);
            let hint = match suggest::nearest(&name.value, known.iter().copied()) {
                Some(nearest) => format!("write `{nearest}`, or add `[thresholds.{}]`", name.value),
                None => format!("write {}, or add `[thresholds.{}]`", listed(&known), name.value),
            };
            findings.push(SpannedError::new(name.span.clone(), what).hint(hint));
        }
        usual(&name.value).map(|(name, threshold)| (name.to_owned(), threshold)).collect()
    }
}

/// Returns the usual thresholds of a category; none for one that the config has made up.
fn usual(category: &str) -> impl Iterator<Item = (&'static str, Threshold)> {
    let category = Category::ALL.into_iter().find(|one| one.name() == category);
    let usual = category.map(Category::usual_thresholds).unwrap_or_default();
    usual.iter().map(|one| {
        let (warning, critical) = (Some(one.warning), Some(one.critical));
        (one.metric, Threshold { metric: one.metric.to_owned(), warning, critical })
    })
}

fn threshold(
    metric: &str,
    table: &Spanned<raw::ThresholdTable>,
    findings: &mut Vec<SpannedError>,
) -> Threshold {
    let raw::ThresholdTable { warning, critical } = table.value;
    for limit in [warning, critical].into_iter().flatten() {
        if !limit.is_finite() || limit < 0.0 {
            let what = format!("`{limit}` is not a threshold");
            let finding = SpannedError::new(table.span.clone(), what);
            findings.push(finding.hint("write a number that is not negative"));
        }
    }
    if let Some((warning, critical)) = warning.zip(critical).filter(|(low, high)| low > high) {
        let what = format!(
            "the warning threshold {warning} is above the critical one {critical}, so the warning \
             never comes"
        );
        findings.push(SpannedError::new(table.span.clone(), what).hint("swap them"));
    }
    Threshold { metric: metric.to_owned(), warning, critical }
}

fn nearest(name: &str, known: &[&str]) -> String {
    match suggest::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known: {}", listed(known)),
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
