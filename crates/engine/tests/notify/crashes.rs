//! Killed processes, and a store that rejects writes.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::claim::CLAIM_FOR;
use allclear_core::delivery::DeliveryState;
use allclear_engine::notify::Notifiers;
use allclear_simulator::Behavior;

use crate::outbox::MemoryOutbox as _;
use crate::world::{START, World, after, alarm, ids};

/// Returns the end of a claim made `seconds` after the start, with the duration of a sweep added.
fn claim_end(seconds: u64) -> Timestamp {
    after(seconds) + CLAIM_FOR + Duration::from_secs(5)
}

#[tokio::test]
async fn a_process_killed_between_a_try_and_its_record_sends_again_under_the_same_id() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    world.outbox.fail_records(1);
    let report = world.sweep(&world.notifier(["team"]), START).await;
    assert_eq!((report.n_sent, report.errors.len()), (1, 1));
    assert!(!world.outbox.is_sent(&owed));
    // Another process knows only the claim, and waits for its end.
    let waiting = world.sweep(&world.notifier(["team"]), after(5)).await;
    assert_eq!(waiting.n_sent, 0);
    assert!(waiting.next_due_at.is_some_and(|at| at > after(5) && at <= claim_end(0)));
    assert_eq!(world.sweep(&world.notifier(["team"]), claim_end(0)).await.n_sent, 1);
    assert_eq!(world.got("team"), ids(&[&owed, &owed]));
    assert!(world.outbox.is_sent(&owed));
}

#[tokio::test]
async fn a_delivery_stays_pending_if_the_process_is_killed_within_a_try() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let world = Arc::new(world.does_first("team", 1, Behavior::Hang));
    let (in_background, notifier) = (Arc::clone(&world), world.notifier(["team"]));
    let sweep = tokio::spawn(async move { in_background.sweep(&notifier, START).await });
    world.simulator.wait_for_inbox("team", 1).await;
    sweep.abort();
    assert!(sweep.await.unwrap_err().is_cancelled());
    assert_eq!(world.outbox.delivery(&owed.id), Some(owed.clone()));
    assert_eq!(world.sweep(&world.notifier(["team"]), after(5)).await.n_sent, 0);
    assert_eq!(world.sweep(&world.notifier(["team"]), after(120)).await.n_sent, 1);
    assert_eq!(world.got("team"), ids(&[&owed, &owed]));
}

#[tokio::test]
async fn a_delivery_of_an_interrupted_sweep_is_not_retried_before_its_claim_ends() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let world = Arc::new(world.does_first("team", 1, Behavior::Hang));
    let notifier = Arc::new(world.notifier(["team"]));
    let (in_background, same) = (Arc::clone(&world), Arc::clone(&notifier));
    let sweep = tokio::spawn(async move { in_background.sweep(&same, START).await });
    world.simulator.wait_for_inbox("team", 1).await;
    sweep.abort();
    assert!(sweep.await.unwrap_err().is_cancelled());
    let report = world.sweep(&notifier, after(5)).await;
    assert_eq!((report.n_sent, report.next_due_at.is_some()), (0, true));
    assert_eq!(world.sweep(&notifier, after(120)).await.n_sent, 1);
    assert!(world.outbox.delivery(&owed.id).unwrap().may_have_arrived);
}

#[tokio::test]
async fn on_one_machine_a_killed_process_delays_no_delivery() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    world.outbox.claim_and_end(&owed, after(60));
    let notifier = world.notifier(["team"]).with_other_notifiers(Notifiers::One);
    assert_eq!(world.sweep(&notifier, after(1)).await.n_sent, 1);
    assert!(world.outbox.delivery(&owed.id).unwrap().may_have_arrived);
}

#[tokio::test]
async fn a_store_that_refuses_writes_causes_no_repeated_messages() {
    let owed = [alarm("team", "api", 0), alarm("team", "web", 1)];
    let world = World::owing(owed.clone()).await;
    world.outbox.fail_records(1000);
    let notifier = world.notifier(["team"]);
    let mut now = after(1);
    for _ in 0..10 {
        let report = world.sweep(&notifier, now).await;
        assert!(!report.errors.is_empty());
        now = report.next_due_at.unwrap();
    }
    assert_eq!(world.got("team"), ids(&[&owed[0], &owed[1]]), "each once");
    world.outbox.clear_faults();
    let report = world.sweep(&notifier, now).await;
    assert_eq!((report.n_sent, report.next_due_at, report.errors.len()), (0, None, 0));
    assert!(owed.iter().all(|one| world.outbox.is_sent(one)));
    assert_eq!(world.got("team").len(), 2);
}

#[tokio::test]
async fn an_unrecorded_failure_is_retried_after_its_backoff() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let world = world.does_first("team", 1, Behavior::Reset);
    world.outbox.fail_records(1);
    let notifier = world.notifier(["team"]);
    world.sweep(&notifier, START).await;
    let report = world.sweep(&notifier, after(1)).await;
    assert_eq!((report.n_sent, report.n_failed), (0, 0), "it is not due yet");
    assert!(matches!(world.outbox.state(&owed), DeliveryState::Owed { last_error: Some(_), .. }));
    assert_eq!(world.sweep(&notifier, report.next_due_at.unwrap()).await.n_sent, 1);
}

#[tokio::test]
async fn two_concurrent_sweeps_send_once() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let notifier = world.notifier(["team"]);
    tokio::join!(world.sweep(&notifier, START), world.sweep(&notifier, START));
    assert_eq!(world.got("team"), ids(&[&owed]));
}
