//! Later messages of a group of alerts refer to the earlier ones.

use allclear_core::alert_group::MessageRef;
use allclear_core::channel::Channel;
use allclear_simulator::{Behavior, Step};
use allclear_support::{CallOutcome, Operation, PlannedFault};
use serde_json::{Value, json};

use crate::outbox::MemoryOutbox as _;
use crate::world::{World, after, alarm, all_clear, channel};

const TOKEN: &str = "xoxb-123456";

fn confirmed(ts: &str) -> Behavior {
    Behavior::json(json!({ "ok": true, "channel": "C1", "ts": ts }))
}

fn bot(world: &World) -> Channel {
    world.keeper.set("bot", TOKEN);
    let api_url = world.simulator.inbox_url("team");
    let params = json!({ "token": "secret:bot", "channel": "#alerts", "api_url": api_url });
    channel("team", "slack_bot", params)
}

/// Returns the calls that the destination has received: the method, and the message that it refers to.
fn calls(world: &World) -> Vec<(String, Value)> {
    let received = world.simulator.inbox("team");
    let call = |one: &allclear_simulator::Received| {
        let body = one.json().unwrap();
        let earlier = body.get("ts").or(body.get("thread_ts")).cloned();
        (one.path.rsplit('/').next().unwrap().to_owned(), earlier.unwrap_or_default())
    };
    received.iter().map(call).collect()
}

fn call(method: &str, earlier: &str) -> (String, Value) {
    (method.to_owned(), json!(earlier))
}

fn post() -> (String, Value) {
    ("chat.postMessage".to_owned(), Value::Null)
}

#[tokio::test]
async fn the_second_notice_of_a_group_refers_to_the_message_of_the_first() {
    let alarm = alarm("team", "api", 0);
    let all_clear = all_clear("team", "api", 60, &[&alarm]);
    let world = World::owing([alarm.clone()]).await.does("team", confirmed("1.1"));
    let notifier = world.notifier_for(&[bot(&world)]);
    assert_eq!(world.sweep(&notifier, after(1)).await.n_sent, 1);
    let stored = world.outbox.delivery(&alarm.id).unwrap().message_ref;
    assert_eq!(stored, Some(MessageRef("C1:1.1:critical".to_owned())));
    world.outbox.add_delivery(all_clear.clone());
    assert_eq!(world.sweep(&notifier, after(60)).await.n_sent, 1);
    let wanted = [post(), call("chat.update", "1.1"), call("chat.postMessage", "1.1")];
    assert_eq!(calls(&world), wanted);
}

#[tokio::test]
async fn a_notice_refers_to_the_latest_message_of_its_group() {
    let reference = |ts: &str| Some(MessageRef(format!("C1:{ts}:critical")));
    let first = alarm("team", "api", 0);
    let second = alarm("team", "web", 1);
    let third = alarm("team", "dns", 2);
    let end = all_clear("team", "api", 60, &[&first, &second, &third]);
    let world = World::owing([first, second, third]).await;
    let steps = ["1.1", "2.2", "3.3"].map(|ts| Step::requests(confirmed(ts), 1));
    world.simulator.script_inbox("team", steps.to_vec());
    let notifier = world.notifier_for(&[bot(&world)]);
    assert_eq!(world.sweep(&notifier, after(3)).await.n_sent, 3);
    let refs = end.after.iter().map(|id| world.outbox.delivery(id).unwrap().message_ref);
    let refs: Vec<_> = refs.collect();
    assert_eq!(refs, [reference("1.1"), reference("2.2"), reference("3.3")]);
    world.outbox.add_delivery(end);
    assert_eq!(world.sweep(&notifier, after(60)).await.n_sent, 1);
    assert_eq!(calls(&world)[3], call("chat.update", "3.3"));
}

#[tokio::test]
async fn a_notice_without_a_reference_is_passed_over() {
    let first = alarm("team", "api", 0);
    let second = alarm("team", "web", 1);
    let end = all_clear("team", "api", 60, &[&first, &second]);
    let world = World::owing([first, second.clone()]).await;
    let nameless = Behavior::json(json!({ "ok": true }));
    let steps = vec![
        Step::requests(confirmed("1.1"), 1),
        Step::requests(nameless, 1),
        Step::forever(confirmed("3.3")),
    ];
    world.simulator.script_inbox("team", steps);
    let notifier = world.notifier_for(&[bot(&world)]);
    assert_eq!(world.sweep(&notifier, after(3)).await.n_sent, 2);
    assert_eq!(world.outbox.delivery(&second.id).unwrap().message_ref, None);
    world.outbox.add_delivery(end);
    assert_eq!(world.sweep(&notifier, after(60)).await.n_sent, 1);
    assert_eq!(calls(&world)[2], call("chat.update", "1.1"));
}

#[tokio::test]
async fn an_unreadable_reference_delays_the_notice_and_a_corrupt_one_does_not() {
    for (outcome, n_failed, wanted) in [
        (CallOutcome::Unavailable, 1, call("chat.update", "1.1")),
        (CallOutcome::Corrupt, 0, post()),
    ] {
        let alarm = alarm("team", "api", 0);
        let end = all_clear("team", "api", 60, &[&alarm]);
        let world = World::owing([alarm]).await.does("team", confirmed("1.1"));
        let notifier = world.notifier_for(&[bot(&world)]);
        assert_eq!(world.sweep(&notifier, after(1)).await.n_sent, 1);
        world.outbox.add_delivery(end.clone());
        world.outbox.inject(PlannedFault::on(Operation::Predecessor, outcome).times(1));
        let report = world.sweep(&notifier, after(60)).await;
        assert_eq!((report.n_failed, report.n_sent), (n_failed, 1 - n_failed), "{outcome:?}");
        if let Some(next) = report.next_due_at {
            assert!(!world.outbox.last_error(&end).is_empty());
            assert_eq!(world.sweep(&notifier, next).await.n_sent, 1);
        }
        assert_eq!(calls(&world)[1], wanted, "{outcome:?}");
    }
}
