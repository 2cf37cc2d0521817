//! Other settings of the default rules, from which the defaults were chosen.

use allclear_core::rule::{Rule, RuleConfirmation};
use anyhow::Result;

use crate::benchmark::{ALLCLEAR, Row, run_with, total};
use crate::defaults;
use crate::scenario::Scenario;

/// The compared confirmations of rules over measured values.
const CONFIRMATIONS: [(u8, u8); 7] = [(1, 1), (2, 2), (2, 3), (3, 4), (3, 5), (4, 7), (5, 9)];

/// The compared conditions of `failure_rate`: percent, and failed outcomes.
const FAILURE_RATES: [(u32, u32); 9] =
    [(4, 4), (5, 3), (5, 4), (5, 5), (6, 4), (7, 4), (8, 4), (10, 4), (15, 4)];

/// A setting and its result.
pub struct SweepRow {
    /// The setting.
    pub setting: String,
    /// The result on all classes, or on a class.
    pub row: Row,
}

/// Runs the scenarios with each confirmation of `high_response_time`.
///
/// # Errors
///
/// Fails if a rule does not compile.
pub fn confirmations(scenarios: &[Scenario], interval_s: u32) -> Result<Vec<SweepRow>> {
    let mut rows = Vec::new();
    for (count, of) in CONFIRMATIONS {
        let confirm = RuleConfirmation { count, of };
        let rules = changed("high_response_time", |rule| Rule { confirm, ..rule })?;
        rows.push(row(format!("{count} of {of}"), scenarios, interval_s, &rules)?);
    }
    Ok(rows)
}

/// Runs the scenarios with each condition of `failure_rate`.
///
/// # Errors
///
/// Fails if a rule does not compile.
pub fn failure_rates(scenarios: &[Scenario], interval_s: u32) -> Result<Vec<SweepRow>> {
    let mut rows = Vec::new();
    for (percent, n_failed) in FAILURE_RATES {
        let condition = format!(
            "intermittent_failure_percentage >= {percent} && intermittent_failures >= {n_failed}"
        );
        let rules = changed("failure_rate", |rule| Rule { condition: condition.clone(), ..rule })?;
        rows.push(row(format!("{percent} %, {n_failed} failed"), scenarios, interval_s, &rules)?);
    }
    Ok(rows)
}

fn changed(id: &str, change: impl Fn(Rule) -> Rule) -> Result<Vec<Rule>> {
    let rules = defaults::rules()?.into_iter();
    Ok(rules.map(|rule| if rule.id.as_str() == id { change(rule) } else { rule }).collect())
}

fn row(
    setting: String,
    scenarios: &[Scenario],
    interval_s: u32,
    rules: &[Rule],
) -> Result<SweepRow> {
    let rows = run_with(scenarios, interval_s, rules)?;
    Ok(SweepRow { setting, row: total(&rows, interval_s, ALLCLEAR) })
}
