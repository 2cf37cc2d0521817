//! The style sheet: rules from `style.css`, colors from the palette.

use std::sync::LazyLock;

use crate::palette::{Rgb, TOKENS, Token};

/// The whole style sheet, small enough to travel inside the page.
pub(crate) fn stylesheet() -> &'static str {
    static SHEET: LazyLock<String> = LazyLock::new(|| {
        let light = variables(|token| token.light);
        let dark = variables(|token| token.dark);
        format!(
            ":root{{color-scheme:light dark;{light}}}\
             @media(prefers-color-scheme:dark){{:root{{{dark}}}}}{}",
            compact(include_str!("style.css"))
        )
    });
    &SHEET
}

fn variables(color: fn(&Token) -> Rgb) -> String {
    TOKENS.iter().map(|token| format!("--{}:{};", token.name, color(token))).collect()
}

/// Drops indentation, line breaks and the comments, which stand on lines of their own.
fn compact(css: &str) -> String {
    let lines = css.lines().map(str::trim).filter(|line| !line.starts_with("/*"));
    lines.collect::<String>().replace(": ", ":").replace(" {", "{").replace(";}", "}")
}
