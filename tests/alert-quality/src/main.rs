//! Prints the results of the default rules, and of models of other programs, on simulated days. `scripts/bench` runs it.
//!
//!     allclear-alert-quality [--json] [--sweep] [NUMBER]

use allclear_alert_quality::benchmark::{ALLCLEAR, INTERVALS_S, Row, total};
use allclear_alert_quality::peers::PEERS;
use allclear_alert_quality::scenario::Scenario;
use allclear_alert_quality::{anomaly, benchmark, classes, report, sweep};
use anyhow::{Context as _, Result};

/// The scenarios without a number on the command line.
const N_SCENARIOS: usize = 200;

/// The services with a daily rhythm over three weeks.
const N_RHYTHMS: u32 = 20;

fn main() -> Result<()> {
    let (mut is_json, mut is_sweep, mut n) = (false, false, N_SCENARIOS);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => is_json = true,
            "--sweep" => is_sweep = true,
            number => n = number.parse().with_context(|| format!("unknown option `{number}`"))?,
        }
    }
    let scenarios = classes::scenarios(n);
    if is_sweep {
        return print_sweep(&scenarios);
    }
    let mut rows = benchmark::run(&scenarios)?;
    rows.extend(totals(&rows));
    let mut latency = Vec::new();
    for interval_s in INTERVALS_S {
        latency.extend(anomaly::run(N_RHYTHMS, interval_s)?);
    }
    if is_json {
        let result = serde_json::json!({
            "n_scenarios": n,
            "rows": rows.iter().map(json).collect::<Vec<_>>(),
            "latency_rules": latency,
        });
        print(&serde_json::to_string_pretty(&result)?);
    } else {
        print(&report::programs(&rows));
        print(&report::latency_rules(&latency));
    }
    Ok(())
}

fn totals(rows: &[Row]) -> Vec<Row> {
    let programs = || [ALLCLEAR].into_iter().chain(PEERS.map(|peer| peer.name));
    let of_interval = |interval_s| programs().map(move |program| total(rows, interval_s, program));
    INTERVALS_S.into_iter().flat_map(of_interval).collect()
}

fn json(row: &Row) -> serde_json::Value {
    let mut value = serde_json::json!(row);
    let more = serde_json::json!({
        "median_delay_s": row.score.median_delay_s(),
        "max_delay_s": row.score.max_delay_s(),
        "mean_messages": row.score.mean_messages(),
        "max_messages": row.score.max_messages(),
    });
    if let (Some(value), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

fn print_sweep(scenarios: &[Scenario]) -> Result<()> {
    for interval_s in INTERVALS_S {
        let confirmations = sweep::confirmations(scenarios, interval_s)?;
        let failure_rates = sweep::failure_rates(scenarios, interval_s)?;
        for rows in [confirmations, failure_rates] {
            print(&report::settings(rows.iter().map(|one| (one.setting.as_str(), &one.row))));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the tables are the output")]
fn print(text: &str) {
    println!("{text}");
}
