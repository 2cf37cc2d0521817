//! The style sheet: rules from `style.css`, colors from the palette.
//!
//! The palette's tokens become variables of the page. A state's colors become the variables
//! `--fill`, `--ink` and `--tint` of each element that has the class of the state. The page has one letter for each
//! variable.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::{
    palette::{ColorToken, Rgb, STATES, Shade, TOKENS},
    snapshot::{Brand, DesignTokens, ServiceState},
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

/// Returns a whole style sheet in the look of a brand.
pub(crate) fn stylesheet(sheet: PageSheet, brand: &Brand) -> Cow<'static, str> {
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
    in_look(of_palette, brand)
}

/// Returns a style sheet of the palette in the look of a brand.
pub(crate) fn in_look(of_palette: &'static str, brand: &Brand) -> Cow<'static, str> {
    if brand.accent.is_none() && brand.tokens == DesignTokens::default() {
        return Cow::Borrowed(of_palette);
    }
    let DesignTokens { light, dark, radius_px, width_rem } = brand.tokens;
    let own = TOKENS.map(|token| {
        let shade = match brand.accent {
            Some(accent) if token.name == "link" => accent,
            _ => token.shade,
        };
        let light = light.token(token.name).unwrap_or(shade.light);
        let dark = dark.token(token.name).unwrap_or(shade.dark);
        ColorToken { shade: Shade { light, dark }, ..token }
    });
    // The declarations of the tokens are the first ones, in the light theme and then in the dark one.
    let of = |tokens: [ColorToken; 6], theme| short_names(token_declarations(tokens, theme));
    let themes: [fn(Shade) -> Rgb; 2] = [|shade| shade.light, |shade| shade.dark];
    let mut sheet = of_palette.to_owned();
    for theme in themes {
        sheet = sheet.replacen(&of(TOKENS, theme), &of(own, theme), 1);
    }
    if let Some(radius) = radius_px {
        sheet = sheet.replace("8px 8px 0 0", &format!("{radius}px {radius}px 0 0"));
        sheet = sheet.replace("border-radius:8px", &format!("border-radius:{radius}px"));
    }
    if let Some(width) = width_rem {
        sheet = sheet.replace("max-width:46rem", &format!("max-width:{width}rem"));
    }
    Cow::Owned(sheet)
}

fn token_declarations(tokens: [ColorToken; 6], theme: fn(Shade) -> Rgb) -> String {
    let declared = tokens.map(|token| format!("--{}:{}", token.name, theme(token.shade)));
    declared.join(";")
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
    let tokens = token_declarations(TOKENS, theme);
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
    use crate::snapshot::NeutralColors;

    #[test]
    fn an_accent_replaces_the_color_of_links_alone() {
        let accent = Shade { light: Rgb(1, 2, 3), dark: Rgb(250, 251, 252) };
        let link = TOKENS.iter().find(|token| token.name == "link").unwrap().shade;
        for sheet in [PageSheet::First, PageSheet::Subpage, PageSheet::Provider] {
            let (before, after) = (
                stylesheet(sheet, &Brand::default()),
                stylesheet(sheet, &Brand { accent: Some(accent), ..Brand::default() }),
            );
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

    #[test]
    fn each_token_of_a_theme_is_in_the_style_sheet() {
        let colors = |first: u8| NeutralColors {
            background: Some(Rgb(first, 1, 1)),
            surface: Some(Rgb(first, 2, 2)),
            text: Some(Rgb(first, 3, 3)),
            muted: Some(Rgb(first, 4, 4)),
            line: Some(Rgb(first, 5, 5)),
        };
        let tokens = DesignTokens {
            light: colors(0xab),
            dark: colors(0xcd),
            radius_px: Some(3),
            width_rem: Some(60),
        };
        for sheet in [PageSheet::First, PageSheet::Subpage, PageSheet::Provider] {
            let plain = stylesheet(sheet, &Brand::default());
            let css = stylesheet(sheet, &Brand { tokens, ..Brand::default() });
            for n in 1..=5 {
                for first in ["ab", "cd"] {
                    let color = format!("#{first}0{n}0{n}");
                    assert_eq!(css.matches(&color).count(), 1, "{color}");
                }
            }
            assert!(css.contains("max-width:60rem") && !css.contains("46rem"));
            assert!(css.contains("border-radius:3px") && !css.contains("border-radius:8px"));
            assert_eq!(css.len(), plain.len(), "a theme costs no bytes");
        }
    }
}
