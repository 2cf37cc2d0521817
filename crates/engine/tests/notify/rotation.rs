//! A secret that was replaced while the notifier has the old value in its cache.

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;
use allclear_simulator::Behavior;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::world::{START, World, alarm, channel};

/// A store of secrets with one value in the cache and another one for fresh readings.
struct Vault {
    remembered: String,
    kept: Option<String>,
    n_fresh: AtomicUsize,
}

impl ReadSecrets for Vault {
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let value = match freshness {
            SecretFreshness::Cached => Some(&self.remembered),
            SecretFreshness::Fresh => {
                self.n_fresh.fetch_add(1, Ordering::Relaxed);
                self.kept.as_ref()
            }
        };
        let value = value.ok_or_else(|| SecretError::Unavailable {
            name: names[0].clone(),
            message: "throttled".to_owned(),
        })?;
        Ok(names.iter().map(|name| (name.clone(), value.as_str().into())).collect())
    }
}

/// Creates a world in which the inbox `old` rejects messages. `find` returns the fresh value of the
/// secret.
async fn world(status: u16, find: impl Fn(&World) -> Option<String>) -> (World, Vault) {
    let refuses = Behavior::status(status);
    let world = World::owing([alarm("a", "api", 0)]).await.does("old", refuses);
    let remembered = world.simulator.inbox_url("old").clone();
    let kept = find(&world);
    (world, Vault { remembered, kept, n_fresh: AtomicUsize::new(0) })
}

/// The status of a permanent rejection.
const GONE: u16 = 410;

/// The status of a rejection that an operator may correct.
const UNAUTHORIZED: u16 = 401;

#[tokio::test]
async fn a_refused_delivery_is_retried_with_the_rotated_secret() {
    for status in [GONE, UNAUTHORIZED] {
        let (world, vault) =
            world(status, |world| Some(world.simulator.inbox_url("new").clone())).await;
        let hook = channel("a", "webhook", json!({ "url": "secret:hook" }));
        let notifier = world.notifier_for(&[hook]);
        let report = notifier.sweep(&world.outbox, &vault, START).await.unwrap();
        assert_eq!((report.n_sent, report.n_given_up), (1, 0));
        assert_eq!((world.got("old").len(), world.got("new").len()), (1, 1));
        assert_eq!(vault.n_fresh.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn a_permanent_refusal_with_the_current_secret_is_given_up() {
    let (world, vault) = world(GONE, |world| Some(world.simulator.inbox_url("old").clone())).await;
    let notifier = world.notifier_for(&[channel("a", "webhook", json!({ "url": "secret:hook" }))]);
    let report = notifier.sweep(&world.outbox, &vault, START).await.unwrap();
    assert_eq!((report.n_sent, report.n_given_up), (0, 1));
    assert_eq!(world.got("old").len(), 1, "it is not tried again with the same");
    assert_eq!(vault.n_fresh.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn no_delivery_is_given_up_while_the_secret_cannot_be_refreshed() {
    let (world, vault) = world(GONE, |_| None).await;
    let notifier = world.notifier_for(&[channel("a", "webhook", json!({ "url": "secret:hook" }))]);
    let report = notifier.sweep(&world.outbox, &vault, START).await.unwrap();
    assert_eq!((report.n_failed, report.n_given_up), (1, 0));
}
