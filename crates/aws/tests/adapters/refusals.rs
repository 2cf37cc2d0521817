//! The adapters when AWS refuses, is busy, or sends malformed responses.

use std::error::Error as _;

use allclear_aws::secrets::SecretsManagerSecrets;
use allclear_aws::site::S3Site;
use allclear_aws::sns::SnsKinds;
use allclear_core::id::SecretName;
use allclear_core::ports::{PublishSite, PublishedFile, ReadSecrets, SecretError, SecretFreshness};
use allclear_core::publication_record::PublicationRecord;
use allclear_core::status::Severity;
use serde_json::json;

use crate::sns::{notification, send};
use crate::stub::{Asked, Reply, Stub};

const RECORD: &str = "/.published.json";
const NOTHING_THERE: &str = "<ListBucketResult/>";

fn file<'a>(path: &'a str, content: &'a [u8]) -> PublishedFile<'a> {
    PublishedFile { path, content_type: "text/plain", cache_control: "no-cache", content }
}

fn refusal(code: &str) -> String {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message></Error>")
}

/// Publishes three files. Returns the result, with the causes of an error, and the files that were
/// put.
async fn published(stub: &Stub) -> (Result<(), String>, Vec<String>) {
    let site = S3Site::new(stub.cloud(), "status", Some("site"));
    let files =
        [file("a.svg", b"a"), file("api/b.json", b"b"), file("index.html", b"<!doctype html>")];
    let result = site.publish(&files).await.map_err(|error| {
        let why = error.source().unwrap();
        let cause = why.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}: {why}{cause}")
    });
    let is_file = |asked: &Asked| asked.method == "PUT" && !asked.path.ends_with(RECORD);
    let puts = stub.asked().into_iter().filter(is_file);
    (result, puts.map(|asked| asked.path).collect())
}

#[tokio::test]
async fn a_refusing_bucket_is_reported_with_the_missing_permission() {
    let stub = Stub::new(|_, _| Reply::Status(403, refusal("AccessDenied"))).await;
    let (result, puts) = published(&stub).await;
    let error = result.unwrap_err();
    assert!(error.contains("`s3:ListBucket`") && error.contains("`AccessDenied`"), "{error}");
    assert!(puts.is_empty());

    let stub = Stub::new(|_, asked| match asked.method.as_str() {
        "GET" => Reply::Status(200, NOTHING_THERE.to_owned()),
        _ => Reply::Status(403, refusal("AccessDenied")),
    });
    let (result, _) = published(&stub.await).await;
    let error = result.unwrap_err();
    assert!(error.contains("`s3:PutObject`") && error.contains("s3://status/site/"), "{error}");
}

#[tokio::test]
async fn a_missing_bucket_or_one_of_another_region_is_reported() {
    for (status, code, hint) in [
        (404, "NoSuchBucket", "no bucket of this name"),
        (301, "PermanentRedirect", "another region"),
        (400, "AuthorizationHeaderMalformed", "another region"),
    ] {
        let stub = Stub::new(move |_, _| Reply::Status(status, refusal(code))).await;
        let (result, puts) = published(&stub).await;
        let error = result.unwrap_err();
        assert!(error.contains(hint) && error.contains("s3://status/"), "{error}");
        assert!(puts.is_empty());
    }
}

#[tokio::test]
async fn the_page_is_not_put_if_another_file_failed() {
    let stub = Stub::new(|_, asked| match asked.path.as_str() {
        path if path.ends_with("/b.json") => Reply::Status(403, refusal("AccessDenied")),
        _ => Reply::Status(200, NOTHING_THERE.to_owned()),
    });
    let (result, puts) = published(&stub.await).await;
    assert!(result.unwrap_err().contains("`api/b.json`"));
    assert!(!puts.contains(&"/status/site/index.html".to_owned()), "{puts:?}");
}

#[tokio::test]
async fn a_busy_bucket_gets_every_file_and_the_page_last() {
    let stub = Stub::new(|n, _| match n % 2 {
        0 => Reply::Status(503, refusal("SlowDown")),
        _ => Reply::Status(200, NOTHING_THERE.to_owned()),
    });
    let stub = stub.await;
    let (result, puts) = published(&stub).await;
    assert_eq!(result, Ok(()));
    assert_eq!(puts.last().map(String::as_str), Some("/status/site/index.html"));
    for path in ["/status/site/a.svg", "/status/site/api/b.json"] {
        assert!(puts.iter().any(|put| put == path), "{puts:?}");
    }
    let put = stub.asked().into_iter().rfind(|asked| asked.path.ends_with("html")).unwrap();
    assert_eq!(put.header("cache-control"), "no-cache");
    assert_eq!(put.header("content-type"), "text/plain");
    assert_eq!(put.body, "<!doctype html>");
}

/// Returns the entry of an object in a listing.
fn entry(key: &str, tag: &str) -> String {
    format!("<Contents><Key>{key}</Key><ETag>\"{tag}\"</ETag></Contents>")
}

fn listing(entries: &str) -> String {
    format!("<ListBucketResult>{entries}</ListBucketResult>")
}

/// The MD5 of `a` and of `b`, as tools print it.
const A: &str = "0cc175b9c0f1b6a831c399e269772661";
const B: &str = "92eb5ffee6ae2fec3ad71c777531578f";

/// Returns the record of a publication of all three files, and of `more`.
fn record(more: &[&str]) -> String {
    let paths = ["a.svg", "api/b.json", "index.html"].iter().chain(more);
    let files: Vec<_> = paths.map(|path| file(path, b"")).collect();
    let mut record = PublicationRecord::default();
    assert!(record.complete(&files).is_empty());
    String::from_utf8(record.to_bytes()).unwrap()
}

#[tokio::test]
async fn only_changed_files_are_put_regardless_of_their_page_of_the_listing() {
    let stub = Stub::new(|_, asked| {
        if asked.path.ends_with(RECORD) {
            return Reply::With(200, &[("etag", "\"r\"")], record(&[]));
        }
        let page = if asked.path.contains("continuation-token=two%2B") {
            entry("site/api/b.json", B) + &entry("site/index.html", A)
        } else {
            let next = "<IsTruncated>true</IsTruncated>\
                        <NextContinuationToken>two+</NextContinuationToken>";
            entry("site/.published.json", "r") + &entry("site/a.svg", A) + next
        };
        Reply::Status(200, listing(&page))
    });
    let stub = stub.await;
    let (result, puts) = published(&stub).await;
    assert_eq!(result, Ok(()));
    assert_eq!(puts, ["/status/site/index.html"]);
    assert!(stub.asked()[0].path.contains("list-type=2&prefix=site%2F"), "{:?}", stub.asked()[0]);
}

#[tokio::test]
async fn the_record_is_read_once_and_written_only_if_it_changes() {
    let stub = Stub::new(|_, asked| match asked.path.as_str() {
        path if path.ends_with(RECORD) => Reply::With(200, &[("etag", "\"r\"")], record(&[])),
        _ => Reply::Status(200, listing(&entry("site/.published.json", "r"))),
    });
    let stub = stub.await;
    let site = S3Site::new(stub.cloud(), "status", Some("site"));
    let files = [file("a.svg", b"a"), file("api/b.json", b"b"), file("index.html", b"c")];
    for _ in 0..3 {
        site.publish(&files).await.unwrap();
    }
    let asked = stub.asked();
    let n = |method: &str, of_record: bool| {
        let is = |path: &str| path.ends_with(RECORD) == of_record;
        asked.iter().filter(|asked| asked.method == method && is(&asked.path)).count()
    };
    assert_eq!((n("GET", true), n("PUT", true), n("GET", false), n("PUT", false)), (1, 0, 3, 9));
}

#[tokio::test]
async fn an_orphan_is_removed_after_the_page_was_written() {
    let stub = Stub::new(|_, asked| match asked.path.as_str() {
        path if path.ends_with(RECORD) => {
            Reply::With(200, &[("etag", "\"r\"")], record(&["old.svg", "gone.svg"]))
        }
        _ => {
            let objects = [("site/.published.json", "r"), ("site/old.svg", A), ("site/other", B)];
            let entries = objects.map(|(key, tag)| entry(key, tag));
            Reply::Status(200, listing(&entries.concat()))
        }
    });
    let stub = stub.await;
    let (result, _) = published(&stub).await;
    assert_eq!(result, Ok(()));
    let asked = stub.asked();
    let calls: Vec<String> =
        asked.iter().skip(2).map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(
        calls[2..],
        [
            "PUT /status/site/index.html",
            "GET /status/site/.published.json",
            "DELETE /status/site/old.svg",
            "PUT /status/site/.published.json",
        ]
    );
    let stored = asked.last().unwrap();
    assert_eq!(stored.header("if-match"), "\"r\"");
    assert!(!stored.body.contains("old.svg") && !stored.body.contains("gone.svg"));
}

#[tokio::test]
async fn a_publication_that_meets_another_one_starts_over_and_removes_nothing_stale() {
    // The record changes between its reading and the removal.
    let stub = Stub::new(|n, asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", path) if path.ends_with(RECORD) => {
            Reply::Status(412, refusal("PreconditionFailed"))
        }
        ("GET", path) if path.ends_with(RECORD) && n < 3 => {
            Reply::With(200, &[("etag", "\"r\"")], record(&["old.svg"]))
        }
        ("GET", path) if path.ends_with(RECORD) => {
            Reply::With(200, &[("etag", "\"s\"")], record(&[]))
        }
        _ if n < 3 => Reply::Status(
            200,
            listing(&(entry("site/.published.json", "r") + &entry("site/old.svg", A))),
        ),
        _ => Reply::Status(
            200,
            listing(&(entry("site/.published.json", "s") + &entry("site/old.svg", A))),
        ),
    });
    let stub = stub.await;
    let (result, _) = published(&stub).await;
    assert_eq!(result, Ok(()));
    assert!(stub.asked().iter().all(|asked| asked.method != "DELETE"));
    let n_listings = stub.asked().iter().filter(|asked| asked.path.contains("list-type")).count();
    assert_eq!(n_listings, 2);
}

#[tokio::test]
async fn a_bucket_of_many_publishers_is_reported() {
    let stub = Stub::new(|_, asked| match asked.path.as_str() {
        path if path.ends_with(RECORD) => Reply::Status(412, refusal("PreconditionFailed")),
        _ => Reply::Status(200, NOTHING_THERE.to_owned()),
    });
    let stub = stub.await;
    let (result, puts) = published(&stub).await;
    let error = result.unwrap_err();
    assert!(error.contains("another process keeps publishing"), "{error}");
    assert!(puts.iter().all(|put| put.ends_with(RECORD)), "{puts:?}");
}

#[tokio::test]
async fn a_malformed_listing_puts_no_file() {
    for nonsense in ["", "<html>", "{}", "<Error/>", "<ListBucketResult>"] {
        let stub = Stub::new(move |_, _| Reply::Status(200, nonsense.to_owned())).await;
        let (result, puts) = published(&stub).await;
        let error = result.unwrap_err();
        assert!(error.contains("list of objects in bucket `status`"), "{error}");
        assert!(puts.is_empty());
    }
}

fn secret_answers(code: &'static str) -> impl Fn(usize, &Asked) -> Reply {
    move |_, _| {
        let headers: &[_] = &[("content-type", "application/x-amz-json-1.1")];
        Reply::With(400, headers, format!(r#"{{"__type":"{code}","Message":"No."}}"#))
    }
}

#[tokio::test]
async fn a_refused_secret_is_reported_with_the_missing_permission() {
    for (code, hint) in [
        ("AccessDeniedException", "`secretsmanager:GetSecretValue`"),
        ("ResourceNotFoundException", "deploy the stack again"),
        ("DecryptionFailure", "`kms:Decrypt`"),
        ("InvalidRequestException", "restore it"),
    ] {
        let stub = Stub::new(secret_answers(code)).await;
        let secrets = SecretsManagerSecrets::new(&stub.cloud(), "stack");
        let name = SecretName::new("openai").unwrap();
        let error = secrets.secrets(&[name], SecretFreshness::Cached).await.unwrap_err();
        assert!(matches!(error, SecretError::Unavailable { .. }), "{error:?}");
        let error = error.to_string();
        assert!(error.contains(code) && error.contains(hint), "{error}");
    }
}

#[tokio::test]
async fn concurrent_requests_for_fresh_secrets_share_one_read() {
    let text = json!({ "SecretString": r#"{"openai": "sk"}"# }).to_string();
    let stub = Stub::new(move |_, _| Reply::Status(200, text.clone())).await;
    let secrets = SecretsManagerSecrets::new(&stub.cloud(), "stack");
    let names = [SecretName::new("openai").unwrap()];
    let storm = (0..50).map(|_| secrets.secrets(&names, SecretFreshness::Fresh));
    for read in futures_util::future::join_all(storm).await {
        assert_eq!(read.unwrap().len(), 1);
    }
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn callers_that_wait_for_a_failing_read_share_the_failure() {
    let stub = Stub::new(|_, _| Reply::Status(500, String::new())).await;
    let secrets = SecretsManagerSecrets::new(&stub.cloud(), "stack");
    let names = [SecretName::new("openai").unwrap()];
    let storm = (0..50).map(|_| secrets.secrets(&names, SecretFreshness::Cached));
    for read in futures_util::future::join_all(storm).await {
        assert!(matches!(read, Err(SecretError::Unavailable { .. })));
    }
    // One read makes three tries.
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn a_permanent_refusal_of_a_topic_differs_from_a_busy_topic() {
    const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:alerts";
    for (status, code, is_permanent) in [
        (404, "NotFound", true),
        (400, "InvalidParameter", true),
        (403, "AuthorizationError", false),
        (400, "KMSDisabled", false),
        (429, "Throttled", false),
        (500, "InternalError", false),
        (400, "SomethingNew", false),
    ] {
        let headers: &[_] = &[("retry-after", "7")];
        let body = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
        let stub = Stub::new(move |_, _| Reply::With(status, headers, body.clone())).await;
        let kinds = SnsKinds::new(Some(TOPIC.to_owned()), Some(&stub.cloud()));
        let error = send(&kinds, json!({}), &notification("api", Severity::Info)).await;
        let error = error.unwrap_err();
        assert_eq!(error.is_permanent(), is_permanent, "{error:?}");
        assert_eq!(error.retry_after.map(|wait| wait.as_secs()), Some(7));
        assert!(error.message.contains(code), "{error:?}");
    }
    let stub = Stub::new(|_, _| Reply::Silence).await;
    let kinds = SnsKinds::new(Some(TOPIC.to_owned()), Some(&stub.cloud()));
    let error = send(&kinds, json!({}), &notification("api", Severity::Info)).await.unwrap_err();
    assert!(!error.is_permanent() && error.message.contains("no response from"), "{error:?}");
}
