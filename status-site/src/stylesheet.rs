//! The style sheet: rules from `style.css`, colors from the palette.
//!
//! The palette's tokens become variables of the page. A state's colors become the variables
//! `--fill`, `--ink` and `--tint` of each element that has the class of the state. The page has one letter for each
//! variable.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::{
    palette::{Rgb, STATES, Shade, TOKENS},
    snapshot::ServiceState,
};

/// The style sheets, each for some of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageSheet {
    /// The first page, and the response to an unknown path.
    First,
    /// The pages of services, of months and of the calendar.
    Subpage,
    /// The pages with facts about providers of models.
    Provider,
}

/// Returns a whole style sheet, with an accent color in the place of that of the palette.
pub(crate) fn stylesheet(sheet: PageSheet, accent: Option<Shade>) -> Cow<'static, str> {
    static FIRST: LazyLock<String> = LazyLock::new(|| with_palette(include_str!("style.css")));
    static SUBPAGE: LazyLock<String> = LazyLock::new(|| {
        with_palette(concat!(include_str!("style.css"), include_str!("subpages.css")))
    });
    static PROVIDER: LazyLock<String> = LazyLock::new(|| {
        let subpage = concat!(include_str!("style.css"), include_str!("subpages.css"));
        with_palette(&format!("{subpage}{}", include_str!("provider_assets/tables.css")))
    });
    let of_palette: &'static str = match sheet {
        PageSheet::First => &FIRST,
        PageSheet::Subpage => &SUBPAGE,
        PageSheet::Provider => &PROVIDER,
    };
    match accent {
        None => Cow::Borrowed(of_palette),
        Some(accent) => Cow::Owned(with_accent(of_palette, accent)),
    }
}

/// Replaces the color of links in both themes.
fn with_accent(sheet: &str, accent: Shade) -> String {
    let Some(link) = TOKENS.iter().find(|token| token.name == "link") else {
        return sheet.to_owned();
    };
    // No other token has the same color.
    let light = sheet.replace(&link.shade.light.to_string(), &accent.light.to_string());
    light.replace(&link.shade.dark.to_string(), &accent.dark.to_string())
}

/// Returns rules behind the colors of both themes.
pub(crate) fn with_palette(rules: &str) -> String {
    let light = colors(|shade| shade.light);
    let dark = colors(|shade| shade.dark);
    let rules = compact(rules);
    short_names(format!(
        ":root{{color-scheme:light dark}}{light}@media(prefers-color-scheme:dark){{{dark}}}{rules}"
    ))
}

/// Replaces the name of each variable by a letter. No name is the beginning of another one.
fn short_names(sheet: String) -> String {
    let names = TOKENS.iter().map(|token| token.name).chain(["fill", "ink", "tint"]);
    names.zip('a'..='z').fold(sheet, |sheet, (name, letter)| {
        sheet.replace(&format!("--{name}"), &format!("--{letter}"))
    })
}

fn colors(theme: fn(Shade) -> Rgb) -> String {
    let variable = |name: &str, shade| format!("--{name}:{}", theme(shade));
    let tokens = TOKENS.map(|token| variable(token.name, token.shade)).join(";");
    let states = STATES.map(|colors| {
        format!(
            "{}{{{};{};{}}}",
            selector(colors.state),
            variable("fill", colors.fill),
            variable("ink", colors.ink),
            variable("tint", colors.tint)
        )
    });
    format!(":root{{{tokens}}}{}", states.concat())
}

/// Returns the selector of a state. The answer of a stale page is styled as without data.
fn selector(state: ServiceState) -> String {
    match state {
        ServiceState::NoData => ".nodata,.stale .answer".to_owned(),
        ServiceState::Operational
        | ServiceState::Degraded
        | ServiceState::Outage
        | ServiceState::Maintenance => {
            format!(".{}", state.slug())
        }
    }
}

/// Removes indentation, line breaks and comments, which are on lines of their own.
fn compact(css: &str) -> String {
    let lines = css.lines().map(str::trim).filter(|line| !line.starts_with("/*"));
    let css: String = lines.collect();
    css.replace(": ", ":")
        .replace("; ", ";")
        .replace(" { ", "{")
        .replace(" {", "{")
        .replace("; }", "}")
        .replace(";}", "}")
        .replace(" }", "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_replaces_the_color_of_links_alone() {
        let accent = Shade { light: Rgb(1, 2, 3), dark: Rgb(250, 251, 252) };
        let link = TOKENS.iter().find(|token| token.name == "link").unwrap().shade;
        for sheet in [PageSheet::First, PageSheet::Subpage, PageSheet::Provider] {
            let (before, after) = (stylesheet(sheet, None), stylesheet(sheet, Some(accent)));
            let back = after
                .replace(&accent.light.to_string(), &link.light.to_string())
                .replace(&accent.dark.to_string(), &link.dark.to_string());
            assert_eq!(back, before);
            for color in [link.light, link.dark] {
                let n_times = before.matches(&color.to_string()).count();
                assert_eq!(n_times, 1, "{color} stands for links alone");
                assert!(!after.contains(&color.to_string()), "{color}");
            }
        }
    }
}
