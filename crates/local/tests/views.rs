//! The views that people query by hand, on data that the ports have written.
//!
//! The first five queries are the public interface, in exactly the form that people use.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::Path;
use std::time::Duration;

use allclear_contract::samples::{alert, key, shard};
use allclear_core::Timestamp;
use allclear_core::id::MonitorId;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::ports::{CommitState, LoadState, RecordRun};
use allclear_core::reason::Reason;
use allclear_core::run::{Run, RunKey};
use allclear_core::state::{Decision, LastOutcome, MonitorState, ShardState};
use allclear_core::status::{Fault, Status};
use allclear_local::SqliteStore;
use rusqlite::Connection;
use rusqlite::types::Value;

const RESPONSE_TIME_TRENDS: &str = "
SELECT service_name, 
       AVG(response_time) as avg_response_time,
       MAX(response_time) as max_response_time,
       COUNT(*) as checks_count
FROM health_checks 
WHERE timestamp > datetime('now', '-24 hours')
GROUP BY service_name
ORDER BY avg_response_time DESC;";

const UPTIME_PERCENTAGE: &str = "
SELECT service_name,
       COUNT(*) as total_checks,
       SUM(CASE WHEN status = 'healthy' THEN 1 ELSE 0 END) as healthy_checks,
       ROUND(SUM(CASE WHEN status = 'healthy' THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) as uptime_percentage
FROM health_checks 
WHERE timestamp > datetime('now', '-7 days')
GROUP BY service_name
ORDER BY uptime_percentage ASC;";

const RECENT_ALERTS: &str = "
SELECT service_name, alert_type, severity, message, triggered_at
FROM alerts 
WHERE triggered_at > datetime('now', '-24 hours')
ORDER BY triggered_at DESC;";

const OVERALL_HEALTH: &str = "
SELECT 
  ROUND(AVG(CASE WHEN current_status = 'healthy' THEN 100.0 ELSE 0.0 END), 2) as overall_health_percentage,
  COUNT(*) as total_services,
  SUM(CASE WHEN current_status = 'healthy' THEN 1 ELSE 0 END) as healthy_services
FROM service_status;";

const CRITICAL_SERVICES: &str = "
SELECT 
  service_name,
  uptime_percentage,
  consecutive_failures,
  last_healthy
FROM service_status 
WHERE service_name IN ('interpreter', 'orchestrator', 'doc_store', 'prompt_store', 'analysis_service', 'llm_gateway')
ORDER BY uptime_percentage ASC;";

/// A test store whose times are relative to the clock, because the queries are.
struct ViewScenario {
    now: Timestamp,
    store: SqliteStore,
    connection: Connection,
    _folder: tempfile::TempDir,
}

impl ViewScenario {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("health_monitoring.db");
        let store = SqliteStore::open(&path).unwrap();
        let connection = Connection::open(Path::new(&path)).unwrap();
        let now: String =
            connection.query_row("SELECT datetime('now') || 'Z'", [], |row| row.get(0)).unwrap();
        Self { now: now.parse().unwrap(), store, connection, _folder: folder }
    }

    fn ago(&self, minutes: u64) -> Timestamp {
        self.now - Duration::from_mins(minutes)
    }

    async fn record(&self, minutes_ago: u64, name: &str, verdict: Verdict, latency_ms: u64) {
        let latency = Some(Duration::from_millis(latency_ms));
        let finding = Finding { latency, ..Finding::of(verdict) };
        let offset = Duration::from_secs(3);
        let run = Run {
            shard: shard(),
            key: RunKey {
                scheduled_at: self.ago(minutes_ago) - offset,
                region: name.replace('_', "-").parse().unwrap(),
                ..key(0)
            },
            lag: Duration::ZERO,
            took: Duration::ZERO,
            outcomes: vec![Outcome::new(monitor(name), offset, finding, 1)],
        };
        self.store.record_run(&run).await.unwrap();
    }

    async fn commit(&self, states: &[(&str, Status, u32, Option<u64>)], decision: &Decision) {
        let mut state = ShardState::default();
        for (name, status, consecutive_failures, healthy_ago) in states {
            let mut known = MonitorState::unmeasured(self.ago(60 * 48));
            known.status = *status;
            known.consecutive_failures = *consecutive_failures;
            known.last_healthy = healthy_ago.map(|minutes| self.ago(minutes));
            known.last = Some(LastOutcome {
                at: self.ago(60 * 30),
                status: *status,
                cause: None,
                latency: None,
                repeats_fault: false,
            });
            state.monitors.insert(monitor(name), known);
        }
        let version = self.store.state_version(&shard()).await.unwrap();
        self.store.commit(&shard(), version, &state, decision).await.unwrap();
    }

    fn rows(&self, query: &str) -> Vec<Vec<Value>> {
        let mut statement = self.connection.prepare(query).unwrap();
        let n_columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..n_columns).map(|index| row.get(index)).collect();
        statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn text(&self, minutes_ago: u64) -> Value {
        text(&self.ago(minutes_ago).strftime("%Y-%m-%d %H:%M:%S").to_string())
    }
}

#[tokio::test]
async fn response_time_trends_are_in_seconds_over_the_last_day() {
    let scenario = ViewScenario::begin();
    scenario.record(1, "interpreter", Verdict::Healthy, 500).await;
    scenario.record(23 * 60, "interpreter", Verdict::Healthy, 1_500).await;
    scenario.record(25 * 60, "interpreter", Verdict::Healthy, 90_000).await;
    scenario.record(1, "doc_store", Verdict::Healthy, 2_000).await;
    assert_eq!(
        scenario.rows(RESPONSE_TIME_TRENDS),
        [
            vec![text("doc_store"), real(2.0), real(2.0), count(1)],
            vec![text("interpreter"), real(1.0), real(1.5), count(2)],
        ]
    );
}

#[tokio::test]
async fn uptime_is_counted_over_seven_days() {
    let scenario = ViewScenario::begin();
    for minutes in [1, 2, 60 * 24 * 6] {
        scenario.record(minutes, "interpreter", Verdict::Healthy, 1).await;
    }
    scenario.record(60 * 24 * 8, "interpreter", Verdict::Healthy, 1).await;
    scenario.record(1, "doc_store", Verdict::Healthy, 1).await;
    scenario.record(2, "doc_store", failure(Fault::Target), 1).await;
    scenario.record(3, "doc_store", Verdict::Degraded(cause(Fault::Target)), 1).await;
    assert_eq!(
        scenario.rows(UPTIME_PERCENTAGE),
        [
            vec![text("doc_store"), count(3), count(1), real(33.33)],
            vec![text("interpreter"), count(3), count(3), real(100.0)],
        ]
    );
}

#[tokio::test]
async fn recent_alerts_are_those_of_the_last_day_newest_first() {
    let scenario = ViewScenario::begin();
    let mut decision = Decision::default();
    for (name, minutes_ago) in [("interpreter", 90), ("doc_store", 5), ("llm_gateway", 60 * 25)] {
        let mut alert = alert(name, 0, None);
        alert.fired_at = scenario.ago(minutes_ago);
        decision.alerts.push(alert);
    }
    scenario.commit(&[], &decision).await;
    let row = |name: &str, minutes_ago| {
        let message = format!("{name} is unhealthy");
        let fired_at = scenario.text(minutes_ago);
        vec![text(name), text("service_down"), text("critical"), text(&message), fired_at]
    };
    assert_eq!(scenario.rows(RECENT_ALERTS), [row("doc_store", 5), row("interpreter", 90)]);
}

#[tokio::test]
async fn overall_health_counts_the_confirmed_statuses() {
    let scenario = ViewScenario::begin();
    assert_eq!(scenario.rows(OVERALL_HEALTH), [[Value::Null, count(0), Value::Null]]);
    for name in ["interpreter", "doc_store", "llm_gateway"] {
        scenario.record(1, name, Verdict::Healthy, 1).await;
    }
    let statuses = [
        ("interpreter", Status::Healthy, 0, Some(1)),
        ("doc_store", Status::Unhealthy, 3, Some(9)),
        ("llm_gateway", Status::Healthy, 0, Some(1)),
        // Healthy at the last check, thirty hours ago.
        ("silent", Status::Healthy, 0, Some(60 * 30)),
    ];
    scenario.commit(&statuses, &Decision::default()).await;
    assert_eq!(scenario.rows(OVERALL_HEALTH), [[real(50.0), count(4), count(2)]]);
    let silent = "SELECT current_status, uptime_percentage, last_updated FROM service_status
                  WHERE service_name = 'silent'";
    assert_eq!(scenario.rows(silent), [[text("unknown"), Value::Null, scenario.text(60 * 30)]]);
}

#[tokio::test]
async fn critical_services_have_the_uptime_of_the_page() {
    let scenario = ViewScenario::begin();
    for minutes in 1..=3 {
        scenario.record(minutes, "interpreter", Verdict::Healthy, 1).await;
    }
    scenario.record(25 * 60, "interpreter", failure(Fault::Target), 1).await;
    scenario.record(1, "doc_store", failure(Fault::Target), 1).await;
    scenario.record(2, "doc_store", Verdict::Degraded(cause(Fault::Throttled)), 1).await;
    scenario.record(3, "doc_store", Verdict::Healthy, 1).await;
    for (minutes, fault) in
        Fault::ALL.into_iter().filter(|fault| !fault.is_target_side()).enumerate()
    {
        let minutes = u64::try_from(minutes).unwrap() + 10;
        scenario.record(minutes, "llm_gateway", failure(fault), 1).await;
    }
    let statuses = [
        ("interpreter", Status::Healthy, 0, Some(2)),
        ("doc_store", Status::Unhealthy, 7, Some(3)),
        ("llm_gateway", Status::Unknown, 0, None),
        ("not_asked_for", Status::Healthy, 0, None),
    ];
    scenario.commit(&statuses, &Decision::default()).await;
    assert_eq!(
        scenario.rows(CRITICAL_SERVICES),
        [
            vec![text("llm_gateway"), Value::Null, count(0), Value::Null],
            // Two of three, rounded down.
            vec![text("doc_store"), real(66.66), count(7), scenario.text(3)],
            vec![text("interpreter"), real(100.0), count(0), scenario.text(1)],
        ]
    );
}

#[tokio::test]
async fn a_fault_counts_in_the_view_as_it_counts_on_the_page() {
    for fault in Fault::ALL {
        let scenario = ViewScenario::begin();
        scenario.record(1, "api", Verdict::Healthy, 1).await;
        scenario.record(2, "api", failure(fault), 1).await;
        scenario.record(3, "api", Verdict::Degraded(cause(fault)), 1).await;
        scenario.commit(&[("api", Status::Healthy, 0, None)], &Decision::default()).await;
        // A rate limit counts as degraded, and a fault on the monitoring side does not count.
        let expected = if fault == Fault::Target { 66.66 } else { 100.0 };
        let uptime = scenario.rows("SELECT uptime_percentage FROM service_status");
        assert_eq!(uptime, [[real(expected)]], "{fault}");
    }
}

#[tokio::test]
async fn a_removed_monitor_has_no_status_row() {
    let scenario = ViewScenario::begin();
    let both = [("api", Status::Healthy, 0, None), ("web", Status::Healthy, 0, None)];
    scenario.commit(&both, &Decision::default()).await;
    scenario.commit(&both[1..], &Decision::default()).await;
    assert_eq!(scenario.rows("SELECT service_name FROM service_status"), [[text("web")]]);
}

#[tokio::test]
async fn a_day_of_checks_is_found_by_its_index() {
    let scenario = ViewScenario::begin();
    let plan = scenario.rows(&format!("EXPLAIN QUERY PLAN {RESPONSE_TIME_TRENDS}"));
    assert!(format!("{plan:?}").contains("USING INDEX outcomes_by_time"), "{plan:?}");
}

fn monitor(name: &str) -> MonitorId {
    MonitorId::new(name).unwrap()
}

fn cause(fault: Fault) -> Cause {
    Cause::new(fault, Reason::HttpStatus, "status 503")
}

fn failure(fault: Fault) -> Verdict {
    Verdict::failure(cause(fault))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn real(number: f64) -> Value {
    Value::Real(number)
}

fn count(number: i64) -> Value {
    Value::Integer(number)
}
