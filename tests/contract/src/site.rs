//! Publication of a site.

use std::future::Future;

use allclear_core::ports::{PublishSite, PublishedFile};

/// A site that the cases can read.
pub trait PublishedSite {
    /// Returns the content that a visitor gets for this path; `None` if there is none.
    fn visit(&self, path: &str) -> impl Future<Output = Option<Vec<u8>>> + Send;
}

/// Checks files at every depth.
pub async fn published_files_can_be_read(site: &(impl PublishSite + PublishedSite)) {
    let files = [
        file("api/v2/summary.json", b"{}"),
        file("badges/api.svg", b"\0\xff"),
        file("index.html", b"<!doctype html>"),
    ];
    assert_eq!(site.visit("index.html").await, None);
    site.publish(&files).await.unwrap();
    for file in files {
        assert_eq!(site.visit(file.path).await.as_deref(), Some(file.content), "{}", file.path);
    }
}

/// Checks new content of the same and of another length, and that unchanged files stay.
pub async fn a_changed_file_replaces_the_old_one(site: &(impl PublishSite + PublishedSite)) {
    for (status, content) in [(&b"same"[..], &b"one"[..]), (b"same", b"two"), (b"same", b"three")] {
        let files = [file("status.txt", status), file("index.html", content)];
        site.publish(&files).await.unwrap();
        assert_eq!(site.visit("index.html").await.as_deref(), Some(content));
        assert_eq!(site.visit("status.txt").await.as_deref(), Some(status));
    }
}

/// Checks that no file is written, not even those before the invalid path.
pub async fn a_path_outside_the_site_changes_nothing(site: &(impl PublishSite + PublishedSite)) {
    site.publish(&[file("index.html", b"good")]).await.unwrap();
    for path in ["../outside", "a/../../outside", "/outside", "", "a/", "..", "a\\..\\b"] {
        let files = [file("index.html", b"bad"), file(path, b"bad")];
        let result = site.publish(&files).await;
        assert_eq!(result.unwrap_err().path, path);
        assert_eq!(site.visit("index.html").await.as_deref(), Some(&b"good"[..]), "{path}");
    }
}

/// Checks a repeated publication, and one without files, which is none.
pub async fn publishing_the_same_site_again_succeeds(site: &(impl PublishSite + PublishedSite)) {
    let page = file("index.html", b"same");
    for files in [&[page][..], &[page], &[], &[]] {
        site.publish(files).await.unwrap();
        assert_eq!(site.visit("index.html").await.as_deref(), Some(&b"same"[..]));
    }
}

/// Checks that a file is gone with the first publication without it, and also that the folder of the file is no obstacle
/// afterwards.
pub async fn a_file_that_left_the_site_is_removed_in_the_same_publication(
    site: &(impl PublishSite + PublishedSite),
) {
    let (badge, page) = (file("badge/old.svg", b"old"), file("index.html", b"page"));
    site.publish(&[badge, page]).await.unwrap();
    assert_eq!(site.visit("badge/old.svg").await.as_deref(), Some(badge.content));
    for _ in 0..2 {
        site.publish(&[page]).await.unwrap();
        assert_eq!(site.visit("badge/old.svg").await, None);
        assert_eq!(site.visit("index.html").await.as_deref(), Some(page.content));
    }
    site.publish(&[file("badge", b"a file now"), page]).await.unwrap();
    assert_eq!(site.visit("badge").await.as_deref(), Some(&b"a file now"[..]));
}

/// Checks that a file is written again when it returns to the site, also with the content that it had.
pub async fn a_file_that_returns_to_the_site_is_written_again(
    site: &(impl PublishSite + PublishedSite),
) {
    let (badge, page) = (file("api.svg", b"api"), file("index.html", b"page"));
    for is_part in [true, false, true, true, false, true] {
        let files = if is_part { vec![badge, page] } else { vec![page] };
        site.publish(&files).await.unwrap();
        let content = site.visit("api.svg").await;
        assert_eq!(content.as_deref(), is_part.then_some(badge.content));
    }
}

fn file<'a>(path: &'a str, content: &'a [u8]) -> PublishedFile<'a> {
    PublishedFile { path, content_type: "text/plain", cache_control: "no-cache", content }
}
