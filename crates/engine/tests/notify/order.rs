//! The order of deliveries within a channel.

use std::time::Duration;

use allclear_core::delivery::{DeliveryState, GIVE_UP_AFTER};
use allclear_simulator::Behavior;
use allclear_support::{CallOutcome, Operation, PlannedFault};

use crate::outbox::MemoryOutbox as _;
use crate::world::{START, World, after, alarm, all_clear, ids};

#[tokio::test]
async fn an_alarm_and_its_all_clear_arrive_in_order() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone()]).await;
    let notifier = world.notifier(["team"]);
    assert_eq!(world.sweep(&notifier, after(1)).await.n_sent, 1);
    world.outbox.add_delivery(all_clear.clone());
    assert_eq!(world.sweep(&notifier, after(60)).await.n_sent, 1);
    assert_eq!(world.got("team"), ids(&[&alarm, &all_clear]));
}

#[tokio::test]
async fn an_alarm_that_ended_before_delivery_is_superseded_with_its_all_clear() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([]).await;
    let world = world.does_first("team", 1, Behavior::status(500));
    let notifier = world.notifier(["team"]);
    world.sweep(&notifier, after(0)).await;
    world.outbox.add_delivery(alarm.clone());
    let first = world.sweep(&notifier, after(1)).await;
    assert_eq!((first.n_sent, first.n_failed), (0, 1));
    world.outbox.add_delivery(all_clear.clone());
    let second = world.sweep(&notifier, after(60)).await;
    assert_eq!((second.n_sent, second.n_superseded, second.next_due_at), (0, 2, None));
    assert_eq!(world.got("team"), ids(&[&alarm]), "it was not repeated");
    for one in [&alarm, &all_clear] {
        let state = world.outbox.state(one);
        assert!(matches!(state, DeliveryState::Superseded { .. }), "{state:?}");
    }
}

#[tokio::test]
async fn an_alarm_that_an_earlier_process_may_have_sent_is_sent_with_its_all_clear() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone(), all_clear.clone()]).await;
    world.outbox.claim_and_end(&alarm, after(59));
    let swept = world.sweep(&world.notifier(["team"]), after(60)).await;
    assert_eq!((swept.n_sent, swept.n_superseded), (2, 0));
    assert_eq!(world.got("team"), ids(&[&alarm, &all_clear]));
}

#[tokio::test]
async fn a_takeover_with_a_lost_response_remembers_that_the_alarm_may_have_arrived() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone(), all_clear.clone()]).await;
    world.outbox.claim_and_end(&alarm, after(59));
    // The first claim finds the abandoned delivery, the second one replaces its claim.
    world.outbox.inject(PlannedFault::on(Operation::Claim, CallOutcome::AnswerLost).after(1));
    let notifier = world.notifier(["team"]);
    let swept = world.sweep(&notifier, after(60)).await;
    assert_eq!((swept.n_sent, swept.n_superseded, swept.errors.len()), (0, 0, 1));
    let swept = world.sweep(&notifier, after(70)).await;
    assert_eq!((swept.n_sent, swept.n_superseded), (2, 0));
    assert_eq!(world.got("team"), ids(&[&alarm, &all_clear]));
}

#[tokio::test]
async fn an_untried_alarm_is_superseded_after_a_restart() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone(), all_clear.clone()]).await;
    let swept = world.sweep(&world.notifier(["team"]), after(60)).await;
    assert_eq!((swept.n_sent, swept.n_superseded), (0, 2));
    assert!(world.got("team").is_empty());
}

#[tokio::test]
async fn an_alarm_without_a_response_is_followed_by_its_all_clear_after_a_restart() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone()]).await.does_first("team", 1, Behavior::Reset);
    assert_eq!(world.sweep(&world.notifier(["team"]), after(1)).await.n_failed, 1);
    world.outbox.add_delivery(all_clear.clone());
    // A process settles the alarm and ends before it handles the all-clear.
    world.outbox.inject(PlannedFault::on(Operation::Claim, CallOutcome::Unavailable).after(1));
    let swept = world.sweep(&world.notifier(["team"]), after(60)).await;
    assert_eq!((swept.n_sent, swept.n_superseded, swept.errors.len()), (0, 1, 1));
    let swept = world.sweep(&world.notifier(["team"]), after(61)).await;
    assert_eq!((swept.n_sent, swept.n_superseded), (1, 0));
    assert_eq!(world.got("team"), ids(&[&alarm, &all_clear]));
}

#[tokio::test]
async fn an_alarm_that_may_have_arrived_is_followed_by_its_all_clear() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([]).await;
    let world = world.does_first("team", 1, Behavior::Reset);
    let notifier = world.notifier(["team"]);
    world.sweep(&notifier, after(0)).await;
    world.outbox.add_delivery(alarm.clone());
    assert_eq!(world.sweep(&notifier, after(1)).await.n_failed, 1);
    world.outbox.add_delivery(all_clear.clone());
    let second = world.sweep(&notifier, after(60)).await;
    assert_eq!((second.n_sent, second.n_superseded), (1, 1));
    assert_eq!(world.got("team"), ids(&[&alarm, &all_clear]));
}

#[tokio::test]
async fn an_all_clear_is_given_up_with_its_alarm() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone()]).await;
    let world = world.does("team", Behavior::status(410));
    let notifier = world.notifier(["team"]);
    assert_eq!(world.sweep(&notifier, after(1)).await.n_given_up, 1);
    world.outbox.add_delivery(all_clear.clone());
    let report = world.sweep(&notifier, after(60)).await;
    assert_eq!((report.n_given_up, report.next_due_at), (1, None));
    assert_eq!(world.outbox.why_given_up(&alarm), "the webhook answered 410");
    let why = world.outbox.why_given_up(&all_clear);
    assert_eq!(why, "the notice that it takes back never arrived");
    assert_eq!(world.got("team").len(), 1);
}

#[tokio::test]
async fn an_all_clear_is_sent_long_after_its_alarm_was_sent_or_pruned() {
    let (sent, forgotten) = (alarm("team", "api", 0), alarm("team", "web", 0));
    let world = World::owing([sent.clone()]).await;
    let notifier = world.notifier(["team"]);
    world.sweep(&notifier, START).await;
    world.outbox.add_delivery(all_clear("team", "api", 60, &[&sent]));
    world.outbox.add_delivery(all_clear("team", "web", 60, &[&forgotten]));
    assert_eq!(world.sweep(&notifier, after(60)).await.n_sent, 2);
}

#[tokio::test]
async fn an_all_clear_waits_until_the_state_of_its_alarm_can_be_read() {
    let alarm = alarm("team", "api", 0);
    let world = World::owing([all_clear("team", "api", 60, &[&alarm])]).await;
    let notifier = world.notifier(["team"]);
    world
        .outbox
        .inject(PlannedFault::on(Operation::Predecessor, CallOutcome::Unavailable).always());
    let report = world.sweep(&notifier, after(60)).await;
    assert_eq!((report.n_sent, report.errors.len()), (0, 1));
    assert!(report.next_due_at.is_some_and(|at| at >= after(65)));
    world.outbox.clear_faults();
    world.outbox.inject(PlannedFault::on(Operation::Predecessor, CallOutcome::Corrupt).always());
    assert_eq!(world.sweep(&notifier, after(70)).await.n_sent, 1, "it would wait for ever");
}

#[tokio::test]
async fn a_permanently_failing_notice_delays_only_its_own_monitor() {
    let poison = alarm("team", "api", 0);
    let behind = alarm("team", "api", 1);
    let other = alarm("team", "web", 2);
    let world = World::owing([poison.clone(), behind.clone(), other.clone()]).await;
    let world = world.does_first("team", 1, Behavior::status(500));
    let report = world.sweep(&world.notifier(["team"]), after(2)).await;
    assert_eq!((report.n_sent, report.n_failed), (1, 1));
    assert_eq!(world.got("team"), ids(&[&poison, &other]));
    assert!(!world.outbox.is_sent(&behind), "it has overtaken an older one of its monitor");
}

#[tokio::test]
async fn deliveries_to_a_dead_destination_are_given_up_after_a_day_with_the_last_error() {
    let owed = alarm("team", "api", 0);
    let world = World::owing([owed.clone()]).await.does("team", Behavior::status(503));
    let notifier = world.notifier(["team"]);
    let (mut now, mut n_sweeps) = (START, 0);
    let report = loop {
        let report = world.sweep(&notifier, now).await;
        n_sweeps += 1;
        match report.next_due_at {
            Some(next) => {
                assert!(next > now, "it would turn in circles");
                now = next;
            }
            None => break report,
        }
    };
    assert_eq!(report.n_given_up, 1);
    assert!(now >= START + GIVE_UP_AFTER && now < START + GIVE_UP_AFTER + Duration::from_mins(1));
    let why = world.outbox.why_given_up(&owed);
    assert_eq!(
        why,
        format!("not delivered within a day, after {n_sweeps} tries: the webhook answered 503")
    );
    assert_eq!(world.got("team"), vec![owed.id.to_string(); n_sweeps], "each try has the same id");
}
