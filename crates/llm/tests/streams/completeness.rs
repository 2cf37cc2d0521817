//! Answers without their end marker, without text, or with an error in another place.

use std::time::Duration;

use allclear_llm::provider::Api;
use allclear_llm::stream::{Completion, CompletionEnd, StreamReader};
use serde_json::{Value, json};

use crate::golden::read;

/// Returns one event of Chat Completions.
fn chunk(delta: &Value, finish_reason: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish_reason });
    format!("data: {}\n\n", json!({ "id": "x", "choices": [choice] }))
}

fn chat(stream: &str) -> Completion {
    read(Api::Chat, None, stream.as_bytes(), 7)
}

/// Reads a stream that was interrupted.
fn truncated(api: Api, stream: &str) -> Completion {
    let mut reader = StreamReader::new(api, None);
    reader.feed(stream.as_bytes(), Duration::from_millis(1));
    reader.finish_early(Duration::from_millis(2))
}

#[test]
fn a_finish_reason_and_the_end_of_the_body_complete_a_stream() {
    let chat = chunk(&json!({ "content": "a" }), None) + &chunk(&json!({}), Some("stop"));
    let with_usage =
        format!("{chat}data: {{\"choices\":[],\"usage\":{{\"completion_tokens\":1}}}}\n\n");
    let messages = "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"a\"}}\n\n\
                    data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
    for (api, stream) in
        [(Api::Chat, chat.as_str()), (Api::Chat, &with_usage), (Api::Messages, messages)]
    {
        let whole = read(api, None, stream.as_bytes(), 11);
        assert!(whole.is_success(), "{whole:?}");
        let n_bytes = stream.len() as u64;
        assert_eq!(truncated(api, stream).end, CompletionEnd::Truncated { n_bytes }, "{stream}");
    }
    let without = chunk(&json!({ "content": "a" }), None);
    assert!(matches!(self::chat(&without).end, CompletionEnd::Truncated { .. }));
}

#[test]
fn a_tool_call_without_text_is_an_answer() {
    let calls = json!({ "tool_calls": [{ "index": 0, "function": { "name": "x" } }] });
    let call = json!({ "function_call": { "name": "x", "arguments": "{}" } });
    let done = "data: [DONE]\n\n";
    for (api, stream) in [
        (Api::Chat, chunk(&calls, None) + &chunk(&json!({}), Some("tool_calls")) + done),
        (Api::Chat, chunk(&call, Some("stop")) + done),
        (Api::Chat, chunk(&json!({}), Some("tool_calls")) + done),
        (
            Api::Chat,
            json!({ "choices": [{ "message": calls, "finish_reason": "tool_calls" }] }).to_string(),
        ),
        (
            Api::Messages,
            "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\"}}\n\n\
             data: {\"type\":\"message_stop\"}\n\n"
                .to_owned(),
        ),
        (
            Api::Responses,
            "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\
             \"output\":[{\"type\":\"function_call\",\"name\":\"x\"}]}}\n\n"
                .to_owned(),
        ),
        (
            Api::CohereChat,
            "data: {\"type\":\"tool-call-start\"}\n\n\
             data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\"}}\n\n"
                .to_owned(),
        ),
        (
            Api::GenerateContent,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{}}]},\
             \"finishReason\":\"STOP\"}]}\n\n"
                .to_owned(),
        ),
        (
            Api::Converse,
            "{\"output\":{\"message\":{\"content\":[{\"toolUse\":{\"name\":\"x\"}}]}},\
             \"stopReason\":\"tool_use\"}"
                .to_owned(),
        ),
        (
            Api::OllamaChat,
            "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{}}]},\"done\":true}\n".to_owned(),
        ),
    ] {
        let completion = read(api, None, stream.as_bytes(), 13);
        assert!(completion.is_success(), "{api:?} {stream}: {completion:?}");
        assert_eq!((completion.text.as_str(), completion.first_token), ("", None));
    }
}

#[test]
fn an_answer_that_a_filter_withheld_is_filtered_and_a_bare_stop_is_not() {
    for (reason, is_filtered) in [
        ("sensitive", true),
        ("content_filter", true),
        ("SAFETY", true),
        ("RECITATION", true),
        ("PROHIBITED_CONTENT", true),
        ("stop", false),
        ("length", false),
    ] {
        let stream = chunk(&json!({ "content": "" }), Some(reason)) + "data: [DONE]\n\n";
        let completion = chat(&stream);
        assert_eq!(completion.is_filtered(), is_filtered, "{reason}");
        assert_eq!(completion.is_success(), reason == "length", "{reason}");
    }
    let blocked = "data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n";
    assert!(read(Api::GenerateContent, None, blocked.as_bytes(), 9).is_filtered());
}

#[test]
fn errors_of_other_shapes_are_found_within_a_stream() {
    for error in [
        json!({ "base_resp": { "status_code": 1008, "status_msg": "insufficient balance" } }),
        json!({ "code": "DataInspectionFailed", "message": "x", "request_id": "y" }),
        json!({ "code": 1113, "msg": "x", "success": false }),
        json!({ "success": false, "errors": [{ "code": 10000, "message": "x" }] }),
        json!({ "error_code": 17, "error_msg": "x" }),
        json!({ "choices": null, "base_resp": { "status_code": 1002, "status_msg": "x" } }),
        json!({ "header": { "code": 10013, "message": "x" } }),
    ] {
        for begin in [String::new(), chunk(&json!({ "content": "a" }), None)] {
            let completion = chat(&format!("{begin}data: {error}\n\n"));
            assert_eq!(completion.end, CompletionEnd::Error(error.clone()), "{begin}");
        }
    }
}

#[test]
fn success_fields_with_an_answer_are_not_an_error() {
    let answer = json!({
        "id": "x", "code": 0, "msg": "ok", "success": true, "errors": [], "error": null,
        "base_resp": { "status_code": 0, "status_msg": "" },
        "header": { "code": 0, "message": "Success" },
        "choices": [{ "index": 0, "delta": { "content": "a" }, "finish_reason": "stop" }],
    });
    let completion = chat(&format!("data: {answer}\n\ndata: [DONE]\n\n"));
    assert!(completion.is_success(), "{completion:?}");
    let with_200 = json!({ "code": 200, "message": "success", "choices": answer["choices"] });
    assert!(chat(&format!("data: {with_200}\n\n")).is_success());
}
