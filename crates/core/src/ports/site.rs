//! Publishing the page.

use std::future::Future;

use jiff::Timestamp;

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
    /// After the last file, files of earlier publications that have not been part of the site for some time are removed,
    /// according to [`PublicationRecord`](crate::publication_record::PublicationRecord). Files that no publication wrote
    /// stay. Without `files` nothing changes. `now` is the time of the publication.
    fn publish(
        &self,
        files: &[PublishedFile<'_>],
        now: Timestamp,
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}
