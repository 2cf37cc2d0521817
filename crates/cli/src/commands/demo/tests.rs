use std::collections::BTreeSet;
use std::sync::Arc;

use allclear_core::config::Config;
use allclear_core::ports::{LoadState as _, Outbox as _, ReadHistory as _};
use allclear_core::status::Status;
use allclear_engine::publish::{Href, PublishOptions, facts, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_local::SqliteStore;
use allclear_status_site::snapshot::{ServiceState, Snapshot};

use super::*;
use allclear_demo::{DAY_OFF, EPISODES, EpisodeEffect, N_DAYS};

fn some_day() -> Timestamp {
    "2026-11-21T12:10:30Z".parse().unwrap()
}

async fn config(now: Timestamp) -> Arc<Config> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let simulator = Simulator::start(allclear_simulator::Config::default()).await.unwrap();
    let text = config_text(&simulator, "127.0.0.1:8080".parse().unwrap(), now).unwrap();
    load_text(CONFIG_FILE, &text).unwrap().config
}

struct Demo {
    config: Arc<Config>,
    store: SqliteStore,
    _folder: tempfile::TempDir,
}

impl Demo {
    async fn at(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("allclear.db")).unwrap();
        let config = config(now).await;
        write_history(&store, &config, now).await.unwrap();
        Self { config, store, _folder: folder }
    }

    async fn snapshot(&self, now: Timestamp) -> Snapshot {
        let index = ConfigIndex::new(Arc::clone(&self.config)).unwrap();
        let facts = facts(&self.store, &index, now).await.unwrap();
        let address = Href::parse("http://127.0.0.1:8080/").unwrap();
        let options = PublishOptions { every: Duration::from_mins(1), address };
        reduce(&self.config, &facts, &options, now)
    }
}

#[tokio::test]
async fn each_service_has_ninety_days_of_history_and_is_healthy_at_the_end() {
    let snapshot = Demo::at(some_day()).await.snapshot(some_day()).await;
    assert_eq!(snapshot.services().count(), 12);
    for service in snapshot.services() {
        assert_eq!(snapshot.state_of(service), ServiceState::Operational, "{}", service.id);
        let n_without_data =
            service.days.iter().filter(|day| day.state == ServiceState::NoData).count();
        let n_key_refused = EPISODES
            .iter()
            .filter(|one| {
                one.monitor == service.id && matches!(one.trouble, EpisodeEffect::KeyRefused(_))
            })
            .count();
        assert_eq!(n_without_data, 1 + n_key_refused, "{}", service.id);
        let uptime = service.uptime().basis_points().unwrap();
        assert!((9_950..=10_000).contains(&uptime), "{}: {uptime}", service.id);
    }
    let perfect = snapshot.services().filter(|one| one.uptime().basis_points() == Some(10_000));
    assert!((1..=6).contains(&perfect.count()));
    assert!(!snapshot.newest_incidents().is_empty());
    assert!(snapshot.open_incidents().is_empty());
}

#[tokio::test]
async fn the_live_part_can_start_at_any_time_of_day() {
    for now in ["2026-11-21T12:00:00Z", "2026-11-21T12:00:40Z", "2026-11-22T00:00:01Z"] {
        let now = now.parse().unwrap();
        let demo = Demo::at(now).await;
        let snapshot = demo.snapshot(now).await;
        for service in snapshot.services() {
            assert_eq!(
                snapshot.state_of(service),
                ServiceState::Operational,
                "{now} {}",
                service.id
            );
        }
        let state = demo.store.load_state(&allclear_core::id::ShardId::main()).await.unwrap();
        for (id, known) in &state.unwrap().state.monitors {
            assert_eq!(known.status, Status::Healthy, "{now} {id}");
            assert!(known.alerts.is_empty(), "{now} {id}");
        }
    }
}

#[tokio::test]
async fn the_history_has_no_pending_message_and_no_firing_alert() {
    let demo = Demo::at(some_day()).await;
    let long_ago = Timestamp::UNIX_EPOCH;
    assert_eq!(demo.store.owed().await.unwrap(), []);
    assert!(!demo.store.deliveries(long_ago).await.unwrap().is_empty());
    let alerts = demo.store.alerts(long_ago).await.unwrap();
    assert!(alerts.iter().any(|alert| alert.rule.as_str() == "critical_service_down"));
    assert!(alerts.iter().all(|alert| alert.resolved_at.is_some()));
}

#[tokio::test]
async fn each_episode_changes_the_status_of_its_service() {
    let demo = Demo::at(some_day()).await;
    let turned: BTreeSet<String> = demo
        .store
        .transitions(Timestamp::UNIX_EPOCH)
        .await
        .unwrap()
        .into_iter()
        .filter(|one| one.to != Status::Healthy)
        .map(|one| format!("{} {}", one.monitor, Period::Day.start_of(one.at)))
        .collect();
    let today = Period::Day.start_of(some_day());
    for episode in EPISODES {
        let day = today - Duration::from_hours(24 * episode.days_ago.unsigned_abs());
        let expected = format!("{} {day}", episode.monitor);
        assert!(turned.contains(&expected), "{expected} is not in {turned:?}");
        assert!((2..N_DAYS).contains(&episode.days_ago) && episode.days_ago != DAY_OFF);
        assert!(demo.config.monitors.iter().any(|one| one.id.as_str() == episode.monitor));
    }
}

#[tokio::test]
async fn the_history_is_deterministic() {
    let (one, two) = (Demo::at(some_day()).await, Demo::at(some_day()).await);
    for period in [Period::Hour, Period::Day] {
        let one = one.store.rollups(period, Timestamp::UNIX_EPOCH).await.unwrap();
        let two = two.store.rollups(period, Timestamp::UNIX_EPOCH).await.unwrap();
        assert!(one.len() > 1_000 && one == two);
    }
}

#[test]
fn the_link_of_the_page_is_reachable() {
    let url = |listen: &str| page_url(listen.parse().unwrap());
    assert_eq!(url("127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(url("0.0.0.0:80").as_deref(), Some("http://127.0.0.1:80"));
    assert_eq!(url("[::1]:8080").as_deref(), Some("http://[::1]:8080"));
    assert_eq!(url("127.0.0.1:0"), None);
}
