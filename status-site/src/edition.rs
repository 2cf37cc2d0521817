//! The site in one of its languages.

use std::borrow::Cow;

use crate::{
    Language, Snapshot,
    content_security_policy::content_security_policy,
    stylesheet::{PageSheet, stylesheet},
    words::Words,
};

/// The site in one of its languages: the first one is at the root, each other one in a folder with its tag.
#[derive(Clone, Copy)]
pub(crate) struct Edition<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) words: &'static Words,
    language: Language,
    is_first: bool,
}

/// A link to the same page in a language.
pub(crate) struct LanguageLink {
    pub(crate) tag: &'static str,
    /// The name of the language in itself.
    pub(crate) name: &'static str,
    /// The path, relative to the page.
    pub(crate) path: String,
    /// The address.
    pub(crate) url: String,
    pub(crate) is_this: bool,
}

/// The style sheet of a page, and the policy that allows it and the script.
pub(crate) struct PageStyle {
    pub(crate) policy: String,
    pub(crate) css: Cow<'static, str>,
}

impl<'a> Edition<'a> {
    /// Returns the style of a page with this script.
    pub(crate) fn style(&self, sheet: PageSheet, script: Option<&str>) -> PageStyle {
        let css = stylesheet(sheet, &self.snapshot.page.brand);
        PageStyle { policy: content_security_policy(&css, script), css }
    }

    /// Returns the edition of each language, the first one first.
    pub(crate) fn all(snapshot: &'a Snapshot) -> Vec<Self> {
        let languages = snapshot.page.languages.in_order().into_iter().enumerate();
        languages
            .map(|(n, language)| Self {
                snapshot,
                words: Words::of(language),
                language,
                is_first: n == 0,
            })
            .collect()
    }

    /// Returns the edition of the first language, whose words are also in the files for programs.
    pub(crate) fn first(snapshot: &'a Snapshot) -> Self {
        let language = snapshot.page.languages.first;
        Self { snapshot, words: Words::of(language), language, is_first: true }
    }

    /// Checks whether the edition is that at the root.
    pub(crate) fn is_first(&self) -> bool {
        self.is_first
    }

    /// Returns the path of a file of the edition.
    pub(crate) fn path(&self, file: &str) -> String {
        if self.is_first { file.to_owned() } else { format!("{}/{file}", self.language.tag()) }
    }

    /// Returns the address of a file of the edition.
    pub(crate) fn url_of(&self, file: &str) -> String {
        self.snapshot.page.url.of_file(&self.path(file))
    }

    /// Returns the address of the first page of the edition.
    pub(crate) fn home(&self) -> String {
        if self.is_first { self.snapshot.page.url.to_string() } else { self.url_of("index.html") }
    }

    /// Returns the path to the first page of the edition from a page in this number of folders within it. A folder has no
    /// page of its own on S3, but the root does.
    pub(crate) fn home_path(&self, depth: usize) -> String {
        let up = "../".repeat(depth);
        match (self.is_first, depth) {
            (true, 0) => "./".to_owned(),
            (true, _) => up,
            (false, _) => format!("{up}index.html"),
        }
    }

    /// Returns the address of an element of the first page of the edition.
    pub(crate) fn url_with_anchor(&self, anchor: &str) -> String {
        if self.is_first {
            self.snapshot.page.url.with_anchor(anchor)
        } else {
            format!("{}#{anchor}", self.url_of("index.html"))
        }
    }

    /// Returns the path from a page in the folder of the edition to the files that all editions share.
    pub(crate) fn root(&self) -> &'static str {
        if self.is_first { "" } else { "../" }
    }

    /// Returns the links to a file in each language; none if the page has one language. `depth` is the number of folders
    /// of the file within its edition.
    pub(crate) fn links(&self, file: &str, depth: usize) -> Vec<LanguageLink> {
        let all = Self::all(self.snapshot);
        if all.len() < 2 {
            return Vec::new();
        }
        let up = "../".repeat(depth + usize::from(!self.is_first));
        let link = |other: &Self| LanguageLink {
            tag: other.language.tag(),
            name: other.language.name(),
            path: format!("{up}{}", other.path(file)),
            url: other.url_of(file),
            is_this: other.language == self.language,
        };
        all.iter().map(link).collect()
    }
}
