//! The state that checks store for later ones, and the behavior if the store fails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear_core::catalog::{CatalogChange, ChangeKind};
use allclear_core::cost::Cost;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::run::Lane;
use allclear_core::status::Status;
use allclear_engine::probe::{Invocation, Prober};
use allclear_support::CallOutcome;
use tokio::time::Instant;

use crate::log::{Log, ProbeLog as _, READS, WRITES};
use crate::world::{NoSecrets, PRICE, Vault, monitor, probe_all, prober, start};

/// Returns a healthy and a failing monitor that store state, and one that stores none.
fn monitors() -> Vec<Monitor> {
    let acts = [("a", "remember healthy"), ("b", "remember down"), ("c", "healthy")];
    acts.map(|(id, act)| monitor(id, act)).to_vec()
}

async fn probe(prober: &Prober, log: &Log, minute: u32) -> Vec<Outcome> {
    let now = start() + Duration::from_mins(1) * minute;
    prober.probe_all(log, &NoSecrets, now).await.unwrap().outcomes
}

fn label<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    &outcome.labels[name]
}

#[tokio::test(start_paused = true)]
async fn a_checker_gets_its_last_state() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    for (minute, expected) in (0..).zip(["blank", "1", "2"]) {
        let outcomes = probe(&prober, &log, minute).await;
        assert_eq!(label(&outcomes[0], "received"), expected);
        assert_eq!(label(&outcomes[0], "force_all"), "false");
        assert_eq!((outcomes[0].cost, outcomes[2].cost), (PRICE, Cost::ZERO));
        assert_eq!(log.stored_states("a").unwrap().n, minute + 1);
    }
    assert!(log.stored_states("c").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_recheck_gets_the_state_of_the_first_attempt_and_both_costs_count() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    let outcomes = probe(&prober, &log, 0).await;
    assert_eq!(outcomes[1].attempts, 2);
    assert_eq!(label(&outcomes[1], "received"), "1");
    assert_eq!(outcomes[1].cost, PRICE + PRICE);
    assert_eq!(log.stored_states("b").unwrap().n, 2);
    assert_eq!(log.runs()[0].outcomes, outcomes);
}

#[tokio::test(start_paused = true)]
async fn the_cost_of_an_attempt_with_a_refused_key_counts() {
    let mut a = monitor("a", "remember key");
    a.check.params["secret"] = "api-key".into();
    let (prober, behavior) = prober(vec![a]);
    let (log, secret_store) = (Log::default(), Vault::with("old"));
    "old".clone_into(&mut behavior.key.lock().unwrap());
    prober.probe_all(&log, &&secret_store, start()).await.unwrap();
    for key in [&behavior.key, &secret_store.value] {
        "new".clone_into(&mut key.lock().unwrap());
    }
    let next =
        prober.probe_all(&log, &&secret_store, start() + Duration::from_mins(1)).await.unwrap();
    let outcome = &next.outcomes[0];
    assert_eq!((outcome.status(), outcome.attempts), (Status::Healthy, 2));
    assert_eq!((outcome.cost, label(outcome, "received")), (PRICE + PRICE, "2"));
    assert_eq!(log.stored_states("a").unwrap().n, 3);
}

#[tokio::test(start_paused = true)]
async fn unreadable_checker_state_skips_only_the_checks_that_need_it() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    probe(&prober, &log, 0).await;
    for (minute, mood) in [(1, CallOutcome::Unavailable), (2, CallOutcome::Hangs)] {
        log.meet(READS, mood);
        let began = Instant::now();
        let outcomes = probe(&prober, &log, minute).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(outcomes.len(), 3);
        assert_eq!(label(&outcomes[0], "received"), "unreadable");
    }
    assert_eq!(log.runs().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_run_keeps_the_state_of_the_first_run() {
    let (prober, behavior) = prober(monitors());
    let log = Log::default();
    probe(&prober, &log, 0).await;
    behavior.models.lock().unwrap().push("gpt".to_owned());
    let again = prober.probe_all(&log, &NoSecrets, start()).await.unwrap();
    assert!(again.was_duplicate);
    assert_eq!(log.stored_states("a").unwrap().n, 1);
    assert_eq!(log.known("a"), None);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_could_not_be_recorded_stores_no_state() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    log.fail_write_after(0);
    assert!(prober.probe_all(&log, &NoSecrets, start()).await.is_err());
    assert!(log.stored_states("a").is_none());
    // This process knows the cost nevertheless.
    let outcomes = probe(&prober, &log, 1).await;
    assert_eq!((label(&outcomes[0], "received"), log.stored_states("a").unwrap().n), ("1", 2));
}

#[tokio::test(start_paused = true)]
async fn unwritten_state_is_cached_until_another_process_writes() {
    let (one, _) = prober(monitors());
    let log = Log::default();
    probe(&one, &log, 0).await;
    log.meet(WRITES, CallOutcome::Unavailable);
    for (minute, expected) in [(1, "1"), (2, "2"), (3, "3")] {
        assert_eq!(label(&probe(&one, &log, minute).await[0], "received"), expected);
        assert_eq!(log.stored_states("a").unwrap().n, 1);
    }
    log.meet(WRITES, CallOutcome::Works);
    let (other, _) = prober(monitors());
    assert_eq!(label(&probe(&other, &log, 4).await[0], "received"), "1");
    assert_eq!(label(&probe(&one, &log, 5).await[0], "received"), "2", "the other's goes before");
    assert_eq!(log.stored_states("a").unwrap().n, 3);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_state_is_not_written_again() {
    let (prober, behavior) = prober(vec![monitor("a", "remember healthy")]);
    behavior.notes_stand_still.store(true, Ordering::Relaxed);
    let log = Log::default();
    let n_notes = log.count_notes();
    for minute in 0..4 {
        probe(&prober, &log, minute).await;
    }
    assert_eq!(n_notes.load(Ordering::Relaxed), 1);
    behavior.notes_stand_still.store(false, Ordering::Relaxed);
    assert_eq!(label(&probe(&prober, &log, 4).await[0], "received"), "1");
    assert_eq!((n_notes.load(Ordering::Relaxed), log.stored_states("a").unwrap().n), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_unwritten_state_is_written_although_it_is_unchanged() {
    let (prober, behavior) = prober(vec![monitor("a", "remember healthy")]);
    behavior.notes_stand_still.store(true, Ordering::Relaxed);
    let log = Log::default();
    let n_notes = log.count_notes();
    log.meet(WRITES, CallOutcome::Unavailable);
    probe(&prober, &log, 0).await;
    log.meet(WRITES, CallOutcome::Works);
    probe(&prober, &log, 1).await;
    assert_eq!(n_notes.load(Ordering::Relaxed), 1);
    assert!(log.stored_states("a").is_some());
}

#[tokio::test(start_paused = true)]
async fn state_refused_once_is_written_again() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    // The run is written, the notes are not.
    log.fail_write_after(1);
    probe(&prober, &log, 0).await;
    assert_eq!(log.stored_states("a").unwrap().n, 1);
}

#[tokio::test(start_paused = true)]
async fn unwritable_state_loses_no_run() {
    for mood in [CallOutcome::Unavailable, CallOutcome::Hangs] {
        let hangs = Monitor { recheck: false, ..monitor("d", "hang") };
        let (prober, behavior) = prober([monitors(), vec![hangs]].concat());
        behavior.models.lock().unwrap().push("gpt".to_owned());
        let log = Log::default();
        log.meet(WRITES, mood);
        let began = Instant::now();
        assert_eq!(probe(&prober, &log, 0).await.len(), 4);
        assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
        let lanes: Vec<Lane> = log.runs().iter().map(|run| run.key.lane).collect();
        assert_eq!(lanes, [Lane::Main, Lane::Slow]);
        assert!(log.stored_states("a").is_none());
        log.meet(WRITES, CallOutcome::Works);
        probe(&prober, &log, 1).await;
        assert_eq!(
            (log.stored_states("a").unwrap().n, log.known("a").unwrap().changes.len()),
            (2, 0)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn added_and_removed_models_are_recorded_as_changes() {
    let (prober, behavior) = prober(monitors());
    let log = Log::default();
    for (minute, models) in (0..).zip([&["a", "b"][..], &[], &["b", "c"]]) {
        *behavior.models.lock().unwrap() = models.iter().map(|id| (*id).to_owned()).collect();
        probe(&prober, &log, minute).await;
    }
    let known = log.known("a").unwrap();
    let at = start() + Duration::from_mins(2);
    let change = |model: &str, what| CatalogChange { at, item: model.to_owned(), what };
    assert_eq!(
        known.changes,
        [change("a", ChangeKind::Disappeared), change("c", ChangeKind::Appeared)]
    );
    assert_eq!(known.latest.items.into_keys().collect::<Vec<_>>(), ["b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn an_on_demand_check_runs_all_steps_and_counts_their_cost() {
    let (prober, _) = prober(monitors());
    let log = Log::default();
    let monitors = monitors();
    let asked: Vec<&Monitor> = monitors.iter().collect();
    for (n, expected) in (1..).zip(["blank", "1"]) {
        let now = start() + Duration::from_mins(n.into());
        let outcomes = prober
            .check(&log, &NoSecrets, &asked, Invocation { now, limit: Duration::MAX })
            .await
            .unwrap();
        assert_eq!(label(&outcomes[0], "received"), expected);
        assert_eq!(label(&outcomes[0], "force_all"), "true");
        assert_eq!(log.stored_states("a").unwrap().n, n);
    }
    assert!(log.runs().is_empty());
    let report = prober
        .probe_these(&log, &NoSecrets, &asked, Invocation { now: start(), limit: Duration::MAX })
        .await
        .unwrap();
    assert_eq!(label(&report.outcomes[0], "force_all"), "true");
}

#[tokio::test(start_paused = true)]
async fn an_inline_check_stores_no_state() {
    let (prober, behavior) = prober(monitors());
    behavior.models.lock().unwrap().push("gpt".to_owned());
    let prober = prober.without_state();
    let log = Log::default();
    for minute in 0..2 {
        let outcomes = probe(&prober, &log, minute).await;
        assert_eq!(label(&outcomes[0], "received"), "blank");
    }
    assert!(log.stored_states("a").is_none());
    assert_eq!(log.known("a"), None);
}

#[tokio::test(start_paused = true)]
async fn stored_state_of_a_target_has_no_secret_and_a_bounded_size() {
    let (prober, behavior) = prober(vec![monitor("a", "babble"), monitor("b", "remember healthy")]);
    behavior.models.lock().unwrap().push("sk-proj-abcdefghijklmnop".to_owned());
    let log = Log::default();
    let outcomes = probe_all(&prober, &log).await;
    let labels = &outcomes[0].labels;
    assert_eq!(labels.len(), 24);
    assert!(labels.contains_key("label-00") && !labels.contains_key("label-24"));
    assert_eq!(labels["label-00"].chars().count(), 200);
    assert_eq!(outcomes[0].verdict.cause().unwrap().message.chars().count(), 500);
    assert!(!format!("{outcomes:?}").contains("abcde"), "{outcomes:?}");
    assert_eq!(log.stored_states("b").unwrap().text, "Bearer [redacted]");
    let models = log.known("b").unwrap().latest.items;
    assert_eq!(models.into_keys().collect::<Vec<_>>(), ["[redacted]"]);
}
