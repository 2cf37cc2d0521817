//! Markdown as plain text, for JSON and terminals.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::safe_address;

/// Returns a text without its markup: paragraphs apart, list items with a dash, and links with their addresses.
pub(crate) fn plain(text: &str) -> String {
    let mut writer = PlainWriter::default();
    for event in Parser::new_ext(text, Options::empty()) {
        writer.event(event);
    }
    writer.out.trim().to_owned()
}

#[derive(Default)]
struct PlainWriter {
    out: String,
    /// The number of line breaks before the next text.
    n_breaks: usize,
    /// The number of open lists.
    depth: usize,
    /// The open links: their addresses, and the places at which their texts begin.
    links: Vec<(Option<String>, usize)>,
}

impl PlainWriter {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::List(_)) => {
                self.separate(1);
                self.depth += 1;
            }
            Event::End(TagEnd::List(_)) => {
                self.depth = self.depth.saturating_sub(1);
                self.end_block();
            }
            Event::Start(Tag::Item) => {
                self.separate(1);
                self.text("- ");
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let address = safe_address(&dest_url).map(str::to_owned);
                self.links.push((address, self.out.len()));
            }
            Event::End(TagEnd::Link) => self.end_link(),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::BlockQuote(_)
                | TagEnd::CodeBlock
                | TagEnd::HtmlBlock,
            ) => self.end_block(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) | Event::Code(text) => {
                self.text(&text);
            }
            Event::End(TagEnd::Item) | Event::SoftBreak | Event::HardBreak => self.separate(1),
            Event::Rule => self.separate(2),
            Event::Start(_)
            | Event::End(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn end_block(&mut self) {
        self.separate(if self.depth == 0 { 2 } else { 1 });
    }

    fn end_link(&mut self) {
        let Some((Some(address), from)) = self.links.pop() else { return };
        let label = self.out.get(from..).unwrap_or_default().trim();
        if label != address {
            let added = if label.is_empty() { address } else { format!(" ({address})") };
            self.text(&added);
        }
    }

    fn separate(&mut self, n_breaks: usize) {
        self.n_breaks = self.n_breaks.max(n_breaks);
    }

    fn text(&mut self, text: &str) {
        let n_breaks = std::mem::take(&mut self.n_breaks);
        if !self.out.is_empty() && n_breaks > 0 {
            let kept = self.out.trim_end_matches([' ', '\n']).len();
            // A paragraph of an item follows its dash.
            if !self.out.ends_with("- ") {
                self.out.truncate(kept);
                self.out.push_str(&"\n".repeat(n_breaks));
            }
        }
        self.out.push_str(text);
    }
}
