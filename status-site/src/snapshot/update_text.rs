//! The text of an update.

use std::fmt;

use crate::markdown;

/// The text of an update, and the notation in which it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UpdateText {
    /// Plain text; line breaks are kept.
    Plain(String),
    /// Markdown, of which paragraphs, emphasis, code, lists and links with `https` are rendered.
    Markdown(String),
}

impl UpdateText {
    /// Returns the text as HTML, which is safe to put into a page as it is.
    #[must_use]
    pub fn html(&self) -> String {
        match self {
            Self::Plain(text) => markdown::paragraph(text),
            Self::Markdown(text) => markdown::html(text),
        }
    }
}

impl From<&str> for UpdateText {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

/// Writes the text without markup, for JSON and terminals.
impl fmt::Display for UpdateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => f.write_str(text),
            Self::Markdown(text) => f.write_str(&markdown::plain(text)),
        }
    }
}
