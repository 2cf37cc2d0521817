//! The result of rendering: files, each with its response headers.

use serde::Serialize;

use crate::delivery::{CACHE_CONTROL, content_type};

/// One file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// The path relative to the root of the site, with `/` between folders.
    pub path: String,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `Cache-Control`.
    pub cache_control: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

impl SiteFile {
    pub(crate) fn text(path: impl Into<String>, text: String) -> Self {
        Self::new(path, text.into_bytes())
    }

    pub(crate) fn bytes(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self::new(path, bytes.to_vec())
    }

    /// Creates a file of XML. Characters that XML 1.0 excludes, and which no notation can express, are left out.
    pub(crate) fn xml(path: impl Into<String>, text: &str) -> Self {
        let is_allowed = |c: &char| match c {
            '\t' | '\n' | '\r' => true,
            '\u{fffe}' | '\u{ffff}' => false,
            c => *c >= ' ',
        };
        Self::text(path, text.chars().filter(is_allowed).collect())
    }

    #[expect(
        clippy::expect_used,
        reason = "the values are structs of strings and numbers of this crate, which always have a JSON form"
    )]
    pub(crate) fn json(path: impl Into<String>, value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value).expect("plain structs have a JSON form");
        Self::new(path, bytes)
    }

    fn new(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        let path = path.into();
        Self { content_type: content_type(&path), path, cache_control: CACHE_CONTROL, bytes }
    }
}
