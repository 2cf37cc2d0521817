//! Signed calls: their headers and the number of their tries.

use std::time::{Duration, Instant};

use allclear_aws::cloud::AwsService;
use allclear_aws::signed::{CallError, ServiceRequest, ServiceResponse, Signed};

use crate::stub::{Reply, Stub};

async fn call(stub: &Stub, service: AwsService) -> Result<ServiceResponse, CallError> {
    let url = format!("{}/a%20b", stub.cloud().address(service));
    let call =
        ServiceRequest { method: "PUT", url: &url, headers: &[("x-one", "1")], body: b"content" };
    Signed::new(stub.cloud(), service).send(call).await
}

#[tokio::test]
async fn a_request_has_its_signature_and_the_session_token_but_never_the_key() {
    let stub = Stub::new(|_, _| Reply::Status(200, "fine".to_owned())).await;
    assert_eq!(call(&stub, AwsService::S3).await.unwrap().body, b"fine");
    let asked = stub.asked().remove(0);
    let authorization = asked.header("authorization");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDPLANTED/"));
    assert!(authorization.contains("/eu-central-1/s3/aws4_request"), "{authorization}");
    for signed in ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-one"] {
        assert!(authorization.contains(signed), "{signed} is not signed: {authorization}");
    }
    assert_eq!(asked.header("x-amz-security-token"), "planted-token");
    assert_eq!((asked.path.as_str(), asked.body.as_str()), ("/a%20b", "content"));
    assert!(!format!("{asked:?}").contains("planted-secret"));
}

#[tokio::test]
async fn temporary_failures_are_retried() {
    for bad in [
        || Reply::Status(503, "<Error><Code>SlowDown</Code></Error>".to_owned()),
        || Reply::Status(429, "{}".to_owned()),
        || Reply::Status(500, String::new()),
        || Reply::Close,
        || Reply::Silence,
    ] {
        let stub = Stub::new(move |n, _| if n == 0 { bad() } else { fine() }).await;
        assert!(call(&stub, AwsService::S3).await.is_ok());
        assert_eq!(stub.asked().len(), 2);
    }
}

#[tokio::test]
async fn refusals_are_not_retried() {
    let refusal = "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>";
    let stub = Stub::new(|_, _| Reply::Status(403, refusal.to_owned())).await;
    let error = call(&stub, AwsService::S3).await.unwrap_err();
    assert_eq!(error.to_string(), "s3 returned `AccessDenied` (403): No.");
    assert!(!error.is_retryable());
    assert_eq!(stub.asked().len(), 1);
}

#[tokio::test]
async fn retries_end_after_the_maximum_number() {
    let stub = Stub::new(|_, _| Reply::Status(503, "<html>".to_owned())).await;
    let error = call(&stub, AwsService::Lambda).await.unwrap_err();
    assert_eq!(error.to_string(), "lambda returned `unknown` (503): <html>");
    assert!(error.is_retryable());
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn retries_end_at_the_deadline() {
    let stub = Stub::new(|_, _| Reply::Silence).await;
    let begun = Instant::now();
    let error = call(&stub, AwsService::S3).await.unwrap_err();
    assert!(error.to_string().starts_with("no response from s3: no data for"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_unreachable_service_is_an_error_without_a_panic() {
    let stub = Stub::new(|_, _| fine()).await;
    let cloud = stub.cloud().with_endpoint(AwsService::S3, "http://127.0.0.1:1/");
    let url = format!("{}/x", cloud.address(AwsService::S3));
    let signed = Signed::new(cloud, AwsService::S3);
    let call = ServiceRequest { method: "GET", url: &url, headers: &[], body: &[] };
    assert!(matches!(signed.send(call).await, Err(CallError::Unanswered { .. })));
    let wrong = ServiceRequest { url: "not an address", ..call };
    assert!(matches!(signed.send(wrong).await, Err(CallError::Unsendable { .. })));
    let wrong = ServiceRequest { headers: &[("x-two", "a\nb")], ..call };
    assert!(matches!(signed.send(wrong).await, Err(CallError::Unsendable { .. })));
}

fn fine() -> Reply {
    Reply::Status(200, String::new())
}
