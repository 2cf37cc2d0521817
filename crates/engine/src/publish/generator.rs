//! The rendering and publishing of the page.

use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::id::ShardId;
use allclear_core::operator_entry::OperatorEntry;
use allclear_core::ports::{
    LoadState, PublishError, PublishSite, PublishedFile, ReadOperatorEntries, StoreError, Version,
};
use allclear_evaluate::ConfigIndex;
use allclear_status_site::{RenderedMonths, SiteFile, render_again, render_next};

use crate::failure::store_code;
use crate::publish::facts::{EnteredMaintenance, MemoryFacts, PageStore, SettledFacts, facts_with};
use crate::publish::reduce::{PublishOptions, reduce, reduce_next};

/// The error of a page that was not published. The last good version stays published.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The facts could not be read.
    #[error("failed to read the data of the page")]
    Read(#[from] StoreError),
    /// The files could not be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// The result of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// The number of files of the page.
    pub n_files: usize,
    /// The number of publications: two if the facts changed during the first.
    pub n_times: u32,
    /// The next start or end of maintenance, if it is due before the next regular publication: publish again then.
    pub next_change_at: Option<Timestamp>,
}

/// One publication.
struct OnePublication {
    n_files: usize,
    next_change_at: Option<Timestamp>,
    /// The versions of the states behind the files.
    versions: Vec<(ShardId, Version)>,
}

/// The publisher of the page. It remembers the data that the next publication need not read again.
#[derive(Debug)]
pub struct Generator {
    options: PublishOptions,
    known: SettledFacts,
    present: MemoryFacts,
    /// The pages of months as last rendered.
    months: RenderedMonths,
    /// The entries of operators as last read.
    entries: Arc<[OperatorEntry]>,
}

impl Generator {
    /// Creates a generator that is called at least as often as `options` say. A page of that age does not count as
    /// outdated.
    #[must_use]
    pub fn new(options: PublishOptions) -> Self {
        Self {
            options,
            known: SettledFacts::default(),
            present: MemoryFacts::default(),
            months: RenderedMonths::default(),
            entries: Vec::new().into(),
        }
    }

    /// Sets the facts in memory for the next call of [`Self::generate`].
    pub fn set_present(&mut self, present: MemoryFacts) {
        self.present = present;
    }

    /// Reads the facts and publishes the page for `now`. Publishes once more if the facts changed meanwhile,
    /// because the process that changed them may have found this generator busy.
    ///
    /// # Errors
    ///
    /// Fails if the facts or the versions of the states cannot be read, or if the files cannot be
    /// published.
    pub async fn generate<S, P>(
        &mut self,
        store: &S,
        site: &P,
        index: &ConfigIndex,
        now: Timestamp,
    ) -> Result<Published, GenerateError>
    where
        S: PageStore + ReadOperatorEntries,
        P: PublishSite,
    {
        self.read_entries(store, now).await;
        let index = &index.with_entries(Arc::clone(&self.entries));
        let mut published = self.publish(store, site, index, now).await?;
        let mut n_times = 1;
        if have_changed(store, &published.versions).await? {
            published = self.publish(store, site, index, now).await?;
            n_times = 2;
        }
        let OnePublication { n_files, next_change_at, .. } = published;
        Ok(Published { n_files, n_times, next_change_at })
    }

    /// Reads the entries of operators. After an error, which is logged, those that were read before stay in force.
    async fn read_entries<S: ReadOperatorEntries>(&mut self, store: &S, now: Timestamp) {
        match store.operator_entries(now).await {
            Ok(entries) => self.entries = entries.into(),
            Err(error) => {
                let code = store_code(&error).as_str();
                let error = chain(&error);
                tracing::error!(code, error, "failed to read the entries of operators");
            }
        }
    }

    /// Publishes once.
    async fn publish<S, P>(
        &mut self,
        store: &S,
        site: &P,
        index: &ConfigIndex,
        now: Timestamp,
    ) -> Result<OnePublication, GenerateError>
    where
        S: PageStore,
        P: PublishSite,
    {
        // Each value is dropped before the next is built, because a thousand monitors take megabytes.
        let mut facts = facts_with(&mut self.known, &mut self.present, store, index, now).await?;
        facts.maintenances = EnteredMaintenance::all(index);
        let ahead = reduce_next(index.config(), &facts, &self.options, now);
        let ahead = ahead.map(|snapshot| render_next(&snapshot)).unwrap_or_default();
        let snapshot = reduce(index.config(), &facts, &self.options, now);
        let versions = facts.versions.clone();
        drop(facts);
        let files: Vec<SiteFile> =
            ahead.into_iter().chain(render_again(&snapshot, &mut self.months)).collect();
        let next_change_at = snapshot.next_change_at;
        drop(snapshot);
        let published: Vec<PublishedFile<'_>> = files
            .iter()
            .map(|file| PublishedFile {
                path: &file.path,
                content_type: file.content_type,
                cache_control: file.cache_control,
                content: &file.bytes,
            })
            .collect();
        site.publish(&published).await?;
        Ok(OnePublication { n_files: published.len(), next_change_at, versions })
    }
}

async fn have_changed<S: LoadState>(
    store: &S,
    versions: &[(ShardId, Version)],
) -> Result<bool, StoreError> {
    for (shard, version) in versions {
        if store.state_version(shard).await? != *version {
            return Ok(true);
        }
    }
    Ok(false)
}
