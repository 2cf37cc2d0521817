//! All programs on all scenarios.

use allclear_core::rule::Rule;
use anyhow::Result;
use serde::Serialize;

use crate::peers::PEERS;
use crate::scenario::Scenario;
use crate::score::{Score, score};
use crate::{defaults, replay};

/// The intervals of checks, in seconds.
pub const INTERVALS_S: [u32; 2] = [10, 60];

/// The name of the product in results.
pub const ALLCLEAR: &str = "Allclear";

/// The result of one program on one class of scenarios.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The class of scenarios.
    pub class: &'static str,
    /// The interval of checks.
    pub interval_s: u32,
    /// The program.
    pub program: &'static str,
    /// The result.
    #[serde(flatten)]
    pub score: Score,
}

/// Runs all programs on the scenarios at both intervals, Allclear with its default rules.
///
/// # Errors
///
/// Fails if a built-in rule does not compile.
pub fn run(scenarios: &[Scenario]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for interval_s in INTERVALS_S {
        for scenario in scenarios {
            let series = scenario.checked_every(interval_s);
            let own = score(&series, replay::messages(&series, defaults::rules()?)?);
            let peers = PEERS.map(|peer| (peer.name, score(&series, peer.messages(&series))));
            for (program, score) in [(ALLCLEAR, own)].into_iter().chain(peers) {
                add(&mut rows, Row { class: scenario.class, interval_s, program, score });
            }
        }
    }
    Ok(rows)
}

/// Runs Allclear with other rules.
///
/// # Errors
///
/// Fails if a rule does not compile.
pub fn run_with(scenarios: &[Scenario], interval_s: u32, rules: &[Rule]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for scenario in scenarios {
        let series = scenario.checked_every(interval_s);
        let score = score(&series, replay::messages(&series, rules.to_vec())?);
        add(&mut rows, Row { class: scenario.class, interval_s, program: ALLCLEAR, score });
    }
    Ok(rows)
}

/// Returns the result of a program at an interval on all classes.
#[must_use]
pub fn total(rows: &[Row], interval_s: u32, program: &'static str) -> Row {
    let mut score = Score::default();
    let chosen = rows.iter().filter(|row| row.interval_s == interval_s && row.program == program);
    chosen.for_each(|row| score.add(row.score.clone()));
    Row { class: "all", interval_s, program, score }
}

fn add(rows: &mut Vec<Row>, row: Row) {
    let is_same = |other: &&mut Row| {
        (other.class, other.interval_s, other.program) == (row.class, row.interval_s, row.program)
    };
    match rows.iter_mut().find(is_same) {
        Some(other) => other.score.add(row.score),
        None => rows.push(row),
    }
}
