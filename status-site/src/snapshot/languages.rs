//! The languages of the page.

use crate::Language;

/// The languages in which the page is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLanguages {
    /// The language of the page at the root, and of the texts in the files for programs.
    pub first: Language,
    /// The languages of the pages in folders.
    pub others: Vec<Language>,
}

impl PageLanguages {
    /// The page in English alone.
    pub const ENGLISH: Self = Self { first: Language::English, others: Vec::new() };

    /// Returns all languages, each once, the first one first.
    #[must_use]
    pub fn in_order(&self) -> Vec<Language> {
        let mut all = vec![self.first];
        for other in &self.others {
            if !all.contains(other) {
                all.push(*other);
            }
        }
        all
    }
}

/// Returns the languages in their order; English if there are none.
impl FromIterator<Language> for PageLanguages {
    fn from_iter<I: IntoIterator<Item = Language>>(languages: I) -> Self {
        let mut languages = languages.into_iter();
        match languages.next() {
            Some(first) => Self { first, others: languages.collect() },
            None => Self::ENGLISH,
        }
    }
}
