//! The contract of the ports, run on the adapters of this crate.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use allclear_contract::site::PublishedSite;
use allclear_contract::{
    Fresh, budget_contract, prune_contract, secrets_contract, site_contract, store_contract,
};
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_local::{EnvironmentSecrets, FolderSite, SqliteStore};
use tempfile::TempDir;

store_contract!(sqlite, fresh_store);
budget_contract!(sqlite_budgets, fresh_store);
prune_contract!(sqlite_prune, fresh_store);
secrets_contract!(environment, secrets_of);
site_contract!(folder, fresh_site);

async fn fresh_store() -> Fresh<SqliteStore, TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("data/allclear.db")).unwrap();
    Fresh { adapter: store, guard: folder }
}

async fn secrets_of(secrets: &[(&str, &str)]) -> Fresh<EnvironmentSecrets> {
    let variables = secrets.iter().map(|(name, value)| {
        let name = name.to_uppercase().replace(['-', '.'], "_");
        (format!("ALLCLEAR_SECRET_{name}"), (*value).to_owned())
    });
    Fresh { adapter: EnvironmentSecrets::new(variables), guard: () }
}

async fn fresh_site() -> Fresh<Visited, TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/site");
    Fresh { adapter: Visited { site: FolderSite::new(&root), root }, guard: folder }
}

struct Visited {
    site: FolderSite,
    root: std::path::PathBuf,
}

impl PublishSite for Visited {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.site.publish(files).await
    }
}

impl PublishedSite for Visited {
    async fn visit(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.root.join(path)).ok()
    }
}
