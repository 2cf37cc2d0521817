//! `[page.theme]`: the design tokens, and their contrast.

use allclear_core::page_brand::AccentColor;
use allclear_core::page_tokens::{PageTokens, ThemeColors, TokenColors};
use allclear_core::web_color::{PageTheme, WebColor};

use crate::raw::{Page, TokenTable};
use crate::spanned::AtText;
use crate::spanned_error::{Span, SpannedError};

/// A color of a page with its name, and its place if the config sets it.
#[derive(Debug, Clone)]
struct PlacedColor {
    name: &'static str,
    color: WebColor,
    place: Option<Span>,
}

impl PlacedColor {
    fn new(name: &'static str, set: Option<&AtText<WebColor>>, default: WebColor) -> Self {
        let color = set.map_or(default, |set| *set.get());
        Self { name, color, place: set.map(|set| set.span.clone()) }
    }
}

/// Returns the tokens. Reports texts and bars that the background makes unreadable.
pub(super) fn read(
    raw: &Page,
    accent: Option<AccentColor>,
    findings: &mut Vec<SpannedError>,
) -> PageTokens {
    let Some(table) = &raw.theme else { return PageTokens::default() };
    let [light, dark] =
        [(PageTheme::Light, &table.light), (PageTheme::Dark, &table.dark)].map(|(theme, table)| {
            let Some(table) = table else { return TokenColors::default() };
            findings.extend(unreadable(theme, table, accent));
            colors(table)
        });
    PageTokens { light, dark, radius_px: table.radius, width_rem: table.width }
}

fn colors(table: &TokenTable) -> TokenColors {
    let color = |set: &Option<AtText<WebColor>>| set.as_ref().map(|set| *set.get());
    TokenColors {
        background: color(&table.background),
        surface: color(&table.surface),
        text: color(&table.text),
        muted: color(&table.muted),
        line: color(&table.line),
    }
}

/// Returns an error for each text and each bar that has too little contrast with a background.
fn unreadable(
    theme: PageTheme,
    table: &TokenTable,
    accent: Option<AccentColor>,
) -> Vec<SpannedError> {
    let defaults = ThemeColors::of(theme);
    let of_theme = |accent: AccentColor| match theme {
        PageTheme::Light => accent.light,
        PageTheme::Dark => accent.dark,
    };
    let backgrounds = [
        PlacedColor::new("background", table.background.as_ref(), defaults.background),
        PlacedColor::new("surface", table.surface.as_ref(), defaults.surface),
    ];
    let texts = [
        PlacedColor::new("text", table.text.as_ref(), defaults.text),
        PlacedColor::new("muted", table.muted.as_ref(), defaults.muted),
        PlacedColor::new("accent", None, accent.map_or(defaults.link, of_theme)),
    ];
    let of_texts = backgrounds.iter().flat_map(|background| {
        let errors = texts.iter().filter_map(|text| text_error(theme, text, background));
        errors.collect::<Vec<_>>()
    });
    let [background, _] = &backgrounds;
    let of_bars = defaults.fills.iter().filter_map(|fill| bar_error(theme, *fill, background));
    of_texts.chain(of_bars).collect()
}

fn text_error(
    theme: PageTheme,
    text: &PlacedColor,
    background: &PlacedColor,
) -> Option<SpannedError> {
    let contrast = text.color.contrast(background.color);
    // Without a place, both are colors of Allclear, or an accent that is checked where it is set.
    let place = text.place.clone().or_else(|| background.place.clone())?;
    if contrast >= PageTheme::MIN_CONTRAST {
        return None;
    }
    let what = format!(
        "`{}` of `{}` has a contrast of {contrast:.1} with `{}` of `{}` on the {} page, and texts need {}",
        text.color,
        text.name,
        background.color,
        background.name,
        name(theme),
        PageTheme::MIN_CONTRAST
    );
    let better = theme.readable_on(text.color, &[background.color]);
    let is_better = better.contrast(background.color) >= PageTheme::MIN_CONTRAST;
    let hint = if is_better {
        format!("write `{better}` for `{}`, the nearest color that can be read", text.name)
    } else {
        format!("choose a {} `{}`", direction(theme), background.name)
    };
    Some(SpannedError::new(place, what).hint(hint))
}

fn bar_error(
    theme: PageTheme,
    (state, fill): (&'static str, WebColor),
    background: &PlacedColor,
) -> Option<SpannedError> {
    let contrast = fill.contrast(background.color);
    let place = background.place.clone()?;
    let least = ThemeColors::MIN_FILL_CONTRAST;
    (contrast < least).then(|| {
        let what = format!(
            "`{}` of `background` has a contrast of {contrast:.2} with the bars of the state \
             `{state}` on the {} page, and they need {least}",
            background.color,
            name(theme)
        );
        SpannedError::new(place, what).hint(format!("choose a {} background", direction(theme)))
    })
}

fn name(theme: PageTheme) -> &'static str {
    match theme {
        PageTheme::Light => "light",
        PageTheme::Dark => "dark",
    }
}

/// Returns the change of a background that gives it more contrast.
fn direction(theme: PageTheme) -> &'static str {
    match theme {
        PageTheme::Light => "lighter",
        PageTheme::Dark => "darker",
    }
}
