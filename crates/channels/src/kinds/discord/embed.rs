//! The payload for Discord: one embed that holds the whole message.

use allclear_core::Timestamp;
use allclear_core::delivery::Notification;
use allclear_core::status::Severity;
use allclear_core::text;
use serde_json::{Value, json};

use crate::facts::{self, Fact, FactValue, Tone};

/// The limits of an embed: <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>. An
/// escaped character counts twice.
const MAX_TITLE_CHARS: usize = 256;
const MAX_VALUE_CHARS: usize = 1_024;
const MAX_EMBED_CHARS: usize = 6_000;
const MAX_DESCRIPTION_CHARS: usize = 1_000;
const MAX_LIST_CHARS: usize = 500;

/// Returns the payload of a notification.
pub(super) fn payload(notification: &Notification, username: Option<&str>) -> Value {
    let mut payload = json!({
        "embeds": [embed(notification)],
        // No text of a message mentions a person.
        "allowed_mentions": { "parse": [] },
    });
    if let (Some(username), Some(payload)) = (username, payload.as_object_mut()) {
        payload.insert("username".to_owned(), json!(text::visible(username)));
    }
    payload
}

fn embed(notification: &Notification) -> Value {
    let title = within(&escape(&facts::title(notification)), MAX_TITLE_CHARS);
    let description: Vec<String> = facts::description(notification, MAX_DESCRIPTION_CHARS)
        .iter()
        .map(|line| format!("> {}", escape(line)))
        .collect();
    let description = description.join("\n");
    let mut room = MAX_EMBED_CHARS - FOOTER.len();
    room = room.saturating_sub(title.chars().count() + description.chars().count());
    let mut fields = Vec::new();
    for fact in facts::facts(notification) {
        let (value, is_inline) = value(&fact);
        let value = within(&value, MAX_VALUE_CHARS);
        let n_chars = fact.label.len() + value.chars().count();
        if n_chars <= room {
            room -= n_chars;
            fields.push(json!({ "name": fact.label, "value": value, "inline": is_inline }));
        }
    }
    let mut embed = json!({
        "title": title,
        "description": description,
        "color": color(Tone::of(notification)),
        "fields": fields,
        "footer": { "text": FOOTER },
        "timestamp": notification.at.to_string(),
    });
    if let (Some(url), Some(embed)) = (facts::page_link(notification), embed.as_object_mut()) {
        embed.insert("url".to_owned(), json!(url));
    }
    embed
}

const FOOTER: &str = "Allclear";

/// Returns the value of a fact, and true if its field is narrow.
fn value(fact: &Fact) -> (String, bool) {
    match &fact.value {
        FactValue::Short(text) => (escape(text), true),
        FactValue::Time(at) => (time(*at), true),
        FactValue::Long(text) | FactValue::Quoted(text) => (escape(text), false),
        FactValue::List(lines) => (escape(&facts::list_within(lines, MAX_LIST_CHARS)), false),
        FactValue::Link(url) => (url.clone(), false),
    }
}

/// Formats a time in the time zone of the reader.
fn time(at: Timestamp) -> String {
    format!("<t:{}:f>", at.as_second())
}

/// Returns the beginning of an escaped text. A backslash at its end would escape the next character.
fn within(escaped: &str, max_chars: usize) -> String {
    let short = text::excerpt(escaped, max_chars);
    let (kept, end) = short.strip_suffix('…').map_or((&*short, ""), |kept| (kept, "…"));
    let n_backslashes = kept.chars().rev().take_while(|c| *c == '\\').count();
    let kept = if n_backslashes % 2 == 1 { kept.strip_suffix('\\').unwrap_or(kept) } else { kept };
    format!("{kept}{end}")
}

/// Escapes the characters of Discord's Markdown. A `:` can be a part of a URL, of an emoji or of a time.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\*_~`|<>[]()#-+:@".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn color(tone: Tone) -> u32 {
    match tone {
        Tone::Over => 0x2e_7d32,
        Tone::Severity(Severity::Critical) => 0xb7_1c1c,
        Tone::Severity(Severity::Error) => 0xe6_5100,
        Tone::Severity(Severity::Warning) => 0xf9_a825,
        Tone::Severity(Severity::Info) => 0x15_65c0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_character_is_not_cut_in_two() {
        assert_eq!(within(r"a\*\*", 5), r"a\*\*");
        assert_eq!(within(r"a\*\*", 4), r"a\*…");
        assert_eq!(within(r"a\*\*b", 5), r"a\*…");
        assert_eq!(within(r"\\\\\\", 4), r"\\…");
    }
}
