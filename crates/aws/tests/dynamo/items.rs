//! Behavior of this store only: packed deliveries, expiry, items of other versions, limits.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_aws::dynamo::{Retention, items, keys, limits, units};
use allclear_contract::samples;
use allclear_core::Timestamp;
use allclear_core::checker_state::Note;
use allclear_core::claim::{Claim, ClaimOwner, Claimed};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::{Delivery, DeliveryState, NoticeKind};
use allclear_core::id::RegionId;
use allclear_core::outcome::Cause;
use allclear_core::ports::{
    AppliedConfig, ApplyConfig, CommitState, FindUnreadable, Outbox, ReadCatalogs, ReadConfig,
    ReadHistory, ReadNotes, ReadOperatorEntries, RecordCatalog, RecordNotes, RecordOperatorEntries,
    RecordRun, StoreError,
};
use allclear_core::reason::Reason;
use allclear_core::state::{Decision, MonitorState, ShardState};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::Blob;

use crate::table::{FOR_EVER, Table};

fn decided(deliveries: &[Delivery]) -> Decision {
    Decision { deliveries: deliveries.to_vec(), ..Decision::default() }
}

fn packed(deliveries: &[Delivery]) -> items::Item {
    items::decision(&samples::shard(), 1, &decided(deliveries), &FOR_EVER).unwrap().remove(0)
}

#[tokio::test]
async fn a_decision_of_any_size_is_one_commit() {
    let deliveries: Vec<Delivery> = (0..100 * 5 * 3)
        .map(|n| samples::delivery(NoticeKind::Firing, &format!("monitor-{}", n / 15), n % 15))
        .enumerate()
        .map(|(n, mut one)| {
            one.id = allclear_core::delivery::DeliveryId::from_stored(format!("{n:024x}"));
            one.created_at = samples::at(0);
            one.notification.message = noise(600, n as u64);
            one
        })
        .collect();
    let mut decision = decided(&deliveries);
    for n in 0..500 {
        decision.append(samples::decision(&format!("monitor-{}", n / 5), n % 5));
        decision.deliveries.truncate(deliveries.len());
    }
    for table in Table::on_each().await {
        let state = ShardState::default();
        table.store.commit(&samples::shard(), 0, &state, &decision).await.unwrap();
        let n_packed = table.items().await.iter().filter(|item| is_new(item)).count();
        assert!(n_packed > 1, "the test means to have several parts");
        assert_eq!(table.store.deliveries(samples::at(0)).await.unwrap(), deliveries);
        assert_eq!(table.store.owed().await.unwrap(), deliveries);
        assert_eq!(table.items().await.iter().filter(|item| is_new(item)).count(), 0);
        assert_eq!(table.store.deliveries(samples::at(0)).await.unwrap(), deliveries);
    }
}

#[tokio::test]
async fn an_interrupted_unpacking_is_finished_by_the_next() {
    let deliveries =
        ["one", "two", "three"].map(|name| samples::delivery(NoticeKind::Firing, name, 0));
    for table in Table::on_each().await {
        let store = &table.store;
        let state = ShardState::default();
        store.commit(&samples::shard(), 0, &state, &decided(&deliveries)).await.unwrap();
        // The process ended after the first of three.
        let position = "main#0000000001#000#00000";
        table.put(&items::delivery(&deliveries[0], position).unwrap()).await;
        assert_eq!(store.owed().await.unwrap(), deliveries);
        // The process ended before the packed items were removed, and another process sent one
        // delivery.
        let sent = Delivery {
            n_tries: 1,
            state: DeliveryState::Sent { at: samples::at(1) },
            ..deliveries[1].clone()
        };
        store.record_delivery(&sent).await.unwrap();
        table.put(&packed(&deliveries)).await;
        let left = [deliveries[0].clone(), deliveries[2].clone()];
        assert_eq!(store.deliveries(samples::at(0)).await.unwrap().len(), 3);
        assert_eq!(store.owed().await.unwrap(), left);
        assert!(!table.items().await.iter().any(is_new));
    }
}

#[tokio::test]
async fn each_record_has_its_time_of_expiry() {
    let hour = Duration::from_hours(1);
    let retention = Retention { runs: hour, hours: hour * 2, days: hour * 3, events: hour * 4 };
    for table in Table::on_each().await {
        let store = table.store.clone().with_retention(retention);
        store.record_run(&samples::run(0)).await.unwrap();
        let decision = samples::decision("api", 0);
        store.commit(&samples::shard(), 0, &ShardState::default(), &decision).await.unwrap();
        let owed = store.owed().await.unwrap();
        let items = table.items().await;
        let expires = |items: &[items::Item], pk: &str| -> Option<i64> {
            let item = items.iter().find(|item| items::text(item, keys::PK) == Some(pk)).unwrap();
            item.get(keys::EXPIRES).map(|value| value.as_n().unwrap().parse().unwrap())
        };
        let second = |minutes| Some(samples::at(minutes).as_second());
        assert_eq!(expires(&items, "run#main"), second(60));
        let hour_ends: Timestamp = "2026-11-21T23:00:00Z".parse().unwrap();
        assert_eq!(expires(&items, "hour"), Some(hour_ends.as_second() + 2 * 3_600));
        assert_eq!(expires(&items, "event"), second(243));
        assert_eq!(expires(&items, "state"), None);
        assert_eq!(expires(&items, "delivery"), None, "it is still owed");
        let sent = owed[0].clone().after_try(Ok(None), samples::at(5));
        store.record_delivery(&sent).await.unwrap();
        assert_eq!(expires(&table.items().await, "delivery"), second(245));
    }
}

#[tokio::test]
async fn a_claim_takes_one_unit_and_expires() {
    for table in Table::on_each().await {
        let deliveries = [samples::delivery(NoticeKind::Firing, "one", 0)];
        let (store, state) = (&table.store, ShardState::default());
        store.commit(&samples::shard(), 0, &state, &decided(&deliveries)).await.unwrap();
        let owed = store.owed().await.unwrap().remove(0);
        let owner = ClaimOwner::new("0123456789abcdef".to_owned());
        let claim = Claim::starting(owner, samples::at(0));
        assert_eq!(store.claim_delivery(&owed, &claim, None).await.unwrap(), Claimed::Granted);
        let items = table.items().await;
        let is_claim = |item: &&items::Item| {
            items::text(item, keys::SK).is_some_and(|sk| sk.starts_with(keys::CLAIM))
        };
        let item = items.iter().find(is_claim).unwrap();
        assert_eq!(units::put_units(item), 1);
        assert_eq!(units::claim(&owed), 1);
        let expires: i64 = item[keys::EXPIRES].as_n().unwrap().parse().unwrap();
        let day = 24 * 60 * 60;
        assert!(expires - claim.until.as_second() > day, "a delivery is owed for a day");
        // An item and its entry in the index, the claim, the item again, and the move of the entry.
        let item_units =
            units::write_units(units::item_bytes(&items::delivery(&owed, "").unwrap()));
        assert_eq!(units::delivery(&owed).unwrap(), item_units * 5 + 1);
    }
}

#[tokio::test]
async fn expired_items_are_not_read_before_their_deletion() {
    let second = Duration::from_secs(1);
    let brief = Retention { runs: second, hours: second, days: second, events: second };
    for table in Table::on_each().await {
        let store = table.reopened(brief);
        let mut old = samples::run(0);
        old.key.scheduled_at = "2020-01-01T00:00:00Z".parse().unwrap();
        store.record_run(&old).await.unwrap();
        table.store.record_run(&samples::run(1)).await.unwrap();
        assert_eq!(store.runs(Timestamp::MIN).await.unwrap(), [samples::run(1)]);
        let n_stored = table.items().await.iter().filter(|item| item.contains_key("w")).count();
        assert_eq!(n_stored, 2);
    }
}

#[tokio::test]
async fn an_unreadable_run_is_skipped_and_reported_once() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer({
        let log = log.clone();
        move || log.clone()
    });
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    // With a single subscriber, a test in another thread that logs the same line first switches it off.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    for table in Table::on_each().await {
        for minutes in 0..3 {
            table.store.record_run(&samples::run(minutes)).await.unwrap();
        }
        let mut bad = items::run(&samples::run(1), &FOR_EVER, 0);
        bad.insert("b".to_owned(), AttributeValue::B(Blob::new([2, 2, 3])));
        table.put(&bad).await;
        log.0.lock().unwrap().clear();
        for _ in 0..2 {
            let runs = table.store.runs(samples::at(0)).await.unwrap();
            assert_eq!(runs, [samples::run(0), samples::run(2)]);
        }
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(told.matches("run_unreadable").count(), 1, "{told}");
        let sk = items::text(&bad, keys::SK).unwrap();
        assert!(told.contains(sk), "{told}");
        let pk = items::text(&bad, keys::PK).unwrap();
        let found = table.store.unreadable(&keys::record(pk, sk)).unwrap();
        assert_eq!(found.code, "run_unreadable");
        assert!(found.reason.contains(sk), "{}", found.reason);
        let readable = items::run(&samples::run(0), &FOR_EVER, 0);
        let sk = items::text(&readable, keys::SK).unwrap();
        assert_eq!(table.store.unreadable(&keys::record(pk, sk)), None);
    }
}

#[tokio::test]
async fn every_applied_config_is_kept_and_the_last_one_is_active() {
    for table in Table::on_each().await {
        let store = &table.store;
        assert_eq!(store.config_version().await.unwrap(), 0);
        assert_eq!(store.applied_config(1).await.unwrap(), None);
        for (expected, title) in [(0, "first"), (1, "second")] {
            let version = store.apply_config(expected, &config(title)).await.unwrap();
            assert_eq!(version, expected + 1);
            assert_eq!(store.config_version().await.unwrap(), version);
        }
        for wrong in [0, 1, 3] {
            let late = store.apply_config(wrong, &config("late")).await;
            assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
        }
        assert_eq!(store.applied_config(1).await.unwrap(), Some(config("first")));
        assert_eq!(store.applied_config(2).await.unwrap(), Some(config("second")));

        let mut newer = table.items().await;
        newer.retain(|item| items::text(item, keys::SK) == Some("v0000000002"));
        newer[0].insert("b".to_owned(), AttributeValue::B(Blob::new([9, 1, 2])));
        table.put(&newer[0]).await;
        match store.applied_config(2).await {
            Err(StoreError::Corrupt { object, source, .. }) => {
                assert_eq!(object, "v0000000002");
                assert!(source.to_string().contains("format 9"), "{source}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(store.applied_config(1).await.unwrap(), Some(config("first")));
    }
}

#[tokio::test]
async fn an_oversized_state_is_refused_with_its_size() {
    let mut state = ShardState::default();
    for n in 0..700 {
        let mut known = MonitorState::unmeasured(samples::at(0));
        known.cause = Some(Cause::of(Reason::HttpStatus, noise(8_000, n)));
        state.monitors.insert(samples::monitor(&format!("monitor-{n}")), known);
    }
    for table in Table::on_each().await {
        for decision in [Decision::default(), samples::decision("api", 0)] {
            let result = table.store.commit(&samples::shard(), 0, &state, &decision).await;
            let Err(StoreError::Unavailable { source, .. }) = result else { panic!("{result:?}") };
            assert!(source.to_string().contains("of 4194304 bytes"), "{source}");
        }
        assert_eq!(table.items().await, []);
    }
}

#[tokio::test]
async fn an_unreadable_note_or_catalog_hides_no_other() {
    let (region, ids) = (RegionId::local(), ["one", "two"].map(samples::monitor));
    for table in Table::on_each().await {
        let notes = [(ids[0].clone(), samples::note(1)), (ids[1].clone(), samples::note(2))];
        table.store.record_notes(&region, &notes).await.unwrap();
        for monitor in &ids {
            table.store.record_catalog(monitor, &samples::known_catalog(2)).await.unwrap();
        }
        let stored = table.items().await;
        assert_eq!(stored.len(), 4);
        for mut bad in stored.into_iter().filter(|item| items::text(item, keys::SK) == Some("one"))
        {
            assert!(!bad.contains_key(keys::EXPIRES), "the last word of a checker is kept");
            bad.insert("b".to_owned(), AttributeValue::B(Blob::new([2, 2, 3])));
            table.put(&bad).await;
        }
        let read = table.store.notes(&region, &ids).await.unwrap();
        assert_eq!(read, [(ids[1].clone(), samples::note(2))]);
        let read = table.store.catalogs().await.unwrap();
        assert_eq!(read, [(ids[1].clone(), samples::known_catalog(2))]);
    }
}

#[tokio::test]
async fn an_oversized_catalog_is_refused_with_its_size() {
    let mut known = samples::known_catalog(1);
    let model = known.latest.items.values().next().unwrap().clone();
    known.latest.items = (0..9_000).map(|n| (noise(60, n), model.clone())).collect();
    for table in Table::on_each().await {
        let result = table.store.record_catalog(&samples::monitor("api"), &known).await;
        let Err(StoreError::Unavailable { source, .. }) = result else { panic!("{result:?}") };
        let words = source.to_string();
        assert!(words.starts_with("the 9000 models that `openrouter` lists take "), "{words}");
        assert_eq!(table.items().await, []);
    }
}

#[test]
fn a_note_takes_a_unit_or_two() {
    let (region, api) = (RegionId::local(), samples::monitor("api"));
    assert_eq!(units::note(&region, &api, &samples::note(1)).unwrap(), 1);
    // Numbers and words as a checker stores them for two days.
    let rows: Vec<_> = (0..48).map(|n| (n * 3_600, f64::from(n) / 7.0, "healthy")).collect();
    let note = Note::of(&serde_json::json!({ "rows": rows, "quote": noise(300, 1) })).unwrap();
    let n_units = units::note(&region, &api, &note).unwrap();
    println!("{n_units} units a note");
    assert!(n_units <= 2, "{n_units}");
}

#[test]
fn an_entry_expires_when_no_service_needs_it() {
    let entry = samples::entries::silence("one");
    let item = items::operator_entry(&entry).unwrap();
    let place = (items::text(&item, keys::PK), items::text(&item, keys::SK));
    assert_eq!(place, (Some("entry"), Some("one")));
    let until = entry.needed_until().unwrap().as_second();
    assert_eq!(item[keys::EXPIRES], AttributeValue::N(until.to_string()));
    let kept = allclear_core::operator_entry::OperatorEntry { expires_at: None, ..entry };
    assert!(!items::operator_entry(&kept).unwrap().contains_key(keys::EXPIRES));
}

#[test]
fn ten_entries_take_one_read_unit() {
    let size = |entry| units::item_bytes(&items::operator_entry(&entry).unwrap());
    let largest = [
        size(samples::entries::silence("silence-k3x9p2a")),
        size(samples::entries::acknowledgement("ack-k3x9p2a")),
        size(samples::entries::maintenance("maintenance-k3x9p2a")),
        size(samples::entries::maintenance_by_rule("maintenance-k3x9p2a")),
    ];
    println!("entries take {largest:?} bytes");
    assert!(largest.iter().sum::<usize>() * 10 / 4 <= 4_096, "{largest:?}");
}

#[tokio::test]
async fn an_entry_that_cannot_be_decoded_is_left_out_and_cannot_be_ended() {
    for table in Table::on_each().await {
        let (kept, other) = (samples::entries::silence("kept"), samples::entries::silence("other"));
        table.store.add_operator_entry(&kept).await.unwrap();
        let mut item = items::operator_entry(&other).unwrap();
        items::set(&mut item, items::BODY, AttributeValue::B(Blob::new(vec![9, 1, 2])));
        table.put(&item).await;
        let read = table.store.operator_entries(samples::at(0)).await.unwrap();
        assert_eq!(read, [kept]);
        let ended = table.store.end_operator_entry(&other.id, samples::at(0)).await;
        assert!(matches!(ended, Err(StoreError::Corrupt { .. })), "{ended:?}");
    }
}

#[test]
fn four_hundred_models_fit_an_item() {
    let item = items::catalog(&samples::monitor("api"), &samples::known_catalog(400)).unwrap();
    let n_bytes = units::item_bytes(&item);
    println!("400 models take {n_bytes} bytes");
    assert!(n_bytes < limits::MAX_ITEM_BYTES / 10, "{n_bytes}");
}

fn is_new(item: &items::Item) -> bool {
    items::text(item, keys::SK).is_some_and(|sk| sk.starts_with(keys::NEW))
}

fn config(title: &str) -> AppliedConfig {
    AppliedConfig {
        config: Config {
            page: Page::titled(title),
            settings: Settings::default(),
            monitors: Vec::new(),
            rules: Vec::new(),
            channels: Vec::new(),
            maintenances: Vec::new(),
            silences: Vec::new(),
            summaries: Vec::new(),
            actions: Vec::new(),
            notifications: allclear_core::notification_settings::NotificationSettings::default(),
            routing: None,
            watchdog: None,
        },
        text: format!("[page]\ntitle = \"{title}\"\n"),
        at: samples::at(0),
        by: "somebody".to_owned(),
    }
}

/// Returns text that hardly compresses.
fn noise(n_bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + (state % 90) as u8)
    };
    (0..n_bytes).map(|_| next()).collect()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
