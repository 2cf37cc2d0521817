//! The contract of the ports, on the adapters in memory.

use allclear_contract::site::PublishedSite;
use allclear_contract::{
    Fresh, budget_contract, next_notice_contract, prune_contract, secrets_contract, site_contract,
    store_contract,
};
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_support::{MemorySecrets, MemorySite, MemoryStore};

store_contract!(memory, fresh_store);
budget_contract!(memory_budgets, fresh_store);
next_notice_contract!(memory_next_notices, fresh_store);
prune_contract!(memory_prune, fresh_store);
secrets_contract!(memory_secrets, secrets_of);
site_contract!(memory_site, fresh_site);

async fn fresh_store() -> Fresh<MemoryStore> {
    Fresh { adapter: MemoryStore::default(), guard: () }
}

async fn secrets_of(secrets: &[(&str, &str)]) -> Fresh<MemorySecrets> {
    Fresh { adapter: MemorySecrets::of(secrets), guard: () }
}

async fn fresh_site() -> Fresh<Visited> {
    Fresh { adapter: Visited(MemorySite::default()), guard: () }
}

/// A site that the cases can read.
struct Visited(MemorySite);

impl PublishSite for Visited {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.0.publish(files).await
    }
}

impl PublishedSite for Visited {
    async fn visit(&self, path: &str) -> Option<Vec<u8>> {
        self.0.file(path)
    }
}
