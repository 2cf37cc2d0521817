//! The site in an S3 bucket.
//!
//! One listing shows the present files: the tag of an object is the MD5 of its content. In a bucket
//! that is encrypted with a KMS key the tags differ from the MD5, so every file is written each
//! time. A file of which only the media type or the cache header has changed counts as unchanged.

mod listing;

use std::collections::BTreeMap;

use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};

use crate::cloud::{AwsService, Cloud};
use crate::signed::{
    CallError, ServiceRequest, ServiceResponse, Signed, percent_encoded, percent_encoded_path,
};

/// The number of concurrent writes.
const N_AT_ONCE: usize = 4;

const MAX_KEY_BYTES: usize = 1_024;

/// Publishes into a bucket.
///
/// No file is written if any path is invalid. The changed files are written concurrently, and the
/// last one in the list only after all others, because the page refers to the other files. S3 shows
/// each object wholly old or wholly new. Objects that are no longer published are left in place.
#[derive(Debug, Clone)]
pub struct S3Site {
    signed: Signed,
    bucket: String,
    /// The prefix of all keys; empty, or with a trailing slash.
    prefix: String,
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
        /// The failed operation: `write` or `list`.
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
}

impl S3Site {
    /// Creates a site in `bucket` in the region of `cloud`, below `prefix` if it is set.
    #[must_use]
    pub fn new(cloud: Cloud, bucket: impl Into<String>, prefix: Option<&str>) -> Self {
        let prefix = prefix.map(|prefix| prefix.trim_matches('/')).unwrap_or_default();
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Self { signed: Signed::new(cloud, AwsService::S3), bucket: bucket.into(), prefix }
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

    async fn put(&self, file: &ChangedFile<'_>) -> Result<(), PublishError> {
        let url = format!("{}/{}", self.address(), percent_encoded_path(&file.key));
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
        let stays_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let is_plain = !path.contains(|c: char| c == '\\' || c.is_control());
        (stays_inside && is_plain && key.len() <= MAX_KEY_BYTES).then_some(key)
    }
}

/// A file that must be written.
struct ChangedFile<'a> {
    file: &'a PublishedFile<'a>,
    key: String,
    digest: [u8; 16],
}

impl PublishSite for S3Site {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        let mut all = Vec::with_capacity(files.len());
        for file in files {
            let key = self.key(file.path).ok_or_else(|| failed(file.path, SiteError::Path))?;
            all.push(ChangedFile { file, key, digest: Md5::digest(file.content).into() });
        }
        let Some(last) = all.pop() else { return Ok(()) };

        let place = || format!("s3://{}/{}", self.bucket, self.prefix);
        let tags = self.tags().await.map_err(|error| failed(&place(), error))?;
        let is_changed =
            |file: &ChangedFile<'_>| tags.get(&file.key) != Some(&hexadecimal(file.digest));
        let puts = all.iter().filter(|file| is_changed(file)).map(|file| self.put(file));
        // Boxed, because the compiler cannot prove that a stream of borrowing futures is `Send`.
        let puts: Vec<std::pin::Pin<Box<dyn Future<Output = _> + Send + '_>>> =
            puts.map(|put| Box::pin(put) as _).collect();
        futures_util::stream::iter(puts)
            .buffer_unordered(N_AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        if is_changed(&last) {
            self.put(&last).await?;
        }
        Ok(())
    }
}

fn hint(what: &str, code: Option<&str>) -> &'static str {
    match (code.unwrap_or_default(), what) {
        ("AccessDenied", "list") => ": allow `s3:ListBucket` on the bucket",
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
