//! The texts of the snapshot in a language, for other crates.

use super::Words;
use crate::Language;
use crate::markdown;
use crate::snapshot::{PublicIncident, PublicIncidentPhase, UpdateText};

impl PublicIncident {
    /// Returns the title in a language; one line.
    #[must_use]
    pub fn title_in(&self, language: Language) -> String {
        Words::of(language).incident_title(self)
    }
}

impl PublicIncidentPhase {
    /// Returns the word of the phase in a language.
    #[must_use]
    pub fn word_in(self, language: Language) -> String {
        Words::of(language).phase(self)
    }
}

impl UpdateText {
    /// Returns the text in a language as HTML, which is safe to put into a page as it is.
    #[must_use]
    pub fn html_in(&self, language: Language) -> String {
        self.html(Words::of(language))
    }

    /// Returns the text in a language without markup, for JSON and terminals.
    #[must_use]
    pub fn plain_in(&self, language: Language) -> String {
        self.plain(Words::of(language))
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
