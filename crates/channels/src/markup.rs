//! Messages for chats that take one text with markup.

use allclear_core::delivery::Notification;
use allclear_core::message;

use crate::facts::{self, FactValue, Tone};

/// The longest URL of a link. A longer one would take the room of the message.
const MAX_LINK_BYTES: usize = 500;

/// The markup of a chat. Each function takes plain text in one line.
pub(crate) trait Markup {
    /// The end of a line within a message.
    const LINE_END: &'static str;

    /// Returns a text in which no character is markup.
    fn text(&self, text: &str) -> String;

    /// Returns a text of another party, which additionally forms no link and no mention.
    fn quoted(&self, text: &str) -> String {
        self.text(text)
    }

    /// Returns the first line of a message.
    fn title(&self, title: &str, tone: Tone) -> String;

    /// Returns a line of the description of the event, marked as a quotation.
    fn description(&self, line: &str) -> String;

    /// Returns the label of a fact.
    fn label(&self, label: &str) -> String;

    /// Returns a line of a list.
    fn item(&self, line: &str) -> String;

    /// Returns a link.
    fn link(&self, label: &str, url: &str) -> String;
}

/// The longest text of a chat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextLimit {
    /// The limit of the whole text.
    pub(crate) max: usize,
    /// Measures a text.
    pub(crate) measure: fn(&str) -> usize,
    /// The limit of the description of the event, in characters before escaping.
    pub(crate) description_chars: usize,
}

/// The mark in place of lines that were left out.
const OMISSION: &str = "…";

/// Returns the text of a notification. If it is too long, the lines that do not fit are replaced by `…`.
pub(crate) fn render<M: Markup>(
    notification: &Notification,
    markup: &M,
    limit: TextLimit,
) -> String {
    let title = markup.title(&facts::title(notification), Tone::of(notification));
    let n_title = (limit.measure)(&title) + (limit.measure)(M::LINE_END);
    let rest = TextLimit { max: limit.max.saturating_sub(n_title), ..limit };
    format!("{title}{}{}", M::LINE_END, body(notification, markup, rest))
}

/// Returns the text below the title.
pub(crate) fn body<M: Markup>(notification: &Notification, markup: &M, limit: TextLimit) -> String {
    let mut lines: Vec<String> = facts::description(notification, limit.description_chars)
        .iter()
        .map(|line| markup.description(line))
        .collect();
    let mut pages = Vec::new();
    for fact in facts::facts(notification) {
        let label = markup.label(fact.label);
        match fact.value {
            FactValue::Short(value) | FactValue::Long(value) => {
                lines.push(format!("{label}: {}", markup.text(&value)));
            }
            FactValue::Time(at) => lines.push(format!("{label}: {}", message::time(at))),
            FactValue::Quoted(value) => lines.push(format!("{label}: {}", markup.quoted(&value))),
            FactValue::List(items) => {
                lines.push(format!("{label}:"));
                lines.extend(items.iter().map(|item| markup.item(item)));
            }
            FactValue::Link(url) if url.len() <= MAX_LINK_BYTES => {
                pages.push(markup.link(fact.label, &url));
            }
            FactValue::Link(_) => {}
        }
    }
    let with_end = |line: &str| (limit.measure)(line) + (limit.measure)(M::LINE_END);
    let kept = pages.iter().map(String::as_str).chain([OMISSION]);
    let mut room = limit.max.saturating_sub(kept.map(with_end).sum());
    let mut text = Vec::new();
    let mut has_omitted = false;
    for line in lines {
        let n = with_end(&line);
        if n <= room {
            room -= n;
            text.push(line);
        } else if !has_omitted {
            has_omitted = true;
            text.push(OMISSION.to_owned());
        }
    }
    text.extend(pages);
    text.join(M::LINE_END)
}

/// Returns a text of another party in which no chat finds a mention, a named link or the scheme of a URL.
pub(crate) fn without_links(text: &str) -> String {
    with_wide(text, &['@', '[', ']']).replace("://", "：//")
}

/// Returns a URL in which no character ends a link in markdown.
pub(crate) fn markdown_url(url: &str) -> String {
    url.replace('(', "%28").replace(')', "%29").replace('*', "%2A").replace('_', "%5F")
}

/// Replaces each of these characters by its full-width form, for markup without escapes: `<` by `＜`.
pub(crate) fn with_wide(text: &str, markup: &[char]) -> String {
    let wide = |c: char| {
        let is_ascii = ('!'..='~').contains(&c);
        let offset = u32::from('！') - u32::from('!');
        let wide = char::from_u32(u32::from(c) + offset).filter(|_| is_ascii);
        if markup.contains(&c) { wide.unwrap_or(c) } else { c }
    };
    text.chars().map(wide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_characters_become_wide_ones() {
        let markup = ['<', '>', '@', '*', '`', '[', ']'];
        assert_eq!(
            with_wide("a <@all> *b* `c` [d](e) é", &markup),
            "a ＜＠all＞ ＊b＊ ｀c｀ ［d］(e) é"
        );
    }
}
