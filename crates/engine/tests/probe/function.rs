//! The prober as a function: events in, runs and answers out, over ports in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::reason::Reason;
use allclear_engine::probe::ProbeHandler;
use allclear_engine::{Code, InvocationFailure};
use allclear_support::{CallOutcome, Operation, PlannedFault};
use serde_json::{Value, json};

use crate::log::{Log, ProbeLog as _};
use crate::world::{CheckBehavior, Kinds, Vault, config, monitor, reason, start};

const MINUTE: Duration = Duration::from_mins(1);

type Function<'a> = ProbeHandler<Log, &'a Vault, Kinds>;

fn function<'a>(log: &Log, secret_store: &'a Vault) -> Function<'a> {
    ProbeHandler::new(
        log.clone(),
        secret_store,
        Kinds(Arc::new(CheckBehavior::default())),
        RegionId::local(),
    )
}

fn applied(monitors: Vec<Monitor>) -> Log {
    let log = Log::default();
    log.put_config(config(monitors));
    log
}

/// Returns monitors that are due in each minute.
fn each_minute() -> Vec<Monitor> {
    let each = |(id, act)| Monitor { interval: MINUTE, ..monitor(id, act) };
    [("api", "healthy"), ("web", "down"), ("slow", "hang")].map(each).to_vec()
}

fn at(minute: u32) -> Timestamp {
    start() + MINUTE * minute
}

fn tick(minute: u32) -> Value {
    json!({ "scheduled_time": at(minute).to_string() })
}

async fn ask(function: &mut Function<'_>, event: &Value) -> Result<Value, InvocationFailure> {
    function.handle(event, at(0), MINUTE).await
}

async fn code(function: &mut Function<'_>, event: &Value) -> Code {
    ask(function, event).await.unwrap_err().code
}

/// Returns the outcomes in the log, without the parts that depend on the time of writing.
fn outcomes(log: &Log) -> Vec<(String, Vec<Outcome>)> {
    let mut runs: Vec<_> = log
        .runs()
        .into_iter()
        .map(|mut run| {
            run.outcomes.sort_by(|a, b| a.monitor.cmp(&b.monitor));
            // A prober that knows that a target hung does not repeat the check immediately.
            run.outcomes.iter_mut().for_each(|outcome| outcome.attempts = 1);
            (format!("{:?}", run.key), run.outcomes)
        })
        .collect();
    runs.sort_by(|a, b| a.0.cmp(&b.0));
    runs
}

#[tokio::test(start_paused = true)]
async fn duplicate_or_reordered_events_record_the_same_runs() {
    let secret_store = Vault::default();
    let expected = applied(each_minute());
    for minute in [0, 1, 2] {
        ask(&mut function(&expected, &secret_store), &tick(minute)).await.unwrap();
    }
    assert_eq!(outcomes(&expected).len(), 6, "a main and a slow run each");
    let disturbed = applied(each_minute());
    let mut function = function(&disturbed, &secret_store);
    for minute in [2, 0, 1, 1, 0, 2] {
        ask(&mut function, &tick(minute)).await.unwrap();
    }
    assert_eq!(outcomes(&disturbed), outcomes(&expected));
}

#[tokio::test(start_paused = true)]
async fn a_retry_completes_an_invocation_that_ended_between_its_writes() {
    let secret_store = Vault::default();
    let expected = applied(each_minute());
    ask(&mut function(&expected, &secret_store), &tick(0)).await.unwrap();
    for n_writes in 0..2 {
        let log = applied(each_minute());
        log.fail_write_after(n_writes);
        let mut dying = function(&log, &secret_store);
        assert_eq!(code(&mut dying, &tick(0)).await, Code::StoreUnavailable);
        let again = ask(&mut function(&log, &secret_store), &tick(0)).await.unwrap();
        // An existing run is not written again, and the process that wrote the main run also owns
        // the slow one.
        assert_eq!(again["was_duplicate"], true);
        let n_runs = if n_writes == 0 { 2 } else { 1 };
        assert_eq!(outcomes(&log), outcomes(&expected)[..n_runs]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_on_demand_check_is_recorded_only_on_request() {
    let (log, secret_store) = (applied(each_minute()), Vault::default());
    let mut function = function(&log, &secret_store);
    let answer = ask(&mut function, &json!({ "monitors": ["web", "api"] })).await.unwrap();
    let of = |place: usize, key: &str| answer["outcomes"][place][key].clone();
    assert_eq!((of(0, "monitor"), of(0, "status")), (json!("api"), json!("healthy")));
    assert_eq!((of(1, "monitor"), of(1, "reason")), (json!("web"), json!("http_status")));
    assert!(log.runs().is_empty());
    let event = json!({ "monitors": ["api"], "record": true });
    ask(&mut function, &event).await.unwrap();
    assert_eq!(log.runs()[0].outcomes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_inline_check_needs_no_config_entry() {
    let (log, secret_store) = (applied(Vec::new()), Vault::default());
    let mut function = function(&log, &secret_store);
    let check = json!({ "act": { "act": "down", "host": "new.test" } });
    let event = json!({ "check": { "id": "new", "recheck": false, "check": check } });
    let answer = ask(&mut function, &event).await.unwrap();
    assert_eq!(answer["outcomes"][0]["monitor"], "new");
    assert_eq!(answer["outcomes"][0]["status"], "unhealthy");
    assert!(log.runs().is_empty());
    let wrong =
        json!({ "check": { "timeout": "soon", "intervall": "1m", "check": { "pigeon": {} } } });
    let failure = ask(&mut function, &wrong).await.unwrap_err();
    assert_eq!(failure.code, Code::CheckInvalid);
    for problem in ["`soon`", "`pigeon`", "unknown key `intervall`"] {
        assert!(failure.message.contains(problem), "{}", failure.message);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_monitor_is_named_in_the_error() {
    let (log, secret_store) = (applied(each_minute()), Vault::default());
    let event = json!({ "monitors": ["api", "shop"] });
    let failure = ask(&mut function(&log, &secret_store), &event).await.unwrap_err();
    assert_eq!(failure.code, Code::MonitorUnknown);
    assert!(failure.message.starts_with("no monitor `shop`"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_beat_is_seen_by_the_next_check() {
    let (log, secret_store) = (applied(vec![monitor("backup", "job")]), Vault::default());
    let mut function = function(&log, &secret_store);
    let request =
        |path: &str| json!({ "rawPath": path, "requestContext": { "http": { "method": "POST" } } });
    let status = |answer: Result<Value, InvocationFailure>| answer.unwrap()["statusCode"].clone();
    assert_eq!(status(ask(&mut function, &request("/heartbeat/nobody")).await), 404);
    assert_eq!(status(ask(&mut function, &request("/favicon.ico")).await), 404);
    assert_eq!(status(ask(&mut function, &request("/heartbeat/backup.test/x")).await), 400);
    let all = json!({ "monitors": [] });
    let answer = ask(&mut function, &all).await.unwrap();
    assert_eq!(answer["outcomes"][0]["reason"], "beat_missing");
    log.fail_write_after(0);
    assert_eq!(status(ask(&mut function, &request("/heartbeat/backup.test")).await), 503);
    assert_eq!(status(ask(&mut function, &request("/heartbeat/backup.test")).await), 200);
    let answer = ask(&mut function, &all).await.unwrap();
    assert_eq!(answer["outcomes"][0]["status"], "healthy");
}

#[tokio::test(start_paused = true)]
async fn a_missing_config_is_reported_with_the_remedy() {
    let (log, secret_store) = (Log::default(), Vault::default());
    let mut function = function(&log, &secret_store);
    function.warm_up().await;
    let failure = ask(&mut function, &tick(0)).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigMissing);
    assert!(failure.message.contains("`allclear apply`"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_config_is_reported_and_the_last_valid_one_stays_active() {
    let unknown = |kind: &str| {
        let mut wrong = monitor("api", "healthy");
        wrong.check.kind = kind.to_owned();
        config(vec![wrong])
    };
    let broken: [(Option<Config>, Code); 2] =
        [(None, Code::ConfigUnreadable), (Some(unknown("pigeon")), Code::ConfigInvalid)];
    for (broken, expected) in broken {
        let (log, secret_store) = (applied(each_minute()), Vault::default());
        let mut warm = function(&log, &secret_store);
        warm.warm_up().await;
        let damage =
            PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).of(&2).always();
        if broken.is_none() {
            log.inject(damage);
        }
        log.put_config(broken.unwrap_or_else(|| config(Vec::new())));
        assert_eq!(code(&mut warm, &tick(0)).await, expected);
        assert_eq!(code(&mut function(&log, &secret_store), &tick(1)).await, expected);
        assert_eq!(outcomes(&log).len(), 4, "everything is watched, warm and cold");
        let answer = ask(&mut warm, &json!({ "monitors": ["api"] })).await;
        assert!(answer.is_ok(), "an on-demand check gets a response");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_makes_only_its_own_monitor_unknown() {
    let mut lacking = monitor("api", "key");
    lacking.check.params["secret"] = "api-key".into();
    lacking.interval = MINUTE;
    let mut monitors = each_minute();
    monitors[0] = lacking;
    let (log, secret_store) = (applied(monitors), Vault::default());
    secret_store.is_away.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = ask(&mut function(&log, &secret_store), &tick(0)).await.unwrap();
    assert_eq!(answer["statuses"], json!({ "unhealthy": 2, "unknown": 1 }));
}

#[tokio::test(start_paused = true)]
async fn time_lost_to_a_busy_store_shortens_the_time_for_checks() {
    let slow = Monitor { timeout: MINUTE, ..each_minute().remove(2) };
    let (log, secret_store) = (applied(vec![slow]), Vault::default());
    let time = Duration::from_secs(55);
    log.slow_down(Operation::ConfigVersion, Duration::from_secs(20));
    let began = tokio::time::Instant::now();
    function(&log, &secret_store).handle(&tick(0), at(0), time).await.unwrap();
    assert!(began.elapsed() < time, "{:?}", began.elapsed());
    assert_eq!(outcomes(&log).len(), 1);
    // If no time is left at all, the check is not sent, and the fault is Allclear's own.
    log.slow_down(Operation::ConfigVersion, time);
    function(&log, &secret_store).handle(&tick(1), at(1), time).await.unwrap();
    let last = log.runs().pop().unwrap().outcomes.remove(0);
    assert_eq!(reason(&last), Some(Reason::NotSent));
}

/// Otherwise its run would be folded first, and all runs until then would be too old.
#[tokio::test(start_paused = true)]
async fn a_scheduled_time_in_the_future_is_refused() {
    let (log, secret_store) = (applied(each_minute()), Vault::default());
    let mut function = function(&log, &secret_store);
    assert_eq!(code(&mut function, &tick(3)).await, Code::EventUnreadable);
    assert!(log.runs().is_empty());
    ask(&mut function, &tick(1)).await.unwrap();
    assert!(!log.runs().is_empty(), "clocks differ by some");
}

#[tokio::test(start_paused = true)]
async fn an_inline_check_keeps_the_state_of_a_monitor_with_the_same_id() {
    let secret_store = Vault::default();
    let log = applied(vec![Monitor { interval: MINUTE, ..monitor("api", "remember healthy") }]);
    let mut function = function(&log, &secret_store);
    ask(&mut function, &tick(0)).await.unwrap();
    let table = json!({ "id": "api", "check": { "act": {
        "act": "remember healthy", "host": "other.test",
    } } });
    let answer = ask(&mut function, &json!({ "check": table })).await.unwrap();
    assert_eq!(answer["outcomes"][0]["labels"]["received"], "blank");
    assert_eq!(answer["outcomes"][0]["cost_usd"], 0.000_001);
    assert_eq!(log.stored_states("api").unwrap().n, 1);
    let answer = ask(&mut function, &json!({ "monitors": ["api"] })).await.unwrap();
    assert_eq!(answer["outcomes"][0]["labels"]["received"], "1");
    assert_eq!(log.stored_states("api").unwrap().n, 2);
}

/// Counts the events that add to the metric `scheduled_rounds`.
#[derive(Clone, Default)]
struct Rounds(Arc<AtomicUsize>);

impl tracing::Subscriber for Rounds {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().fields().field("monotonic_counter.scheduled_rounds").is_some() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn only_successful_scheduled_batches_are_counted() {
    let rounds = Rounds::default();
    let n_rounds = || rounds.0.swap(0, Ordering::Relaxed);
    let _guard = tracing::subscriber::set_default(rounds.clone());
    let (log, secret_store) = (applied(each_minute()), Vault::default());
    let mut function = function(&log, &secret_store);
    ask(&mut function, &tick(0)).await.unwrap();
    assert_eq!(n_rounds(), 1);

    // A batch in which no monitor is due counts too.
    log.put_config(config(Vec::new()));
    ask(&mut function, &tick(1)).await.unwrap();
    assert_eq!(n_rounds(), 1);

    log.put_config(config(each_minute()));
    ask(&mut function, &json!({ "monitors": ["api"] })).await.unwrap();
    assert_eq!(n_rounds(), 0, "the check of a person");
    log.fail_write_after(0);
    assert_eq!(code(&mut function, &tick(2)).await, Code::StoreUnavailable);
    assert_eq!(n_rounds(), 0, "a round whose run was not written");
}
