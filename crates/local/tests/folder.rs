//! The content of the folder after a publication, including after failures and concurrent
//! publications.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;

use allclear_core::ports::{PublishSite, PublishedFile};
use allclear_local::FolderSite;

fn file<'a>(path: &'a str, content: &'a str) -> PublishedFile<'a> {
    let content = content.as_bytes();
    PublishedFile { path, content_type: "text/html", cache_control: "no-cache", content }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_large_file_that_changes_at_its_end_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    let (before, after) = ("x".repeat(100_000), "x".repeat(99_999) + "y");
    for content in [&before, &after, &after] {
        site.publish_here(&[file("index.html", content)]).unwrap();
        let published = fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(published == *content);
    }
}

#[tokio::test]
async fn a_file_that_did_not_change_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    site.publish(&[file("a.css", "same"), file("index.html", "one")]).await.unwrap();
    let modified = |name: &str| fs::metadata(folder.path().join(name)).unwrap().modified().unwrap();
    let past = std::time::UNIX_EPOCH;
    for name in ["a.css", "index.html"] {
        let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
        file.set_modified(past).unwrap();
    }
    site.publish(&[file("a.css", "same"), file("index.html", "two")]).await.unwrap();
    assert_eq!(modified("a.css"), past);
    assert!(modified("index.html") > past);
}

#[tokio::test]
async fn only_the_site_is_left_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    site.publish(&[file("api/v2/summary.json", "{}"), file("index.html", "")]).await.unwrap();
    assert_eq!(names(folder.path()), ["api", "index.html"]);
    assert_eq!(names(&folder.path().join("api/v2")), ["summary.json"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn two_publishers_into_one_folder_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let publish = |name: &'static str| {
        // Another process has its own `FolderSite`.
        let site = FolderSite::new(folder.path());
        tokio::spawn(async move {
            for n in 0..30 {
                let page = format!("{name} {n}");
                let files = [file("api/v2/summary.json", &page), file("index.html", &page)];
                site.publish(&files).await.unwrap();
            }
        })
    };
    let (one, other) = (publish("one"), publish("other"));
    one.await.unwrap();
    other.await.unwrap();
    assert_eq!(names(folder.path()), ["api", "index.html"]);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(read("index.html"), read("api/v2/summary.json"));
}

#[tokio::test]
async fn the_files_of_a_killed_publication_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let leftover = folder.path().join(".publishing");
    fs::create_dir_all(leftover.join("deep")).unwrap();
    fs::write(leftover.join("0"), "half a page").unwrap();
    FolderSite::new(folder.path()).publish(&[file("index.html", "whole")]).await.unwrap();
    assert_eq!(names(folder.path()), ["index.html"]);
    assert_eq!(fs::read_to_string(folder.path().join("index.html")).unwrap(), "whole");
}

#[tokio::test]
async fn the_page_is_not_replaced_if_an_earlier_file_fails() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    site.publish(&[file("index.html", "old")]).await.unwrap();
    fs::write(folder.path().join("api"), "a file in the way").unwrap();
    let error = site.publish(&[file("api/v2.json", "{}"), file("index.html", "new")]).await;
    let error = error.unwrap_err();
    assert_eq!(error.path, "api/v2.json");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("api` is not a folder: remove it"), "{source}");
    assert_eq!(fs::read_to_string(folder.path().join("index.html")).unwrap(), "old");

    fs::remove_file(folder.path().join("api")).unwrap();
    site.publish(&[file("api/v2.json", "{}"), file("index.html", "new")]).await.unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("index.html")).unwrap(), "new");
    assert_eq!(names(folder.path()), ["api", "index.html"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_does_not_lead_out_of_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("api")).unwrap();
    let target = outside.path().join("target");
    fs::write(&target, "theirs").unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("status.txt")).unwrap();
    let site = FolderSite::new(folder.path());
    assert!(site.publish(&[file("api/summary.json", "{}")]).await.is_err());
    site.publish(&[file("status.txt", "ours")]).await.unwrap();
    assert_eq!(names(outside.path()), ["target"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
    assert_eq!(fs::read_to_string(folder.path().join("status.txt")).unwrap(), "ours");
}

#[tokio::test]
async fn publications_at_the_same_time_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    let (one, two) = ("1".repeat(100_000), "2".repeat(100_000));
    for _ in 0..10 {
        let (first, second) = ([file("index.html", &one)], [file("index.html", &two)]);
        let results = tokio::join!(site.publish(&first), site.publish(&second));
        results.0.unwrap();
        results.1.unwrap();
        let content = fs::read_to_string(folder.path().join("index.html")).unwrap();
        assert!(content == one || content == two);
    }
}
