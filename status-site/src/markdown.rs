//! A safe subset of Markdown: paragraphs, emphasis, code, lists and links with `https`.
//!
//! Everything else is shown as text: HTML as it was written, headings and quotations as paragraphs, images and other
//! links by their texts. The writers here produce every tag themselves, and escape every text.

mod plain;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

pub(crate) use self::plain::plain;

/// The deepest nesting of lists that is rendered as such. A deeper one continues its item.
const MAX_DEPTH: usize = 4;

/// Returns a plain text as one paragraph that keeps its line breaks.
pub(crate) fn paragraph(text: &str) -> String {
    let mut out = String::from("<p class=\"said\" dir=\"auto\">");
    escape(&mut out, text);
    out.push_str("</p>");
    out
}

/// Renders Markdown as HTML. The result has no attribute but `class`, `dir`, `href` and `rel`.
pub(crate) fn html(text: &str) -> String {
    let mut writer = HtmlWriter::default();
    writer.out.push_str("<div class=\"said\" dir=\"auto\">");
    for event in Parser::new_ext(text, Options::empty()) {
        writer.event(event);
    }
    writer.close_paragraph();
    writer.out.push_str("</div>");
    writer.out
}

/// Returns the address of a link that is rendered as one: `https` without white space, controls or credentials.
fn safe_address(address: &str) -> Option<&str> {
    let scheme = "https://";
    let begins =
        address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let host = address.get(scheme.len()..).unwrap_or_default();
    let authority = host.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let is_clean = !address.contains(|c: char| c.is_whitespace() || c.is_control());
    (begins && is_clean && !authority.is_empty() && !authority.contains('@')).then_some(address)
}

/// Writes a text with the characters of HTML escaped, without the control characters that HTML forbids.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

#[derive(Default)]
struct HtmlWriter {
    out: String,
    /// The closing tags of the open lists; empty for one that is nested too deep.
    lists: Vec<&'static str>,
    /// The closing tags of the open links; empty for one that is not rendered.
    links: Vec<&'static str>,
    in_paragraph: bool,
    in_code: bool,
}

impl HtmlWriter {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.text(&text),
            Event::Code(text) => {
                self.open_paragraph();
                self.out.push_str("<code>");
                escape(&mut self.out, &text);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Rule => self.close_paragraph(),
            Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Emphasis => self.inline("<em>"),
            Tag::Strong => self.inline("<strong>"),
            Tag::CodeBlock(_) => {
                self.close_paragraph();
                self.in_code = true;
                self.out.push_str("<pre><code>");
            }
            Tag::List(None) => self.start_list("<ul>", "</ul>"),
            Tag::List(Some(_)) => self.start_list("<ol>", "</ol>"),
            Tag::Item => self.start_item(),
            Tag::Link { dest_url, .. } => self.start_link(dest_url),
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::HtmlBlock
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::MetadataBlock(_) => self.close_paragraph(),
            Tag::Strikethrough | Tag::Superscript | Tag::Subscript | Tag::Image { .. } => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.inline("</em>"),
            TagEnd::Strong => self.inline("</strong>"),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.out.push_str("</code></pre>");
            }
            TagEnd::List(_) => {
                self.close_paragraph();
                self.out.push_str(self.lists.pop().unwrap_or_default());
            }
            TagEnd::Item => self.end_item(),
            TagEnd::Link => {
                let tag = self.links.pop().unwrap_or_default();
                self.out.push_str(tag);
            }
            TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::HtmlBlock
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell
            | TagEnd::MetadataBlock(_) => self.close_paragraph(),
            TagEnd::Strikethrough | TagEnd::Superscript | TagEnd::Subscript | TagEnd::Image => {}
        }
    }

    fn start_list(&mut self, start: &str, end: &'static str) {
        self.close_paragraph();
        let (start, end) = if self.lists.len() < MAX_DEPTH { (start, end) } else { ("", "") };
        self.out.push_str(start);
        self.lists.push(end);
    }

    fn start_item(&mut self) {
        if self.list_has_tags() {
            self.out.push_str("<li>");
        }
    }

    fn end_item(&mut self) {
        self.close_paragraph();
        if self.list_has_tags() {
            self.out.push_str("</li>");
        }
    }

    fn list_has_tags(&self) -> bool {
        self.lists.last().is_some_and(|end| !end.is_empty())
    }

    fn start_link(&mut self, address: &str) {
        let address = safe_address(address).filter(|_| self.links.iter().all(|end| end.is_empty()));
        self.open_paragraph();
        if let Some(address) = address {
            self.out.push_str("<a href=\"");
            escape(&mut self.out, address);
            self.out.push_str("\" rel=\"nofollow noopener\">");
        }
        self.links.push(if address.is_some() { "</a>" } else { "" });
    }

    fn inline(&mut self, tag: &str) {
        self.open_paragraph();
        self.out.push_str(tag);
    }

    fn text(&mut self, text: &str) {
        self.open_paragraph();
        escape(&mut self.out, text);
    }

    /// Opens a paragraph, unless a text here needs none.
    fn open_paragraph(&mut self) {
        if !self.in_paragraph && !self.in_code {
            self.in_paragraph = true;
            self.out.push_str("<p>");
        }
    }

    fn close_paragraph(&mut self) {
        if std::mem::take(&mut self.in_paragraph) {
            self.out.push_str("</p>");
        }
    }
}
