//! Errors are read in every format of the providers, and no bytes cause a panic.

use allclear_llm::call::Head;
use allclear_llm::error::{BodyFormat, ErrorBody};
use serde_json::json;

#[test]
fn every_error_shape_has_its_message_and_code() {
    for (body, message, code) in [
        // OpenAI and its imitations.
        (
            r#"{"error":{"message":"No such model.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
            "No such model.",
            Some("model_not_found"),
        ),
        // OpenRouter and vLLM: the code is a number.
        (r#"{"error":{"code":402,"message":"Pay."}}"#, "Pay.", Some("402")),
        // Anthropic.
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            "Overloaded",
            Some("overloaded_error"),
        ),
        // Gemini, and its endpoint that is compatible with OpenAI's.
        (
            r#"{"error":{"code":400,"message":"Bad key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#,
            "Bad key.",
            Some("API_KEY_INVALID"),
        ),
        (
            r#"[{"error":{"code":400,"message":"Bad key.","status":"INVALID_ARGUMENT"}}]"#,
            "Bad key.",
            Some("INVALID_ARGUMENT"),
        ),
        // Hugging Face, vLLM, Ollama: a string.
        (r#"{"error":"Unauthorized"}"#, "Unauthorized", None),
        // xAI: flat, with a code.
        (r#"{"code":"unauthenticated","error":"No key."}"#, "No key.", Some("unauthenticated")),
        // Mistral, old vLLM, SGLang: flat.
        (
            r#"{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}"#,
            "Invalid model: x",
            Some("1500"),
        ),
        // Cohere.
        (r#"{"id":"0b5c","message":"invalid api token"}"#, "invalid api token", None),
        // AWS.
        (r#"{"message":"Denied."}"#, "Denied.", None),
        (r#"{"Message":"Denied."}"#, "Denied.", None),
        (
            r#"{"__type":"com.amazon.coral.service#ThrottlingException","message":"Slow."}"#,
            "Slow.",
            Some("ThrottlingException"),
        ),
        // FastAPI.
        (r#"{"detail":"Unauthorized"}"#, "Unauthorized", None),
        (
            r#"{"detail":[{"loc":["body","model"],"msg":"Field required","type":"missing"},{"msg":"Extra"}]}"#,
            "Field required; Extra",
            None,
        ),
        // OpenRouter: several places for a code.
        (
            r#"{"error":{"code":429,"message":"Full.","metadata":{"error_type":"provider_overloaded"},"availability":{"code":"capacity_exhausted"}}}"#,
            "Full.",
            Some("capacity_exhausted"),
        ),
        // The Responses API, as an event and inside of one.
        (
            r#"{"type":"error","code":"server_error","message":"Failed.","param":null,"sequence_number":3}"#,
            "Failed.",
            Some("server_error"),
        ),
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"slow_down","message":"Slow down."}}}"#,
            "Slow down.",
            Some("slow_down"),
        ),
    ] {
        let error = ErrorBody::read(body.as_bytes());
        assert_eq!(error.message, message, "{body}");
        assert!(error.is_error, "{body}");
        assert_eq!(error.form, BodyFormat::Json);
        if let Some(code) = code {
            assert!(error.has_code(code), "{code} of {:?} in {body}", error.codes);
        }
    }
}

#[test]
fn an_answer_is_no_error() {
    for body in [
        json!({ "object": "list", "data": [] }),
        json!({ "id": "x", "object": "chat.completion", "choices": [], "error": null }),
        json!({ "id": "x", "message": { "role": "assistant", "content": [] }, "finish_reason": "COMPLETE" }),
        json!({ "id": "resp_1", "object": "response", "error": null, "status": "completed" }),
        json!({ "models": [{ "name": "error" }] }),
        json!([{ "id": "model", "object": "model" }]),
        json!([]),
        json!({ "valid": true }),
        json!({ "is_available": true, "balance_infos": [] }),
        json!({ "version": "0.12.0" }),
        json!({ "status": "ok" }),
        json!({ "error": "" }),
        json!({ "error": {} }),
        json!({ "error": false }),
        json!({}),
    ] {
        let error = ErrorBody::read(body.to_string().as_bytes());
        assert!(!error.is_error, "{body}");
    }
}

#[test]
fn a_status_inside_the_body_is_read_from_numbers_and_text() {
    for (body, status) in [
        (json!({ "error": { "message": "x", "code": 404 } }), Some(404)),
        (json!({ "error": { "message": "x", "code": "401" } }), Some(401)),
        (json!({ "object": "error", "message": "x", "code": "1500" }), None),
        (json!({ "error": { "message": "x", "code": 200 } }), None),
        (json!({ "error": { "message": "x", "code": -1 } }), None),
        (json!({ "error": { "message": "x", "code": 1e300 } }), None),
    ] {
        assert_eq!(ErrorBody::from_value(&body).status, status, "{body}");
    }
}

#[test]
fn an_html_page_is_reported_by_its_title_and_plain_text_by_its_content() {
    let page = ErrorBody::read(b"\n<!DOCTYPE html><html><head><TITLE>\n 502 Bad\tGateway</TITLE>");
    assert_eq!(
        (page.form, page.message.as_str()),
        (BodyFormat::Html, "an HTML page: 502 Bad Gateway")
    );
    let page = ErrorBody::read(b"<html><body>Sign in</body></html>");
    assert_eq!((page.form, page.message.as_str()), (BodyFormat::Html, "an HTML page"));
    let text = ErrorBody::read(b"error code: 520\n");
    assert_eq!((text.form, text.message.as_str()), (BodyFormat::Text, "error code: 520"));
    assert_eq!(ErrorBody::read(b" \r\n").form, BodyFormat::Empty);
    assert_eq!(ErrorBody::read(b"\xff\xfe\x00").form, BodyFormat::Text);
}

#[test]
fn a_message_is_one_line_without_control_characters_and_long_enough_to_redact() {
    let text = format!("a\u{1b}[31m\n\n  b\0c {}", "ä".repeat(5_000));
    let error = ErrorBody::from_value(&json!({ "error": { "message": text } }));
    assert!(error.message.starts_with("a [31m b c ää"), "{}", error.message);
    assert_eq!(error.message.chars().count(), 2_000);
}

#[test]
fn headers_add_what_the_body_lacks() {
    let mut headers = http::HeaderMap::new();
    let kind = "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    headers.insert("x-amzn-errortype", kind.parse().unwrap());
    headers.insert("x-error-message", "Repository not found".parse().unwrap());
    let head = Head { status: 429, headers };
    let error = ErrorBody::of(&head, b"");
    assert!(error.has_code("throttlingexception"), "{:?}", error.codes);
    assert_eq!(error.message, "Repository not found");
    assert_eq!(ErrorBody::of(&head, br#"{"message":"Slow."}"#).message, "Slow.");
}

#[test]
fn a_deeply_nested_body_is_text() {
    let body = "[".repeat(100_000);
    assert_eq!(ErrorBody::read(body.as_bytes()).form, BodyFormat::Text);
}
