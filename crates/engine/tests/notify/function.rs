//! The notifier as a function: records or the schedule in, unfinished records out.

use std::time::Duration;

use allclear_channels::{ChannelSettings, Channels};
use allclear_core::Timestamp;
use allclear_core::channel::Channel;
use allclear_core::config::Config;
use allclear_core::delivery::DeliveryState;
use allclear_core::id::ShardId;
use allclear_core::ports::{PoisonRecord, RecordKey, RecordNextNotice as _, Unreadable};
use allclear_engine::notify::NotifyHandler;
use allclear_engine::{
    BatchItemFailures, Code, InvocationFailure, RecordKind, StoredRecord, StreamRecord, Trigger,
};
use allclear_simulator::Behavior;
use allclear_support::{CallOutcome, MemorySecrets, MemoryStore, Operation, PlannedFault, samples};
use serde_json::json;

use crate::outbox::MemoryOutbox as _;
use crate::world::{START, World, alarm, channel};

/// Activates a config with a webhook to the inbox `a`.
fn configure(world: &World) {
    let url = world.simulator.inbox_url("a");
    world.outbox.put_config(config_with(vec![channel("a", "webhook", json!({ "url": url }))]));
}

/// Returns a config with only these channels.
pub(crate) fn config_with(channels: Vec<Channel>) -> Config {
    Config { channels, ..samples::config(Vec::new()) }
}

/// Activates a second config that cannot be read.
fn damage_new_config(world: &World) {
    world.outbox.put_config(config_with(Vec::new()));
    let damage = PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).of(&2).always();
    world.outbox.inject(damage);
}

fn dead_letters(world: &World) -> Vec<&'static str> {
    world.outbox.dead_letters().iter().map(|one| one.code).collect()
}

fn channels() -> Channels {
    let roots = std::sync::Arc::new(rustls::RootCertStore::empty());
    Channels::new(ChannelSettings::new(roots)).unwrap()
}

type Handler = NotifyHandler<MemoryStore, MemorySecrets, Channels, MemoryStore, MemoryStore>;

pub(crate) fn handler(world: &World) -> Handler {
    let (store, secrets) = (world.outbox.clone(), world.keeper.clone());
    NotifyHandler::new(store.clone(), secrets, channels(), store.clone(), store)
}

/// Runs one invocation in a new process, a minute after everything was decided.
async fn invoke(world: &World, wake: &Trigger) -> Result<BatchItemFailures, InvocationFailure> {
    invoke_at(START + Duration::from_mins(1), world, wake).await
}

async fn invoke_at(
    now: Timestamp,
    world: &World,
    wake: &Trigger,
) -> Result<BatchItemFailures, InvocationFailure> {
    let mut function = handler(world);
    function.warm_up().await;
    function.handle(wake, now, Duration::from_secs(50)).await
}

/// A stored record with the deliveries of one decision.
fn decision() -> StoredRecord {
    StoredRecord { key: RecordKey("new#1".to_owned()), record: json!({ "deliveries": 1 }) }
}

fn decided(sequence: &str) -> StreamRecord {
    StreamRecord { sequence: sequence.to_owned(), what: RecordKind::Delivery(decision()) }
}

fn poison(sequence: &str) -> StreamRecord {
    let (code, reason) = ("record_version_unknown", "version 9".to_owned());
    let what = RecordKind::Poison(PoisonRecord { code, reason, record: json!({}) });
    StreamRecord { sequence: sequence.to_owned(), what }
}

#[tokio::test]
async fn a_decision_is_delivered_once_although_its_record_arrives_several_times() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    configure(&world);
    for wake in [
        Trigger::Records(vec![decided("1"), decided("2")]),
        Trigger::Records(vec![decided("1")]),
        Trigger::Schedule,
    ] {
        let unfinished = invoke(&world, &wake).await.unwrap();
        assert_eq!(unfinished.sequence(), None);
    }
    assert_eq!(world.got("a"), [delivery.id.to_string()]);
}

#[tokio::test]
async fn an_invocation_that_ends_before_its_record_repeats_the_same_message() {
    let deliveries = [alarm("a", "api", 0), alarm("a", "web", 0)];
    for n_writes in 0..2 {
        let world = World::owing(deliveries.clone()).await;
        configure(&world);
        world.outbox.inject(
            PlannedFault::on(Operation::RecordDelivery, CallOutcome::Unavailable).after(n_writes),
        );
        let batch = Trigger::Records(vec![poison("1"), decided("2")]);
        let unfinished = invoke(&world, &batch).await.unwrap();
        assert_eq!(unfinished.sequence(), Some("2"), "the poison is gone, the rest comes again");
        // Another process sends the claimed deliveries after the end of the claim.
        let later = START + Duration::from_mins(3);
        let failure = {
            world.outbox.fail_records(1);
            invoke_at(later, &world, &Trigger::Schedule).await.unwrap_err()
        };
        assert_eq!(failure.code, Code::StoreUnavailable);
        let later = START + Duration::from_mins(5);
        invoke_at(later, &world, &Trigger::Schedule).await.unwrap();
        for delivery in &deliveries {
            assert!(matches!(world.outbox.state(delivery), DeliveryState::Sent { .. }));
        }
        let got: std::collections::BTreeSet<_> = world.got("a").into_iter().collect();
        assert_eq!(got.len(), 2, "each under one id");
    }
}

#[tokio::test]
async fn an_undecodable_decision_goes_to_the_dead_letters_and_the_others_are_sent() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    configure(&world);
    let reason = "invalid bytes".to_owned();
    world.outbox.mark_unreadable(decision().key, Unreadable { code: "store_corrupt", reason });
    let batch = Trigger::Records(vec![decided("1")]);
    assert_eq!(invoke(&world, &batch).await.unwrap().sequence(), None);
    assert_eq!(world.got("a"), [delivery.id.to_string()]);
    let [poison] = &world.outbox.dead_letters()[..] else { panic!("no dead letter") };
    assert_eq!((poison.code, &poison.record), ("store_corrupt", &decision().record));
    world
        .outbox
        .inject(PlannedFault::on(Operation::DeadLetters, CallOutcome::Unavailable).always());
    assert_eq!(invoke(&world, &batch).await.unwrap().sequence(), Some("1"));
}

#[tokio::test]
async fn poison_records_and_records_of_other_services_wake_no_service() {
    let world = World::owing([alarm("a", "api", 0)]).await;
    configure(&world);
    let noise = StreamRecord { sequence: "2".to_owned(), what: RecordKind::Other };
    let batch = Trigger::Records(vec![poison("1"), noise]);
    assert_eq!(invoke(&world, &batch).await.unwrap().sequence(), None);
    assert_eq!(dead_letters(&world), ["record_version_unknown"]);
    assert!(world.got("a").is_empty());
    let nothing = Trigger::Records(Vec::new());
    assert_eq!(invoke(&world, &nothing).await.unwrap().sequence(), None);
}

#[tokio::test]
async fn a_failing_destination_does_not_fail_the_invocation() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await.does("a", Behavior::status(503));
    configure(&world);
    invoke(&world, &Trigger::Schedule).await.unwrap();
    assert!(matches!(world.outbox.state(&delivery), DeliveryState::Owed { .. }));
}

#[tokio::test]
async fn an_unreadable_config_stops_no_delivery_and_fails_the_sweep() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    configure(&world);
    damage_new_config(&world);
    let batch = Trigger::Records(vec![decided("1")]);
    assert_eq!(invoke(&world, &batch).await.unwrap().sequence(), None);
    assert!(world.outbox.is_sent(&delivery), "with the version before");
    let failure = invoke(&world, &Trigger::Schedule).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigUnreadable);
    world.outbox.remove_config();
    world.outbox.remove_config();
    let failure = invoke(&world, &batch).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigMissing);
}

#[tokio::test]
async fn an_older_config_gives_up_no_delivery_to_an_unknown_channel() {
    let delivery = alarm("added-since", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    configure(&world);
    // The config is read with eventual consistency: it may be older than the decision.
    let batch = Trigger::Records(vec![decided("1")]);
    invoke(&world, &batch).await.unwrap();
    damage_new_config(&world);
    for wake in [batch, Trigger::Schedule] {
        let _ = invoke(&world, &wake).await;
        assert!(matches!(world.outbox.state(&delivery), DeliveryState::Owed { .. }));
    }
    // The active config is authoritative about missing channels.
    world.outbox.remove_config();
    invoke(&world, &Trigger::Schedule).await.unwrap();
    assert!(matches!(world.outbox.state(&delivery), DeliveryState::GivenUp { .. }));
}

#[tokio::test]
async fn an_unrecorded_success_is_not_sent_again() {
    let new = alarm("a", "web", 55);
    let world = World::owing([new.clone()]).await;
    configure(&world);
    let mut function = handler(&world);
    let (now, time) = (START + Duration::from_mins(1), Duration::from_secs(50));
    world.outbox.fail_records(1);
    let unfinished =
        function.handle(&Trigger::Records(vec![decided("1")]), now, time).await.unwrap();
    assert_eq!(unfinished.sequence(), Some("1"));
    // Another delivery keeps the channel busy.
    world.outbox.add_delivery(alarm("a", "api", 0));
    function.handle(&Trigger::Schedule, now, time).await.unwrap();
    function.handle(&Trigger::Records(vec![decided("1")]), now, time).await.unwrap();
    let n_new = world.got("a").iter().filter(|id| **id == new.id.to_string()).count();
    assert_eq!(n_new, 1);
}

/// Returns how often an invocation at `second` after the start has woken the evaluator.
async fn n_evaluator_wakes(world: &World, wake: &Trigger, second: u64) -> usize {
    let before = world.outbox.n_calls(Operation::WakeEvaluator);
    let unfinished = invoke_at(START + Duration::from_secs(second), world, wake).await.unwrap();
    assert_eq!(unfinished.sequence(), None);
    world.outbox.n_calls(Operation::WakeEvaluator) - before
}

#[tokio::test]
async fn a_sweep_wakes_the_evaluator_once_when_a_notice_of_any_shard_is_due() {
    let world = World::owing([]).await;
    configure(&world);
    assert_eq!(n_evaluator_wakes(&world, &Trigger::Schedule, 60).await, 0, "none was recorded");
    for (shard, second) in [("a", 90), ("b", 90), ("c", 900)] {
        let (shard, due_at) = (ShardId::new(shard).unwrap(), START + Duration::from_secs(second));
        world.outbox.record_next_notice(&shard, Some(due_at)).await.unwrap();
    }
    assert_eq!(n_evaluator_wakes(&world, &Trigger::Schedule, 89).await, 0, "it is not due");
    assert_eq!(n_evaluator_wakes(&world, &Trigger::Schedule, 90).await, 1);
    let records = Trigger::Records(vec![decided("1")]);
    assert_eq!(n_evaluator_wakes(&world, &records, 100).await, 0, "the schedule does it");
    for shard in ["a", "b"] {
        let shard = ShardId::new(shard).unwrap();
        world.outbox.record_next_notice(&shard, None).await.unwrap();
    }
    assert_eq!(n_evaluator_wakes(&world, &Trigger::Schedule, 150).await, 0);
}

#[tokio::test]
async fn a_sweep_sends_what_is_owed_although_the_evaluator_cannot_be_woken() {
    for operation in [Operation::ReadNextNotices, Operation::WakeEvaluator] {
        let delivery = alarm("a", "api", 0);
        let world = World::owing([delivery.clone()]).await;
        configure(&world);
        world.outbox.record_next_notice(&ShardId::main(), Some(START)).await.unwrap();
        world.outbox.inject(PlannedFault::on(operation, CallOutcome::Unavailable).always());
        invoke(&world, &Trigger::Schedule).await.unwrap();
        assert_eq!(world.got("a"), [delivery.id.to_string()], "{operation}");
    }
}
