//! The measurements of the arrival of an answer.

use std::time::Duration;

use allclear_llm::provider::Api;
use allclear_llm::stream::{Completion, StreamReader};

use crate::golden;

/// Reads pieces, each of which arrives a number of milliseconds after the request.
fn read(api: Api, pieces: &[(u64, &str)]) -> Completion {
    let mut reader = StreamReader::new(api, Some("text/event-stream"));
    for (ms, piece) in pieces {
        reader.feed(piece.as_bytes(), Duration::from_millis(*ms));
    }
    reader.finish(Duration::from_millis(pieces.last().unwrap().0))
}

fn delta(field: &str, text: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"{field}\":\"{text}\"}}}}]}}\n\n")
}

fn usage(output: u64, reasoning: u64) -> String {
    format!(
        "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":7,\"completion_tokens\":{output},\
         \"completion_tokens_details\":{{\"reasoning_tokens\":{reasoning}}}}}}}\n\ndata: [DONE]\n\n"
    )
}

#[test]
fn tokens_are_timed_by_content_and_not_by_bytes() {
    let completion = read(
        Api::Chat,
        &[
            (100, ": keep-alive\n\n"),
            (200, &delta("content", "")),
            (300, &delta("reasoning", "Hm")),
            (400, ": keep-alive\n\n"),
            (700, &delta("content", "Po")),
            (800, &delta("content", "ng")),
            (1700, &delta("content", "!")),
            (2000, &usage(30, 9)),
        ],
    );
    let metrics = completion.metrics();
    let expected = [
        ("first_reasoning_ms", 300.0),
        ("first_token_ms", 700.0),
        ("input_tokens", 7.0),
        ("longest_gap_ms", 900.0),
        ("output_tokens", 30.0),
        ("reasoning_tokens", 9.0),
        // Twenty of the twenty-one visible tokens arrived in the second after the first.
        ("tokens_per_second", 20.0),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value)).into();
    assert_eq!(metrics, expected);
    assert_eq!(completion.total, Duration::from_secs(2));
}

#[test]
fn speed_is_reported_only_if_it_is_meaningful() {
    let speed = |output, reasoning, last: u64| {
        let pieces = [
            (700, delta("content", "a")),
            (last, delta("content", "b")),
            (2000, usage(output, reasoning)),
        ];
        let pieces: Vec<(u64, &str)> = pieces.iter().map(|(ms, it)| (*ms, it.as_str())).collect();
        read(Api::Chat, &pieces).metrics().get("tokens_per_second").copied()
    };
    assert_eq!(speed(8, 0, 1400), Some(10.0));
    assert_eq!(speed(7, 0, 1400), None, "too few tokens");
    assert_eq!(speed(30, 23, 1400), None, "too few of them are visible");
    assert_eq!(speed(30, 0, 700), None, "all came at once");
}

#[test]
fn the_clock_of_the_server_takes_precedence() {
    let speed = |name: &str| {
        let golden = golden::named(name);
        golden.read(&golden.bytes, 20).metrics().get("tokens_per_second").copied()
    };
    assert_eq!(speed("ollama"), Some(50.0));
    assert_eq!(speed("chat-groq"), Some(1000.0));
}

#[test]
fn an_answer_in_one_piece_has_its_arrival_and_no_speed() {
    let golden = golden::named("chat-whole");
    let mut reader = StreamReader::new(golden.api, Some(golden.content_type));
    let (start, rest) = golden.bytes.split_at(200);
    reader.feed(start, Duration::from_millis(100));
    assert!(!reader.has_text());
    reader.feed(rest, Duration::from_millis(300));
    assert!(reader.has_text() && reader.is_over());
    let completion = reader.finish(Duration::from_millis(300));
    let metrics = completion.metrics();
    assert_eq!(metrics.get("first_token_ms"), Some(&300.0));
    assert_eq!(metrics.get("tokens_per_second"), None);
}

#[test]
fn a_truncated_answer_has_no_speed() {
    let text = delta("content", "a") + &usage(30, 0).replace("data: [DONE]", "");
    let completion = read(Api::Chat, &[(100, &text), (900, &delta("content", "b"))]);
    assert!(!completion.metrics().contains_key("tokens_per_second"));
}

#[test]
fn reasoning_counts_as_a_first_token() {
    let mut reader = StreamReader::new(Api::Chat, None);
    reader.feed(b": keep-alive\n\n", Duration::ZERO);
    assert!(!reader.has_content());
    reader.feed(delta("reasoning_content", "Hm").as_bytes(), Duration::ZERO);
    assert!(reader.has_content() && !reader.has_text() && !reader.is_over());
}
