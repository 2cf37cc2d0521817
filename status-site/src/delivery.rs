//! Delivery of the files: the headers that every server of the site sends.

use crate::content_security_policy::OF_HEADER;

/// The path of the metrics, whose name has no extension.
pub(crate) const METRICS: &str = "metrics";
/// The path of the JSON feed, which has a media type of its own.
pub(crate) const JSON_FEED: &str = "feed.json";
/// The path of the page for frames.
pub(crate) const EMBED_PAGE: &str = "embed.html";

/// The value of `Cache-Control` of every file. Short, because a page about the present must not be
/// served old from a cache.
pub const CACHE_CONTROL: &str = "public, max-age=15, must-revalidate";

/// Returns the value of `Content-Type` for the file at `path`.
#[must_use]
pub fn content_type(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or(path) {
        METRICS => return "application/openmetrics-text; version=1.0.0; charset=utf-8",
        JSON_FEED => return "application/feed+json",
        _ => {}
    }
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("atom") => "application/atom+xml",
        Some("rss") => "application/rss+xml",
        Some("ics") => "text/calendar; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("png") => "image/png",
        Some("xml") => "application/xml",
        Some(_) | None => "application/octet-stream",
    }
}

/// The sites that may show `embed.html` in a frame. No site may frame another page, because a frame could disguise it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrameAncestors(Vec<String>);

impl FrameAncestors {
    /// Allows these origins, such as `https://www.example.com`.
    #[must_use]
    pub fn of(origins: impl IntoIterator<Item = impl ToString>) -> Self {
        Self(origins.into_iter().map(|origin| origin.to_string()).collect())
    }

    /// Checks whether other sites may show the file at `path` in a frame.
    #[must_use]
    pub fn may_frame(&self, path: &str) -> bool {
        path == EMBED_PAGE && !self.0.is_empty()
    }

    /// Returns the value of the directive `frame-ancestors` for the file at `path`.
    fn directive(&self, path: &str) -> String {
        if self.may_frame(path) { self.0.join(" ") } else { "'none'".to_owned() }
    }
}

/// Returns the value of `Content-Security-Policy` for the file at `path`.
///
/// A page contains the policy for its style sheet and its script, and the header adds who may frame it. A file that is not a
/// page may load nothing; an image that is opened as a document may use its inline styles.
#[must_use]
pub fn content_security(path: &str, ancestors: &FrameAncestors) -> String {
    let frames = ancestors.directive(path);
    match content_type(path) {
        "text/html; charset=utf-8" => format!("{OF_HEADER}; frame-ancestors {frames}"),
        "image/svg+xml" => "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        _ => format!("default-src 'none'; frame-ancestors {frames}; sandbox"),
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
    fn no_site_may_frame_a_page_of_any_language() {
        let ancestors = FrameAncestors::of(["https://acme.example"]);
        for path in ["index.html", "404.html", "service/api.html", "de/history/2026-11.html"] {
            let policy = content_security(path, &ancestors);
            assert_eq!(
                policy,
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                 connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                "{path}"
            );
        }
    }

    #[test]
    fn only_the_configured_sites_may_frame_the_widget_and_no_other_page() {
        let none = FrameAncestors::default();
        assert!(content_security("embed.html", &none).ends_with("; frame-ancestors 'none'"));
        assert!(!none.may_frame("embed.html"));
        let two = FrameAncestors::of(["https://acme.example", "http://localhost:3000"]);
        let policy = content_security("embed.html", &two);
        assert!(policy.ends_with("; frame-ancestors https://acme.example http://localhost:3000"));
        assert!(two.may_frame("embed.html") && !two.may_frame("index.html"));
    }

    #[test]
    fn other_sites_may_load_badges_and_data_but_no_pages() {
        for path in [
            "badge/api.svg",
            "api/v2/summary.json",
            "status.txt",
            "history.atom",
            "embed.js",
            "metrics",
        ] {
            assert!(is_for_other_sites(path), "{path}");
            let policy = content_security(path, &FrameAncestors::default());
            assert!(policy.starts_with("default-src 'none'"), "{path}");
        }
        assert!(!is_for_other_sites("index.html"));
    }
}
