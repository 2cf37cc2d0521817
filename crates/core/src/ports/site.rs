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
    /// Publishes those of `files` that have changed, in their order. Each file is published completely or not
    /// at all.
    fn publish(
        &self,
        files: &[PublishedFile<'_>],
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}
