//! Invocation of functions, against a stub of Lambda.

use allclear_aws::invoke::{InvokeError, LambdaFunction};
use allclear_core::ports::WakeGenerator;
use serde_json::json;

use crate::stub::{Reply, Stub};

#[tokio::test]
async fn a_function_gets_the_event_and_its_response_is_returned() {
    let stub = Stub::new(|_, _| Reply::Status(200, r#"{"outcomes":[]}"#.to_owned())).await;
    let prober = LambdaFunction::new(&stub.cloud(), "status-Prober-1");
    let answer = prober.invoke(&json!({ "monitors": ["api"] })).await.unwrap();
    assert_eq!(answer, json!({ "outcomes": [] }));
    let asked = stub.asked().remove(0);
    assert_eq!(asked.path, "/2015-03-31/functions/status-Prober-1/invocations");
    assert_eq!(asked.header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(asked.body, r#"{"monitors":["api"]}"#);
}

#[tokio::test]
async fn an_arn_is_called_in_its_own_region() {
    let stub = Stub::new(|_, _| Reply::Status(200, "null".to_owned())).await;
    let arn = "arn:aws:lambda:ap-south-1:123456789012:function:prober";
    LambdaFunction::new(&stub.cloud(), arn).invoke(&json!({})).await.unwrap();
    let asked = stub.asked().remove(0);
    assert!(
        asked.path.contains("arn%3Aaws%3Alambda%3Aap-south-1%3A123456789012"),
        "{}",
        asked.path
    );
    assert!(asked.header("authorization").contains("/ap-south-1/lambda/aws4_request"));
}

#[tokio::test]
async fn an_error_of_the_function_keeps_its_code() {
    let failed = r#"{"errorType":"config_missing","errorMessage":"no config was applied"}"#;
    let header: &[_] = &[("x-amz-function-error", "Unhandled")];
    let stub = Stub::new(move |_, _| Reply::With(200, header, failed.to_owned())).await;
    match LambdaFunction::new(&stub.cloud(), "prober").invoke(&json!({})).await {
        Err(InvokeError::Function { error_type, message, .. }) => {
            assert_eq!(
                (error_type.as_str(), message.as_str()),
                ("config_missing", "no config was applied")
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stub.asked().len(), 1);
    let stub = Stub::new(move |_, _| Reply::With(200, header, "garbage".to_owned())).await;
    let error = LambdaFunction::new(&stub.cloud(), "prober").invoke(&json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "function `prober` failed with `unknown`: see its log");
}

#[tokio::test]
async fn a_response_that_is_not_json_is_an_error() {
    let stub = Stub::new(|_, _| Reply::Status(200, "<html>".to_owned())).await;
    let called = LambdaFunction::new(&stub.cloud(), "prober").invoke(&json!({})).await;
    assert!(matches!(called, Err(InvokeError::Unreadable { .. })), "{called:?}");
}

#[tokio::test]
async fn a_missing_function_is_named() {
    let header: &[_] = &[("x-amzn-errortype", "ResourceNotFoundException:http://x")];
    let body = r#"{"Type":"User","Message":"Function not found: prober"}"#;
    let stub = Stub::new(move |_, _| Reply::With(404, header, body.to_owned())).await;
    let error = LambdaFunction::new(&stub.cloud(), "prober").invoke(&json!({})).await.unwrap_err();
    let expected = "failed to call function `prober`: no function of this name in this account \
                    and region";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn waking_the_generator_does_not_wait_for_it() {
    let stub = Stub::new(|_, _| Reply::Status(202, String::new())).await;
    LambdaFunction::new(&stub.cloud(), "generator").wake_generator().await.unwrap();
    assert_eq!(stub.asked()[0].header("x-amz-invocation-type"), "Event");
    let stub = Stub::new(|_, _| Reply::Status(503, String::new())).await;
    let error = LambdaFunction::new(&stub.cloud(), "generator").wake_generator().await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("`generator`"), "{error}");
}
