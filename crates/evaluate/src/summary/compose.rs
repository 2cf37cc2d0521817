//! The text of a summary, one line for each subject.

use jiff::{SignedDuration, Timestamp};

use super::{Covered, History, Summary};
use crate::ConfigIndex;
use crate::latest::LatestValues;
use crate::routing::Receivers;
use allclear_core::alert_group::NoticeDetails;
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState, NoticeKind, Notification};
use allclear_core::duration;
use allclear_core::id::{ChannelId, MonitorId, RuleId, ShardId};
use allclear_core::kind::{Kind, KindSet, LatestMetrics};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Cause;
use allclear_core::rule::SUMMARY;
use allclear_core::state::{MonitorState, ShardState};
use allclear_core::status::{Severity, Status};

/// The most monitors that are named. Further ones are only counted.
const MAX_NAMED: usize = 20;

/// The facts that a summary is composed from.
#[derive(Debug, Clone, Copy)]
pub struct SummaryFacts<'a> {
    /// The shard that the summary is about.
    pub shard: &'a ShardId,
    /// The config.
    pub index: &'a ConfigIndex,
    /// The state after the newest run.
    pub state: &'a ShardState,
    /// The records of the period.
    pub history: &'a History,
}

/// Returns the deliveries of `summary` for its period, the same to each channel that accepts it.
#[must_use]
pub fn compose(summary: &Summary, covered: &Covered, facts: SummaryFacts<'_>) -> Vec<Delivery> {
    let SummaryFacts { shard, index, state, history } = facts;
    let config = index.config();
    let now = state.folded.newest.unwrap_or(covered.until);
    let watched: Vec<WatchedMonitor<'_>> = config
        .monitors
        .iter()
        .filter_map(|monitor| Some((monitor, state.monitors.get(&monitor.id)?)))
        .map(|(monitor, monitor_state)| {
            WatchedMonitor::new(monitor, monitor_state, covered, history)
        })
        .collect();
    let notification = Notification {
        kind: NoticeKind::Summary,
        monitor: MonitorId::itself(),
        monitor_name: summary.title(covered),
        group: None,
        severity: Severity::Info,
        status: worst(&watched),
        fault: None,
        reason: None,
        message: text(&watched, covered, history, index.kinds()),
        provider_status: None,
        alerts: Vec::new(),
        still_firing: Vec::new(),
        since: covered.from,
        at: covered.until,
        page_url: config.page.url.clone(),
        details: NoticeDetails::default(),
    };
    channels(summary, index, now)
        .into_iter()
        .map(|channel| Delivery {
            id: DeliveryId::of_summary(shard, &summary.id, covered.until, channel),
            channel: channel.clone(),
            notification: notification.clone(),
            after: Vec::new(),
            created_at: now,
            n_tries: 0,
            may_have_arrived: false,
            is_not_executable: false,
            message_ref: None,
            state: DeliveryState::Owed { next_try_at: now, last_error: None },
        })
        .collect()
}

/// Returns the channels that the summary names, or those that its route leads to. A summary has a time of its own, so
/// that the active times of routes do not hold it.
fn channels<'a>(summary: &Summary, index: &'a ConfigIndex, at: Timestamp) -> Vec<&'a ChannelId> {
    if !summary.channels.is_empty() {
        let ids = index.config().channels.iter().map(|channel| &channel.id);
        return ids.filter(|id| summary.channels.contains(id)).collect();
    }
    let Ok(rule) = RuleId::new(SUMMARY) else { return Vec::new() };
    let itself = MonitorId::itself();
    let monitor = MonitorLabels::of_unknown(&itself);
    let labels =
        AlertLabels { monitor, rule: &rule, severity: Severity::Info, fault: None, regions: &[] };
    let Receivers { active, held } = index.receivers(labels, at);
    active.into_iter().chain(held).map(|one| one.channel).collect()
}

/// A monitor with its record over the period.
struct WatchedMonitor<'a> {
    monitor: &'a Monitor,
    monitor_state: &'a MonitorState,
    uptime: Option<f64>,
    /// Longest first.
    outages: Vec<SummaryOutage<'a>>,
    costs: (Cost, Cost),
    latest: Option<&'a LatestValues>,
}

struct SummaryOutage<'a> {
    from: Timestamp,
    lasted: SignedDuration,
    is_over: bool,
    cause: Option<&'a Cause>,
}

impl<'a> WatchedMonitor<'a> {
    fn new(
        monitor: &'a Monitor,
        monitor_state: &'a MonitorState,
        covered: &Covered,
        history: &'a History,
    ) -> Self {
        Self {
            monitor,
            monitor_state,
            uptime: history.tally(&monitor.id, monitor_state, covered).uptime_percentage(),
            outages: outages(&monitor.id, monitor_state, covered, history),
            costs: history.costs(&monitor.id, monitor_state, covered),
            latest: history.latest(&monitor.id),
        }
    }

    /// Returns the latest values as a kind of check describes them; `None` if there are none.
    fn measured(&self) -> Option<LatestMetrics<'_>> {
        Some(self.latest?.measured(&self.monitor.name))
    }
}

/// Returns the times within the period in which the monitor was confirmed unhealthy, longest first.
fn outages<'a>(
    id: &MonitorId,
    monitor_state: &'a MonitorState,
    covered: &Covered,
    history: &'a History,
) -> Vec<SummaryOutage<'a>> {
    let mut outages = Vec::new();
    let transitions = history.transitions(id, covered);
    let next = history.next_transition(id, covered);
    let was_down_before = match next {
        Some(next) => next.from == Status::Unhealthy,
        None => monitor_state.status == Status::Unhealthy && monitor_state.since < covered.from,
    };
    let cause_now = monitor_state.cause.as_ref().filter(|_| next.is_none());
    let mut down = was_down_before.then_some((covered.from, cause_now));
    let mut end = |down: &mut Option<(Timestamp, Option<&'a Cause>)>, at: Timestamp, is_over| {
        if let Some((from, cause)) = down.take() {
            outages.push(SummaryOutage { from, lasted: at.duration_since(from), is_over, cause });
        }
    };
    for transition in transitions {
        end(&mut down, transition.at, true);
        if transition.to == Status::Unhealthy {
            down = Some((transition.at, transition.cause.as_ref()));
        }
    }
    end(
        &mut down,
        covered.until,
        matches!(monitor_state.status, Status::Healthy | Status::Degraded),
    );
    outages.sort_by_key(|outage| std::cmp::Reverse(outage.lasted));
    outages
}

fn worst(watched: &[WatchedMonitor<'_>]) -> Status {
    let statuses = watched.iter().map(|one| one.monitor_state.status);
    statuses.max_by_key(|status| status.rank()).unwrap_or(Status::Unknown)
}

fn text(
    watched: &[WatchedMonitor<'_>],
    covered: &Covered,
    history: &History,
    kinds: KindSet,
) -> String {
    let mut lines = uptimes(watched);
    lines.push(alerts(watched, covered, history));
    lines.extend(kinds.iter().flat_map(|kind| of_kind(kind, watched)));
    lines.extend(cost_of_watching(watched));
    lines.join("\n")
}

/// Returns a line for each monitor with an outage or an uptime below 100 %, worst first, for at most
/// [`MAX_NAMED`] of them, and lines with the numbers of the others.
fn uptimes(watched: &[WatchedMonitor<'_>]) -> Vec<String> {
    let uptime = |one: &WatchedMonitor<'_>| one.uptime.unwrap_or(100.0);
    let mut bad: Vec<&WatchedMonitor<'_>> =
        watched.iter().filter(|one| uptime(one) < 100.0 || !one.outages.is_empty()).collect();
    bad.sort_by(|a, b| uptime(a).total_cmp(&uptime(b)));
    let mut lines: Vec<String> = bad
        .iter()
        .take(MAX_NAMED)
        .map(|one| {
            format!(
                "{}: {}{}",
                one.monitor.name,
                percent(one.uptime),
                describe_outages(&one.outages)
            )
        })
        .collect();
    if bad.len() > MAX_NAMED {
        lines.push(format!(
            "{} more had an outage or an uptime below 100 %.",
            bad.len() - MAX_NAMED
        ));
    }
    let unmeasured = |one: &&WatchedMonitor<'_>| one.uptime.is_none() && one.outages.is_empty();
    let n_unmeasured = watched.iter().filter(unmeasured).count();
    match watched.len() - bad.len() - n_unmeasured {
        0 => {}
        n if bad.is_empty() => lines.push(format!("{} without an outage.", monitors_were(n))),
        1 => lines.push("1 other monitor had no outage.".to_owned()),
        n => lines.push(format!("{n} other monitors had no outage.")),
    }
    if n_unmeasured > 0 {
        lines.push(format!("{} not measured.", monitors_were(n_unmeasured)));
    }
    lines
}

fn monitors_were(n: usize) -> String {
    if n == 1 { "1 monitor was".to_owned() } else { format!("{n} monitors were") }
}

/// Formats an uptime, rounded down as on the page, so that 99.999 % is not shown as 100 %.
fn percent(uptime: Option<f64>) -> String {
    match uptime {
        Some(uptime) => format!("uptime {:.2} %", (uptime * 100.0).floor() / 100.0),
        None => "not measured".to_owned(),
    }
}

fn describe_outages(outages: &[SummaryOutage<'_>]) -> String {
    let Some(worst) = outages.first() else { return String::new() };
    let lasted = duration::format(worst.lasted.unsigned_abs());
    let from = worst.from.strftime("%Y-%m-%d %H:%M UTC");
    let still = if worst.is_over { "" } else { " and is not over" };
    let why = worst.cause.map(|cause| {
        let fault = cause.fault;
        let own_fault = (!fault.is_target_side()).then(|| format!(", {}", fault.explanation()));
        format!(": {}{}", cause.reason, own_fault.unwrap_or_default())
    });
    let why = why.unwrap_or_default();
    match outages.len() {
        1 => format!(", down once, for {lasted} from {from}{still}{why}"),
        n => format!(", down {n} times, longest for {lasted} from {from}{still}{why}"),
    }
}

fn alerts(watched: &[WatchedMonitor<'_>], covered: &Covered, history: &History) -> String {
    let fired: Vec<Severity> = history.alerts(covered).map(|alert| alert.severity).collect();
    let of = |severity: Severity| {
        let n = fired.iter().filter(|one| **one == severity).count();
        (n > 0).then(|| format!("{n} {severity}"))
    };
    let by_severity: Vec<String> = Severity::ALL.into_iter().rev().filter_map(of).collect();
    let fired = match fired.len() {
        0 => "none fired".to_owned(),
        n => format!("{n} fired ({})", by_severity.join(", ")),
    };
    let firing: Vec<String> = watched
        .iter()
        .flat_map(|one| {
            let firing =
                one.monitor_state.alerts.iter().filter(|(_, alert)| alert.firing.is_some());
            firing.map(|(rule, _)| format!("{rule} on {}", one.monitor.name))
        })
        .collect();
    if firing.is_empty() {
        return format!("Alerts: {fired}.");
    }
    let named: Vec<&str> = firing.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = match firing.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("Alerts: {fired}; firing: {}{more}.", named.join(", "))
}

/// Returns the lines of a kind of check about its monitors, one subject after the other.
fn of_kind(kind: &Kind, watched: &[WatchedMonitor<'_>]) -> Vec<String> {
    let is_of_kind = |one: &&WatchedMonitor<'_>| one.monitor.check.kind == kind.name;
    let measured: Vec<LatestMetrics<'_>> =
        watched.iter().filter(is_of_kind).filter_map(WatchedMonitor::measured).collect();
    let subjects = kind.texts.summary.iter();
    subjects.flat_map(|describe| measured.iter().flat_map(describe)).collect()
}

fn cost_of_watching(watched: &[WatchedMonitor<'_>]) -> Option<String> {
    let period: Cost = watched.iter().map(|one| one.costs.0).sum();
    let month: Cost = watched.iter().map(|one| one.costs.1).sum();
    let costs_something = !(period.is_zero() && month.is_zero());
    costs_something.then(|| format!("Cost of the checks: {period}, {month} this month."))
}
