//! A secret that was replaced while the prober has the old value in its cache.

use std::sync::atomic::Ordering;
use std::time::Duration;

use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::status::{Fault, Status};

use crate::log::{Log, ProbeLog as _};
use crate::world::{Vault, monitor, prober, start};

fn with_key(id: &str) -> Monitor {
    let mut monitor = monitor(id, "key");
    monitor.check.params["secret"] = "api-key".into();
    monitor
}

/// Runs two batches of checks. At first the targets accept the key `old`; before the second batch
/// they accept `taken`, and the vault contains `kept`. Returns the outcomes of the second batch.
async fn outcomes(taken: &str, kept: &str, secret_store: &Vault) -> Vec<Outcome> {
    let (prober, behavior) = prober(vec![with_key("a"), with_key("b"), monitor("c", "healthy")]);
    let log = Log::default();
    "old".clone_into(&mut behavior.key.lock().unwrap());
    let first = prober.probe_all(&log, &secret_store, start()).await.unwrap();
    assert!(first.outcomes.iter().all(|one| one.status() == Status::Healthy));
    taken.clone_into(&mut behavior.key.lock().unwrap());
    kept.clone_into(&mut secret_store.value.lock().unwrap());
    let next =
        prober.probe_all(&log, &secret_store, start() + Duration::from_mins(1)).await.unwrap();
    assert_eq!(log.runs()[1].outcomes, next.outcomes, "they are in one run");
    next.outcomes
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_is_reread_and_only_the_second_outcome_counts() {
    let secret_store = Vault::with("old");
    let outcomes = outcomes("new", "new", &secret_store).await;
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.iter().all(|one| one.status() == Status::Healthy), "{outcomes:#?}");
    let with_key = outcomes.iter().filter(|one| one.monitor.as_str() != "c");
    assert!(with_key.into_iter().all(|one| one.attempts == 2));
    assert_eq!(secret_store.n_fresh.load(Ordering::Relaxed), 1, "one read serves both");
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_that_was_not_rotated_is_a_credentials_fault() {
    let secret_store = Vault::with("old");
    let outcomes = outcomes("new", "old", &secret_store).await;
    for outcome in outcomes.iter().filter(|one| one.monitor.as_str() != "c") {
        assert_eq!(outcome.verdict.cause().unwrap().fault, Fault::Credentials);
        assert_eq!(outcome.attempts, 1);
    }
    assert_eq!(secret_store.n_fresh.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unresponsive_secret_store_keeps_the_outcome() {
    let secret_store = Vault::with("old");
    secret_store.is_away.store(false, Ordering::Relaxed);
    let (prober, behavior) = prober(vec![with_key("a")]);
    "new".clone_into(&mut behavior.key.lock().unwrap());
    let log = Log::default();
    let first = prober.probe_all(&log, &&secret_store, start()).await.unwrap();
    assert_eq!(first.outcomes[0].verdict.cause().unwrap().fault, Fault::Credentials);
    secret_store.is_away.store(true, Ordering::Relaxed);
    let next =
        prober.probe_all(&log, &&secret_store, start() + Duration::from_mins(1)).await.unwrap();
    assert_eq!(next.outcomes[0].verdict.cause().unwrap().fault, Fault::Credentials);
}
