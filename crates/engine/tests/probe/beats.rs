//! Heartbeats from the request to the outcome, with the real `heartbeat` check.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::beat::{Beat, BeatReport, BeatSignal};
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::ports::{ReadBeats, RecordBeat, StoreResult};
use allclear_core::reason::Reason;
use allclear_core::status::Status;
use allclear_engine::probe::ProbeHandler;
use allclear_engine::probe::beat::{self, BeatReply, BeatRequest};
use allclear_probes::{ProbeSettings, Probes};
use rustls::RootCertStore;
use serde_json::{Value, json};

use crate::log::{Log, ProbeLog as _};
use crate::world::{Vault, config, monitor, start};

const TOKEN: &str = "0123456789abcdef";
const MINUTE: Duration = Duration::from_mins(1);

fn backup() -> MonitorId {
    MonitorId::new("backup").unwrap()
}

/// Returns a log whose config has one job that reports each hour and is checked each minute.
fn log() -> Log {
    let params = json!({ "token": TOKEN, "period": "1h" });
    let check = CheckSpec { kind: "heartbeat".to_owned(), params };
    let job = Monitor { check, interval: MINUTE, ..monitor("backup", "") };
    let log = Log::default();
    log.put_config(config(vec![job]));
    log
}

struct World<'a> {
    log: &'a Log,
    function: ProbeHandler<Log, &'a Vault, Probes>,
}

impl<'a> World<'a> {
    fn new(log: &'a Log, secret_store: &'a Vault) -> Self {
        let kinds = Probes::new(ProbeSettings::new(Arc::new(RootCertStore::empty())));
        Self {
            log,
            function: ProbeHandler::new(log.clone(), secret_store, kinds, RegionId::local()),
        }
    }

    async fn send(&mut self, path: &str, query: &str, second: u64) -> Value {
        let event = json!({
            "rawPath": format!("/heartbeat/{TOKEN}{path}"),
            "rawQueryString": query,
            "requestContext": { "http": { "method": "GET" } },
        });
        let now = start() + Duration::from_secs(second);
        self.function.handle(&event, now, MINUTE).await.unwrap()
    }

    /// Returns the outcome of the check that is due in this minute.
    async fn status_at(&mut self, minute: u32) -> (Status, Option<(Reason, String)>) {
        let now = start() + MINUTE * minute;
        let event = json!({ "scheduled_time": now.to_string() });
        self.function.handle(&event, now, MINUTE).await.unwrap();
        let outcome = self.log.runs().last().unwrap().outcomes[0].clone();
        let cause = outcome.verdict.cause().map(|cause| (cause.reason, cause.message.clone()));
        (outcome.status(), cause)
    }

    async fn ask(&mut self, minute: u32) -> Value {
        let event = json!({ "monitors": ["backup"] });
        let now = start() + MINUTE * minute;
        self.function.handle(&event, now, MINUTE).await.unwrap()["outcomes"][0].clone()
    }
}

fn failed(status: &str) -> (Status, Option<(Reason, String)>) {
    (Status::Unhealthy, Some((Reason::BeatFailed, status.to_owned())))
}

const WELL: (Status, Option<(Reason, String)>) = (Status::Healthy, None);

#[tokio::test(start_paused = true)]
async fn a_failure_and_a_success_within_one_interval_give_a_failed_outcome() {
    let (log, secret_store) = (log(), Vault::default());
    let mut world = World::new(&log, &secret_store);
    world.send("", "", 5).await;
    assert_eq!(world.status_at(1).await, WELL);
    world.send("/fail", "msg=disk+full", 70).await;
    world.send("", "", 80).await;
    let status = "the job reported a failure, and has succeeded since: disk full";
    // A manual check does not change the stored state.
    assert_eq!(world.ask(2).await["message"], status);
    assert_eq!(world.status_at(2).await, failed(status));
    assert_eq!(world.status_at(3).await, WELL);
    // A failure that a check has already reported is not reported again when it ends.
    world.send("/3", "", 190).await;
    assert_eq!(world.status_at(4).await, failed("the job reported a failure with exit code 3"));
    world.send("", "", 250).await;
    assert_eq!(world.status_at(5).await, WELL);
}

#[tokio::test(start_paused = true)]
async fn a_failure_counts_once_after_a_restart() {
    let (log, secret_store) = (log(), Vault::default());
    World::new(&log, &secret_store).send("/fail", "", 70).await;
    World::new(&log, &secret_store).send("", "", 80).await;
    assert_eq!(World::new(&log, &secret_store).status_at(2).await.0, Status::Unhealthy);
    assert_eq!(World::new(&log, &secret_store).status_at(3).await, WELL);
}

#[tokio::test(start_paused = true)]
async fn an_uptime_kuma_push_address_reports_its_status() {
    let (log, secret_store) = (log(), Vault::default());
    let mut world = World::new(&log, &secret_store);
    let sent = world.send("", "status=up&msg=OK&ping=", 5).await;
    assert_eq!(sent["statusCode"], 200);
    assert_eq!(world.status_at(1).await, WELL);
    world.send("", "status=up&msg=OK&ping=123.5", 70).await;
    assert_eq!(world.status_at(2).await, WELL);
    let latency = log.runs().last().unwrap().outcomes[0].latency;
    assert_eq!(latency, Some(Duration::from_micros(123_500)));
    let query = "status=down&msg=login+with+Bearer+abcdefghijklmnop+failed&ping=1";
    world.send("", query, 130).await;
    let status = "the job reported a failure: login with Bearer [redacted] failed";
    assert_eq!(world.status_at(3).await, failed(status));
    let stored = log.beats(&[backup()]).await.unwrap();
    assert!(!format!("{stored:?}").contains("abcdefghijklmnop"));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_query_is_refused_and_records_nothing() {
    let (log, secret_store) = (log(), Vault::default());
    let mut world = World::new(&log, &secret_store);
    for query in ["state=down", "status=broken", "ping=soon", "status=up&id=1"] {
        let answer = world.send("", query, 5).await;
        assert_eq!(answer["statusCode"], 400, "{query}");
        let text = answer["body"].as_str().unwrap();
        assert!(text.contains("`status=up` or `status=down`, `msg=TEXT`"), "{text}");
    }
    let answer = world.send("/fail", "status=up", 5).await;
    assert_eq!(answer["statusCode"], 400);
    assert!(answer["body"].as_str().unwrap().contains("leave one out"));
    assert!(log.beats(&[backup()]).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_head_request_records_nothing_and_returns_the_allowed_methods() {
    let (log, secret_store) = (log(), Vault::default());
    let mut world = World::new(&log, &secret_store);
    let event = json!({
        "rawPath": format!("/heartbeat/{TOKEN}"),
        "requestContext": { "http": { "method": "HEAD" } },
    });
    let answer = world.function.handle(&event, start(), MINUTE).await.unwrap();
    assert_eq!(
        (&answer["statusCode"], &answer["headers"]["allow"]),
        (&405.into(), &"GET, POST".into())
    );
    assert!(log.beats(&[backup()]).await.unwrap().is_empty());
}

/// A store in which another process records a heartbeat immediately before each of the first few.
struct Contended<'a> {
    log: &'a Log,
    others: Mutex<Vec<BeatSignal>>,
}

impl ReadBeats for Contended<'_> {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        self.log.beats(monitors).await
    }
}

impl RecordBeat for Contended<'_> {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        let other = self.others.lock().unwrap().pop();
        if let Some(signal) = other {
            let other = Beat::following(
                previous,
                BeatReport::of(signal).with_body("the other".to_owned()),
                start(),
            );
            self.log.record_beat(monitor, previous, &other).await?;
        }
        self.log.record_beat(monitor, previous, beat).await
    }
}

async fn take(store: &Contended<'_>, now: Timestamp) -> BeatReply {
    let tokens = BTreeMap::from([(TOKEN.to_owned(), backup())]);
    let request =
        BeatRequest { method: "POST", path: TOKEN, query: "", content_type: "", body: b"" };
    beat::take(store, &tokens, request, now).await
}

#[tokio::test(start_paused = true)]
async fn two_concurrent_beats_are_both_recorded() {
    let log = log();
    let failure = BeatSignal::Failure { exit_code: None };
    let store = Contended { log: &log, others: Mutex::new(vec![failure]) };
    assert_eq!(take(&store, start()).await.status, 200);
    let stored = log.beats(&[backup()]).await.unwrap();
    let beat = &stored[0].1;
    assert_eq!((beat.signal, beat.failure.as_ref()), (BeatSignal::Success, None));
    assert_eq!(beat.ended_failure.as_ref().unwrap().body, "the other");
}

#[tokio::test(start_paused = true)]
async fn a_beat_that_always_conflicts_is_refused_with_a_retry() {
    let log = log();
    let others = [BeatSignal::Start, BeatSignal::Success].repeat(500);
    let others = Mutex::new(others);
    let store = Contended { log: &log, others };
    assert_eq!(take(&store, start()).await.status, 503);
    assert!(store.others.lock().unwrap().len() > 900, "it gives up");
}
