//! The record of the published files, as an object beside them.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use allclear_core::ports::PublishError;
use allclear_core::publication_record::{PublicationRecord, RECORD_PATH};

use super::{S3Site, SiteError, failed};
use crate::signed::{CallError, ServiceRequest, ServiceResponse};

/// The codes of a conditional request whose condition is not met.
const CONFLICTS: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

/// A record as the bucket has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BucketRecord {
    /// The tag of the object, without quotation marks.
    tag: String,
    record: PublicationRecord,
}

/// The record of a publication.
pub(super) struct SiteRecord {
    pub(super) current: PublicationRecord,
    /// The record that the bucket has; `None` if it has none.
    stored: Option<BucketRecord>,
}

/// The result of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    /// The record is stored.
    Stored,
    /// Another process has changed the record, and nothing was written.
    Conflict,
}

impl S3Site {
    /// Returns the record. It is read only if it differs from the one that this process knows. One that is missing or
    /// damaged is empty.
    pub(super) async fn record(
        &self,
        tags: &BTreeMap<String, String>,
    ) -> Result<SiteRecord, PublishError> {
        let Some(tag) = tags.get(&self.record_key()) else {
            return Ok(SiteRecord { current: PublicationRecord::default(), stored: None });
        };
        let known = self.known_record.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stored = match known.filter(|known| known.tag == *tag) {
            Some(known) => Some(known),
            None => self.read_record().await?,
        };
        let current = stored.as_ref().map(|stored| stored.record.clone()).unwrap_or_default();
        Ok(SiteRecord { current, stored })
    }

    /// Returns true if the bucket still has the record that this publication has read or written.
    pub(super) async fn is_current(&self, record: &SiteRecord) -> Result<bool, PublishError> {
        Ok(self.read_record().await? == record.stored)
    }

    /// Stores the record, unless the bucket has it already.
    pub(super) async fn save(&self, record: &mut SiteRecord) -> Result<Saved, PublishError> {
        if record.stored.as_ref().is_some_and(|stored| stored.record == record.current) {
            return Ok(Saved::Stored);
        }
        let (key, body) = (self.record_key(), record.current.to_bytes());
        let tag = record.stored.as_ref().map(|stored| format!("\"{}\"", stored.tag));
        let condition = match &tag {
            Some(tag) => ("if-match", tag.as_str()),
            None => ("if-none-match", "*"),
        };
        let headers =
            [("cache-control", "no-store"), ("content-type", "application/json"), condition];
        let url = self.url(&key);
        let call = ServiceRequest { method: "PUT", url: &url, headers: &headers, body: &body };
        let answer = match self.call("write", &key, call).await {
            Ok(answer) => answer,
            Err(SiteError::Call { source, .. }) if is_conflict(&source) => {
                return Ok(Saved::Conflict);
            }
            Err(error) => return Err(failed(RECORD_PATH, error)),
        };
        let stored = BucketRecord { tag: tag_of(&answer), record: record.current.clone() };
        self.remember(Some(&stored));
        record.stored = Some(stored);
        Ok(Saved::Stored)
    }

    /// Returns the error of a publication that has met other ones each time.
    pub(super) fn contended(&self) -> PublishError {
        failed(RECORD_PATH, SiteError::Contended { bucket: self.bucket.clone() })
    }

    /// Reads the record; `None` if there is none.
    async fn read_record(&self) -> Result<Option<BucketRecord>, PublishError> {
        let key = self.record_key();
        let url = self.url(&key);
        let call = ServiceRequest { method: "GET", url: &url, headers: &[], body: &[] };
        let stored = match self.call("read", &key, call).await {
            Ok(answer) => {
                let record = PublicationRecord::parse(&answer.body).unwrap_or_default();
                Some(BucketRecord { tag: tag_of(&answer), record })
            }
            Err(SiteError::Call { source, .. }) if source.code() == Some("NoSuchKey") => None,
            Err(error) => return Err(failed(RECORD_PATH, error)),
        };
        self.remember(stored.as_ref());
        Ok(stored)
    }

    fn remember(&self, stored: Option<&BucketRecord>) {
        *self.known_record.lock().unwrap_or_else(PoisonError::into_inner) = stored.cloned();
    }

    fn record_key(&self) -> String {
        format!("{}{RECORD_PATH}", self.prefix)
    }
}

fn is_conflict(error: &CallError) -> bool {
    error.code().is_some_and(|code| CONFLICTS.contains(&code))
}

fn tag_of(answer: &ServiceResponse) -> String {
    let tag = answer.headers.get("etag").and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    tag.trim_matches('"').to_owned()
}
