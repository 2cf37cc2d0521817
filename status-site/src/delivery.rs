//! Delivery of the files: the headers that every server of the site sends.

use crate::content_security_policy::content_security_policy;

/// The value of `Cache-Control` of every file. Short, because a page about the present must not be
/// served old from a cache.
pub const CACHE_CONTROL: &str = "public, max-age=15, must-revalidate";

/// Returns the value of `Content-Type` for the file at `path`.
#[must_use]
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("atom") => "application/atom+xml",
        Some("rss") => "application/rss+xml",
        Some(_) | None => "application/octet-stream",
    }
}

/// Returns the value of `Content-Security-Policy` for the file at `path`.
///
/// A page allows its own style sheet and script by their hashes. No other site may frame it,
/// because a frame could disguise it. A file that is not a page may load nothing; an image that is
/// opened as a document may use its inline styles.
#[must_use]
pub fn content_security(path: &str) -> String {
    match content_type(path) {
        "text/html; charset=utf-8" => {
            format!("{}; frame-ancestors 'none'", content_security_policy())
        }
        "image/svg+xml" => "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        _ => "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned(),
    }
}

/// Returns whether other sites may read or embed the file at `path`. They may for all files except
/// pages, which must be shown on their own.
#[must_use]
pub fn is_for_other_sites(path: &str) -> bool {
    content_type(path) != "text/html; charset=utf-8"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_forbids_frames_and_keeps_the_hashes_of_its_policy() {
        let policy = content_security("service/api.html");
        let inside = content_security_policy();
        assert_eq!(policy, format!("{inside}; frame-ancestors 'none'"));
        assert!(inside.contains("script-src 'sha256-") && inside.contains("style-src 'sha256-"));
    }

    #[test]
    fn other_sites_may_load_badges_and_data_but_no_pages() {
        for path in ["badge/api.svg", "api/v2/summary.json", "status.txt", "history.atom"] {
            assert!(is_for_other_sites(path), "{path}");
            assert!(content_security(path).starts_with("default-src 'none'"), "{path}");
        }
        assert!(!is_for_other_sites("index.html"));
    }
}
