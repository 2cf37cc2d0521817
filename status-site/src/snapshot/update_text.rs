//! The text of an update.

use super::GeneratedText;

/// The text of an update, and the notation in which it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UpdateText {
    /// Plain text; line breaks are kept.
    Plain(String),
    /// Markdown, of which paragraphs, emphasis, code, lists and links with `https` are rendered.
    Markdown(String),
    /// Facts, of which each language makes its own text.
    Generated(GeneratedText),
}

impl From<&str> for UpdateText {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}
