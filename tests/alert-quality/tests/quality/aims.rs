//! The aims of the default rules on a fixed selection of the scenarios.

use allclear_alert_quality::benchmark::{Row, run_with};
use allclear_alert_quality::classes::scenarios;
use allclear_alert_quality::defaults;

/// One scenario of each class.
const N_SCENARIOS: usize = 13;

/// Returns the most messages of an incident. A service that fails intermittently can have an outage in between, which
/// is an update with a higher severity. A service that flaps has a first outage with its end before that is known.
fn most_messages(class: &str) -> usize {
    match class {
        "25 % fail, 8 to 60 min" => 3,
        "50 % fail, 5 to 30 min" | "flapping" => 5,
        _ => 2,
    }
}

/// Returns the incidents that may be missed: one in which a part of few checks fails is over before four have failed.
fn n_missable(row: &Row) -> usize {
    let is_partial = row.class.contains("% fail");
    usize::from(is_partial && row.interval_s == 60)
}

fn misses_of_the_aims(interval_s: u32) -> Vec<String> {
    let rows = run_with(&scenarios(N_SCENARIOS), interval_s, &defaults::rules().unwrap()).unwrap();
    assert_eq!(rows.len(), N_SCENARIOS);
    let has_missed = |row: &&Row| {
        row.score.n_missed > n_missable(row)
            || row.score.n_false_alarms > 0
            || row.score.max_messages().is_some_and(|n| n > most_messages(row.class))
    };
    rows.iter().filter(has_missed).map(|row| format!("{row:?}")).collect()
}

#[test]
fn nothing_is_missed_and_nothing_is_false_at_10_s() {
    assert_eq!(misses_of_the_aims(10), Vec::<String>::new());
}

#[test]
fn nothing_is_missed_and_nothing_is_false_at_60_s() {
    assert_eq!(misses_of_the_aims(60), Vec::<String>::new());
}
