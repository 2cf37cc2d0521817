//! The record of the files of a site, which a publication writes beside them: what a later one may remove.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::hexadecimal;
use crate::ports::PublishedFile;

/// The name of the record among the files of a site. It is not part of the site, and no server may send it.
pub const RECORD_PATH: &str = ".published.json";

/// The version of the form of the record.
const FORMAT: u32 = 2;

/// The files that publications have written.
///
/// A missing or damaged record is the same as an empty one: each file is then written again, and no file is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicationRecord {
    format: u32,
    files: BTreeMap<String, RecordedFile>,
}

/// A file that a publication has written or is about to write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedFile {
    /// A digest of the headers with which the file was written; `None` if they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<String>,
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
    /// halfway.
    pub fn claim(&mut self, files: &[PublishedFile<'_>]) {
        for file in files {
            self.files.entry(file.path.to_owned()).or_default();
        }
    }

    /// Records that `files` are the whole site now, and that all of them are written. Returns the other files, which have
    /// left the site and must be removed before the record is stored: a stored record without them would forget them.
    #[must_use]
    pub fn complete(&mut self, files: &[PublishedFile<'_>]) -> Vec<String> {
        let written = files.iter().map(|file| {
            let headers = Some(headers_digest(file));
            (file.path.to_owned(), RecordedFile { headers })
        });
        let before = std::mem::replace(&mut self.files, written.collect());
        before.into_keys().filter(|path| !self.files.contains_key(path)).collect()
    }
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

    /// Records a completed publication of `paths`. Returns the files that have left the site.
    fn published(record: &mut PublicationRecord, paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| file(path)).collect();
        record.claim(&files);
        record.complete(&files)
    }

    #[test]
    fn a_file_is_to_be_removed_once_by_the_first_publication_without_it() {
        let mut record = PublicationRecord::default();
        assert!(published(&mut record, &["a.svg", "index.html"]).is_empty());
        assert_eq!(published(&mut record, &["index.html"]), ["a.svg"]);
        assert!(published(&mut record, &["index.html"]).is_empty());
    }

    #[test]
    fn a_file_of_a_failed_publication_is_to_be_removed() {
        let mut record = PublicationRecord::default();
        record.claim(&[file("half.svg"), file("index.html")]);
        assert!(!record.has_headers_of(&file("half.svg")));
        assert_eq!(published(&mut record, &["index.html"]), ["half.svg"]);
    }

    #[test]
    fn other_headers_and_a_return_to_the_site_make_a_file_unwritten() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["a.svg"]);
        assert!(record.has_headers_of(&file("a.svg")));
        let other = PublishedFile { cache_control: "max-age=60", ..file("a.svg") };
        assert!(!record.has_headers_of(&other));
        published(&mut record, &["b.svg"]);
        record.claim(&[file("a.svg")]);
        assert!(!record.has_headers_of(&file("a.svg")));
    }

    #[test]
    fn a_stored_record_is_read_and_a_damaged_one_is_none() {
        let mut record = PublicationRecord::default();
        published(&mut record, &["b.svg"]);
        record.claim(&[file("a.svg")]);
        let bytes = record.to_bytes();
        assert_eq!(PublicationRecord::parse(&bytes), Some(record));
        let text = String::from_utf8(bytes.clone()).unwrap();
        for damaged in ["", "{}", "[]", &text.replace("\"format\":2", "\"format\":1")] {
            assert_eq!(PublicationRecord::parse(damaged.as_bytes()), None, "{damaged}");
        }
        assert_eq!(PublicationRecord::parse(&bytes[..bytes.len() / 2]), None);
    }
}
