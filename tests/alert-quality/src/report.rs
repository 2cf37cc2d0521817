//! The tables of the results.

use crate::anomaly::RuleRow;
use crate::benchmark::Row;
use crate::score::Score;

/// Returns the table of the programs by class.
#[must_use]
pub fn programs(rows: &[Row]) -> String {
    let headings = [
        "scenarios",
        "interval",
        "program",
        "incidents",
        "missed",
        "false alarms",
        "delay, median",
        "delay, max",
        "messages per incident, mean",
        "max",
        "all messages",
    ];
    let lines = rows.iter().map(|Row { class, interval_s, program, score }| {
        let mut cells = vec![(*class).to_owned(), format!("{interval_s} s"), (*program).to_owned()];
        cells.extend(score_cells(score));
        cells
    });
    table(&headings, lines)
}

/// Returns the table of settings.
#[must_use]
pub fn settings<'a>(rows: impl Iterator<Item = (&'a str, &'a Row)>) -> String {
    let headings = [
        "setting",
        "interval",
        "incidents",
        "missed",
        "false alarms",
        "delay, median",
        "delay, max",
        "messages per incident, mean",
        "max",
        "all messages",
    ];
    let lines = rows.map(|(setting, row)| {
        let mut cells = vec![setting.to_owned(), format!("{} s", row.interval_s)];
        cells.extend(score_cells(&row.score));
        cells
    });
    table(&headings, lines)
}

/// Returns the table of the rules about response times.
#[must_use]
pub fn latency_rules(rows: &[RuleRow]) -> String {
    let headings =
        ["rule", "interval", "quiet days", "false alarms", "incidents", "missed", "delay, median"];
    let lines = rows.iter().map(|RuleRow { rule, interval_s, n_quiet_days, score }| {
        vec![
            format!("`{rule}`"),
            format!("{interval_s} s"),
            n_quiet_days.to_string(),
            score.n_false_alarms.to_string(),
            score.n_incidents.to_string(),
            score.n_missed.to_string(),
            seconds(score.median_delay_s()),
        ]
    });
    table(&headings, lines)
}

fn score_cells(score: &Score) -> [String; 8] {
    [
        score.n_incidents.to_string(),
        score.n_missed.to_string(),
        score.n_false_alarms.to_string(),
        seconds(score.median_delay_s()),
        seconds(score.max_delay_s()),
        score.mean_messages().map_or_else(String::new, |mean| format!("{mean:.1}")),
        score.max_messages().map_or_else(String::new, |max| max.to_string()),
        score.n_all_messages.to_string(),
    ]
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!("{seconds:.0} s"))
}

fn table(headings: &[&str], lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", headings.join(" | "), "---|".repeat(headings.len()));
    for cells in lines {
        text.push_str("| ");
        text.push_str(&cells.join(" | "));
        text.push_str(" |\n");
    }
    text
}
