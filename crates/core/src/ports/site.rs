//! Publishing the page.

use std::future::Future;

/// One file to publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedFile<'a> {
    /// The path relative to the site: `api/v2/summary.json`.
    pub path: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// The value of the `Cache-Control` header.
    pub cache_control: &'a str,
    /// The content of the file.
    pub content: &'a [u8],
}

/// The error of publishing a site. The last good version stays published.
#[derive(Debug, thiserror::Error)]
#[error("failed to publish `{path}`")]
pub struct PublishError {
    /// The file that failed.
    pub path: String,
    /// The cause.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Publishing a site.
pub trait PublishSite: Send + Sync {
    /// Makes `files` the whole site. Publishes those of them that differ from what is there, in their order. Each file
    /// is published completely or not at all.
    ///
    /// After the last file, the files of earlier publications that are no longer part of the site are removed, according
    /// to [`PublicationRecord`](crate::publication_record::PublicationRecord): one of them may be about a monitor that is
    /// private now. Files that no publication wrote stay. Without `files` nothing changes.
    fn publish(
        &self,
        files: &[PublishedFile<'_>],
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}
