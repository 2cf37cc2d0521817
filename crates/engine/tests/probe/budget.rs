//! The cost of checks is counted in the store, whatever the result of the check is.

use std::time::Duration;

use allclear_core::cost::Cost;
use allclear_core::id::RegionId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::run::Lane;
use allclear_engine::probe::{Invocation, Prober};
use allclear_support::{CallOutcome, Operation};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::log::{BUDGETS, Log, ProbeLog as _};
use crate::world::{CAP, Kinds, NoSecrets, PAID, RESERVED, config, monitor, prober, start};

async fn probe(prober: &Prober, log: &Log, minute: u32) -> Vec<Outcome> {
    let now = start() + Duration::from_mins(1) * minute;
    prober.probe_all(log, &NoSecrets, now).await.unwrap().outcomes
}

fn paid(outcome: &Outcome) -> &str {
    &outcome.labels["paid"]
}

fn in_region(name: &str, monitors: Vec<Monitor>) -> Prober {
    let region = RegionId::new(name).unwrap();
    Prober::new(config(monitors).into(), &Kinds::default(), region).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_check_spends_from_the_budget_of_its_monitor_and_month() {
    let (prober, _) = prober(vec![monitor("a", "pay"), monitor("b", "pay")]);
    let log = Log::default();
    for (minute, expected) in [(0, "spent 10 in 0 s"), (1, "spent 20 in 0 s")] {
        let outcomes = probe(&prober, &log, minute).await;
        assert_eq!((paid(&outcomes[0]), paid(&outcomes[1])), (expected, expected));
    }
    let next_month = probe(&prober, &log, 31 * 24 * 60).await;
    assert_eq!(paid(&next_month[0]), "spent 10 in 0 s");
    assert_eq!(log.spent_by("a"), PAID + PAID);
}

#[tokio::test(start_paused = true)]
async fn regions_and_on_demand_checks_share_one_budget() {
    let monitors = vec![monitor("a", "pay")];
    let probers = ["eu", "us", "local"].map(|name| in_region(name, monitors.clone()));
    let log = Log::default();
    for minute in 0..6 {
        let asked: Vec<&Monitor> = monitors.iter().collect();
        let now = start() + Duration::from_mins(1) * minute;
        let [eu, us, by_hand] = &probers;
        let by_hand =
            by_hand.check(&log, &NoSecrets, &asked, Invocation { now, limit: Duration::MAX });
        let (_, _, by_hand) =
            tokio::join!(probe(eu, &log, minute), probe(us, &log, minute), by_hand);
        by_hand.unwrap();
        assert!(log.spent_by("a") <= CAP);
    }
    // Each time 40 are reserved and 10 are spent: after seven times, another 40 do not fit under
    // 100.
    assert_eq!(log.spent_by("a"), Cost::from_nanodollars(70));
    assert_eq!(paid(&probe(&probers[0], &log, 9).await[0]), "exhausted at 70 in 0 s");
}

#[tokio::test(start_paused = true)]
async fn interrupted_checks_leave_their_reservations_counted_within_the_cap() {
    let hangs = Monitor { recheck: false, ..monitor("a", "pay and hang") };
    let probers: Vec<Prober> =
        (0..9).map(|n| in_region(&format!("region-{n}"), vec![hangs.clone()])).collect();
    let log = Log::default();
    join_all(probers.iter().map(|prober| probe(prober, &log, 0))).await;
    assert_eq!(log.spent_by("a"), RESERVED + RESERVED);
}

#[tokio::test(start_paused = true)]
async fn an_unresponsive_budget_counter_grants_nothing_and_delays_no_run() {
    let (prober, _) = prober(vec![monitor("a", "pay"), monitor("b", "healthy")]);
    let log = Log::default();
    for (minute, mood, time) in
        [(0, CallOutcome::Unavailable, "0 s"), (1, CallOutcome::Hangs, "3 s")]
    {
        log.meet(BUDGETS, mood);
        let began = Instant::now();
        let outcomes = probe(&prober, &log, minute).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let expected = format!("failed to read or write the budget in {time}");
        let payer = outcomes.iter().find(|one| one.monitor.as_str() == "a").unwrap();
        assert_eq!((outcomes.len(), paid(payer)), (2, expected.as_str()));
    }
    log.meet(BUDGETS, CallOutcome::Works);
    assert_eq!(log.spent_by("a"), Cost::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_inline_check_has_a_separate_budget() {
    let (prober, _) = prober(vec![monitor("a", "pay")]);
    let prober = prober.without_state();
    let log = Log::default();
    for minute in 0..7 {
        let expected = format!("spent {} in 0 s", 10 * (minute + 1));
        assert_eq!(paid(&probe(&prober, &log, minute).await[0]), expected);
    }
    assert_eq!(paid(&probe(&prober, &log, 7).await[0]), "exhausted at 70 in 0 s");
    assert_eq!(log.spent_by("a"), Cost::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_straggler_gets_its_budget_while_the_main_run_is_written() {
    let (prober, _) = prober(vec![monitor("a", "pay late"), monitor("b", "healthy")]);
    let log = Log::default();
    log.slow_down(Operation::RecordRun, Duration::from_secs(5));
    let outcomes = probe(&prober, &log, 0).await;
    let lanes: Vec<Lane> = log.runs().iter().map(|run| run.key.lane).collect();
    assert_eq!(lanes, [Lane::Main, Lane::Slow]);
    let straggler = outcomes.iter().find(|one| one.monitor.as_str() == "a").unwrap();
    assert_eq!(paid(straggler), "spent 10 in 0 s");
}
