//! The style sheet: rules from `style.css`, colors from the palette.
//!
//! The palette's tokens become variables of the page. A state's colors become the variables
//! `--fill`, `--ink` and `--tint` of each element that has the class of the state. The page has one letter for each
//! variable.

use std::sync::LazyLock;

use crate::{
    palette::{Rgb, STATES, Shade, TOKENS},
    snapshot::ServiceState,
};

/// Returns the whole style sheet, small enough to be inlined in the page.
pub(crate) fn stylesheet() -> &'static str {
    static SHEET: LazyLock<String> = LazyLock::new(|| with_palette(include_str!("style.css")));
    &SHEET
}

/// Returns the style sheet of the pages of services, of months and of the calendar: that of the page, with rules of their own.
pub(crate) fn subpage_stylesheet() -> &'static str {
    static SHEET: LazyLock<String> = LazyLock::new(|| {
        with_palette(concat!(include_str!("style.css"), include_str!("subpages.css")))
    });
    &SHEET
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
