//! Any bytes result in a value, within bounded memory.

use std::time::Duration;

use allclear_llm::provider::Api;
use allclear_llm::stream::{CompletionEnd, StreamReader};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::golden::{self, read};
use crate::without_times;

const APIS: [Api; 7] = [
    Api::Chat,
    Api::Responses,
    Api::Messages,
    Api::CohereChat,
    Api::GenerateContent,
    Api::Converse,
    Api::OllamaChat,
];
const CONTENT_TYPES: [Option<&str>; 6] = [
    None,
    Some("text/event-stream"),
    Some("application/json"),
    Some("application/x-ndjson"),
    Some("application/vnd.amazon.eventstream"),
    Some("text/html"),
];

/// Asserts the invariants of every completion, for any division of its bytes into pieces.
fn assert_sound(api: Api, content_type: Option<&str>, bytes: &[u8], size: usize) {
    let whole = without_times(read(api, content_type, bytes, usize::MAX));
    let completion = read(api, content_type, bytes, size);
    assert!(completion.text.len() <= 16 * 1024);
    assert!(completion.first_token <= completion.last_token);
    if let CompletionEnd::NotAStream(head) = &completion.end {
        assert!(bytes.starts_with(head) && head.len() <= 8 * 1024);
    }
    assert!(completion.metrics().values().all(|value| value.is_finite() && *value >= 0.0));
    assert_eq!(without_times(completion), whole);
}

/// Generates pieces of streams, in any order.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let fragment = select(vec![
        "data: ",
        "data:",
        "event: ",
        "error",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        ": x",
        "[DONE]",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        ",",
        ":",
        "null",
        "1e999",
        "-1",
        "\u{feff}",
        "é",
        "choices",
        "\"delta\"",
        "\"content\"",
        "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}",
        "{\"done\":true}",
        "{\"type\":\"message_stop\"}",
        "{\"error\":{\"message\":\"x\"}}",
        "{\"candidates\":[{\"finishReason\":\"STOP\"}]}",
        "{\"choices\":[{\"message\":{\"content\":[{\"text\":\"a\"}]},\"finish_reason\":\"error\"}]}",
        "\u{0}\u{0}\u{0}\u{10}",
    ]);
    vec(fragment, 0..60).prop_map(|fragments| fragments.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_bytes_give_a_value(
        api in select(APIS.to_vec()),
        content_type in select(CONTENT_TYPES.to_vec()),
        bytes in vec(any::<u8>(), 0..600),
        size in 1_usize..50,
    ) {
        assert_sound(api, content_type, &bytes, size);
    }

    #[test]
    fn any_fragments_give_a_value(
        api in select(APIS.to_vec()),
        content_type in select(CONTENT_TYPES.to_vec()),
        bytes in fragments(),
        size in 1_usize..50,
    ) {
        assert_sound(api, content_type, &bytes, size);
    }

    #[test]
    fn any_mutation_of_an_answer_gives_a_value(
        golden in any::<Index>(),
        api in proptest::option::of(select(APIS.to_vec())),
        content_type in proptest::option::of(select(CONTENT_TYPES.to_vec())),
        changes in vec((any::<Index>(), any::<u8>(), 0_u8..4), 1..20),
        size in 1_usize..200,
    ) {
        let all = golden::all();
        let golden = golden.get(&all);
        let mut bytes = golden.bytes.clone();
        for (at, byte, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match change {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => {
                    bytes.remove(at);
                }
                _ => bytes.truncate(at),
            }
        }
        let content_type = content_type.unwrap_or(Some(golden.content_type));
        assert_sound(api.unwrap_or(golden.api), content_type, &bytes, size);
    }
}

/// Feeds `piece` repeatedly until the reader stops. Returns the number of bytes, the end and the
/// length of the text.
fn n_bytes_until_over(api: Api, start: &[u8], piece: &[u8]) -> (usize, CompletionEnd, usize) {
    let mut reader = StreamReader::new(api, None);
    reader.feed(start, Duration::ZERO);
    let mut n_bytes = start.len();
    while !reader.is_over() {
        reader.feed(piece, Duration::ZERO);
        n_bytes += piece.len();
        assert!(n_bytes < 16 * 1024 * 1024, "it reads on and on");
    }
    let completion = reader.finish(Duration::ZERO);
    (n_bytes, completion.end, completion.text.len())
}

#[test]
fn endless_answers_are_given_up() {
    let delta = "data: {\"choices\":[{\"delta\":{\"content\":\"aaaaaaaaé\"}}]}\n\n".repeat(100);
    for (name, start, piece) in [
        ("a line", "data: ", "x".repeat(4096)),
        ("an event of many lines", "data: x\n", "data: x\n".repeat(500)),
        ("an event of empty lines", "data: x\n", "data\n".repeat(500)),
        ("an object", "{\"a\":\"", "x".repeat(4096)),
        ("an object of objects", "{", "{\"a\":".repeat(700)),
        ("comments", ": x\n", ": keep-alive\n\n".repeat(300)),
        ("white space", "", " ".repeat(4096)),
        ("brackets", "[", "[,]".repeat(1000)),
        ("text", "", delta),
        ("a page", "<", "x".repeat(4096)),
    ] {
        let (_, end, n_text) = n_bytes_until_over(Api::Chat, start.as_bytes(), piece.as_bytes());
        assert!(
            matches!(end, CompletionEnd::Error(_) | CompletionEnd::NotAStream(_)),
            "{name}: {end:?}"
        );
        assert!(n_text <= 16 * 1024, "{name}");
    }
    let length = [0, 0x0f, 0xff, 0xff];
    let (_, end, _) = n_bytes_until_over(Api::Converse, &length, &[0; 4096]);
    assert!(matches!(end, CompletionEnd::NotAStream(_)), "{end:?}");
}

#[test]
fn deeply_nested_json_is_safe() {
    for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
        let deep = format!("data: {}1{}\n\n", open.repeat(100_000), close.repeat(100_000));
        assert!(!read(Api::Chat, None, deep.as_bytes(), 1000).is_success());
        assert!(!read(Api::Chat, None, &deep.as_bytes()[6..], 1000).is_success());
    }
}
