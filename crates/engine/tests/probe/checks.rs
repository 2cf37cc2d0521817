//! Invocations of the prober with scripted checks, on a paused clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, RunKey};
use allclear_core::status::{Fault, Status};
use allclear_core::threshold::Threshold;
use allclear_engine::probe::{DuePeriod, Invocation, Prober};
use tokio::time::{Instant, sleep};

use crate::log::{Log, ProbeLog as _};
use crate::world::{NoSecrets, monitor, probe_all, prober, reason, start};

#[tokio::test(start_paused = true)]
async fn a_failure_is_rechecked_once_before_it_counts() {
    let (prober, behavior) = prober(vec![monitor("a", "down once"), monitor("b", "down")]);
    let outcomes = probe_all(&prober, &Log::default()).await;
    let of = |id: &str| outcomes.iter().find(|one| one.monitor.as_str() == id).unwrap();
    assert_eq!((of("a").status(), of("a").attempts), (Status::Healthy, 2));
    assert_eq!((of("b").status(), of("b").attempts), (Status::Unhealthy, 2));
    assert_eq!(behavior.n_checks.lock().unwrap()["b.test"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_first_check_of_a_process_is_rechecked_once() {
    let expected_response_time = Some(Duration::from_millis(500));
    let slow = Monitor { expected_response_time, ..monitor("a", "slow at odd times") };
    let (prober, _) = prober(vec![slow]);
    let first = probe_all(&prober, &Log::default()).await.remove(0);
    assert_eq!((first.attempts, first.latency), (2, Some(Duration::from_millis(100))));
    // A process that runs measures as it is.
    let later = probe_all(&prober, &Log::default()).await.remove(0);
    assert_eq!((later.attempts, later.latency), (1, Some(Duration::from_millis(900))));
}

#[tokio::test(start_paused = true)]
async fn a_value_above_a_threshold_is_degraded_or_unhealthy() {
    let limited = |id: &str, warning: f64, critical: f64| {
        let metric = "response_time_ms".to_owned();
        let (warning, critical) = (Some(warning), Some(critical));
        let thresholds = vec![Threshold { metric, warning, critical }];
        Monitor { thresholds, recheck: false, ..monitor(id, "slow at odd times") }
    };
    let monitors = vec![limited("a", 500.0, 1000.0), limited("b", 500.0, 800.0)];
    let (prober, _) = prober(monitors);
    let outcomes = probe_all(&prober, &Log::default()).await;
    let of = |id: &str| outcomes.iter().find(|one| one.monitor.as_str() == id).unwrap();
    assert_eq!((of("a").status(), of("b").status()), (Status::Degraded, Status::Unhealthy));
    let cause = of("b").verdict.cause().unwrap();
    assert_eq!(cause.message, "response_time_ms = 900, above its critical threshold of 800");
}

#[tokio::test(start_paused = true)]
async fn a_rate_limited_check_is_not_rechecked() {
    let (prober, behavior) = prober(vec![monitor("a", "throttled")]);
    probe_all(&prober, &Log::default()).await;
    assert_eq!(behavior.n_checks.lock().unwrap()["a.test"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_target_is_recorded_without_hidden_characters() {
    let (prober, _) = prober(vec![monitor("a", "mark")]);
    let outcome = probe_all(&prober, &Log::default()).await.remove(0);
    let message = &outcome.verdict.cause().unwrap().message;
    assert!(message.contains("eteled"), "{message:?}");
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{7}', '\u{1b}'];
    assert!(!message.contains(hidden), "{message:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_target_is_recorded_in_a_separate_late_run() {
    let (prober, _) = prober(vec![monitor("a", "healthy"), monitor("b", "hang")]);
    let log = Arc::new(Log::default());
    let began = Instant::now();
    let probing = tokio::spawn({
        let log = Arc::clone(&log);
        async move { probe_all(&prober, &log).await }
    });
    sleep(Duration::from_millis(2_100)).await;
    let lanes = |log: &Log| log.runs().iter().map(|run| run.key.lane).collect::<Vec<_>>();
    assert_eq!(lanes(&log), [Lane::Main]);
    assert_eq!(log.runs()[0].outcomes.len(), 1);
    let outcomes = probing.await.unwrap();
    assert_eq!(lanes(&log), [Lane::Main, Lane::Slow]);
    assert_eq!(reason(&outcomes[1]), Some(Reason::Timeout));
    assert!(began.elapsed() < Duration::from_secs(20), "its own next check is not delayed");
}

#[tokio::test(start_paused = true)]
async fn hanging_targets_delay_none_of_the_others() {
    let monitors = (0..40)
        .map(|n| monitor(&format!("m{n}"), if n % 2 == 0 { "hang" } else { "healthy" }))
        .collect();
    let (prober, _) = prober(monitors);
    let (prober, log) = (Arc::new(prober), Arc::new(Log::default()));
    let began = Instant::now();
    let mut ticks = Vec::new();
    for second in 0..90_u64 {
        let (prober, log) = (Arc::clone(&prober), Arc::clone(&log));
        ticks.push(tokio::spawn(async move {
            tokio::time::sleep_until(began + Duration::from_secs(second)).await;
            let at = start() + Duration::from_secs(second);
            prober
                .probe_due(
                    &*log,
                    &NoSecrets,
                    DuePeriod { start: at, length: Duration::from_secs(1) },
                    at,
                )
                .await
                .unwrap();
        }));
    }
    for tick in ticks {
        tick.await.unwrap();
    }
    let mut times: BTreeMap<MonitorId, Vec<Timestamp>> = BTreeMap::new();
    for run in log.runs().iter().filter(|run| run.key.lane == Lane::Main) {
        assert!(run.took <= Duration::from_secs(3), "written {:?} after its time", run.took);
        for outcome in run.outcomes.iter().filter(|one| one.status() == Status::Healthy) {
            times.entry(outcome.monitor.clone()).or_default().push(run.time_of(outcome));
        }
    }
    assert_eq!(times.len(), 20);
    for times in times.values() {
        assert!(times.len() >= 4);
        for pair in times.windows(2) {
            assert_eq!(pair[1].duration_since(pair[0]).as_secs(), 20);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_fires_twice_records_once() {
    let (prober, _) = prober(vec![monitor("a", "healthy"), monitor("b", "hang")]);
    let log = Log::default();
    let first = prober.probe_all(&log, &NoSecrets, start()).await.unwrap();
    let second = prober.probe_all(&log, &NoSecrets, start()).await.unwrap();
    assert_eq!((first.was_duplicate, second.was_duplicate), (false, true));
    assert_eq!(log.runs().len(), 2, "the main run and the stragglers', each once");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_whose_check_still_runs_is_skipped() {
    let (prober, _) = prober(vec![monitor("a", "hang")]);
    let prober = Arc::new(prober);
    let first = tokio::spawn({
        let prober = Arc::clone(&prober);
        async move { prober.probe_all(&Log::default(), &NoSecrets, start()).await.unwrap() }
    });
    sleep(Duration::from_secs(1)).await;
    let second = prober.probe_all(&Log::default(), &NoSecrets, start()).await.unwrap();
    assert_eq!((second.n_skipped, second.outcomes.len()), (1, 0));
    assert_eq!(first.await.unwrap().outcomes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_network_the_fault_is_the_monitor() {
    let monitors = (0..5).map(|n| monitor(&format!("m{n}"), "healthy")).collect();
    let (prober, behavior) = prober(monitors);
    behavior.network_is_out.store(1, Ordering::Relaxed);
    let at = start();
    let log = Log::default();
    // Windows of one second, so that few monitors share a run.
    for second in 0..20 {
        let at = at + Duration::from_secs(second);
        prober
            .probe_due(
                &log,
                &NoSecrets,
                DuePeriod { start: at, length: Duration::from_secs(1) },
                at,
            )
            .await
            .unwrap();
    }
    let outcomes: Vec<Outcome> = log.runs().into_iter().flat_map(|run| run.outcomes).collect();
    assert_eq!(outcomes.len(), 5);
    for outcome in &outcomes {
        assert_eq!(outcome.status(), Status::Unknown);
        assert_eq!(reason(outcome), Some(Reason::MonitoringImpaired));
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_after_a_full_check_blames_no_target_for_a_lost_network() {
    let monitors = (0..4).map(|n| monitor(&format!("m{n}"), "healthy")).collect();
    let (prober, behavior) = prober(monitors);
    behavior.network_is_out.store(1, Ordering::Relaxed);
    let log = Log::default();
    for outcome in probe_all(&prober, &log).await {
        assert_eq!(reason(&outcome), Some(Reason::MonitoringImpaired));
    }
    // The recent outcomes still count if only one monitor is checked.
    assert_each_alone_is_impaired(&prober, &log).await;
}

#[tokio::test(start_paused = true)]
async fn an_earlier_reachability_result_is_not_reused_for_a_new_failure() {
    let mut monitors: Vec<Monitor> = (0..4).map(|n| monitor(&format!("m{n}"), "healthy")).collect();
    monitors.push(monitor("gone", "unreachable"));
    let (prober, behavior) = prober(monitors);
    let log = Log::default();
    let gone =
        probe_all(&prober, &log).await.into_iter().find(|one| one.monitor.as_str() == "gone");
    assert_eq!(reason(&gone.unwrap()), Some(Reason::ConnectUnreachable));
    behavior.network_is_out.store(1, Ordering::Relaxed);
    assert_each_alone_is_impaired(&prober, &log).await;
}

/// Checks the monitors in windows of a tenth of a second, so that no two share a run and all are
/// checked before the results of the control hosts expire.
async fn assert_each_alone_is_impaired(prober: &Prober, log: &Log) {
    let n_before = log.runs().len();
    for tenth in 1..=200 {
        let at = start() + Duration::from_millis(tenth * 100);
        prober
            .probe_due(
                log,
                &NoSecrets,
                DuePeriod { start: at, length: Duration::from_millis(100) },
                at,
            )
            .await
            .unwrap();
    }
    let runs = log.runs().split_off(n_before);
    assert!(runs.len() >= 4, "{} runs", runs.len());
    for outcome in runs.iter().flat_map(|run| &run.outcomes) {
        assert_eq!(reason(outcome), Some(Reason::MonitoringImpaired), "{}", outcome.monitor);
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_unreachable_target_is_a_target_failure() {
    let mut monitors: Vec<Monitor> = (0..4).map(|n| monitor(&format!("m{n}"), "healthy")).collect();
    monitors.push(monitor("gone", "unreachable"));
    let (prober, _) = prober(monitors);
    let gone = prober.probe_all(&Log::default(), &NoSecrets, start()).await.unwrap();
    let gone = gone.outcomes.iter().find(|one| one.monitor.as_str() == "gone").unwrap();
    assert_eq!(reason(gone), Some(Reason::ConnectUnreachable));
    assert_eq!(gone.status(), Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn two_hosts_are_too_few_for_a_connectivity_verdict() {
    let (prober, _) = prober(vec![monitor("a", "unreachable"), monitor("b", "unreachable")]);
    for outcome in probe_all(&prober, &Log::default()).await {
        assert_eq!(outcome.status(), Status::Unhealthy);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panicking_check_is_unknown_and_affects_no_other() {
    let (prober, _) = prober(vec![monitor("a", "panic"), monitor("b", "healthy")]);
    let outcomes = probe_all(&prober, &Log::default()).await;
    let of = |id: &str| outcomes.iter().find(|one| one.monitor.as_str() == id).unwrap();
    assert_eq!(reason(of("a")), Some(Reason::CheckFailed));
    assert_eq!(of("b").status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_secret_is_a_monitor_fault() {
    let mut a = monitor("a", "healthy");
    a.check.params["secret"] = "openai".into();
    let (prober, behavior) = prober(vec![a]);
    let outcomes = probe_all(&prober, &Log::default()).await;
    let cause = outcomes[0].verdict.cause().unwrap();
    assert_eq!((cause.fault, cause.reason), (Fault::Monitor, Reason::SecretUnreadable));
    assert!(behavior.n_checks.lock().unwrap().is_empty(), "nothing is sent without it");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_echoes_a_key_is_redacted() {
    let (prober, _) = prober(vec![monitor("a", "echo")]);
    let outcomes = probe_all(&prober, &Log::default()).await;
    assert_eq!(outcomes[0].verdict.cause().unwrap().message, "wrong key: Bearer [redacted]");
}

#[tokio::test(start_paused = true)]
async fn an_on_demand_check_writes_nothing() {
    let (prober, _) = prober(vec![monitor("a", "healthy")]);
    let log = Log::default();
    let a = monitor("a", "healthy");
    let outcomes = {
        let invocation = Invocation { now: start(), limit: Duration::MAX };
        prober.check(&log, &NoSecrets, &[&a], invocation).await.unwrap()
    };
    assert_eq!(outcomes.len(), 1);
    assert!(log.runs().is_empty());
    let key = RunKey { scheduled_at: start(), region: RegionId::local(), lane: Lane::Main };
    assert!(!log.runs().iter().any(|run| run.key == key));
}
