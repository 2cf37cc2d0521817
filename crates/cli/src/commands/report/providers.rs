//! The report's section on LLM providers: cost of the checks, remaining budget, and the providers'
//! own status pages.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::provider_status::{
    Level, ProviderStatus, ReportedPhase, StatusComparison, compare,
};
use allclear_core::state::MonitorState;
use allclear_core::status::Status;
use allclear_evaluate::latest::Latest;
use allclear_evaluate::ledger::{Ledger, month_of};
use serde::Serialize;

use crate::commands::accounts::WatchedAccount;
use crate::output;

/// Report of one monitor of a provider.
#[derive(Debug, Serialize)]
pub(super) struct ProviderReport {
    monitor: MonitorId,
    provider: &'static str,
    model: Option<String>,
    cost: ProbeCost,
    /// Of three hours, each the latest.
    #[serde(flatten)]
    latest: Latest,
    says: Option<ReportedLevel>,
    /// The facts about the latest values, each in a few words.
    #[serde(skip)]
    facts: Vec<String>,
}

/// Cost of the checks, in US dollars.
#[derive(Debug, Serialize)]
struct ProbeCost {
    /// By month, such as `2026-11`.
    usd_by_month: BTreeMap<String, f64>,
    usd_this_month: f64,
    /// The cap of each region; `None` if the monitor cannot cause costs.
    cap_usd: Option<f64>,
    /// Spent part of the cost cap in percent, in the region that measured last.
    cap_used_percent: Option<f64>,
    /// Reason why completions are paused at the moment.
    paused: Option<String>,
}

/// State of the provider's own status page.
#[derive(Debug, Serialize)]
struct ReportedLevel {
    level: Level,
    headline: String,
    /// The phase of its open incident; `None` if the status page states none.
    phase: Option<ReportedPhase>,
    since: Timestamp,
    seen_at: Timestamp,
    comparison: Option<StatusComparison>,
    /// Delay in seconds between our detection and the provider's announcement; negative if the
    /// provider was first.
    lag_seconds: Option<i64>,
    /// All of it in a sentence.
    sentence: String,
}

impl ProviderReport {
    /// Returns the report of each of `watched`.
    pub(super) fn all<'k>(
        watched: &[WatchedAccount<'_>],
        state: impl Fn(&MonitorId) -> Option<&'k MonitorState>,
        ledger: &Ledger,
        mut latest: BTreeMap<MonitorId, Latest>,
        now: Timestamp,
    ) -> Vec<Self> {
        watched
            .iter()
            .map(|one| {
                let id = &one.monitor.id;
                let latest = latest.remove(id).unwrap_or_default();
                Self {
                    monitor: id.clone(),
                    provider: one.used.account().provider.name,
                    model: one.used.account().model.clone(),
                    cost: ProbeCost::of(one, ledger, &latest, now),
                    facts: facts(one.monitor, &latest),
                    latest,
                    says: state(id).and_then(|state| ReportedLevel::of(state, now)),
                }
            })
            .collect()
    }
}

/// Returns the facts that the kind of check of a monitor has about the latest values.
fn facts(monitor: &Monitor, latest: &Latest) -> Vec<String> {
    let Some(kind) = allclear_probes::kinds().get(&monitor.check.kind) else { return Vec::new() };
    (kind.texts.report)(&latest.values().measured(&monitor.name))
}

impl ProbeCost {
    fn of(watched: &WatchedAccount<'_>, ledger: &Ledger, latest: &Latest, now: Timestamp) -> Self {
        let months = ledger.of_monitor(&watched.monitor.id);
        let this_month = months.get(&month_of(now)).copied().unwrap_or_default();
        let cap = watched.used.price_model().spending().map(|spending| spending.cap);
        let share = |cap: Cost| this_month.dollars() * 100.0 / cap.dollars();
        let kind = allclear_probes::kinds().get(&watched.monitor.check.kind);
        let budget = kind.and_then(|kind| kind.budget);
        let used = budget.and_then(|budget| latest.metric(budget.used_percent));
        let paused = budget.and_then(|budget| latest.present_label(budget.paused.name()));
        Self {
            usd_by_month: months.into_iter().map(|(month, it)| (month, it.dollars())).collect(),
            usd_this_month: this_month.dollars(),
            cap_usd: cap.map(Cost::dollars),
            cap_used_percent: used.or_else(|| cap.filter(|cap| !cap.is_zero()).map(share)),
            paused: paused.map(str::to_owned),
        }
    }
}

impl ReportedLevel {
    fn of(state: &MonitorState, now: Timestamp) -> Option<Self> {
        let status = state.provider_status.as_ref()?;
        let fault = state.cause.as_ref().map(|cause| cause.fault);
        let ProviderStatus { level, since, seen_at, headline, phase, lag } = status.clone();
        Some(Self {
            level,
            headline,
            phase,
            since,
            seen_at,
            comparison: compare(level, state.status, fault),
            lag_seconds: lag.map(|lag| lag.as_secs()),
            sentence: status.problem_sentence(provider_failure_since(state), now),
        })
    }
}

/// Returns the beginning of trouble whose cause is the provider.
fn provider_failure_since(state: &MonitorState) -> Option<Timestamp> {
    let has_trouble = matches!(state.status, Status::Degraded | Status::Unhealthy);
    let is_provider_failure = state.cause.as_ref().is_none_or(|cause| cause.fault.is_target_side());
    (has_trouble && is_provider_failure).then_some(state.since)
}

/// Prints the facts about providers beside the table of services.
pub(super) fn print(reports: &[ProviderReport], ledger: &Ledger) {
    for report in reports {
        if !report.facts.is_empty() {
            output::line(&format!("{}: {}", report.monitor, report.facts.join("; ")));
        }
        let says = report.says.as_ref();
        let notable = says.filter(|says| {
            says.level.is_trouble() || says.comparison == Some(StatusComparison::MeasuredMore)
        });
        if let Some(says) = notable {
            output::line(&format!("{}: {}", report.monitor, says.sentence));
        }
    }
    let paid: Vec<&ProviderReport> =
        reports.iter().filter(|report| report.cost.cap_usd.is_some()).collect();
    if paid.is_empty() {
        return;
    }
    output::line("");
    let mut rows: Vec<[String; 5]> =
        paid.iter().map(|report| report.cost.row(&report.monitor, ledger)).collect();
    if paid.len() > 1 {
        let sum =
            |month: &String| paid.iter().filter_map(|one| one.cost.usd_by_month.get(month)).sum();
        let [last, this] = shown_months(ledger).map(|month| month.map_or(0.0, sum));
        let [last, this] = [last, this].map(|usd: f64| Cost::from_dollars(usd).to_string());
        rows.push(["all".to_owned(), last, this, String::new(), String::new()]);
    }
    let [last, this] = shown_months(ledger).map(|month| month.cloned().unwrap_or_default());
    output::table(["COST OF CHECKS", last.as_str(), this.as_str(), "CAP A MONTH", "USED"], &rows);
}

impl ProbeCost {
    fn row(&self, monitor: &MonitorId, ledger: &Ledger) -> [String; 5] {
        let dollars = |usd: f64| Cost::from_dollars(usd).to_string();
        let [last, this] = shown_months(ledger).map(|month| {
            dollars(month.and_then(|month| self.usd_by_month.get(month)).copied().unwrap_or(0.0))
        });
        let used = self.cap_used_percent.map(|percent| format!("{percent:.1} %"));
        let cap = self.cap_usd.map(dollars).unwrap_or_default();
        [monitor.to_string(), last, this, cap, used.unwrap_or_default()]
    }
}

/// Returns the last month and this one.
fn shown_months(ledger: &Ledger) -> [Option<&String>; 2] {
    let mut newest = ledger.months.iter().rev();
    let this = newest.next();
    [newest.next(), this]
}
