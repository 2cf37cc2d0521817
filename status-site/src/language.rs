//! The languages of the page.

/// A language in which the page can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Japanese.
    Japanese,
    /// Chinese in simplified characters.
    Chinese,
    /// Arabic, which is written from the right to the left.
    Arabic,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 7] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Japanese,
        Self::Chinese,
        Self::Arabic,
    ];

    /// Returns the tag (BCP 47), which is also the folder of the language.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
            Self::Chinese => "zh",
            Self::Arabic => "ar",
        }
    }

    /// Returns the name of the language in itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Japanese => "日本語",
            Self::Chinese => "中文",
            Self::Arabic => "العربية",
        }
    }

    /// Checks whether the language is written from the right to the left.
    pub(crate) fn is_right_to_left(self) -> bool {
        match self {
            Self::English
            | Self::German
            | Self::French
            | Self::Spanish
            | Self::Japanese
            | Self::Chinese => false,
            Self::Arabic => true,
        }
    }

    /// Returns the messages in the format Fluent.
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../messages/en.ftl"),
            Self::German => include_str!("../messages/de.ftl"),
            Self::French => include_str!("../messages/fr.ftl"),
            Self::Spanish => include_str!("../messages/es.ftl"),
            Self::Japanese => include_str!("../messages/ja.ftl"),
            Self::Chinese => include_str!("../messages/zh.ftl"),
            Self::Arabic => include_str!("../messages/ar.ftl"),
        }
    }
}
