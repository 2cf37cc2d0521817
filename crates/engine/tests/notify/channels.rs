//! The behavior of one channel does not affect the others.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::delivery::DeliveryState;
use allclear_simulator::Behavior;
use serde_json::json;

use crate::outbox::MemoryOutbox as _;
use crate::world::{START, World, after, alarm, channel, ids};

#[tokio::test]
async fn pending_deliveries_are_sent_and_recorded() {
    let owed = [alarm("team", "api", 0), alarm("team", "web", 1), alarm("boss", "api", 0)];
    let world = World::owing(owed.clone()).await;
    let report = world.sweep(&world.notifier(["team", "boss"]), after(1)).await;
    assert_eq!((report.n_sent, report.n_failed, report.n_given_up), (3, 0, 0));
    assert_eq!((report.next_due_at, report.errors.len()), (None, 0));
    assert!(owed.iter().all(|one| world.outbox.is_sent(one)));
    assert_eq!(world.got("team"), ids(&[&owed[0], &owed[1]]));
    assert_eq!(world.got("boss"), ids(&[&owed[2]]));
}

#[tokio::test]
async fn a_sweep_without_pending_deliveries_does_nothing() {
    let world = World::owing([]).await;
    let report = world.sweep(&world.notifier(["team"]), START).await;
    assert_eq!((report.n_sent, report.next_due_at), (0, None));
}

#[tokio::test]
async fn a_hanging_channel_delays_no_other_channel() {
    let dead = [alarm("dead", "api", 0), alarm("dead", "web", 0)];
    let alive = [alarm("living", "api", 0), alarm("living", "web", 0)];
    let world = World::owing(dead.iter().chain(&alive).cloned()).await;
    let world = Arc::new(world.does("dead", Behavior::Hang));
    let notifier = world.notifier(["dead", "living"]);
    let in_background = Arc::clone(&world);
    let sweep = tokio::spawn(async move { in_background.sweep(&notifier, START).await });
    world.simulator.wait_for_inbox("living", 2).await;
    world.simulator.wait_for_inbox("dead", 1).await;
    let waiting = world.outbox.delivery(&dead[0].id).unwrap();
    assert_eq!(waiting.n_tries, 0, "the others waited until a try of the dead one had ended");
    sweep.abort();
}

#[tokio::test]
async fn a_delivery_decided_while_a_channel_hangs_is_sent_by_the_next_sweep() {
    let hanging = alarm("dead", "api", 0);
    let world = World::owing([hanging.clone()]).await;
    let world = Arc::new(world.does("dead", Behavior::Hang));
    let notifier = Arc::new(world.notifier(["dead", "living"]));
    let first = tokio::spawn({
        let (world, notifier) = (Arc::clone(&world), Arc::clone(&notifier));
        async move { world.sweep(&notifier, START).await }
    });
    world.simulator.wait_for_inbox("dead", 1).await;
    let decided_later = alarm("living", "web", 1);
    world.outbox.add_delivery(decided_later.clone());
    let second = world.sweep(&notifier, after(1)).await;
    assert_eq!(second.n_sent, 1);
    assert!(world.outbox.is_sent(&decided_later));
    assert_eq!(world.got("dead").len(), 1, "the busy channel was left to the first sweep");
    assert!(!first.is_finished());
    first.abort();
}

#[tokio::test]
async fn a_hanging_channel_gets_three_tries_in_a_row_each_up_to_the_timeout() {
    let owed: Vec<_> = (0..5).map(|n| alarm("dead", &format!("m{n}"), n)).collect();
    let mut world = World::owing(owed.clone()).await.does("dead", Behavior::Hang);
    world.limits.try_timeout = Duration::from_millis(50);
    let notifier = world.notifier(["dead"]);
    let report = world.sweep(&notifier, after(10)).await;
    assert_eq!((report.n_failed, report.n_given_up), (3, 0));
    assert_eq!(world.outbox.last_error(&owed[0]), "no response from the channel within 50ms");
    let next = report.next_due_at.unwrap();
    assert!(next >= after(15) && next < after(20), "{next}");
    // Deliveries that were not attempted yet do not wait behind those that were.
    world.sweep(&notifier, next).await;
    let n_tries: Vec<u32> =
        owed.iter().map(|one| world.outbox.delivery(&one.id).unwrap().n_tries).collect();
    assert_eq!(n_tries.iter().sum::<u32>(), 6);
    assert!(n_tries.iter().all(|n| *n > 0), "{n_tries:?}");
}

#[tokio::test]
async fn retry_after_pauses_a_destination() {
    let owed = [alarm("team", "api", 0), alarm("team", "web", 1)];
    let slow_down = Behavior::status(429).with_header("retry-after", "120");
    let world = World::owing(owed.clone()).await.does_first("team", 1, slow_down);
    let notifier = world.notifier(["team"]);
    let report = world.sweep(&notifier, after(1)).await;
    assert_eq!(report.n_failed, 1);
    let next = report.next_due_at.unwrap();
    assert!(next >= after(121) && next < after(130), "{next}");
    // A new delivery does not disturb it either.
    world.outbox.add_delivery(alarm("team", "cdn", 60));
    let report = world.sweep(&notifier, after(60)).await;
    assert_eq!((report.n_sent, report.n_failed, report.next_due_at), (0, 0, Some(next)));
    assert_eq!(world.got("team").len(), 1);
    assert_eq!(world.sweep(&notifier, next).await.n_sent, 3);
}

#[tokio::test]
async fn deliveries_to_a_removed_channel_are_given_up_with_a_reason() {
    let owed = [alarm("gone", "api", 0), alarm("team", "api", 0)];
    let world = World::owing(owed.clone()).await;
    let report = world.sweep(&world.notifier(["team"]), START).await;
    assert_eq!((report.n_sent, report.n_given_up, report.next_due_at), (1, 1, None));
    assert_eq!(world.outbox.why_given_up(&owed[0]), "the config has no channel `gone`");
    assert!(world.outbox.is_sent(&owed[1]));
}

#[tokio::test]
async fn a_channel_with_invalid_parameters_fails_alone() {
    let owed = [alarm("odd", "api", 0), alarm("log", "api", 0)];
    let world = World::owing(owed.clone()).await;
    let notifier = world.notifier_for(&[
        channel("odd", "webhook", json!({ "url": "ftp://x" })),
        channel("log", "log", json!({})),
    ]);
    let report = world.sweep(&notifier, START).await;
    assert_eq!((report.n_sent, report.n_failed), (1, 1));
    let error = world.outbox.last_error(&owed[0]);
    assert!(error.starts_with("invalid channel: `url` does not begin"), "{error}");
}

#[tokio::test]
async fn a_delivery_is_retried_after_its_secret_could_not_be_read() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let spec = channel("team", "slack", json!({ "webhook_url": "secret:hook" }));
    let notifier = world.notifier_for(std::slice::from_ref(&spec));
    let report = world.sweep(&notifier, START).await;
    assert_eq!((report.n_failed, report.n_given_up), (1, 0));
    assert_eq!(world.outbox.last_error(&owed), "no secret `hook`: set `hook`");
    world.keeper.set("hook", &world.simulator.inbox_url("team"));
    assert_eq!(world.sweep(&notifier, report.next_due_at.unwrap()).await.n_sent, 1);
}

#[tokio::test]
async fn a_slack_response_with_an_error_text_is_a_failure() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await;
    let world = world.does("team", Behavior::text(200, "no_service"));
    world.keeper.set("hook", &world.simulator.inbox_url("team"));
    let spec = channel("team", "slack", json!({ "webhook_url": "secret:hook" }));
    let report = world.sweep(&world.notifier_for(&[spec]), START).await;
    assert_eq!((report.n_sent, report.n_given_up), (0, 1));
    let why = world.outbox.why_given_up(&owed);
    assert_eq!(why, "Slack answered 200: no_service");
}

#[tokio::test]
async fn a_sweep_starts_no_try_that_could_outlast_it() {
    let owed = [alarm("team", "api", 0), alarm("team", "web", 1), alarm("boss", "api", 0)];
    let mut world = World::owing(owed.clone()).await;
    world.limits.sweep = world.limits.try_timeout;
    let notifier = world.notifier(["team", "boss"]);
    let report = world.sweep(&notifier, after(1)).await;
    assert_eq!(report.n_sent, 2, "each channel gets a try");
    assert!(matches!(world.outbox.state(&owed[1]), DeliveryState::Owed { .. }));
    assert!(report.next_due_at.is_some_and(|at| at >= after(1) && at < after(5)));
    assert_eq!(world.sweep(&notifier, after(2)).await.n_sent, 1);
}
