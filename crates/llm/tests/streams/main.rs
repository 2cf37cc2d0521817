//! Streamed completions: complete, truncated, in pieces and broken.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod bytes;
mod completeness;
mod failures;
mod golden;
mod times;

use allclear_llm::provider::Api;
use allclear_llm::stream::{Completion, CompletionEnd, Tokens};

#[test]
fn each_sample_answer_is_assessed_correctly() {
    for golden in golden::all() {
        let completion = golden.read(&golden.bytes, usize::MAX);
        golden.assert_read(&completion, "in one piece");
        let is_filtered = golden.name == "gemini-blocked";
        assert_eq!(completion.is_success(), !is_filtered, "{}", golden.name);
        assert_eq!(completion.is_filtered(), is_filtered, "{}", golden.name);
        let is_cut = ["length", "max_output_tokens", "max_tokens", "MAX_TOKENS"]
            .contains(&golden.finish_reason);
        assert_eq!(completion.is_cut_by_cap(), is_cut, "{}", golden.name);
    }
}

#[test]
fn optional_values_are_read_too() {
    let read = |name: &str| {
        let golden = golden::named(name);
        golden.read(&golden.bytes, 7)
    };
    let openrouter = read("chat-openrouter");
    assert_eq!(openrouter.cost_usd, Some(0.000_034_5));
    assert_eq!(openrouter.served_by.as_deref(), Some("Somebody"));
    assert_eq!(read("chat-xai").cost_usd, Some(0.003_775_6));
    let cohere = read("cohere");
    assert_eq!(cohere.billed, Some(Tokens { input: 2, output: 9, ..Tokens::default() }));
    assert_eq!(cohere.charged(), cohere.billed);
    assert_eq!(read("messages").charged(), read("messages").usage);

    let ms = |duration: Option<std::time::Duration>| duration.map(|it| it.as_micros());
    let groq = read("chat-groq").server;
    assert_eq!(ms(groq.total), Some(34_000));
    assert_eq!(ms(groq.generation), Some(30_000));
    assert_eq!(ms(groq.queue), Some(25_000));
    let ollama = read("ollama").server;
    assert_eq!(ms(ollama.total), Some(5_043_500));
    assert_eq!(ms(ollama.generation), Some(800_000));
    assert_eq!(ms(ollama.load), Some(3_000_000));
    assert_eq!(ms(read("converse").server.total), Some(362_000));
}

#[test]
fn pieces_of_any_size_make_the_same_completion() {
    for golden in golden::all() {
        let whole = without_times(golden.read(&golden.bytes, usize::MAX));
        for size in 1..=golden.bytes.len() {
            let completion = golden.read(&golden.bytes, size);
            assert_eq!(without_times(completion), whole, "{} in {size}s", golden.name);
        }
    }
}

#[test]
fn an_answer_truncated_anywhere_is_incomplete() {
    for golden in golden::all() {
        let mark = golden.mark.as_bytes();
        let found = golden.bytes.windows(mark.len()).position(|window| window == mark);
        let end = found.unwrap_or_else(|| panic!("{} holds its mark", golden.name)) + mark.len();
        let mut n_complete = 0;
        for cut in 0..=golden.bytes.len() {
            let (start, _) = golden.bytes.split_at(cut);
            for size in [usize::MAX, 13] {
                let completion = golden.read(start, size);
                let is_complete = completion.end == CompletionEnd::Complete;
                n_complete += usize::from(is_complete);
                assert!(!is_complete || cut >= end, "{} cut at {cut}", golden.name);
                assert!(is_complete || !completion.is_success(), "{} cut at {cut}", golden.name);
                assert!(golden.text.starts_with(&completion.text), "{} cut at {cut}", golden.name);
                let is_cut = matches!(completion.end, CompletionEnd::Truncated { n_bytes } if n_bytes == cut as u64);
                // A single bracket is neither a stream nor an answer.
                let is_nothing = matches!(completion.end, CompletionEnd::NotAStream(_)) && cut < 4;
                assert!(
                    is_complete || is_cut || is_nothing,
                    "{} cut at {cut}: {completion:?}",
                    golden.name
                );
            }
        }
        assert!(n_complete > 0, "{}", golden.name);
    }
}

#[test]
fn line_endings_and_a_byte_order_mark_change_nothing() {
    for golden in golden::all().iter().filter(|golden| golden.name != "converse") {
        let text = String::from_utf8(golden.bytes.clone()).unwrap();
        for (how, variant) in [
            ("with CRLF", text.replace('\n', "\r\n")),
            ("with CR", text.replace('\n', "\r")),
            ("with a mark", format!("\u{feff}{text}")),
            ("after white space", format!("\r\n \n{text}")),
        ] {
            for size in [1, 2, 3, 1000] {
                golden.assert_read(&golden.read(variant.as_bytes(), size), how);
            }
        }
    }
}

#[test]
fn the_content_type_may_be_wrong_or_missing() {
    for golden in golden::all() {
        for content_type in [None, Some(""), Some("text/plain"), Some("application/octet-stream")] {
            let completion = golden::read(golden.api, content_type, &golden.bytes, 9);
            golden.assert_read(&completion, &format!("as {content_type:?}"));
        }
    }
    for golden in golden::all().iter().filter(|golden| golden.name != "converse") {
        for content_type in ["application/json", "text/event-stream", "application/x-ndjson"] {
            let completion = golden::read(golden.api, Some(content_type), &golden.bytes, 9);
            golden.assert_read(&completion, content_type);
        }
    }
}

#[test]
fn an_answer_of_gemini_is_read_on_behind_a_finish_reason() {
    let piece = |text: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}},\
             \"finishReason\":\"STOP\"}}],\"usageMetadata\":{{\"candidatesTokenCount\":1}}}}\n\n"
        )
    };
    let stream = piece("13") + &piece("3");
    let completion = golden::read(Api::GenerateContent, None, stream.as_bytes(), 40);
    assert_eq!((completion.end, completion.text.as_str()), (CompletionEnd::Complete, "133"));
}

#[test]
fn a_message_that_repeats_the_deltas_is_not_text_again() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"1\"},\"message\":{\"content\":\"1\"}}]}\n\n\
                  data: {\"choices\":[{\"delta\":{\"content\":\"2\"},\"message\":{\"content\":\"12\"}}]}\n\n\
                  data: {\"choices\":[],\"timings\":{\"predicted_ms\":250.0}}\n\ndata: [DONE]\n\n";
    let completion = golden::read(Api::Chat, None, stream.as_bytes(), 40);
    assert_eq!(completion.text, "12");
    assert_eq!(completion.server.generation, Some(std::time::Duration::from_millis(250)));
}

/// Returns a completion without the values that depend on the arrival times of its pieces.
pub(crate) fn without_times(mut completion: Completion) -> Completion {
    for time in [
        &mut completion.first_token,
        &mut completion.first_reasoning,
        &mut completion.last_token,
        &mut completion.longest_gap,
    ] {
        *time = time.map(|_| std::time::Duration::ZERO);
    }
    completion.total = std::time::Duration::ZERO;
    completion
}
