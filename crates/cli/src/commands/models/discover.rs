//! Discovery of models: from recorded lists while they are fresh, else from the providers' own
//! lists, which are then recorded.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::catalog::{Catalog, KnownCatalog};
use allclear_core::id::{MonitorId, SecretName};
use allclear_core::ports::{
    ReadCatalogs, ReadSecrets, RecordCatalog, SecretError, SecretFreshness,
};

use crate::commands::accounts::WatchedAccount;

/// Age up to which a list counts as fresh.
const FRESH: Duration = Duration::from_hours(6);

/// Timeout of listing one provider's models, all pages together.
const PATIENCE: Duration = Duration::from_secs(30);

/// Lists the models of providers and records the lists.
pub(super) struct Discovery<'a, S, K> {
    pub(super) store: &'a S,
    pub(super) secrets: &'a K,
    pub(super) now: Timestamp,
}

/// The catalogs after a discovery.
#[derive(Debug, Default)]
pub(super) struct DiscoveredCatalogs {
    /// By the monitors whose providers they are of.
    pub(super) known: BTreeMap<MonitorId, KnownCatalog>,
    /// One sentence for each provider that could not be listed.
    pub(super) failures: Vec<String>,
}

/// The catalogs to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refresh {
    /// Those that are old.
    WhenOld,
    /// All.
    Always,
}

/// The properties that identify a list of models: the provider, its address, and the key. Monitors
/// that share them see the same list.
type ListSource = (&'static str, Option<String>, Option<SecretName>);

impl<S, K> Discovery<'_, S, K>
where
    S: ReadCatalogs + RecordCatalog,
    K: ReadSecrets,
{
    /// Returns the catalogs of the providers of `watched`. A provider that cannot be asked keeps
    /// the known one.
    pub(super) async fn up_to_date(
        &self,
        watched: &[WatchedAccount<'_>],
        refresh: Refresh,
    ) -> anyhow::Result<DiscoveredCatalogs> {
        let mut stored: BTreeMap<MonitorId, KnownCatalog> =
            self.store.catalogs().await?.into_iter().collect();
        let mut listed: BTreeMap<ListSource, Result<Catalog, String>> = BTreeMap::new();
        let mut found = DiscoveredCatalogs::default();
        for one in watched {
            let (id, account) = (&one.monitor.id, one.used.account());
            let provider = account.provider;
            let known = stored.remove(id).filter(|it| it.latest.provider == provider.name);
            let is_fresh = known.as_ref().is_some_and(|it| self.is_fresh(it.latest.at));
            if account.list(None).is_none() || (is_fresh && refresh == Refresh::WhenOld) {
                found.known.extend(known.map(|known| (id.clone(), known)));
                continue;
            }
            let address = account.list(None).map(|call| call.url.to_string());
            let source = (provider.name, address, one.used.api_key().cloned());
            let catalog = if let Some(catalog) = listed.get(&source) {
                catalog.clone()
            } else {
                let catalog = self.list(one).await;
                if let Err(why) = &catalog {
                    let what = match &known {
                        Some(known) => format!("this is its list of {}", known.latest.at),
                        None => "no earlier list is stored".to_owned(),
                    };
                    found.failures.push(format!("{} (`{id}`): {why}; {what}", provider.title));
                }
                listed.insert(source, catalog.clone());
                catalog
            };
            let known = match (known, catalog) {
                (Some(known), Ok(catalog)) => known.followed_by(catalog),
                (None, Ok(catalog)) => KnownCatalog::first(catalog),
                (Some(known), Err(_)) => {
                    found.known.insert(id.clone(), known);
                    continue;
                }
                (None, Err(_)) => continue,
            };
            if let Err(error) = self.store.record_catalog(id, &known).await {
                found.failures.push(format!("cannot record the list of `{id}`: {error}"));
            }
            found.known.insert(id.clone(), known);
        }
        Ok(found)
    }

    fn is_fresh(&self, at: Timestamp) -> bool {
        Duration::try_from(self.now.duration_since(at)).is_ok_and(|age| age < FRESH)
    }

    async fn list(&self, one: &WatchedAccount<'_>) -> Result<Catalog, String> {
        let key = match one.used.api_key() {
            None => None,
            Some(name) => {
                let names = std::slice::from_ref(name);
                let secrets = self.secrets.secrets(names, SecretFreshness::Cached).await;
                let secrets = secrets.map_err(|error| match error {
                    SecretError::Missing { .. } => format!("its key `{name}` is not set"),
                    SecretError::Unavailable { .. } => error.to_string(),
                });
                secrets?.remove(name)
            }
        };
        one.used.list_models(key.as_ref(), self.now, PATIENCE).await
    }
}
