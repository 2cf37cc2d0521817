//! `allclear report`: the status of all monitors, from the recorded outcomes.

mod providers;
mod services;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::duration;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::ports::{LoadState, ReadHistory, ReadOperatorEntries, StoreResult};
use allclear_core::rollup::Period;
use allclear_core::state::{MonitorState, ShardState};
use allclear_engine::publish::PageStore;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::latest::{Latest, Sample};
use allclear_evaluate::ledger::Ledger;
use allclear_evaluate::summary::LATEST;
use allclear_probes::Probes;
use serde::Serialize;

use self::providers::ProviderReport;
use self::services::{ReportedAlert, ReportedService, StatusSummary};
use crate::arguments::{Paths, ReportOptions};
use crate::clock::now;
use crate::commands::accounts;
use crate::local::{Access, AllKinds, Machine};
use crate::output;
use crate::stack::{self, Stack};

/// Prints the report.
pub(crate) async fn run(place: &Paths, options: &ReportOptions) -> anyhow::Result<ExitCode> {
    let now = now();
    let place = options.stack.place(place, options.file.as_ref())?;
    let report = match options.stack.stack.as_deref() {
        None => {
            let Machine { store, config, catalog, .. } = Machine::open(&place, Access::Read)?;
            Reported::from(&*store, &config, &catalog.probes, now).await?
        }
        Some(name) => {
            let store = Stack::find(name).await?.store()?;
            let (_, applied) = stack::active_config(&store).await?;
            let probes = AllKinds::new()?.probes;
            Reported::from(&store, &Arc::new(applied.config), &probes, now).await?
        }
    };
    if options.json {
        output::json(&report);
    } else {
        print(&report);
    }
    Ok(ExitCode::SUCCESS)
}

/// The report as it is printed in JSON. The names of the first fields are those that dashboards of
/// this kind expect; fields specific to Allclear follow.
#[derive(Serialize)]
struct Reported {
    summary: StatusSummary,
    services: Vec<ReportedService>,
    providers: Vec<ProviderReport>,
    #[serde(skip)]
    ledger: Ledger,
}

impl Reported {
    async fn from<S>(
        store: &S,
        config: &Arc<Config>,
        probes: &Probes,
        now: Timestamp,
    ) -> anyhow::Result<Self>
    where
        S: PageStore + ReadOperatorEntries,
    {
        let entries = store.operator_entries(now).await?;
        let index = ConfigIndex::new(Arc::clone(config))?.with_entries(entries.into());
        let facts = allclear_engine::publish::facts(store, &index, now).await?;
        let mut report = Self::of(&index, &facts.states, now);
        let watched = accounts::watched(config, probes);
        if !watched.is_empty() {
            let ids: Vec<MonitorId> = watched.iter().map(|one| one.monitor.id.clone()).collect();
            let latest = Latest::of_monitors(&store.runs(now - LATEST).await?, &ids);
            report.ledger = read_ledger(store, &facts.states, now).await?;
            for one in &watched {
                let id = &one.monitor.id;
                if let Some(spent) = latest.get(id).and_then(|latest| spent(one.monitor, latest)) {
                    report.ledger.raise(id, spent.at, Cost::from_dollars(spent.value));
                }
            }
            let known = |id: &MonitorId| known(&facts.states, id);
            report.providers = ProviderReport::all(&watched, known, &report.ledger, latest, now);
        }
        Ok(report)
    }

    fn of(index: &ConfigIndex, states: &[ShardState], now: Timestamp) -> Self {
        let services: Vec<ReportedService> = index
            .config()
            .monitors
            .iter()
            .map(|monitor| ReportedService::of(monitor, known(states, &monitor.id), index, now))
            .collect();
        let impaired = states.iter().filter_map(|state| state.impairment.since).min();
        let silent_regions = services::silent_regions(states);
        let summary =
            StatusSummary { silent_regions, ..StatusSummary::of(&services, impaired, now) };
        Self { summary, services, providers: Vec::new(), ledger: Ledger::default() }
    }
}

/// Reads the cost of checks. `folded` are the states with all runs folded in.
async fn read_ledger<S>(store: &S, folded: &[ShardState], now: Timestamp) -> StoreResult<Ledger>
where
    S: LoadState + ReadHistory,
{
    let mut stored = Vec::new();
    for shard in store.shards().await? {
        stored.extend(store.load_state(&shard).await?.map(|checkpoint| checkpoint.state));
    }
    // After the states, so that no day is missing that was closed in between.
    let days = store.rollups(Period::Day, Ledger::start(now)).await?;
    Ok(Ledger::of(folded, &stored, days, now))
}

/// Returns the measured sum that the checks of a monitor have spent this month.
fn spent<'a>(monitor: &Monitor, latest: &'a Latest) -> Option<&'a Sample<f64>> {
    let budget = allclear_probes::kinds().get(&monitor.check.kind)?.budget?;
    latest.metrics.get(budget.spent_usd)
}

fn known<'a>(states: &'a [ShardState], id: &MonitorId) -> Option<&'a MonitorState> {
    states.iter().find_map(|state| state.monitors.get(id))
}

fn print(report: &Reported) {
    let StatusSummary { total_services, healthy_services, overall_status, .. } = &report.summary;
    output::line(&format!(
        "{healthy_services} of {total_services} healthy; overall {overall_status}"
    ));
    let now = report.summary.generated_at;
    let age = |at: Timestamp| {
        let age = Duration::try_from(now.duration_since(at)).unwrap_or_default();
        duration::format(Duration::from_secs(age.as_secs()))
    };
    if let Some(since) = report.summary.monitoring_impaired_since {
        output::line(&format!("monitoring has been impaired for {}", age(since)));
    }
    for silent in &report.summary.silent_regions {
        output::line(&silent.message);
    }
    let rows: Vec<[String; 6]> = report
        .services
        .iter()
        .map(|one| {
            let firing: Vec<String> = one.firing.iter().map(ReportedAlert::named).collect();
            let why = one.message.clone().unwrap_or_default();
            [
                one.service_name.to_string(),
                format!("{} {}", output::sign(one.current_status), one.current_status),
                one.since.map_or_else(|| "-".to_owned(), age),
                one.uptime_percentage.map_or_else(|| "-".to_owned(), |up| format!("{up:.2} %")),
                one.response_time_p50_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms")),
                [why, firing.join(", ")]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(" | "),
            ]
        })
        .collect();
    output::table(["MONITOR", "STATUS", "SINCE", "UPTIME 24H", "P50", "WHY"], &rows);
    for one in &report.services {
        if let Some(remedy) = &one.remedy {
            output::line(&format!("{}: remedy: {remedy}", one.service_name));
        }
    }
    providers::print(&report.providers, &report.ledger);
}

#[cfg(test)]
mod tests {
    use allclear_core::state::LastOutcome;
    use allclear_core::status::Status;

    use super::*;

    #[test]
    fn monitors_without_recent_checks_are_reported_as_unknown() {
        let text = "[[monitor]]\nid = 'api'\ncheck.tcp = { address = '127.0.0.1:9' }\n";
        let loaded = crate::local::load_text("allclear.toml", text).unwrap();
        let id = MonitorId::new("api").unwrap();
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let known = MonitorState {
            status: Status::Healthy,
            last: Some(LastOutcome {
                at,
                status: Status::Healthy,
                cause: None,
                latency: None,
                repeats_fault: false,
            }),
            ..MonitorState::unmeasured(at)
        };
        let states =
            [ShardState { monitors: [(id, known)].into_iter().collect(), ..ShardState::default() }];
        let index = ConfigIndex::new(Arc::clone(&loaded.config)).unwrap();
        let reported_after = |age| {
            let report = Reported::of(&index, &states, at + age);
            (report.services[0].current_status, report.summary.overall_status)
        };
        assert_eq!(reported_after(Duration::from_mins(1)), (Status::Healthy, "healthy"));
        assert_eq!(reported_after(Duration::from_hours(24)), (Status::Unknown, "unknown"));
    }
}
