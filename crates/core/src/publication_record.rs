//! The record of the files of a site, which a publication writes beside them: what a later one may remove.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::hexadecimal;
use crate::ports::PublishedFile;

/// The time for which a file stays after the first publication without it. Longer than a publication takes, so that a
/// generator with an older or newer config, which runs at the same time, does not lose its files.
pub const ORPHAN_GRACE: Duration = Duration::from_mins(2);

/// The name of the record among the files of a site. It is not part of the site, and no server may send it.
pub const RECORD_PATH: &str = ".published.json";

/// The version of the form of the record.
const FORMAT: u32 = 1;

/// The files that publications have written, and the time since which some of them are no longer part of the site.
///
/// A missing or damaged record is the same as an empty one: each file is then written again, and no file is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicationRecord {
    format: u32,
    files: BTreeMap<String, RecordedFile>,
}

/// A file that a publication has written or is about to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedFile {
    /// A digest of the headers with which the file was written; `None` if they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<String>,
    /// The time of the first publication without the file; `None` while the file is part of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    orphaned_at: Option<Timestamp>,
}

impl Default for PublicationRecord {
    fn default() -> Self {
        Self { format: FORMAT, files: BTreeMap::new() }
    }
}

impl PublicationRecord {
    /// Reads a stored record; `None` if it is damaged or of another format.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|record: &Self| record.format == FORMAT)
    }

    /// Returns the record in its stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of strings and times always has a JSON form. An empty record would be the same as none.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Returns true if `file` was written with its present headers.
    #[must_use]
    pub fn has_headers_of(&self, file: &PublishedFile<'_>) -> bool {
        let recorded = self.files.get(file.path).and_then(|recorded| recorded.headers.as_ref());
        recorded.is_some_and(|recorded| *recorded == headers_digest(file))
    }

    /// Takes `files` into the record before they are written, so that they can be removed even if the publication fails
    /// halfway. A file that had left the site is written again.
    pub fn claim(&mut self, files: &[PublishedFile<'_>]) {
        for file in files {
            let recorded = self.files.entry(file.path.to_owned());
            recorded
                .and_modify(|recorded| {
                    if recorded.orphaned_at.is_some() {
                        *recorded = RecordedFile::CLAIMED;
                    }
                })
                .or_insert(RecordedFile::CLAIMED);
        }
    }

    /// Records that `files` are the whole site now, and that all of them are written. Every other file is an orphan,
    /// since `now` unless it was one before.
    pub fn complete(&mut self, files: &[PublishedFile<'_>], now: Timestamp) {
        for recorded in self.files.values_mut() {
            recorded.orphaned_at.get_or_insert(now);
        }
        for file in files {
            let recorded = RecordedFile { headers: Some(headers_digest(file)), orphaned_at: None };
            self.files.insert(file.path.to_owned(), recorded);
        }
    }

    /// Returns the files that have been orphans for `grace` at `now`.
    #[must_use]
    pub fn removable(&self, grace: Duration, now: Timestamp) -> Vec<String> {
        let is_due = |recorded: &RecordedFile| {
            // A time in the future was recorded before the clock was set back.
            recorded.orphaned_at.is_some_and(|at| now.duration_since(at).unsigned_abs() >= grace)
        };
        let due = self.files.iter().filter(|(_, recorded)| is_due(recorded));
        due.map(|(path, _)| path.clone()).collect()
    }

    /// Removes a file from the record, because it no longer exists or no longer is a file of the site.
    pub fn forget(&mut self, path: &str) {
        self.files.remove(path);
    }
}

impl RecordedFile {
    const CLAIMED: Self = Self { headers: None, orphaned_at: None };
}

fn headers_digest(file: &PublishedFile<'_>) -> String {
    hexadecimal([file.content_type, file.cache_control])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> PublishedFile<'_> {
        PublishedFile { path, content_type: "text/plain", cache_control: "no-cache", content: b"" }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A record of a completed publication of `paths`.
    fn published(record: &mut PublicationRecord, paths: &[&str], second: i64) {
        let files: Vec<_> = paths.iter().map(|path| file(path)).collect();
        record.claim(&files);
        record.complete(&files, at(second));
    }

    #[test]
    fn a_file_becomes_removable_two_minutes_after_the_first_publication_without_it() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["a.svg", "index.html"], 0);
        published(&mut record, &["index.html"], 60);
        published(&mut record, &["index.html"], 120);
        assert!(record.removable(ORPHAN_GRACE, at(179)).is_empty());
        assert_eq!(record.removable(ORPHAN_GRACE, at(180)), ["a.svg"]);
        record.forget("a.svg");
        assert!(record.removable(ORPHAN_GRACE, at(180)).is_empty());
    }

    #[test]
    fn a_file_that_another_generator_still_publishes_is_never_removable() {
        let mut record = PublicationRecord::default();
        for second in (0..600).step_by(60) {
            published(&mut record, &["old_config.svg", "index.html"], second);
            assert!(record.removable(ORPHAN_GRACE, at(second)).is_empty());
            published(&mut record, &["new_config.svg", "index.html"], second + 30);
            assert!(record.removable(ORPHAN_GRACE, at(second + 30)).is_empty());
        }
    }

    #[test]
    fn a_file_of_a_failed_publication_becomes_an_orphan() {
        let mut record = PublicationRecord::default();
        record.claim(&[file("half.svg"), file("index.html")]);
        assert!(!record.has_headers_of(&file("half.svg")));
        published(&mut record, &["index.html"], 0);
        assert_eq!(record.removable(ORPHAN_GRACE, at(120)), ["half.svg"]);
    }

    #[test]
    fn other_headers_and_a_return_to_the_site_make_a_file_unwritten() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["a.svg"], 0);
        assert!(record.has_headers_of(&file("a.svg")));
        let other = PublishedFile { cache_control: "max-age=60", ..file("a.svg") };
        assert!(!record.has_headers_of(&other));
        published(&mut record, &[], 60);
        record.claim(&[file("a.svg")]);
        assert!(!record.has_headers_of(&file("a.svg")));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_an_orphan() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["a.svg"], 9_000);
        published(&mut record, &[], 9_000);
        assert_eq!(record.removable(ORPHAN_GRACE, at(60)), ["a.svg"]);
    }

    #[test]
    fn a_stored_record_is_read_and_a_damaged_one_is_none() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["a.svg", "b.svg"], 0);
        published(&mut record, &["b.svg"], 60);
        let bytes = record.to_bytes();
        assert_eq!(PublicationRecord::parse(&bytes), Some(record));
        let text = String::from_utf8(bytes.clone()).unwrap();
        for damaged in ["", "{}", "[]", &text.replace("\"format\":1", "\"format\":2")] {
            assert_eq!(PublicationRecord::parse(damaged.as_bytes()), None, "{damaged}");
        }
        assert_eq!(PublicationRecord::parse(&bytes[..bytes.len() / 2]), None);
    }
}
