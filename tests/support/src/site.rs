//! A site in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_core::publication_record::PublicationRecord;

/// A site in memory. Clones are handles of the same site.
#[derive(Debug, Clone, Default)]
pub struct MemorySite(Arc<Mutex<Site>>);

#[derive(Debug, Default)]
struct Site {
    files: BTreeMap<String, Vec<u8>>,
    record: PublicationRecord,
    refused: Option<String>,
    n_publications: usize,
}

impl MemorySite {
    /// Refuses the file at `path`; `None` to refuse none.
    pub fn refuse(&self, path: Option<&str>) {
        self.site().refused = path.map(str::to_owned);
    }

    /// Returns the content of a file; `None` where there is none.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.site().files.get(path).cloned()
    }

    /// Returns all files by path.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.site().files.clone()
    }

    /// Returns how often something was to be published.
    #[must_use]
    pub fn n_publications(&self) -> usize {
        self.site().n_publications
    }

    /// Writes `files`, which are the first ones of a publication that fails after them.
    ///
    /// # Errors
    ///
    /// Fails like a publication.
    pub fn publish_in_part(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let mut site = self.site();
        site.n_publications += 1;
        site.record.claim(files);
        site.write(files)
    }

    fn site(&self) -> MutexGuard<'_, Site> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site {
    fn write(&mut self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let error =
            |path: &str, why: &str| Err(PublishError { path: path.to_owned(), source: why.into() });
        if let Some(file) = files.iter().find(|file| !is_inside(file.path)) {
            return error(file.path, "the path leads out of the site");
        }
        for file in files {
            if self.refused.as_deref() == Some(file.path) {
                return error(file.path, "access denied");
            }
            self.files.insert(file.path.to_owned(), file.content.to_vec());
        }
        Ok(())
    }
}

impl PublishSite for MemorySite {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.publish_in_part(files)?;
        if files.is_empty() {
            return Ok(());
        }
        let mut site = self.site();
        for path in site.record.complete(files) {
            site.files.remove(&path);
        }
        Ok(())
    }
}

fn is_inside(path: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part != "." && part != "..";
    !path.contains('\\') && path.split('/').all(is_name)
}
