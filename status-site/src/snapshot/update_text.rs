//! The text of an update.

use super::GeneratedText;
use crate::{Language, markdown, words::Words};

/// The text of an update, and the notation in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateText {
    /// Plain text; line breaks are kept.
    Plain(String),
    /// Markdown, of which paragraphs, emphasis, code, lists and links with `https` are rendered.
    Markdown(String),
    /// Facts, of which each language makes its own text.
    Generated(GeneratedText),
}

impl UpdateText {
    /// Returns the text in a language as HTML, which is safe to put into a page as it is.
    #[must_use]
    pub fn html_in(&self, language: Language) -> String {
        self.html(language.words())
    }

    /// Returns the text in a language without markup, for JSON and terminals.
    #[must_use]
    pub fn plain_in(&self, language: Language) -> String {
        self.plain(language.words())
    }

    pub(crate) fn html(&self, words: &Words) -> String {
        match self {
            Self::Plain(text) => markdown::paragraph(text),
            Self::Markdown(text) => markdown::html(text),
            Self::Generated(text) => format!("<p>{}</p>", words.generated_html(text)),
        }
    }

    pub(crate) fn plain(&self, words: &Words) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Markdown(text) => markdown::plain(text),
            Self::Generated(text) => words.generated(text),
        }
    }
}

impl From<&str> for UpdateText {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}
