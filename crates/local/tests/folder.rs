//! The content of the folder after a publication, including after failures and concurrent
//! publications.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::Path;

use allclear_core::ports::{PublishSite, PublishedFile};
use allclear_local::FolderSite;

/// The hidden record of the published files.
const RECORD: &str = ".published.json";

fn file<'a>(path: &'a str, content: &'a str) -> PublishedFile<'a> {
    let content = content.as_bytes();
    PublishedFile { path, content_type: "text/html", cache_control: "no-cache", content }
}

/// Returns the names of the visible files.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != RECORD);
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
    fs::write(&target, "foreign").unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("status.txt")).unwrap();
    let site = FolderSite::new(folder.path());
    assert!(site.publish(&[file("api/summary.json", "{}")]).await.is_err());
    site.publish(&[file("status.txt", "published")]).await.unwrap();
    assert_eq!(names(outside.path()), ["target"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "foreign");
    assert_eq!(fs::read_to_string(folder.path().join("status.txt")).unwrap(), "published");
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

/// Publishes `files` and `index.html`, each with its own name as content.
fn publish(site: &FolderSite, files: &[&str]) {
    let files = files.iter().chain(&["index.html"]).map(|path| file(path, path));
    site.publish_here(&files.collect::<Vec<_>>()).unwrap();
}

#[test]
fn files_of_others_stay_beside_the_site() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("badge")).unwrap();
    for path in ["robots.txt", "badge/own.svg"] {
        fs::write(folder.path().join(path), "by hand").unwrap();
    }
    publish(&FolderSite::new(folder.path()), &["badge/api.svg", "history/2026-10.html"]);
    // Another process continues from the record.
    let site = FolderSite::new(folder.path());
    publish(&site, &[]);
    assert_eq!(names(folder.path()), ["badge", "index.html", "robots.txt"]);
    assert_eq!(names(&folder.path().join("badge")), ["own.svg"]);
}

#[test]
fn a_damaged_record_removes_nothing_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    publish(&site, &["old.svg"]);
    for damaged in ["", "{}", "{\"format\":99,\"files\":{}}"] {
        fs::write(folder.path().join(RECORD), damaged).unwrap();
        publish(&site, &[]);
        assert_eq!(names(folder.path()), ["index.html", "old.svg"], "{damaged}");
        assert_ne!(fs::read_to_string(folder.path().join(RECORD)).unwrap(), damaged);
    }
    publish(&site, &["old.svg"]);
    publish(&site, &[]);
    assert_eq!(names(folder.path()), ["index.html"]);
}

#[test]
fn a_forged_record_removes_nothing_outside_the_folder() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("site");
    let site = FolderSite::new(&folder);
    publish(&site, &[]);
    fs::write(outer.path().join("secrets.json"), "secret").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    let absolute = outer.path().join("secrets.json").display().to_string();
    let paths = ["../secrets.json", &absolute, "folder", "", "a/../../secrets.json"];
    let files: Vec<String> = paths.iter().map(|path| format!("\"{path}\":{{}}")).collect();
    let forged = format!("{{\"format\":2,\"files\":{{{}}}}}", files.join(","));
    fs::write(folder.join(RECORD), forged).unwrap();
    publish(&site, &[]);
    assert_eq!(names(outer.path()), ["secrets.json", "site"]);
    assert_eq!(names(&folder), ["folder", "index.html"]);
    assert!(!fs::read_to_string(folder.join(RECORD)).unwrap().contains("secrets"));
}

#[cfg(unix)]
#[test]
fn a_removal_follows_no_link() {
    let outside = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    publish(&site, &["badge/api.svg", "status.txt"]);
    fs::remove_dir_all(folder.path().join("badge")).unwrap();
    fs::remove_file(folder.path().join("status.txt")).unwrap();
    for name in ["api.svg", "target"] {
        fs::write(outside.path().join(name), "foreign").unwrap();
    }
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
    };
    link(outside.path(), "badge");
    link(&outside.path().join("target"), "status.txt");
    publish(&site, &[]);
    assert_eq!(names(outside.path()), ["api.svg", "target"]);
    assert_eq!(names(folder.path()), ["badge", "index.html", "status.txt"]);
}

#[test]
fn a_failed_publication_is_repaired_and_its_files_are_removed_later() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    publish(&site, &["old.svg"]);
    fs::write(folder.path().join("z"), "a file in the way").unwrap();
    let failing = [file("half.svg", "half"), file("z/b.svg", ""), file("index.html", "new")];
    site.publish_here(&failing).unwrap_err();
    let page = || fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert_eq!(page(), "index.html");
    assert!(folder.path().join("old.svg").exists() && folder.path().join("half.svg").exists());
    publish(&site, &["other.svg"]);
    assert_eq!(names(folder.path()), ["index.html", "other.svg", "z"]);
}

#[test]
fn a_file_changed_or_deleted_from_outside_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path());
    publish(&site, &["a.svg", "b.svg"]);
    fs::write(folder.path().join("a.svg"), "x.svg").unwrap();
    fs::remove_file(folder.path().join("b.svg")).unwrap();
    publish(&site, &["a.svg", "b.svg"]);
    for name in ["a.svg", "b.svg"] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), name);
    }
}

#[test]
fn only_a_free_folder_or_one_with_a_record_can_be_published_into() {
    let folder = tempfile::tempdir().unwrap();
    let site = FolderSite::new(folder.path().join("site"));
    assert!(site.is_free_or_published().unwrap());
    fs::create_dir(folder.path().join("site")).unwrap();
    assert!(site.is_free_or_published().unwrap());
    publish(&site, &[]);
    assert!(site.is_free_or_published().unwrap());
    fs::write(folder.path().join("site").join(RECORD), "{}").unwrap();
    assert!(!site.is_free_or_published().unwrap());
}
