//! `allclear simulate`: recorded runs, folded through other rules, and the difference to the records.

use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::duration;
use allclear_evaluate::ConfigIndex;
use allclear_rehearse::{
    ComparedPeriod, Comparison, Decided, Explainer, Rehearsal, RehearseStore, ReplayProgress,
    compare, rehearse,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::arguments::{Paths, Simulate};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local;
use crate::output;
use crate::stack::{self, Stack};

/// The most differences that are printed without `--json`.
const MAX_LISTED: usize = 200;

/// Replays the period and prints the differences.
pub(crate) async fn run(place: &Paths, options: &Simulate) -> anyhow::Result<ExitCode> {
    let now = now();
    let period = ComparedPeriod { from: options.from.resolve(now), to: options.to.resolve(now) };
    anyhow::ensure!(
        period.from < period.to,
        "the end, {}, is not after the start, {}",
        period.to,
        period.from
    );
    let simulated = match options.stack.stack.as_deref() {
        None => {
            let after = local::load(place)?.config;
            let before = before(place, options)?.unwrap_or_else(|| Arc::clone(&after));
            let Some(store) = local::store_for_reading(place)? else {
                anyhow::bail!("nothing was recorded yet; name the data folder with `--data`")
            };
            simulate(&store, &before, &after, period).await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let active = Arc::new(applied.config);
            let after =
                if place.names_config { local::load(place)?.config } else { Arc::clone(&active) };
            let before = before(place, options)?.unwrap_or(active);
            simulate(&store, &before, &after, period).await?
        }
    };
    if options.json {
        output::json(&simulated);
    } else {
        print(&simulated);
    }
    let is_same = simulated.comparison.differences.is_empty();
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::from(NOT_HEALTHY) })
}

/// Reads the config by which the records were decided; `None` if none is named and the default does not exist.
fn before(place: &Paths, options: &Simulate) -> anyhow::Result<Option<Arc<Config>>> {
    let default = Paths::new("allclear.toml", &place.data);
    let named = match &options.before {
        Some(file) => Paths::new(file, &place.data),
        None if options.stack.stack.is_none() && place.names_config && default.config.exists() => {
            default
        }
        None => return Ok(None),
    };
    Ok(Some(local::load(&named)?.config))
}

/// The result as it is printed.
#[derive(Serialize)]
struct Simulated {
    period: ComparedPeriod,
    replayed_from: Timestamp,
    n_runs: u64,
    n_outcomes: u64,
    assumptions: Vec<String>,
    comparison: Comparison,
}

async fn simulate(
    store: &impl RehearseStore,
    before: &Config,
    after: &Arc<Config>,
    period: ComparedPeriod,
) -> anyhow::Result<Simulated> {
    let index = ConfigIndex::new(Arc::clone(after))?.with_kinds(allclear_probes::kinds());
    let mut shown = ShownProgress::new();
    let rehearsal = rehearse(store, &index, period, |progress| shown.show(progress)).await?;
    shown.bar.finish_and_clear();
    let Rehearsal { replayed_from, assumptions, n_runs, n_outcomes, decided, .. } = rehearsal;
    let recorded = Decided::recorded(store, replayed_from).await?;
    let explainer =
        Explainer { recorded: &recorded, simulated: &decided, before, after: index.config() };
    let comparison = compare(&explainer, period);
    Ok(Simulated { period, replayed_from, n_runs, n_outcomes, assumptions, comparison })
}

/// The progress on standard error: a bar on a terminal, elsewhere a line for each tenth.
struct ShownProgress {
    bar: ProgressBar,
    n_tenths: u64,
}

impl ShownProgress {
    fn new() -> Self {
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg}") {
            bar.set_style(style);
        }
        Self { bar, n_tenths: 0 }
    }

    fn show(&mut self, progress: ReplayProgress) {
        let ReplayProgress { at, span, n_outcomes } = progress;
        let seconds = |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()).max(0);
        let whole = seconds(span.from, span.to).max(1);
        let done = u64::try_from(seconds(span.from, at) * 1000 / whole).unwrap_or_default();
        self.bar.set_position(done);
        self.bar.set_message(format!("{at}, {n_outcomes} outcomes"));
        let n_tenths = done / 100;
        if n_tenths > self.n_tenths && !output::is_terminal() {
            output::note(&format!("{n_tenths}0% replayed, until {at}, {n_outcomes} outcomes"));
        }
        self.n_tenths = n_tenths;
    }
}

fn print(simulated: &Simulated) {
    let Simulated { period, replayed_from, n_runs, n_outcomes, assumptions, comparison } =
        simulated;
    let length = period.to.duration_since(period.from).unsigned_abs();
    output::line(&format!(
        "period      {} to {}, {}",
        period.from,
        period.to,
        duration::format(length)
    ));
    output::line(&format!("replayed    {n_runs} runs from {replayed_from}, {n_outcomes} outcomes"));
    for assumption in assumptions {
        output::line(&format!("assumed     {assumption}"));
    }
    let Comparison { n_recorded, n_simulated, .. } = comparison;
    output::line(&format!("sent        {n_recorded} in the records, {n_simulated} in the replay"));
    let (old, new) = (comparison.n_recorded_attempts, comparison.n_simulated_attempts);
    if old + new > 0 {
        output::line(&format!("attempted   {old} in the records, {new} in the replay"));
    }
    let (old, new) = (comparison.n_recorded_suppressions, comparison.n_simulated_suppressions);
    output::line(&format!("suppressed  {old} in the records, {new} in the replay"));
    output::line("");
    let differences = &comparison.differences;
    if differences.is_empty() {
        output::line("no difference");
        return;
    }
    for one in differences.iter().take(MAX_LISTED) {
        output::line(&format!("{} {}  {}", one.kind.sign(), one.at, one.decision));
        output::line(&format!("  because {}", one.because));
        output::line(&format!("  id {}", one.id));
    }
    let n_more = differences.len().saturating_sub(MAX_LISTED);
    if n_more > 0 {
        output::line(&format!("and {n_more} more: `--json` lists all"));
    }
    output::line("");
    let noun = if differences.len() == 1 { "difference" } else { "differences" };
    output::line(&format!("{} {noun}", differences.len()));
}
