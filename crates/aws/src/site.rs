//! The site in an S3 bucket.
//!
//! One listing shows the present files: the tag of an object is the MD5 of its content. In a bucket
//! that is encrypted with a KMS key the tags differ from the MD5, so every file is written each
//! time. The record beside the site contains what a listing does not show: the headers of the files,
//! and which files a publication wrote.

mod listing;
mod record;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_core::publication_record::{PublicationRecord, RECORD_PATH};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};

use self::record::{BucketRecord, Saved, SiteRecord};
use crate::cloud::{AwsService, Cloud};
use crate::signed::{
    CallError, ServiceRequest, ServiceResponse, Signed, percent_encoded, percent_encoded_path,
};

/// The number of concurrent writes.
const N_AT_ONCE: usize = 4;

const MAX_KEY_BYTES: usize = 1_024;

/// The number of times that a publication starts over because another process has changed the record.
const MAX_STARTS: u32 = 4;

/// Publishes into a bucket.
///
/// No file is written if any path is invalid. The changed files are written concurrently: first those that pages refer
/// to, then the pages, and the last one in the list after all others. S3 shows each object wholly old or wholly new.
/// Objects that earlier publications wrote and this one does not are removed after that; other objects are left in
/// place.
#[derive(Debug, Clone)]
pub struct S3Site {
    signed: Signed,
    bucket: String,
    /// The prefix of all keys; empty, or with a trailing slash.
    prefix: String,
    /// The record as this process has last read or written it.
    known_record: Arc<Mutex<Option<BucketRecord>>>,
}

/// The reason that an object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The path is not valid for a site.
    #[error(
        "the path must be relative, name a file, stay inside the site and have at most \
         {MAX_KEY_BYTES} bytes"
    )]
    Path,
    /// The call to S3 failed.
    #[error("failed to {what} `s3://{bucket}/{object}`{hint}")]
    Call {
        /// The bucket.
        bucket: String,
        /// The failed operation: `write`, `read`, `remove` or `list`.
        what: &'static str,
        /// The key, or the prefix.
        object: String,
        /// The remedy, with a leading separator; empty if there is none.
        hint: &'static str,
        /// The reason.
        #[source]
        source: CallError,
    },
    /// The listing of objects cannot be parsed.
    #[error("cannot read the list of objects in bucket `{bucket}`: {why}")]
    Listing {
        /// The bucket.
        bucket: String,
        /// The reason.
        why: String,
    },
    /// Other processes have changed the record during each attempt of the publication.
    #[error(
        "another process keeps publishing into the bucket `{bucket}`; only one stack may use it"
    )]
    Contended {
        /// The bucket.
        bucket: String,
    },
}

impl S3Site {
    /// Creates a site in `bucket` in the region of `cloud`, below `prefix` if it is set.
    #[must_use]
    pub fn new(cloud: Cloud, bucket: impl Into<String>, prefix: Option<&str>) -> Self {
        let prefix = prefix.map(|prefix| prefix.trim_matches('/')).unwrap_or_default();
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let signed = Signed::new(cloud, AwsService::S3);
        Self { signed, bucket: bucket.into(), prefix, known_record: Arc::default() }
    }

    /// Returns the tags of all objects of the site, by key.
    async fn tags(&self) -> Result<BTreeMap<String, String>, SiteError> {
        let mut tags = BTreeMap::new();
        let mut next = None;
        loop {
            let page = self.page(next.as_deref()).await?;
            tags.extend(page.tags);
            match page.next {
                // A repeated token would make the loop endless.
                Some(token) if next.as_ref() != Some(&token) => next = Some(token),
                _ => return Ok(tags),
            }
        }
    }

    async fn page(&self, token: Option<&str>) -> Result<listing::ListingPage, SiteError> {
        let mut query = String::new();
        if let Some(token) = token {
            query = format!("continuation-token={}&", percent_encoded(token));
        }
        let prefix = percent_encoded(&self.prefix);
        let url =
            format!("{}/?{query}encoding-type=url&list-type=2&prefix={prefix}", self.address());
        let call = ServiceRequest { method: "GET", url: &url, headers: &[], body: &[] };
        let answer = self.call("list", &self.prefix, call).await?;
        listing::read(&answer.body)
            .map_err(|why| SiteError::Listing { bucket: self.bucket.clone(), why })
    }

    async fn put(&self, file: &SiteObject<'_>) -> Result<(), PublishError> {
        let url = self.url(&file.key);
        let digest = STANDARD.encode(file.digest);
        let call = ServiceRequest {
            method: "PUT",
            url: &url,
            headers: &[
                ("cache-control", file.file.cache_control),
                ("content-md5", &digest),
                ("content-type", file.file.content_type),
            ],
            body: file.file.content,
        };
        let put = self.call("write", &file.key, call).await;
        put.map(|_| ()).map_err(|error| failed(file.file.path, error))
    }

    /// Writes files concurrently.
    async fn put_all<'a>(
        &'a self,
        files: impl Iterator<Item = &'a SiteObject<'a>>,
    ) -> Result<(), PublishError> {
        // Boxed, because the compiler cannot prove that a stream of borrowing futures is `Send`.
        let puts: Vec<std::pin::Pin<Box<dyn Future<Output = _> + Send + 'a>>> =
            files.map(|file| Box::pin(self.put(file)) as _).collect();
        futures_util::stream::iter(puts).buffer_unordered(N_AT_ONCE).try_collect().await
    }

    /// Removes a file that has left the site.
    async fn remove(&self, path: &str, key: &str) -> Result<(), PublishError> {
        let url = self.url(key);
        let call = ServiceRequest { method: "DELETE", url: &url, headers: &[], body: &[] };
        let removed = self.call("remove", key, call).await;
        removed.map(|_| ()).map_err(|error| failed(path, error))
    }

    async fn call(
        &self,
        what: &'static str,
        object: &str,
        call: ServiceRequest<'_>,
    ) -> Result<ServiceResponse, SiteError> {
        self.signed.send(call).await.map_err(|source| SiteError::Call {
            bucket: self.bucket.clone(),
            what,
            object: object.to_owned(),
            hint: hint(what, source.code()),
            source,
        })
    }

    fn url(&self, key: &str) -> String {
        format!("{}/{}", self.address(), percent_encoded_path(key))
    }

    /// Returns the bucket's own host name. The path style is used at addresses other than AWS's,
    /// and for a name with dots, which no certificate covers.
    fn address(&self) -> String {
        let cloud = self.signed.cloud();
        let address = cloud.address(AwsService::S3);
        match address.strip_prefix("https://") {
            Some(host)
                if cloud.endpoint(AwsService::S3).is_none() && !self.bucket.contains('.') =>
            {
                format!("https://{}.{host}", self.bucket)
            }
            _ => format!("{address}/{}", percent_encoded(&self.bucket)),
        }
    }

    /// Returns the key of a path; `None` if the path is not valid for a site.
    fn key(&self, path: &str) -> Option<String> {
        let key = format!("{}{path}", self.prefix);
        let is_record = path == RECORD_PATH;
        let stays_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let is_plain = !path.contains(|c: char| c == '\\' || c.is_control());
        (stays_inside && is_plain && !is_record && key.len() <= MAX_KEY_BYTES).then_some(key)
    }
}

/// A file, as an object of the bucket.
struct SiteObject<'a> {
    file: &'a PublishedFile<'a>,
    key: String,
    digest: [u8; 16],
}

impl SiteObject<'_> {
    /// Returns true if the bucket does not have the file, or has it with other content or with headers other than
    /// recorded.
    fn is_changed(&self, tags: &BTreeMap<String, String>, record: &PublicationRecord) -> bool {
        tags.get(&self.key) != Some(&hexadecimal(self.digest)) || !record.has_headers_of(self.file)
    }

    fn is_page(&self) -> bool {
        self.file.content_type.starts_with("text/html")
    }
}

impl S3Site {
    /// Publishes once, unless another process changes the record meanwhile.
    async fn try_publish(
        &self,
        files: &[PublishedFile<'_>],
        objects: &[SiteObject<'_>],
    ) -> Result<Saved, PublishError> {
        let of_site = |error| failed(&format!("s3://{}/{}", self.bucket, self.prefix), error);
        let tags = self.tags().await.map_err(of_site)?;
        let mut record = self.record(&tags).await?;
        record.current.claim(files);
        if self.save(&mut record).await? == Saved::Conflict {
            return Ok(Saved::Conflict);
        }
        let Some((last, others)) = objects.split_last() else { return Ok(Saved::Stored) };
        let changed: Vec<&SiteObject<'_>> =
            others.iter().filter(|one| one.is_changed(&tags, &record.current)).collect();
        self.put_all(changed.iter().copied().filter(|one| !one.is_page())).await?;
        self.put_all(changed.iter().copied().filter(|one| one.is_page())).await?;
        if last.is_changed(&tags, &record.current) {
            self.put(last).await?;
        }
        let left = record.current.complete(files);
        self.remove_all(left, &tags, &mut record).await
    }

    /// Removes the files that have left the site, and saves the record without them.
    async fn remove_all(
        &self,
        left: Vec<String>,
        tags: &BTreeMap<String, String>,
        record: &mut SiteRecord,
    ) -> Result<Saved, PublishError> {
        // Another process may have just begun to publish one of them again.
        if !left.is_empty() && !self.is_current(record).await? {
            return Ok(Saved::Conflict);
        }
        for path in left {
            if let Some(key) = self.key(&path).filter(|key| tags.contains_key(key)) {
                self.remove(&path, &key).await?;
            }
        }
        self.save(record).await
    }
}

impl PublishSite for S3Site {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let mut objects = Vec::with_capacity(files.len());
        for file in files {
            let key = self.key(file.path).ok_or_else(|| failed(file.path, SiteError::Path))?;
            objects.push(SiteObject { file, key, digest: Md5::digest(file.content).into() });
        }
        if files.is_empty() {
            return Ok(());
        }
        for _ in 0..MAX_STARTS {
            match self.try_publish(files, &objects).await? {
                Saved::Stored => return Ok(()),
                Saved::Conflict => {}
            }
        }
        Err(self.contended())
    }
}

fn hint(what: &str, code: Option<&str>) -> &'static str {
    match (code.unwrap_or_default(), what) {
        ("AccessDenied", "list") => ": allow `s3:ListBucket` on the bucket",
        ("AccessDenied", "read") => ": allow `s3:GetObject` on it",
        ("AccessDenied", "remove") => ": allow `s3:DeleteObject` on its objects",
        ("AccessDenied", _) => ": allow `s3:PutObject` on its objects",
        ("NoSuchBucket", _) => ": no bucket of this name; deploy the stack, or fix the name",
        ("PermanentRedirect" | "AuthorizationHeaderMalformed", _) => {
            ": it is in another region than the function"
        }
        _ => "",
    }
}

fn hexadecimal(digest: [u8; 16]) -> String {
    use std::fmt::Write as _;

    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn failed(path: &str, error: SiteError) -> PublishError {
    PublishError { path: path.to_owned(), source: Box::new(error) }
}
