//! The site in a bucket of the local AWS.

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::signed::{ServiceRequest, Signed};
use allclear_aws::site::S3Site;
use allclear_contract::site::PublishedSite;
use allclear_contract::{Fresh, site_contract};
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};

use crate::{ministack, unique};

site_contract!(s3, fresh_site);

struct Visited {
    site: S3Site,
    bucket: Bucket,
    prefix: &'static str,
}

struct Bucket {
    signed: Signed,
    address: String,
}

impl Bucket {
    async fn new(cloud: &Cloud) -> Self {
        let address = format!("{}/{}", cloud.address(AwsService::S3), unique("site"));
        let bucket = Self { signed: Signed::new(cloud.clone(), AwsService::S3), address };
        bucket.call("PUT", "", &[]).await.unwrap();
        bucket
    }

    fn name(&self) -> &str {
        self.address.rsplit('/').next().unwrap()
    }

    /// Returns the content of an object; `None` if there is none.
    async fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.call("GET", path, &[]).await.map(|object| object.content)
    }

    async fn call(&self, method: &'static str, path: &str, body: &[u8]) -> Option<Object> {
        let url = format!("{}{path}", self.address);
        let answer = self
            .signed
            .send(ServiceRequest { method, url: &url, headers: &[], body })
            .await
            .ok()?;
        let header = |name: &str| answer.headers.get(name)?.to_str().ok().map(str::to_owned);
        Some(Object {
            content_type: header("content-type"),
            cache_control: header("cache-control"),
            last_modified: header("last-modified"),
            content: answer.body,
        })
    }
}

struct Object {
    content_type: Option<String>,
    cache_control: Option<String>,
    last_modified: Option<String>,
    content: Vec<u8>,
}

async fn fresh_site() -> Fresh<Visited> {
    let cloud = ministack::cloud();
    let bucket = Bucket::new(&cloud).await;
    let prefix = "/status/";
    let site = S3Site::new(cloud, bucket.name(), Some(prefix));
    Fresh { adapter: Visited { site, bucket, prefix }, guard: () }
}

impl PublishSite for Visited {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.site.publish(files).await
    }
}

impl PublishedSite for Visited {
    async fn visit(&self, path: &str) -> Option<Vec<u8>> {
        let object = self.bucket.call("GET", &format!("{}{path}", self.prefix), &[]).await;
        object.map(|object| object.content)
    }
}

fn file<'a>(path: &'a str, content: &'a [u8]) -> PublishedFile<'a> {
    PublishedFile { path, content_type: "image/svg+xml", cache_control: "max-age=60", content }
}

#[tokio::test]
async fn an_object_has_the_media_type_and_the_cache_header() {
    let cloud = ministack::cloud();
    let bucket = Bucket::new(&cloud).await;
    let site = S3Site::new(cloud, bucket.name(), None);
    site.publish(&[file("badges/a b+c&d=ä%.svg", b"<svg/>")]).await.unwrap();
    let object = bucket.call("GET", "/badges/a%20b%2Bc%26d%3D%C3%A4%25.svg", &[]).await.unwrap();
    assert_eq!(object.content, b"<svg/>");
    assert_eq!(object.content_type.as_deref(), Some("image/svg+xml"));
    assert_eq!(object.cache_control.as_deref(), Some("max-age=60"));
}

#[tokio::test]
async fn unchanged_files_are_not_written_again() {
    let cloud = ministack::cloud();
    let bucket = Bucket::new(&cloud).await;
    let site = S3Site::new(cloud, bucket.name(), None);
    site.publish(&[file("a b.svg", b"same"), file("index.html", b"one")]).await.unwrap();
    // The resolution is one second, so the test waits until the next second has begun.
    let first = bucket.call("GET", "/a%20b.svg", &[]).await.unwrap().last_modified.unwrap();
    loop {
        site.publish(&[file("a b.svg", b"same"), file("index.html", b"two")]).await.unwrap();
        bucket.call("PUT", "/clock", b"").await.unwrap();
        if bucket.call("GET", "/clock", &[]).await.unwrap().last_modified.unwrap() != first {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    site.publish(&[file("a b.svg", b"same"), file("index.html", b"three")]).await.unwrap();
    let again = bucket.call("GET", "/a%20b.svg", &[]).await.unwrap().last_modified.unwrap();
    assert_eq!(again, first);
    assert_eq!(bucket.call("GET", "/index.html", &[]).await.unwrap().content, b"three");
}

#[tokio::test]
async fn a_missing_bucket_is_named_with_the_remedy() {
    let site = S3Site::new(ministack::cloud(), "no-such-bucket", None);
    let error = site.publish(&[file("index.html", b"x")]).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("s3://no-such-bucket/") && why.contains("deploy the stack"), "{why}");
}

async fn fresh_bucket() -> (S3Site, Bucket) {
    let cloud = ministack::cloud();
    let bucket = Bucket::new(&cloud).await;
    (S3Site::new(cloud, bucket.name(), None), bucket)
}

#[tokio::test]
async fn a_file_with_other_headers_is_written_again_also_by_another_process() {
    let (site, bucket) = fresh_bucket().await;
    let badge = file("a.svg", b"same");
    site.publish(&[badge, file("index.html", b"x")]).await.unwrap();
    let longer = PublishedFile { cache_control: "max-age=3600", ..badge };
    let another = S3Site::new(ministack::cloud(), bucket.name(), None);
    another.publish(&[longer, file("index.html", b"x")]).await.unwrap();
    let object = bucket.call("GET", "/a.svg", &[]).await.unwrap();
    assert_eq!(object.cache_control.as_deref(), Some("max-age=3600"));
}

#[tokio::test]
async fn an_object_changed_or_deleted_from_outside_is_restored() {
    let (site, bucket) = fresh_bucket().await;
    let files = [file("a.svg", b"a"), file("b.svg", b"b"), file("index.html", b"x")];
    site.publish(&files).await.unwrap();
    bucket.call("PUT", "/a.svg", b"other").await.unwrap();
    bucket.call("DELETE", "/b.svg", &[]).await.unwrap();
    site.publish(&files).await.unwrap();
    for file in files {
        let content = bucket.content(&format!("/{}", file.path)).await;
        assert_eq!(content.as_deref(), Some(file.content));
    }
}

#[tokio::test]
async fn objects_of_others_stay_and_a_lost_or_damaged_record_removes_nothing() {
    let (site, bucket) = fresh_bucket().await;
    bucket.call("PUT", "/robots.txt", b"by hand").await.unwrap();
    let page = file("index.html", b"x");
    site.publish(&[file("old.svg", b"old"), page]).await.unwrap();
    for is_lost in [true, false] {
        if is_lost {
            bucket.call("DELETE", "/.published.json", &[]).await.unwrap();
        } else {
            bucket.call("PUT", "/.published.json", b"{\"format\":2,").await.unwrap();
        }
        site.publish(&[page]).await.unwrap();
        assert!(bucket.content("/old.svg").await.is_some());
    }
    // The file returns to the site, and then leaves it.
    site.publish(&[file("old.svg", b"old"), page]).await.unwrap();
    let another = S3Site::new(ministack::cloud(), bucket.name(), None);
    another.publish(&[page]).await.unwrap();
    assert_eq!(bucket.content("/old.svg").await, None);
    assert_eq!(bucket.content("/robots.txt").await.as_deref(), Some(&b"by hand"[..]));
}

#[tokio::test]
async fn generators_at_the_same_time_leave_the_files_of_the_last_one() {
    let (_, bucket) = fresh_bucket().await;
    let site = || S3Site::new(ministack::cloud(), bucket.name(), None);
    let (one, other) = (site(), site());
    for n in 0..10 {
        let page = format!("page {n}");
        let page = file("index.html", page.as_bytes());
        let (first, second) = ([file("one.svg", b"1"), page], [file("other.svg", b"2"), page]);
        let results = tokio::join!(one.publish(&first), other.publish(&second));
        results.0.unwrap();
        results.1.unwrap();
    }
    let page = file("index.html", b"page");
    one.publish(&[file("one.svg", b"1"), page]).await.unwrap();
    other.publish(&[file("other.svg", b"2"), page]).await.unwrap();
    assert_eq!(bucket.content("/one.svg").await, None);
    assert!(bucket.content("/other.svg").await.is_some());
}
