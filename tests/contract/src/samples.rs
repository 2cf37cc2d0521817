//! Sample values for the cases: one of everything that can be stored.

pub mod attempts;
mod checks;
pub mod entries;
pub mod incidents;

pub use self::checks::{beat, known_catalog, note};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{
    AcknowledgedBy, AlertGroupId, CommonRoot, ConfigEnd, NoticeDetails, RootKind,
};
use allclear_core::cost::Cost;
use allclear_core::delivery::{Delivery, NamedAlert, NoticeKind, Notification};
use allclear_core::event::{AlertId, AlertRecord, SuppressedBy, Suppression, Transition};
use allclear_core::evidence::{ConditionEvidence, CountedOutcome};
use allclear_core::id::{
    ChannelId, EntryId, MaintenanceId, MonitorId, RegionId, RuleId, ShardId, SummaryId,
};
use allclear_core::notice_path::SuppressionPeriod;
use allclear_core::outcome::{Cause, DurationParts, Labels, Outcome, Verdict};
use allclear_core::provider_status::{Level, ProviderStatus, ReportedPhase};
use allclear_core::reason::Reason;
use allclear_core::region_state::{PartialFailure, PendingOutcome, RegionState};
use allclear_core::rollup::{Period, Rollup, RollupRecord, ServiceOperation};
use allclear_core::route::RouteId;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{
    Alert, AlertBatch, AlertGroup, BatchKey, ConditionSample, Decision, EndedAlert, Firing, Folded,
    Impairment, KnownWindow, LastOutcome, MeasuredOutcome, MonitorState, MonitorStates,
    OpenRollups, PastTrouble, RegionAlert, Reporting, ReportingRegion, ShardState, Summarized,
    Unmeasured, UnreportedAlert, WindowAnnouncement,
};
use allclear_core::status::{Fault, Severity, Status};
use jiff::SignedDuration;

/// The start of all sample times, with a fraction of a second.
pub const START: &str = "2026-11-21T22:31:07.000123456Z";

/// Returns the time `minutes` after [`START`].
#[must_use]
pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = START.parse().unwrap();
    Timestamp::from_nanosecond(start.as_nanosecond() + i128::from(minutes) * 60_000_000_000)
        .unwrap()
}

/// Returns the shard of most cases.
#[must_use]
pub fn shard() -> ShardId {
    ShardId::main()
}

/// Returns a monitor of this name.
#[must_use]
pub fn monitor(name: &str) -> MonitorId {
    MonitorId::new(name).unwrap()
}

/// Returns the key of the run that was due `minutes` after [`START`].
#[must_use]
pub fn key(minutes: i64) -> RunKey {
    RunKey { scheduled_at: at(minutes), region: RegionId::local(), lane: Lane::Main }
}

/// Returns a run with one healthy outcome.
#[must_use]
pub fn run(minutes: i64) -> Run {
    Run {
        shard: shard(),
        key: key(minutes),
        lag: Duration::from_micros(1_234),
        took: Duration::from_nanos(987_654_321),
        outcomes: vec![outcome("api", Verdict::Healthy)],
    }
}

/// Returns a run whose outcomes use every field of an outcome.
#[must_use]
pub fn full_run(minutes: i64) -> Run {
    let mut run = run(minutes);
    for (index, fault) in Fault::ALL.into_iter().enumerate() {
        let reason = Reason::ALL[index * 3];
        let cause = Cause::new(fault, reason, format!("`{reason}` — \"quoted\"\n\0 \u{1f980}"));
        run.outcomes.extend([
            outcome("degraded", Verdict::Degraded(cause.clone())),
            outcome("unhealthy", Verdict::Unhealthy(cause.clone())),
            outcome("unknown", Verdict::Unknown(cause)),
        ]);
    }
    run.outcomes.push(Outcome {
        offset: Duration::ZERO,
        latency: None,
        parts: DurationParts::default(),
        metrics: BTreeMap::new(),
        labels: Labels::new(),
        cost: Cost::ZERO,
        attempts: 255,
        ..outcome("bare", Verdict::Healthy)
    });
    run
}

/// Returns an outcome of this monitor.
#[must_use]
pub fn outcome(name: &str, verdict: Verdict) -> Outcome {
    let metrics = [
        ("body_bytes", 1_234.0),
        ("certificate_days", 0.1 + 0.2),
        ("negative", -1e-7),
        ("tiny", 5e-324),
        ("huge", f64::MAX),
        ("endless", f64::INFINITY),
    ];
    Outcome {
        monitor: monitor(name),
        offset: Duration::from_nanos(4_000_000_001),
        verdict,
        latency: Some(Duration::from_nanos(123_456_789)),
        parts: DurationParts {
            dns: Some(Duration::from_nanos(1)),
            connect: None,
            tls: Some(Duration::from_millis(2)),
            first_byte: Some(Duration::from_secs(3)),
            transfer: Some(Duration::ZERO),
        },
        metrics: metrics.map(|(name, value)| (name.to_owned(), value)).into(),
        labels: [("finish_reason", "stop"), ("empty", ""), ("says", "\"quoted\"\n\0 \u{1f980}")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into(),
        cost: Cost::from_nanodollars(123_456_789_012),
        attempts: 2,
    }
}

/// Returns a state that uses every field of a state.
#[must_use]
pub fn state() -> ShardState {
    let cause = Cause::of(Reason::HttpStatus, "status 503");
    let firing = Firing {
        calm_since: Some(at(2)),
        id: AlertId::new(&monitor("api"), &rule(), at(2)),
        at: at(2),
        monitor_name: "API".to_owned(),
        message: "api is unhealthy".to_owned(),
        notified: BTreeMap::from([(channel(), alert_group_id())]),
        awaiting: BTreeSet::from([ChannelId::new("night").unwrap()]),
        joined: BTreeSet::from([channel()]),
        fault: Some(Fault::Target),
        past: Some(PastTrouble { since: at(0), cause: Some(cause.clone()) }),
        regions: vec![RegionId::local()],
        properties: vec![root()],
        suppressed_by: Some(SuppressedBy::Cooldown),
        values: "consecutive_failures = 3".to_owned(),
        suppressions: vec![SuppressionPeriod {
            by: SuppressedBy::Cooldown,
            at: at(2),
            until: Some(at(3)),
        }],
    };
    let mut unhealthy = MonitorState::unmeasured(at(1));
    let failed = outcome("api", Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503")));
    unhealthy.counted.push_back(CountedOutcome::of(&failed, at(2), &RegionId::local()));
    unhealthy.status = Status::Unhealthy;
    unhealthy.cause = Some(cause.clone());
    unhealthy.measured = Some(Status::Unhealthy);
    unhealthy.last = Some(LastOutcome {
        at: at(2),
        status: Status::Unhealthy,
        cause: Some(cause),
        latency: Some(Duration::from_nanos(77)),
        repeats_fault: true,
    });
    unhealthy.regions = BTreeMap::from([(RegionId::local(), region_state(&unhealthy))]);
    unhealthy.partial = Some(PartialFailure { failing: 1, of: 3 });
    unhealthy.last_healthy = Some(at(0));
    unhealthy.consecutive_failures = 2;
    let alert = Alert {
        severity: Severity::Critical,
        since: at(1),
        true_at: at(2),
        samples: [
            ConditionSample { at: at(1), holds: true },
            ConditionSample { at: at(2), holds: false },
        ]
        .into(),
        firing: Some(firing.clone()),
    };
    let ended = UnreportedAlert { rule: rule(), owner: Some(Fault::Quota), alert: alert.clone() };
    unhealthy.unreported.push(ended);
    unhealthy.alerts.insert(rule(), alert);
    unhealthy.last_notified_at.insert(rule(), at(2));
    unhealthy.provider_status = Some(ProviderStatus {
        level: Level::Degraded,
        since: at(-3),
        seen_at: at(2),
        headline: "Elevated error rates".to_owned(),
        phase: Some(ReportedPhase::Monitoring),
        lag: Some(SignedDuration::from_mins(-4)),
    });
    unhealthy.open = OpenRollups {
        hours: BTreeMap::from([(Period::Hour.start_of(at(0)), rollup(3))]),
        days: BTreeMap::from([(Period::Day.start_of(at(0)), rollup(5))]),
        last_day: [(Period::Hour.start_of(at(-60)), rollup(7).tally)].into_iter().collect(),
    };
    let mut folded = Folded::default();
    folded.insert(key(1));
    folded.insert(key(2));
    ShardState {
        folded,
        windows: BTreeMap::from([(MaintenanceId::new("upgrade").unwrap(), window())]),
        monitors: MonitorStates::from_iter([
            (monitor("api"), unhealthy),
            (monitor("new"), MonitorState::unmeasured(at(2))),
        ]),
        impairment: Impairment { since: Some(at(2)), alert: Some(firing.clone()) },
        reporting: reporting(firing),
        summaries: BTreeMap::from([(
            SummaryId::new("daily").unwrap(),
            Summarized { until: at(-10) },
        )]),
        alert_groups: BTreeMap::from([(alert_group_id(), alert_group())]),
        batches: BTreeMap::from([(
            batch(),
            AlertBatch { waiting_since: Some(at(2)), notified_at: Some(at(1)) },
        )]),
        incidents: BTreeMap::from([(incidents::id("api", 1), incidents::open("api", 1))]),
        actions: BTreeMap::from([attempts::state()]),
    }
}

fn window() -> KnownWindow {
    KnownWindow {
        digest: "0a1b".to_owned(),
        revised_at: at(3),
        announced: Some(WindowAnnouncement {
            title: "Upgrade".to_owned(),
            starts_at: at(5),
            ends_at: at(6),
        }),
        is_withdrawn: true,
    }
}

fn reporting(firing: Firing) -> Reporting {
    let region = ReportingRegion {
        impaired_since: Some(at(1)),
        n_bad_runs: 2,
        n_good_runs: 1,
        alert: Some(RegionAlert { since: at(1), firing }),
        ..ReportingRegion::new(at(2))
    };
    Reporting { since: Some(at(0)), regions: BTreeMap::from([(RegionId::local(), region)]) }
}

fn alert_group_id() -> AlertGroupId {
    AlertGroupId::new(&channel(), &AlertId::new(&monitor("api"), &rule(), at(2)))
}

fn batch() -> BatchKey {
    BatchKey::new(&channel(), &["outcome"])
}

fn root() -> CommonRoot {
    CommonRoot { kind: RootKind::Host, value: "db.example.com".to_owned() }
}

/// Returns a group of alerts that uses every field.
fn alert_group() -> AlertGroup {
    let ended = EndedAlert {
        regions: vec![RegionId::local()],
        config_end: Some(ConfigEnd::RuleChanged),
        id: AlertId::new(&monitor("web"), &rule(), at(1)),
        monitor: monitor("web"),
        monitor_name: "Web".to_owned(),
        rule: rule(),
        severity: Severity::Critical,
        condition: "unhealthy".to_owned(),
        message: "status 503".to_owned(),
        owner: Some(Fault::Quota),
        since: at(0),
        at: at(2),
        resolved_at: at(3),
        decided_at: at(3),
        cause: Some(Cause::of(Reason::HttpStatus, "status 503")),
    };
    AlertGroup {
        channel: channel(),
        batch: batch(),
        route: RouteId::root(),
        opened_at: at(1),
        notified_at: at(2),
        earlier_acknowledgements: BTreeSet::from([EntryId::new("ack-1").unwrap()]),
        notices: vec![delivery(NoticeKind::Firing, "api", 1).id],
        n_notices: 2,
        severity: Severity::Critical,
        root: Some(root()),
        ended: vec![ended],
        resolved_at: Some(at(1)),
        n_reminders: 1,
        acknowledged: Some(AcknowledgedBy {
            author: "ada".to_owned(),
            at: at(2),
            comment: "on it".to_owned(),
        }),
        actions: BTreeMap::from([(attempts::state().0, 2)]),
        is_escalated: true,
    }
}

/// Returns the state of the only region of a monitor.
fn region_state(monitor_state: &MonitorState) -> RegionState {
    let MonitorState { status, cause, measured, last, .. } = monitor_state;
    RegionState {
        status: *status,
        cause: cause.clone(),
        measured: *measured,
        recent: [1, 2]
            .map(|second| MeasuredOutcome { at: at(second), status: Status::Unhealthy })
            .into(),
        unmeasured: Some(Unmeasured { since: at(2), n_outcomes: 1 }),
        last: last.clone(),
        pending: last
            .clone()
            .map(|outcome| PendingOutcome {
                outcome,
                metrics: [("certificate_days".to_owned(), 12.5)].into(),
            })
            .into_iter()
            .collect(),
        ..RegionState::unmeasured(at(1))
    }
}

/// Returns a state that contains only the firing `alert`.
#[must_use]
pub fn firing_state(alert: &AlertRecord) -> ShardState {
    let firing = Firing {
        id: alert.id.clone(),
        at: alert.fired_at,
        monitor_name: alert.monitor.to_string(),
        message: alert.message.clone(),
        notified: BTreeMap::new(),
        awaiting: BTreeSet::new(),
        joined: BTreeSet::new(),
        fault: None,
        past: None,
        calm_since: None,
        regions: Vec::new(),
        properties: Vec::new(),
        suppressed_by: None,
        values: String::new(),
        suppressions: Vec::new(),
    };
    let mut known = MonitorState::unmeasured(alert.pending_since);
    let (severity, since) = (alert.severity, alert.pending_since);
    let open = Alert { severity, since, true_at: since, samples: [].into(), firing: Some(firing) };
    known.alerts.insert(alert.rule.clone(), open);
    let monitors = MonitorStates::from_iter([(alert.monitor.clone(), known)]);
    ShardState { monitors, ..ShardState::default() }
}

/// Returns a decision with one record of each kind, on the monitor `name`, at `minutes` after
/// [`START`].
#[must_use]
pub fn decision(name: &str, minutes: i64) -> Decision {
    Decision {
        transitions: vec![transition(name, minutes)],
        alerts: vec![alert(name, minutes, None)],
        suppressions: vec![Suppression {
            alert: AlertId::new(&monitor(name), &rule(), at(minutes)),
            at: at(minutes),
            by: SuppressedBy::Maintenance,
            reason: "the database moves".to_owned(),
            evidence: Some(ConditionEvidence {
                pending_since: at(minutes - 1),
                values: "consecutive_failures = 2".to_owned(),
                outcomes: vec![CountedOutcome::of(
                    &outcome(name, Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503"))),
                    at(minutes),
                    &RegionId::local(),
                )],
            }),
        }],
        deliveries: vec![delivery(NoticeKind::Firing, name, minutes)],
        incidents: vec![incidents::open(name, minutes)],
        rollups: vec![rollup_record(name, Period::Hour, minutes, 4)],
        too_late: vec![key(minutes - 90)],
    }
}

/// Returns a transition to unhealthy that was confirmed a minute later.
#[must_use]
pub fn transition(name: &str, minutes: i64) -> Transition {
    Transition {
        monitor: monitor(name),
        at: at(minutes),
        confirmed_at: at(minutes + 1),
        from: Status::Healthy,
        to: Status::Unhealthy,
        cause: Some(Cause::of(Reason::Timeout, "no answer within 10 s")),
    }
}

/// Returns an alert that fired `minutes` after [`START`].
#[must_use]
pub fn alert(name: &str, minutes: i64, resolved_at: Option<Timestamp>) -> AlertRecord {
    AlertRecord {
        id: AlertId::new(&monitor(name), &rule(), at(minutes)),
        monitor: monitor(name),
        rule: rule(),
        severity: Severity::Critical,
        message: format!("{name} is unhealthy"),
        pending_since: at(minutes - 2),
        fired_at: at(minutes),
        resolved_at,
    }
}

/// Returns a delivery that is owed since `minutes` after [`START`], of the alert that fired then.
#[must_use]
pub fn delivery(kind: NoticeKind, name: &str, minutes: i64) -> Delivery {
    let named = NamedAlert {
        id: AlertId::new(&monitor(name), &rule(), at(minutes)),
        rule: rule(),
        severity: Severity::Critical,
        condition: "status == \"unhealthy\"".to_owned(),
    };
    let alert_group = Some(AlertGroupId::new(&channel(), &named.id));
    let notification = Notification {
        kind,
        monitor: monitor(name),
        monitor_name: name.to_uppercase(),
        group: Some("Models".to_owned()),
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: Some(Reason::Timeout),
        message: "no answer within 10 s".to_owned(),
        provider_status: Some("The provider reports: operational.".to_owned()),
        still_firing: vec![named.clone()],
        alerts: vec![named],
        since: at(minutes - 2),
        at: at(minutes),
        page_url: Some("https://status.example.com".to_owned()),
        details: NoticeDetails {
            alert_group,
            ends_group: kind == NoticeKind::Resolved,
            ..NoticeDetails::default()
        },
    };
    Delivery::owed(channel(), notification, Vec::new(), at(minutes))
}

/// Returns a rollup of a period that begins `minutes` after [`START`], with `n` healthy minutes.
#[must_use]
pub fn rollup_record(name: &str, period: Period, minutes: i64, n: u32) -> RollupRecord {
    let start = period.start_of(at(minutes));
    RollupRecord { monitor: monitor(name), period, start, rollup: rollup(n) }
}

/// Returns a rollup of `n` healthy minutes.
#[must_use]
pub fn rollup(n: u32) -> Rollup {
    let mut rollup = Rollup::default();
    for _ in 0..n {
        rollup.count(
            &outcome("api", Verdict::Healthy),
            Duration::from_mins(1),
            ServiceOperation::Regular,
        );
        rollup.speed.first_token.add(Duration::from_millis(480));
        rollup.speed.tokens_per_second.add_value(84.0);
    }
    rollup
}

/// Returns the rule of all sample alerts.
#[must_use]
pub fn rule() -> RuleId {
    RuleId::new("service_down").unwrap()
}

/// Returns the channel of all sample deliveries.
#[must_use]
pub fn channel() -> ChannelId {
    ChannelId::new("team-slack").unwrap()
}
