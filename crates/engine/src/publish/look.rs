//! The look and the languages of the page.

use allclear_core::Timestamp;
use allclear_core::config::{GroupFolding, Page, PageSubscription};
use allclear_core::page_brand::{AccentColor, PageBrand, PageSection};
use allclear_core::page_language::PageLanguage;
use allclear_core::page_tokens::{PageTokens, TokenColors};
use allclear_core::web_color::WebColor;
use allclear_status_site::Language;
use allclear_status_site::palette::{Rgb, Shade};
use allclear_status_site::snapshot::{
    Brand, DesignTokens, GroupDisplay, HiddenSection, Href, MailTopicAddress, NeutralColors,
    ReaderSubscription,
};

/// Returns the look of the page at `shown`.
pub(crate) fn brand(brand: &PageBrand, shown: Timestamp) -> Brand {
    let announcement = brand.announcement.as_ref();
    let announcement = announcement.filter(|one| one.until.is_none_or(|until| shown < until));
    Brand {
        logo: brand.logo.as_ref().map(|logo| logo.as_str().to_owned()),
        link: brand.link.as_deref().and_then(|link| Href::parse(link).ok()),
        accent: brand.accent.map(shade),
        tokens: design(&brand.tokens),
        footer: brand.footer.clone(),
        announcement: announcement.map(|one| one.text.clone()),
        hidden: brand.hidden.iter().copied().map(section).collect(),
    }
}

/// Returns what the page offers to readers who want messages.
pub(crate) fn subscription(offered: &PageSubscription) -> ReaderSubscription {
    let topic = offered.sns_topic.as_ref();
    ReaderSubscription {
        link: offered.link.as_deref().and_then(|link| Href::parse(link).ok()),
        topic: topic.map(|topic| MailTopicAddress {
            arn: topic.arn().to_owned(),
            region: topic.region().to_owned(),
        }),
    }
}

/// Returns the state in which a reader finds a group.
pub(crate) fn display(page: &Page, name: &str) -> GroupDisplay {
    let settings = page.groups.iter().find(|group| group.name == name);
    match settings.and_then(|group| group.folding) {
        Some(GroupFolding::Open) => GroupDisplay::Open,
        Some(GroupFolding::Closed) => GroupDisplay::Closed,
        None => GroupDisplay::BySize,
    }
}

fn shade(accent: AccentColor) -> Shade {
    Shade { light: rgb(accent.light), dark: rgb(accent.dark) }
}

fn rgb(color: WebColor) -> Rgb {
    let [red, green, blue] = color.parts();
    Rgb(red, green, blue)
}

fn design(tokens: &PageTokens) -> DesignTokens {
    let colors = |of: TokenColors| NeutralColors {
        background: of.background.map(rgb),
        surface: of.surface.map(rgb),
        text: of.text.map(rgb),
        muted: of.muted.map(rgb),
        line: of.line.map(rgb),
    };
    DesignTokens {
        light: colors(tokens.light),
        dark: colors(tokens.dark),
        radius_px: tokens.radius_px,
        width_rem: tokens.width_rem,
    }
}

fn section(section: PageSection) -> HiddenSection {
    match section {
        PageSection::Subscribe => HiddenSection::Subscribe,
        PageSection::PastIncidents => HiddenSection::PastIncidents,
        PageSection::ResponseTimes => HiddenSection::ResponseTimes,
    }
}

/// Returns the language of the page.
pub(crate) fn language(language: PageLanguage) -> Language {
    match language {
        PageLanguage::English => Language::English,
        PageLanguage::German => Language::German,
        PageLanguage::French => Language::French,
        PageLanguage::Spanish => Language::Spanish,
        PageLanguage::Japanese => Language::Japanese,
        PageLanguage::Chinese => Language::Chinese,
        PageLanguage::Arabic => Language::Arabic,
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::page_brand::PageAnnouncement;
    use allclear_core::page_tokens::ThemeColors;
    use allclear_core::web_color::PageTheme;
    use allclear_status_site::palette::{STATES, TOKENS};

    use super::*;

    #[test]
    fn an_accent_is_checked_against_the_backgrounds_of_the_page() {
        for (theme, of) in [
            (PageTheme::Light, (|shade| shade.light) as fn(Shade) -> Rgb),
            (PageTheme::Dark, |shade| shade.dark),
        ] {
            let checked = theme.backgrounds().map(|color| color.to_string());
            let tokens = ["bg", "surface"].map(|name| {
                let token = TOKENS.iter().find(|token| token.name == name).unwrap();
                of(token.shade).to_string()
            });
            assert_eq!(checked, tokens, "{theme:?}");
        }
    }

    #[test]
    fn a_theme_is_checked_against_the_colors_of_the_page() {
        for (theme, of) in [
            (PageTheme::Light, (|shade| shade.light) as fn(Shade) -> Rgb),
            (PageTheme::Dark, |shade| shade.dark),
        ] {
            let ThemeColors { background, surface, text, muted, link, fills } =
                ThemeColors::of(theme);
            let checked = [background, surface, text, muted, link].map(rgb);
            let tokens = ["bg", "surface", "text", "muted", "link"].map(|name| {
                let token = TOKENS.iter().find(|token| token.name == name).unwrap();
                of(token.shade)
            });
            assert_eq!(checked, tokens, "{theme:?}");
            assert_eq!(fills.map(|(_, fill)| rgb(fill)), STATES.map(|state| of(state.fill)));
        }
    }

    #[test]
    fn a_banner_ends_at_its_time() {
        let until: Timestamp = "2026-12-24T18:00:00Z".parse().unwrap();
        let text = "Support is closed on 25 December.".to_owned();
        let look = PageBrand {
            announcement: Some(PageAnnouncement { text: text.clone(), until: Some(until) }),
            ..PageBrand::default()
        };
        let before = until - std::time::Duration::from_secs(1);
        assert_eq!(brand(&look, before).announcement, Some(text));
        assert_eq!(brand(&look, until).announcement, None);
    }
}
