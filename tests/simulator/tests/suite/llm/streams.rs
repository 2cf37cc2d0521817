//! Streams: the same bytes in every division into chunks, with the pauses and faults of the script.

use std::time::{Duration, Instant};

use allclear_simulator::llm::{Chunking, LlmBehavior};
use aws_smithy_eventstream::frame::read_message_from;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{LlmAnswer, LlmRequest, ask};
use crate::client::{simulator, soon, stays_silent};
use allclear_simulator::{Behavior, Simulator};

const ANTHROPIC: &[(&str, &str)] = &[("x-api-key", "k"), ("anthropic-version", "2023-06-01")];
const BEARER: &[(&str, &str)] = &[("authorization", "Bearer k")];
const BODY: &str = r#"{"model":"m","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"What is 17 + 25? Answer"}]}"#;
const CONVERSE: &str = "bedrock/runtime/model/amazon.nova-micro-v1%3A0/converse-stream";

async fn completion(simulator: &Simulator, behavior: LlmBehavior) -> LlmAnswer {
    simulator.set("anthropic.completion", behavior.into());
    let path = "anthropic/v1/messages";
    ask(simulator, &LlmRequest { method: "POST", path, headers: ANTHROPIC, body: BODY }).await
}

fn streamed_answer() -> LlmBehavior {
    LlmBehavior::text("grüß dich, 世界 – wie geht’s?")
}

#[tokio::test]
async fn every_chunking_has_the_same_bytes() {
    let simulator = simulator().await;
    let whole =
        completion(&simulator, LlmBehavior { chunking: Chunking::Whole, ..streamed_answer() })
            .await;
    assert_eq!(whole.chunks.len(), 1);
    let chunkings = [
        Chunking::Events,
        Chunking::Bursts(4),
        Chunking::Bytes(1),
        Chunking::Bytes(3),
        Chunking::WithinCharacters,
    ];
    for chunking in chunkings {
        let got = completion(&simulator, LlmBehavior { chunking, ..streamed_answer() }).await;
        assert_eq!(got.body(), whole.body(), "{chunking:?}");
        assert!(got.is_complete && got.chunks.len() > 1, "{chunking:?}");
        let is_cut_in_characters =
            got.chunks.iter().any(|chunk| std::str::from_utf8(chunk).is_err());
        let cuts = matches!(chunking, Chunking::Bytes(_) | Chunking::WithinCharacters);
        assert_eq!(is_cut_in_characters, cuts, "{chunking:?}");
    }
}

#[tokio::test]
async fn recorded_stream_is_cut_into_chunks_too() {
    let simulator = simulator().await;
    let behavior =
        LlmBehavior { chunking: Chunking::Bytes(1), ..LlmBehavior::row("overloaded_in_stream") };
    let got = completion(&simulator, behavior).await;
    assert!(got.chunks.iter().all(|chunk| chunk.len() == 1));
    assert!(got.text().ends_with("\"message\":\"Overloaded\"}}\n\n"));
}

#[tokio::test]
async fn stream_is_cut_at_the_byte_of_the_script() {
    let simulator = simulator().await;
    let whole =
        completion(&simulator, LlmBehavior { chunking: Chunking::Whole, ..streamed_answer() })
            .await
            .body();
    for n in [0, 1, 50, whole.len() - 1] {
        let cut =
            completion(&simulator, LlmBehavior { cut_after_bytes: Some(n), ..streamed_answer() })
                .await;
        assert_eq!((cut.body().as_slice(), cut.is_complete), (&whole[..n], false));
        let ended =
            completion(&simulator, LlmBehavior { end_after_bytes: Some(n), ..streamed_answer() })
                .await;
        assert_eq!((ended.body().as_slice(), ended.is_complete), (&whole[..n], true));
    }
}

#[tokio::test]
async fn hanging_stream_sends_its_bytes_and_no_more() {
    let simulator = simulator().await;
    simulator.set(
        "anthropic.completion",
        LlmBehavior { hang_after_bytes: Some(20), ..streamed_answer() }.into(),
    );
    let mut stream = TcpStream::connect(simulator.http_address()).await.unwrap();
    let request = format!(
        "POST /llm/anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 1\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"event: message_start\r\n") {
        assert_ne!(soon(stream.read_buf(&mut read)).await.unwrap(), 0);
    }
    assert!(stays_silent(stream.read_buf(&mut read)).await);
}

#[tokio::test]
async fn sum_is_right_unless_the_script_demands_a_wrong_one() {
    let simulator = simulator().await;
    let right = completion(&simulator, LlmBehavior::default()).await.text();
    assert!(right.contains(r#""text":"42""#), "{right}");
    let wrong = LlmBehavior { miscalculates: true, ..LlmBehavior::default() };
    let wrong = completion(&simulator, wrong).await.text();
    assert!(wrong.contains(r#""text":"43""#), "{wrong}");
}

#[tokio::test]
async fn reasoning_comes_first_or_uses_up_the_token_limit() {
    let simulator = simulator().await;
    let behavior =
        LlmBehavior { reasoning: Some("I think".to_owned()), ..LlmBehavior::text("Pong") };
    let text = completion(&simulator, behavior).await.text();
    assert!(text.find("thinking_delta").unwrap() < text.find("text_delta").unwrap(), "{text}");
    let eats = LlmBehavior { eats_cap: true, ..LlmBehavior::default() };
    let text = completion(&simulator, eats.clone()).await.text();
    assert!(!text.contains("text_delta") && text.contains("max_tokens"), "{text}");
    assert!(text.contains(r#""output_tokens":64"#), "{text}");
    // OpenAI does not return its reasoning.
    simulator.set("openai.completion", eats.into());
    let path = "openai/v1/chat/completions";
    let text = ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body: BODY })
        .await
        .text();
    assert!(!text.contains("hm") && text.contains(r#""finish_reason":"length""#), "{text}");
}

#[tokio::test]
async fn cap_of_the_request_ends_the_text() {
    let simulator = simulator().await;
    simulator.set("openai.completion", LlmBehavior::text("one two three four").into());
    let path = "openai/v1/chat/completions";
    let body = r#"{"model":"gpt-6-luna","max_completion_tokens":2,"messages":[]}"#;
    let got =
        ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body }).await.json();
    assert_eq!(got["choices"][0]["message"]["content"], "one tw");
    assert_eq!(got["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn keep_alives_come_before_the_first_token_and_lines_may_end_with_cr_lf() {
    let simulator = simulator().await;
    let behavior = LlmBehavior { keep_alives: 2, crlf: true, ..LlmBehavior::text("Pong") };
    simulator.set("openrouter.completion", behavior.clone().into());
    let path = "openrouter/api/v1/chat/completions";
    let text = ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body: BODY })
        .await
        .text();
    let (before, _) = text.split_once(r#""content":"Pon""#).unwrap();
    assert_eq!(before.matches(": OPENROUTER PROCESSING\r\n\r\n").count(), 2);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    simulator.set("deepseek.completion", behavior.into());
    let body = r#"{"model":"m","messages":[]}"#;
    let path = "deepseek/chat/completions";
    let text =
        ask(&simulator, &LlmRequest { method: "POST", path, headers: BEARER, body }).await.text();
    assert!(text.starts_with("\n\n{"), "{text}");
}

#[tokio::test]
async fn error_comes_after_the_tokens_of_the_script() {
    let simulator = simulator().await;
    for n in [0, 1, 2] {
        let behavior = LlmBehavior { error_after: Some(n), ..LlmBehavior::text("one two three") };
        let text = completion(&simulator, behavior).await.text();
        assert_eq!(text.matches("text_delta").count(), n, "{text}");
        assert!(text.contains("event: error\n") && !text.contains("message_stop"), "{text}");
    }
}

#[tokio::test]
async fn tokens_come_at_the_times_of_the_script() {
    let simulator = simulator().await;
    let begun = Instant::now();
    let behavior = LlmBehavior {
        first_token_ms: 40,
        delay_ms: 10,
        gap_ms: Some(60),
        ..LlmBehavior::text("one two")
    };
    completion(&simulator, behavior).await;
    // Three tokens: the first, one more, and the last.
    assert!(begun.elapsed() >= Duration::from_millis(110), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn frames_of_aws_are_valid() {
    let simulator = simulator().await;
    let behavior = LlmBehavior { reasoning: Some("hm".to_owned()), ..streamed_answer() };
    simulator.set("bedrock.completion", behavior.into());
    let got = ask(
        &simulator,
        &LlmRequest { method: "POST", path: CONVERSE, headers: BEARER, body: "{}" },
    )
    .await;
    assert_eq!(got.answer.header("content-type"), Some("application/vnd.amazon.eventstream"));
    let body = got.body();
    let mut rest = body.as_slice();
    let (mut kinds, mut text) = (Vec::new(), String::new());
    while !rest.is_empty() {
        let message = read_message_from(&mut rest).unwrap();
        let header = |name: &str| {
            let header = message.headers().iter().find(|it| it.name().as_str() == name);
            header.unwrap().value().as_string().unwrap().as_str().to_owned()
        };
        assert_eq!(header(":message-type"), "event");
        let payload: serde_json::Value = serde_json::from_slice(message.payload()).unwrap();
        text.push_str(
            payload.pointer("/delta/text").and_then(|it| it.as_str()).unwrap_or_default(),
        );
        kinds.push(header(":event-type"));
    }
    assert_eq!(text, streamed_answer().text.unwrap());
    assert_eq!((kinds[0].as_str(), kinds.last().unwrap().as_str()), ("messageStart", "metadata"));
}

#[tokio::test]
async fn recorded_frames_of_aws_are_valid() {
    let rows = allclear_simulator::llm::rows("bedrock");
    let rows = rows.iter().filter(|row| row.headers["content-type"].ends_with("eventstream"));
    let mut n = 0;
    for row in rows {
        let mut rest = row.body.as_slice();
        while !rest.is_empty() {
            read_message_from(&mut rest).unwrap();
            n += 1;
        }
    }
    assert!(n > 8, "{n}");
}

#[tokio::test]
async fn misplaced_llm_behavior_is_refused_with_its_position() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::llm_row("invalid_key"));
    let answer = crate::client::get(&simulator, "/svc").await;
    assert_eq!(answer.code(), 500);
    assert!(answer.text().contains("/llm/"), "{}", answer.text());
}
