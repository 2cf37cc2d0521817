//! `allclear simulate`: recorded runs, folded through other rules, and the difference to the records.

use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::duration;
use allclear_core::ports::{LoadState, ReadIncidents, StoreResult};
use allclear_evaluate::ConfigIndex;
use allclear_rehearse::story::{Story, of_id};
use allclear_rehearse::{
    ComparedPeriod, Comparison, Decided, Difference, DifferenceCause, Explainer, Rehearsal,
    RehearseStore, ReplayProgress, compare, rehearse,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::explain::print_story;
use crate::arguments::{Paths, Simulate};
use crate::clock::now;
use crate::exit_code::NOT_HEALTHY;
use crate::local::{self, ChosenConfig};
use crate::output;
use crate::stack::{self, Stack};

/// The most differences that are printed without `--json`.
const MAX_LISTED: usize = 200;

/// The most causes of one difference that are printed without `--json`.
const MAX_CAUSES: usize = 6;

/// Replays the period and prints the differences.
pub(crate) async fn run(place: &Paths, options: &Simulate) -> anyhow::Result<ExitCode> {
    let now = now();
    let from = options.from.resolve("--from", now)?;
    let period = ComparedPeriod { from, to: options.to.resolve("--to", now)? };
    anyhow::ensure!(
        period.from < period.to,
        "the end, {:.0}, is not after the start, {:.0}",
        period.to,
        period.from
    );
    let simulated = match options.stack.stack.as_deref() {
        None => {
            let after = ChosenConfig::from(local::load(place)?);
            let before = before(place, options)?.unwrap_or_else(|| after.clone());
            let store = local::recorded_store(place)?;
            simulate(&store, (&before, &after), period, now).await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let active = ChosenConfig::of_stack(Arc::new(applied.config));
            let after = if place.names_config {
                ChosenConfig::from(local::load(place)?)
            } else {
                active.clone()
            };
            let before = before(place, options)?.unwrap_or(active);
            simulate(&store, (&before, &after), period, now).await?
        }
    };
    if let Some(id) = &options.explain {
        return explain(&simulated, id, options);
    }
    let Simulation { printed, .. } = simulated;
    if options.json {
        output::json(&printed);
    } else {
        print(&printed);
    }
    let is_same = printed.comparison.differences.is_empty();
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::from(NOT_HEALTHY) })
}

/// The two stories of a decision.
#[derive(Serialize)]
struct Stories {
    /// The story in the records; `None` if they do not have the decision.
    recorded: Option<Story>,
    /// The story in the replay; `None` if it does not decide this.
    simulated: Option<Story>,
}

/// Prints the stories of the decision with this id in the records and in the replay.
fn explain(simulation: &Simulation, id: &str, options: &Simulate) -> anyhow::Result<ExitCode> {
    let Simulation { recorded, simulated, .. } = simulation;
    let ids = simulation.printed.comparison.ids(id);
    let stories = Stories {
        recorded: of_id(&ids.recorded, recorded),
        simulated: of_id(&ids.simulated, simulated),
    };
    anyhow::ensure!(
        stories.recorded.is_some() || stories.simulated.is_some(),
        "neither the records nor the replay have a notification, an alert, a group of alerts or an incident `{id}`; \
         `allclear simulate` without `--explain` lists the ids"
    );
    if options.json {
        output::json(&stories);
        return Ok(ExitCode::SUCCESS);
    }
    let both = [("in the records", &stories.recorded), ("in the replay", &stories.simulated)];
    for (place, story) in both {
        match story {
            Some(story) => {
                output::line(&format!("{place}:"));
                print_story(story);
            }
            None => output::line(&format!("{place}: not decided")),
        }
        output::line("");
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the config by which the records were decided; `None` if none is named and the default does not exist.
fn before(place: &Paths, options: &Simulate) -> anyhow::Result<Option<ChosenConfig>> {
    let default = Paths::new("allclear.toml", &place.data);
    let named = match &options.before {
        Some(file) => {
            let named = Paths::new(file, &place.data);
            let (name, text) = local::read_with_remedy(&named, "name another one with `--before`")?;
            return Ok(Some(local::load_text(&name, &text)?.into()));
        }
        None if options.stack.stack.is_none() && place.names_config && default.config.exists() => {
            default
        }
        None => return Ok(None),
    };
    Ok(Some(local::load(&named)?.into()))
}

/// A comparison with the decisions of both sides.
struct Simulation {
    printed: Simulated,
    recorded: Decided,
    simulated: Decided,
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
    store: &(impl RehearseStore + ReadIncidents + LoadState),
    (before, after): (&ChosenConfig, &ChosenConfig),
    period: ComparedPeriod,
    now: Timestamp,
) -> anyhow::Result<Simulation> {
    let kinds = allclear_probes::kinds();
    let index = ConfigIndex::new(Arc::clone(&after.config))?.with_kinds(kinds);
    let mut shown = ShownProgress::new(now);
    let rehearsal = rehearse(store, &index, period, |progress| shown.show(progress)).await?;
    shown.bar.finish_and_clear();
    if rehearsal.n_runs_in_period == 0 {
        return Err(no_runs(store, period).await?);
    }
    let Rehearsal { replayed_from, assumptions, n_runs, n_outcomes, decided, .. } = rehearsal;
    let recorded = Decided::recorded(store, replayed_from).await?;
    let old_index = ConfigIndex::new(Arc::clone(&before.config))?.with_kinds(kinds);
    let explainer = Explainer::new(&recorded, &decided, &old_index, &index)
        .with_disabled_rules(&before.disabled, &after.disabled);
    let comparison = compare(&explainer, period);
    let printed = Simulated { period, replayed_from, n_runs, n_outcomes, assumptions, comparison };
    Ok(Simulation { printed, recorded, simulated: decided })
}

/// Returns the error of a period without a run.
async fn no_runs(
    store: &(impl RehearseStore + LoadState),
    period: ComparedPeriod,
) -> StoreResult<anyhow::Error> {
    let mut newest: Option<Timestamp> = None;
    for shard in store.shards().await? {
        let checkpoint = store.load_state(&shard).await?;
        newest = newest.max(checkpoint.and_then(|checkpoint| checkpoint.state.folded.newest));
    }
    let recorded = match (store.oldest_run().await?, newest) {
        (None, _) => "no run is recorded: `allclear up` records them".to_owned(),
        (Some(oldest), None) => format!("the recorded runs begin at {oldest:.0}"),
        (Some(oldest), Some(newest)) => {
            format!("the recorded runs are from {oldest:.0} to {newest:.0}")
        }
    };
    let ComparedPeriod { from, to } = period;
    Ok(anyhow::anyhow!("no run is recorded from {from:.0} to {to:.0}: {recorded}"))
}

/// The progress on standard error: a bar on a terminal, elsewhere a line for each tenth.
struct ShownProgress {
    bar: ProgressBar,
    n_tenths: u64,
    now: Timestamp,
}

impl ShownProgress {
    fn new(now: Timestamp) -> Self {
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg}") {
            bar.set_style(style);
        }
        Self { bar, n_tenths: 0, now }
    }

    fn show(&mut self, progress: ReplayProgress) {
        let ReplayProgress { at, span, n_outcomes } = progress;
        // The replay of a period until now decides what is due shortly after it.
        let (at, to) = (at.min(self.now), span.to.min(self.now));
        let seconds = |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()).max(0);
        let whole = seconds(span.from, to).max(1);
        let done = u64::try_from(seconds(span.from, at) * 1000 / whole).unwrap_or_default();
        self.bar.set_position(done);
        self.bar.set_message(format!("{at:.0}, {n_outcomes} outcomes"));
        let n_tenths = done / 100;
        if n_tenths > self.n_tenths && !output::is_terminal() {
            output::note(&format!("{n_tenths}0% replayed, until {at:.0}, {n_outcomes} outcomes"));
        }
        self.n_tenths = n_tenths;
    }
}

fn print(simulated: &Simulated) {
    let Simulated { period, replayed_from, n_runs, n_outcomes, assumptions, comparison } =
        simulated;
    let length = period.to.duration_since(period.from).unsigned_abs();
    output::line(&format!(
        "period      {:.0} to {:.0}, {}",
        period.from,
        period.to,
        duration::format(length)
    ));
    output::line(&format!(
        "replayed    {n_runs} runs from {replayed_from:.0}, {n_outcomes} outcomes"
    ));
    for assumption in assumptions {
        output::line(&format!("assumed     {assumption}"));
    }
    let Comparison { n_recorded, n_simulated, .. } = comparison;
    output::line(&format!("sent        {n_recorded} in the records, {n_simulated} in the replay"));
    let (old, new) = (comparison.n_recorded_summaries, comparison.n_simulated_summaries);
    if old + new > 0 {
        output::line(&format!("summaries   {old} in the records, {new} in the replay"));
    }
    let (old, new) = (comparison.n_recorded_attempts, comparison.n_simulated_attempts);
    if old + new > 0 {
        output::line(&format!("attempted   {old} in the records, {new} in the replay"));
    }
    let (old, new) = (comparison.n_recorded_suppressions, comparison.n_simulated_suppressions);
    output::line(&format!("suppressed  {old} in the records, {new} in the replay"));
    let (old, new) = (comparison.n_recorded_incidents, comparison.n_simulated_incidents);
    output::line(&format!("incidents   {old} in the records, {new} in the replay"));
    output::line("");
    print_differences(&comparison.differences);
}

fn print_differences(differences: &[Difference]) {
    if differences.is_empty() {
        output::line("no difference");
        return;
    }
    for one in differences.iter().take(MAX_LISTED) {
        output::line(&format!("{} {:.0}  {}", one.kind.sign(), one.at, one.decision));
        if !one.changes.is_empty() {
            output::line(&format!("  changed {}", one.changes.join("; ")));
        }
        for DifferenceCause { stage, text } in one.causes.iter().take(MAX_CAUSES) {
            output::line(&format!("  because {}: {text}", stage.as_str()));
        }
        let n_more = one.causes.len().saturating_sub(MAX_CAUSES);
        if n_more > 0 {
            output::line(&format!("  and {n_more} more causes: `--json` lists all"));
        }
        let recorded = one.recorded_id.as_ref().map(|id| format!("{id} in the records"));
        let simulated =
            one.simulated_id.as_ref().filter(|id| Some(*id) != one.recorded_id.as_ref());
        let simulated = simulated.map(|id| format!("{id} in the replay"));
        let ids: Vec<String> = recorded.into_iter().chain(simulated).collect();
        output::line(&format!("  id {}", ids.join(", ")));
    }
    let n_more = differences.len().saturating_sub(MAX_LISTED);
    if n_more > 0 {
        output::line(&format!("and {n_more} more: `--json` lists all"));
    }
    output::line("");
    let noun = if differences.len() == 1 { "difference" } else { "differences" };
    output::line(&format!("{} {noun}", differences.len()));
}
