//! What rendering returns: files, each with the headers it is served with.

use serde::Serialize;

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Relative to the root of the site, with `/` between folders.
    pub path: String,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `Cache-Control`.
    pub cache_control: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Short: a page about the present must not be old because of a cache.
const BRIEF: &str = "public, max-age=15, must-revalidate";

impl SiteFile {
    pub(crate) fn html(path: impl Into<String>, text: String) -> Self {
        Self::new(path, "text/html; charset=utf-8", text.into_bytes())
    }

    pub(crate) fn text(path: impl Into<String>, text: String) -> Self {
        Self::new(path, "text/plain; charset=utf-8", text.into_bytes())
    }

    #[expect(
        clippy::expect_used,
        reason = "the values are structs of strings and numbers of this crate, which always have a JSON form"
    )]
    pub(crate) fn json(path: impl Into<String>, value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value).expect("plain structs have a JSON form");
        Self::new(path, "application/json", bytes)
    }

    fn new(path: impl Into<String>, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), content_type, cache_control: BRIEF, bytes }
    }
}
