//! The notifier as a function: records or the schedule in, what is unfinished out.

use std::sync::Mutex;
use std::time::Duration;

use allclear_channels::{Channels, Settings};
use allclear_core::Timestamp;
use allclear_core::channel::Channel;
use allclear_core::claim::{Claim, Claimed};
use allclear_core::config::WithRetention;
use allclear_core::config::{Config, Page, Settings as ConfigSettings};
use allclear_core::delivery::{Delivery, DeliveryState};
use allclear_core::ports::{
    AppliedConfig, OwedMark, Poison, ReadConfig, SetAside, StoreError, StoreResult, Version,
};
use allclear_engine::notify::Handler;
use allclear_engine::{BatchItemFailures, Code, Failure, RecordKind, StreamRecord, Trigger};
use allclear_simulator::Behavior;
use serde_json::json;

use crate::outbox::MemoryOutbox;
use crate::world::{START, World, alarm, channel};

/// The versions of the config; one that cannot be read is `None`.
#[derive(Default)]
struct Table<'a> {
    outbox: Option<&'a MemoryOutbox>,
    configs: Mutex<Vec<Option<Config>>>,
}

impl<'a> Table<'a> {
    /// A table with the deliveries of `world` and a config with a webhook to its inbox `a`.
    fn of(world: &'a World) -> Self {
        let url = world.simulator.inbox_url("a");
        let config = config_with(vec![channel("a", "webhook", json!({ "url": url }))]);
        Self { outbox: Some(&world.outbox), configs: Mutex::new(vec![Some(config)]) }
    }
}

/// A config with these channels alone.
pub(crate) fn config_with(channels: Vec<Channel>) -> Config {
    Config {
        page: Page { title: "Test".to_owned(), url: None, description: None, contact: None },
        settings: ConfigSettings::default(),
        monitors: Vec::new(),
        rules: Vec::new(),
        channels,
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
    }
}

/// The error of a call that had its effect.
pub(crate) fn lost_answer(operation: &'static str) -> StoreError {
    let (object, source) = ("a delivery".to_owned(), "the answer was lost".into());
    StoreError::Unavailable { operation, object, source }
}

fn corrupt(operation: &'static str) -> StoreError {
    let object = "config".to_owned();
    StoreError::Corrupt { operation, object, source: "not JSON".into() }
}

impl ReadConfig for &Table<'_> {
    async fn config_version(&self) -> StoreResult<Version> {
        Ok(self.configs.lock().unwrap().len() as Version)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let configs = self.configs.lock().unwrap();
        let config = configs[usize::try_from(version).unwrap() - 1].clone();
        let config = config.ok_or_else(|| corrupt("read"))?;
        let (text, by) = (String::new(), "a person".to_owned());
        Ok(Some(AppliedConfig { config, text, at: START, by }))
    }
}

impl WithRetention for &Table<'_> {
    fn with_retention_of(&self, _: &ConfigSettings) -> Self {
        self
    }
}

impl allclear_core::ports::Outbox for &Table<'_> {
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        self.outbox.unwrap().owed_since(mark).await
    }

    async fn predecessor(
        &self,
        id: &allclear_core::delivery::DeliveryId,
    ) -> StoreResult<allclear_core::delivery::Predecessor> {
        self.outbox.unwrap().predecessor(id).await
    }

    async fn claim_delivery(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        left: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        self.outbox.unwrap().claim_delivery(delivery, claim, left).await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        self.outbox.unwrap().record_delivery(delivery).await
    }
}

#[derive(Default)]
struct Aside(Mutex<Vec<&'static str>>);

impl SetAside for &Aside {
    async fn set_aside(&self, poison: &Poison) -> StoreResult<()> {
        self.0.lock().unwrap().push(poison.code);
        Ok(())
    }
}

fn channels() -> Channels {
    let roots = std::sync::Arc::new(rustls::RootCertStore::empty());
    Channels::new(Settings::new(roots)).unwrap()
}

/// One invocation of a process of its own, a minute after everything was decided.
async fn invoke(
    world: &World,
    table: &Table<'_>,
    aside: &Aside,
    wake: &Trigger,
) -> Result<BatchItemFailures, Failure> {
    invoke_at(START + Duration::from_mins(1), world, table, aside, wake).await
}

async fn invoke_at(
    now: Timestamp,
    world: &World,
    table: &Table<'_>,
    aside: &Aside,
    wake: &Trigger,
) -> Result<BatchItemFailures, Failure> {
    let mut function = Handler::new(table, &world.keeper, channels(), aside);
    function.warm_up().await;
    function.handle(wake, now, Duration::from_secs(50)).await
}

fn decided(sequence: &str) -> StreamRecord {
    StreamRecord { sequence: sequence.to_owned(), what: RecordKind::Delivery }
}

fn poison(sequence: &str) -> StreamRecord {
    let (code, reason) = ("record_version_unknown", "version 9".to_owned());
    let what = RecordKind::Poison(Poison { code, reason, record: json!({}) });
    StreamRecord { sequence: sequence.to_owned(), what }
}

#[tokio::test]
async fn a_decision_is_delivered_once_however_often_it_is_told_of() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    let (table, aside) = (Table::of(&world), Aside::default());
    for wake in [
        Trigger::Records(vec![decided("1"), decided("2")]),
        Trigger::Records(vec![decided("1")]),
        Trigger::Schedule,
    ] {
        let unfinished = invoke(&world, &table, &aside, &wake).await.unwrap();
        assert_eq!(unfinished.sequence(), None);
    }
    assert_eq!(world.got("a"), [delivery.id.to_string()]);
}

#[tokio::test]
async fn an_invocation_that_ends_before_its_record_sends_the_same_again() {
    let deliveries = [alarm("a", "api", 0), alarm("a", "web", 0)];
    for n_writes in 0..2 {
        let world = World::owing(deliveries.clone()).await;
        let (table, aside) = (Table::of(&world), Aside::default());
        world.outbox.fail_records_after(n_writes);
        let batch = Trigger::Records(vec![poison("1"), decided("2")]);
        let unfinished = invoke(&world, &table, &aside, &batch).await.unwrap();
        assert_eq!(unfinished.sequence(), Some("2"), "the poison is gone, the rest comes again");
        // What it had claimed is sent by others after the end of its claim.
        let later = START + Duration::from_mins(3);
        let failure = {
            world.outbox.fail_records(1);
            invoke_at(later, &world, &table, &aside, &Trigger::Schedule).await.unwrap_err()
        };
        assert_eq!(failure.code, Code::StoreUnavailable);
        let later = START + Duration::from_mins(5);
        invoke_at(later, &world, &table, &aside, &Trigger::Schedule).await.unwrap();
        for delivery in &deliveries {
            assert!(matches!(world.outbox.state(delivery), DeliveryState::Sent { .. }));
        }
        let got: std::collections::BTreeSet<_> = world.got("a").into_iter().collect();
        assert_eq!(got.len(), 2, "each under one id");
    }
}

#[tokio::test]
async fn poison_and_others_records_wake_nobody() {
    let world = World::owing([alarm("a", "api", 0)]).await;
    let (table, aside) = (Table::of(&world), Aside::default());
    let noise = StreamRecord { sequence: "2".to_owned(), what: RecordKind::Other };
    let batch = Trigger::Records(vec![poison("1"), noise]);
    assert_eq!(invoke(&world, &table, &aside, &batch).await.unwrap().sequence(), None);
    assert_eq!(*aside.0.lock().unwrap(), ["record_version_unknown"]);
    assert!(world.got("a").is_empty());
    let nothing = Trigger::Records(Vec::new());
    assert_eq!(invoke(&world, &table, &aside, &nothing).await.unwrap().sequence(), None);
}

#[tokio::test]
async fn a_destination_that_fails_is_no_failure_of_the_invocation() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await.does("a", Behavior::status(503));
    let (table, aside) = (Table::of(&world), Aside::default());
    invoke(&world, &table, &aside, &Trigger::Schedule).await.unwrap();
    assert!(matches!(world.outbox.state(&delivery), DeliveryState::Owed { .. }));
}

#[tokio::test]
async fn a_config_that_cannot_be_read_stops_no_delivery_and_fails_the_sweep() {
    let delivery = alarm("a", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    let (table, aside) = (Table::of(&world), Aside::default());
    table.configs.lock().unwrap().push(None);
    let batch = Trigger::Records(vec![decided("1")]);
    assert_eq!(invoke(&world, &table, &aside, &batch).await.unwrap().sequence(), None);
    assert!(world.outbox.is_sent(&delivery), "with the version before");
    let failure = invoke(&world, &table, &aside, &Trigger::Schedule).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigUnreadable);
    table.configs.lock().unwrap().clear();
    let failure = invoke(&world, &table, &aside, &batch).await.unwrap_err();
    assert_eq!(failure.code, Code::ConfigMissing);
}

#[tokio::test]
async fn what_an_older_config_does_not_know_is_not_given_up() {
    let delivery = alarm("added-since", "api", 0);
    let world = World::owing([delivery.clone()]).await;
    let (table, aside) = (Table::of(&world), Aside::default());
    // The config is read eventually: the one that is found may be older than the decision.
    let batch = Trigger::Records(vec![decided("1")]);
    invoke(&world, &table, &aside, &batch).await.unwrap();
    table.configs.lock().unwrap().push(None);
    for wake in [batch, Trigger::Schedule] {
        let _ = invoke(&world, &table, &aside, &wake).await;
        assert!(matches!(world.outbox.state(&delivery), DeliveryState::Owed { .. }));
    }
    // The config in force knows what it does not have.
    table.configs.lock().unwrap().pop();
    invoke(&world, &table, &aside, &Trigger::Schedule).await.unwrap();
    assert!(matches!(world.outbox.state(&delivery), DeliveryState::GivenUp { .. }));
}

#[tokio::test]
async fn what_was_sent_and_not_recorded_is_remembered() {
    let new = alarm("a", "web", 55);
    let world = World::owing([new.clone()]).await;
    let (table, aside) = (Table::of(&world), Aside::default());
    let mut function = Handler::new(&table, &world.keeper, channels(), &aside);
    let (now, time) = (START + Duration::from_mins(1), Duration::from_secs(50));
    world.outbox.fail_records(1);
    let unfinished =
        function.handle(&Trigger::Records(vec![decided("1")]), now, time).await.unwrap();
    assert_eq!(unfinished.sequence(), Some("1"));
    // Another one keeps the channel busy.
    world.outbox.add(alarm("a", "api", 0));
    function.handle(&Trigger::Schedule, now, time).await.unwrap();
    function.handle(&Trigger::Records(vec![decided("1")]), now, time).await.unwrap();
    let n_new = world.got("a").iter().filter(|id| **id == new.id.to_string()).count();
    assert_eq!(n_new, 1);
}
