//! The texts of operators about incidents.

use std::io::Read as _;

use allclear_core::text;
use allclear_status_site::Language;
use allclear_status_site::snapshot::UpdateText;
use anyhow::Context as _;

use crate::arguments::WrittenText;

/// The longest text, in characters.
const MAX_TEXT_CHARS: usize = 10_000;

/// The longest title, in characters.
const MAX_TITLE_CHARS: usize = 200;

/// Returns the text of an entry, in Markdown; `None` if there is none.
pub(super) fn read(written: &WrittenText) -> anyhow::Result<Option<String>> {
    let text = match written.text.as_deref() {
        None => return Ok(None),
        Some("-") => from_input(std::io::stdin())?,
        Some(text) => text.to_owned(),
    };
    let text = text::visible(&text.replace("\r\n", "\n")).trim().to_owned();
    anyhow::ensure!(!text.is_empty(), "the text is empty");
    let n_chars = text.chars().count();
    anyhow::ensure!(
        n_chars <= MAX_TEXT_CHARS,
        "the text has {n_chars} characters, and at most {MAX_TEXT_CHARS} are published: shorten it"
    );
    let markdown = if written.plain { literal(&text) } else { text };
    let shown = UpdateText::Markdown(markdown.clone()).plain_in(Language::English);
    anyhow::ensure!(
        !shown.is_empty(),
        "the page would show nothing of this text: write a sentence"
    );
    anyhow::ensure!(
        text::visible(&shown) == shown,
        "the text has a hidden character, written as `&#…;`: remove it"
    );
    Ok(Some(markdown))
}

fn from_input(input: impl std::io::Read) -> anyhow::Result<String> {
    let limit = u64::try_from(MAX_TEXT_CHARS * 4 + 1)?;
    let mut bytes = Vec::new();
    input
        .take(limit)
        .read_to_end(&mut bytes)
        .context("cannot read the text from standard input")?;
    // A character has at most four bytes. The rest is not read, so that the length is not known.
    anyhow::ensure!(
        bytes.len() <= MAX_TEXT_CHARS * 4,
        "the text at standard input has more than {MAX_TEXT_CHARS} characters, which is the most that is published: \
         shorten it"
    );
    String::from_utf8(bytes).context("the text at standard input is not UTF-8")
}

/// Returns a title in one line.
pub(super) fn title(title: &str) -> anyhow::Result<String> {
    let line = text::one_line(title, MAX_TITLE_CHARS + 1);
    anyhow::ensure!(!line.is_empty(), "the title is empty");
    let is_short = line.chars().count() <= MAX_TITLE_CHARS;
    anyhow::ensure!(is_short, "the title has more than {MAX_TITLE_CHARS} characters");
    Ok(line)
}

/// Returns Markdown that shows `text` as it is: each sign of punctuation is escaped, and no line is indented.
fn literal(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let mut out = String::with_capacity(line.len());
        for c in line.trim().chars() {
            if c.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(c);
        }
        out
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_text_is_shown_as_it_was_written() {
        let text = "1. *not* a list\n- [x](https://a.example) `c` <b> \\ # | _\nend.";
        assert_eq!(UpdateText::Markdown(literal(text)).plain_in(Language::English), text);
        let html = UpdateText::Markdown(literal(text)).html_in(Language::English);
        assert!(
            !html.contains("<a ") && !html.contains("<em>") && !html.contains("<li>"),
            "{html}"
        );
    }

    #[test]
    fn a_text_loses_hidden_characters_and_keeps_its_lines() {
        let written = WrittenText { text: Some(" a\u{202e}b\r\nc\u{0} ".to_owned()), plain: false };
        assert_eq!(read(&written).unwrap().as_deref(), Some("ab\nc"));
    }

    #[test]
    fn empty_and_long_texts_are_refused() {
        for text in [" \n ".to_owned(), "x".repeat(MAX_TEXT_CHARS + 1)] {
            assert!(read(&WrittenText { text: Some(text), plain: false }).is_err());
        }
        assert!(read(&WrittenText { text: None, plain: false }).unwrap().is_none());
        assert!(title(&"x".repeat(MAX_TITLE_CHARS + 1)).is_err());
        assert_eq!(title(" Checkout\nfails ").unwrap(), "Checkout fails");
    }

    #[test]
    fn a_text_that_shows_nothing_or_has_hidden_characters_is_refused() {
        let refusal = |text: &str| {
            let written = WrittenText { text: Some(text.to_owned()), plain: false };
            read(&written).unwrap_err().to_string()
        };
        for text in ["---", "#", ">", "![](https://a.example/b)", "[x]: https://a.example", "```"] {
            assert!(refusal(text).contains("would show nothing"), "{text}");
        }
        for text in ["a &#x202e;b", "a &#x200b;b", "a &#x1b;[31m", "a &#x2066;b"] {
            assert!(refusal(text).contains("hidden character"), "{text}");
        }
        for text in ["*a* &amp; b", "- a\n- b", "\u{1f468}\u{200d}\u{1f469}", "`a`\tb"] {
            assert!(
                read(&WrittenText { text: Some(text.to_owned()), plain: false }).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_is_read_from_standard_input_up_to_its_limit() {
        assert_eq!(from_input("hello".as_bytes()).unwrap(), "hello");
        assert!(from_input(&[0xff, 0xfe][..]).is_err());
        for long in ["é", "x", "🎉"].map(|one| one.repeat(MAX_TEXT_CHARS * 4 + 1)) {
            let error = from_input(long.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("has more than 10000 characters"), "{error}");
        }
        let longest = "🎉".repeat(MAX_TEXT_CHARS);
        assert_eq!(from_input(longest.as_bytes()).unwrap(), longest);
    }
}
