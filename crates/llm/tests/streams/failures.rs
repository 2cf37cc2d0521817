//! Answers that fail after a successful status.

use allclear_core::reason::Reason;
use allclear_llm::classify::stream_failure;
use allclear_llm::provider::Api;
use allclear_llm::providers::find;
use allclear_llm::stream::{Completion, CompletionEnd};
use jiff::Timestamp;
use serde_json::json;

use crate::golden::{frame, framed, read};
use crate::without_times;

/// Reads `text`, and asserts that one piece and small pieces give the same result.
fn end(api: Api, text: impl AsRef<[u8]>) -> Completion {
    let bytes = text.as_ref();
    let whole = without_times(read(api, None, bytes, usize::MAX));
    for size in [1, 5] {
        assert_eq!(without_times(read(api, None, bytes, size)), whole);
    }
    assert!(!whole.is_success(), "{whole:?}");
    whole
}

/// Returns a started stream of Chat Completions that continues with `rest`.
fn begun(rest: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}]}}\n\n{rest}\n\n")
}

#[test]
fn an_error_inside_a_stream_is_passed_on_unchanged() {
    for (api, error) in [
        (Api::Chat, r#"{"error":{"message":"x","code":500}}"#),
        (Api::Chat, r#"{"error":"boom"}"#),
        (Api::Chat, r#"{"object":"error","message":"x","type":"InternalServerError"}"#),
        (Api::Chat, r#"{"detail":"x"}"#),
        (Api::Chat, r#"{"error":{"code":502},"choices":[{"delta":{},"finish_reason":"error"}]}"#),
        (Api::Messages, r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#),
        (Api::Responses, r#"{"type":"error","code":"slow_down","message":"x","param":null}"#),
        (Api::Responses, r#"{"type":"response.failed","response":{"error":{"code":"y"}}}"#),
        (Api::GenerateContent, r#"{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}"#),
        (Api::CohereChat, r#"{"message":"x"}"#),
    ] {
        let expected = CompletionEnd::Error(serde_json::from_str(error).unwrap());
        for stream in [
            format!("data: {error}\n\n"),
            format!("event: error\ndata: {error}\n\ndata: [DONE]\n\n"),
            begun(&format!("data: {error}")),
            begun(error),
        ] {
            assert_eq!(end(api, &stream).end, expected, "{api:?} {stream}");
        }
    }
}

#[test]
fn an_error_in_an_unusual_field_is_found() {
    for (api, stream, error) in [
        (Api::Chat, begun("event: error\ndata: it went away"), json!({"error": "it went away"})),
        (Api::Chat, begun("event: error\ndata: {\"a\":1}"), json!({"error": {"a": 1}})),
        (Api::Chat, begun("error: {\"message\":\"x\"}"), json!({"message": "x"})),
        (
            Api::Chat,
            begun("data: {\"x_groq\":{\"error\":\"over capacity\"}}"),
            json!({"error": "over capacity"}),
        ),
        (
            Api::Chat,
            begun("data: {\"choices\":[{\"error\":{\"code\":502}}]}"),
            json!({"choices": [{"error": {"code": 502}}]}),
        ),
        (
            Api::OllamaChat,
            "{\"message\":{\"content\":\"a\"},\"done\":false}\n{\"error\":\"boom\"}\n".to_owned(),
            json!({"error": "boom"}),
        ),
    ] {
        assert_eq!(end(api, &stream).end, CompletionEnd::Error(error), "{api:?} {stream}");
    }
}

#[test]
fn errors_in_a_stream_get_their_fault() {
    let exception = frame(
        &[(":message-type", "exception"), (":exception-type", "throttlingException")],
        "{\"message\":\"Too many tokens\"}",
    );
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#;
    let failed = r#"{"type":"response.failed","response":{"error":{"code":"server_error"}}}"#;
    let busy = r#"{"choices":[{"delta":{},"finish_reason":"insufficient_system_resource"}]}"#;
    let ended = r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"x"}}"#;
    let spent = r#"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let event = |event: &str| format!("data: {event}\n\n").into_bytes();
    for (provider, api, stream, reason) in [
        ("bedrock", Api::Converse, exception, Reason::Throttled),
        ("anthropic", Api::Messages, event(overloaded), Reason::Overloaded),
        ("openai", Api::Responses, event(failed), Reason::ServerError),
        ("openai", Api::Chat, event(spent), Reason::Billing),
        ("deepseek", Api::Chat, event(busy), Reason::Overloaded),
        ("cohere", Api::CohereChat, event(ended), Reason::ServerError),
    ] {
        let CompletionEnd::Error(error) = end(api, stream).end else { panic!("{provider} failed") };
        let failure = stream_failure(find(provider).unwrap(), &error, Timestamp::UNIX_EPOCH);
        assert_eq!(failure.reason, reason, "{provider}");
    }
}

#[test]
fn a_finish_reason_that_is_a_failure_fails() {
    let chat = |reason: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}},\"finish_reason\":\"{reason}\"}}]}}\n\ndata: [DONE]\n\n"
        )
    };
    let cohere = |reason: &str| {
        format!(
            "data: {{\"type\":\"message-end\",\"delta\":{{\"finish_reason\":\"{reason}\",\"error\":\"x\"}}}}\n\n"
        )
    };
    for (api, stream, reason) in [
        (Api::Chat, chat("error"), "error"),
        (Api::Chat, chat("insufficient_system_resource"), "insufficient_system_resource"),
        (Api::Chat, chat("network_error"), "network_error"),
        (Api::Chat, chat("internal_error"), "internal_error"),
        (Api::Chat, chat("abort"), "abort"),
        (Api::Chat, chat("load"), "load"),
        (Api::CohereChat, cohere("ERROR"), "ERROR"),
        (Api::CohereChat, cohere("TIMEOUT"), "TIMEOUT"),
    ] {
        let completion = end(api, stream);
        assert!(matches!(completion.end, CompletionEnd::Error(_)), "{completion:?}");
        assert_eq!(completion.finish_reason.as_deref(), Some(reason));
    }
}

#[test]
fn an_exception_in_a_stream_of_aws_keeps_its_name() {
    let start = framed("contentBlockDelta {\"delta\":{\"text\":\"a\"}}");
    let exception = frame(
        &[(":message-type", "exception"), (":exception-type", "throttlingException")],
        "{\"message\":\"Too many tokens\"}",
    );
    let error = json!({"error": {"__type": "throttlingException", "message": "Too many tokens"}});
    let completion = end(Api::Converse, [start.clone(), exception].concat());
    assert_eq!(completion.end, CompletionEnd::Error(error));
    assert_eq!(completion.text, "a");

    let error = frame(
        &[(":message-type", "error"), (":error-code", "InternalFailure"), (":error-message", "x")],
        "",
    );
    let expected = json!({"error": {"__type": "InternalFailure", "message": "x"}});
    assert_eq!(end(Api::Converse, [start, error].concat()).end, CompletionEnd::Error(expected));
}

#[test]
fn a_damaged_message_of_aws_breaks_the_answer() {
    let mut bytes = framed(
        "contentBlockDelta {\"delta\":{\"text\":\"a\"}}\nmessageStop {\"stopReason\":\"end_turn\"}",
    );
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    assert!(matches!(end(Api::Converse, bytes).end, CompletionEnd::Error(_)));
}

#[test]
fn a_stream_without_its_end_is_truncated() {
    for (api, stream) in [
        (Api::Chat, ""),
        (Api::Chat, " \n"),
        (Api::Chat, ": keep-alive\n\n: keep-alive\n\n"),
        (
            Api::Chat,
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n",
        ),
        (Api::Messages, "data: [DONE]\n\n"),
        (Api::Messages, "event: message_stop\ndata: {\"type\":\"mess"),
        (Api::CohereChat, "data: {\"type\":\"content-end\"}\n\ndata: [DONE]\n\n"),
        (
            Api::GenerateContent,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n",
        ),
        (Api::OllamaChat, "{\"message\":{\"content\":\"a\"},\"done\":false}\n"),
        (Api::Chat, "{\"choices\":[{\"message\":{\"content\":\"a\"}"),
    ] {
        let n_bytes = stream.len() as u64;
        assert_eq!(end(api, stream).end, CompletionEnd::Truncated { n_bytes }, "{api:?} {stream}");
    }
}

#[test]
fn a_body_that_is_not_an_answer_is_passed_on_unchanged() {
    for (api, body) in [
        (Api::Chat, "<!DOCTYPE html><html><title>Sign in</title></html>"),
        (Api::Chat, "\u{feff}\n<html></html>"),
        (Api::Chat, "{\"error\":{\"message\":\"no\",\"code\":401}}"),
        (Api::Chat, "{\"error\":\"Unauthorized\"}\n"),
        (
            Api::Chat,
            "{\"object\":\"error\",\"message\":\"The model `x` does not exist.\",\"code\":404}",
        ),
        (Api::Chat, "{\"detail\":\"Not Found\"}"),
        (Api::Chat, "{\"status\":\"ok\"}"),
        (Api::Chat, "{not json}"),
        (Api::Chat, "[]"),
        (Api::Chat, "upstream connect error or disconnect/reset before headers"),
        (Api::Chat, "\"data\""),
        (Api::GenerateContent, "[{\"error\":{\"code\":429,\"message\":\"x\"}}]"),
        (Api::OllamaChat, "{\"error\":\"model 'x' not found\"}"),
        (Api::Converse, "{\"Message\":\"Authentication failed\"}"),
        (Api::Converse, "not found"),
    ] {
        let expected = CompletionEnd::NotAStream(body.as_bytes().to_vec());
        assert_eq!(end(api, body).end, expected, "{api:?} {body}");
    }
    let page = read(Api::Chat, Some("text/html; charset=utf-8"), b"Please sign in", 4);
    assert_eq!(page.end, CompletionEnd::NotAStream(b"Please sign in".to_vec()));
}

#[test]
fn nothing_is_read_after_the_end() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n\
                  data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\ndata: {\"error\":\"x\"}\n\n";
    let completion = read(Api::Chat, None, stream.as_bytes(), usize::MAX);
    assert_eq!((completion.end, completion.text.as_str()), (CompletionEnd::Complete, "a"));
}

#[test]
fn events_of_another_kind_are_passed_over() {
    let stream = "data: 1\n\ndata: null\n\ndata: []\n\ndata: {}\n\ndata: not json\n\nevent: ping\ndata: {\"error\":\"x\"}\n\n\
                  data: {\"choices\":null}\n\ndata: {\"choices\":[null]}\n\ndata: {\"choices\":{}}\n\n\
                  data: {\"choices\":[{\"delta\":{\"content\":7}}],\"usage\":[],\"model\":{}}\n\n\
                  data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"error\":null}\n\ndata: [DONE]\n\n";
    let completion = read(Api::Chat, None, stream.as_bytes(), 3);
    assert_eq!((completion.end, completion.text.as_str()), (CompletionEnd::Complete, "a"));
}
