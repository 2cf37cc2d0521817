//! The limits on the number of simultaneous checks and on their duration.

use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::run::Lane;
use allclear_support::CallOutcome;
use tokio::time::Instant;

use crate::log::{Log, ProbeLog as _, READS};
use crate::world::{NoSecrets, monitor, prober, reason, start};
use allclear_engine::probe::{DuePeriod, Invocation};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn hanging_checks_count_against_the_limit_of_checks_in_flight() {
    for (cap, expected) in [(20, 20), (1_000, 60)] {
        let monitors = (0..60)
            .map(|n| {
                let mut one = monitor(&format!("m{n}"), "hang");
                (one.interval, one.timeout) = (MINUTE, Duration::from_secs(18));
                one.recheck = false;
                one
            })
            .collect();
        let (prober, behavior) = prober(monitors);
        let prober = prober.with_at_most(cap);
        let log = Log::default();
        let report = prober.probe_all(&log, &NoSecrets, start()).await.unwrap();
        assert_eq!(report.outcomes.len(), 60);
        let most = behavior.most_under_way.load(Ordering::Relaxed);
        assert_eq!(most, expected, "with a cap of {cap}");
        let is_timeout = |outcome| reason(outcome) == Some(Reason::Timeout);
        assert!(report.outcomes.iter().all(is_timeout), "each had its turn");
    }
}

#[tokio::test(start_paused = true)]
async fn monitors_due_in_a_window_are_checked_immediately_and_once() {
    let mut often = monitor("often", "healthy");
    often.interval = Duration::from_secs(10);
    let mut rarely = monitor("rarely", "healthy");
    rarely.interval = MINUTE * 5;
    let (prober, behavior) = prober(vec![often, rarely]);
    let log = Log::default();
    let began = Instant::now();
    for minute in 0..5 {
        let at = start() + MINUTE * minute;
        let period = DuePeriod { start: at, length: MINUTE };
        prober
            .probe_at_once(&log, &NoSecrets, period, Invocation { now: at, limit: MINUTE })
            .await
            .unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "nothing was waited for");
    let counts = behavior.n_checks.lock().unwrap();
    assert_eq!((counts["often.test"], counts["rarely.test"]), (5, 1));
    for run in log.runs() {
        assert!(run.outcomes.iter().all(|outcome| outcome.offset == Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn no_check_outlasts_the_time_of_its_invocation() {
    let (prober, _) = prober(vec![monitor("a", "hang"), monitor("b", "healthy")]);
    let log = Log::default();
    let began = Instant::now();
    let limit = Duration::from_secs(4);
    let period = DuePeriod { start: start(), length: MINUTE };
    prober
        .probe_at_once(&log, &NoSecrets, period, Invocation { now: start(), limit })
        .await
        .unwrap();
    assert!(began.elapsed() <= limit + Duration::from_secs(1), "{:?}", began.elapsed());
    let lanes: Vec<Lane> = log.runs().iter().map(|run| run.key.lane).collect();
    assert_eq!(lanes, [Lane::Main, Lane::Slow]);
    assert_eq!(reason(&log.runs()[1].outcomes[0]), Some(Reason::Timeout));
}

#[tokio::test(start_paused = true)]
async fn a_check_is_not_started_too_late_for_its_invocation() {
    let monitors = (0..20)
        .map(|n| {
            let mut one = monitor(&format!("m{n}"), "hang");
            (one.interval, one.timeout) = (MINUTE, Duration::from_secs(30));
            one.recheck = false;
            one
        })
        .collect();
    let (prober, _) = prober(monitors);
    // All checks hang, and a lane has room for eight.
    prober.probe_all(&Log::default(), &NoSecrets, start()).await.unwrap();
    let (log, limit) = (Log::default(), Duration::from_secs(50));
    let began = Instant::now();
    let period = DuePeriod { start: start() + MINUTE, length: MINUTE };
    prober
        .probe_at_once(&log, &NoSecrets, period, Invocation { now: period.start, limit })
        .await
        .unwrap();
    assert!(began.elapsed() <= limit, "{:?}", began.elapsed());
    let outcomes: Vec<_> = log.runs().into_iter().flat_map(|run| run.outcomes).collect();
    let n_with = |expected| outcomes.iter().filter(|one| reason(one) == Some(expected)).count();
    assert_eq!((n_with(Reason::Timeout), n_with(Reason::NotSent)), (8, 12));
}

#[tokio::test(start_paused = true)]
async fn a_brief_store_failure_loses_no_stragglers() {
    let (prober, _) = prober(vec![monitor("a", "hang"), monitor("b", "healthy")]);
    let log = Log::default();
    log.fail_write_after(0);
    assert!(prober.probe_all(&log, &NoSecrets, start()).await.is_err());
    let lanes: Vec<Lane> = log.runs().iter().map(|run| run.key.lane).collect();
    assert_eq!(lanes, [Lane::Slow]);
}

#[tokio::test(start_paused = true)]
async fn unreadable_beats_stop_no_other_check() {
    let (prober, _) = prober(vec![monitor("backup", "job"), monitor("b", "healthy")]);
    let log = Log::default();
    log.meet(READS, CallOutcome::Unavailable);
    assert!(prober.probe_all(&log, &NoSecrets, start()).await.is_err());
    let outcomes: Vec<_> = log.runs().into_iter().flat_map(|run| run.outcomes).collect();
    let monitors: Vec<&str> = outcomes.iter().map(|one| one.monitor.as_str()).collect();
    assert_eq!(monitors, ["b"], "a job must not seem to have missed its beat");
}
