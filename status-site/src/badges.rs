//! The badges: `badge/<id>.svg` and `badge/<id>.json` of each service, `badge.svg` and `badge.json` of the page.
//!
//! The badge of the page is outside the folder of the others, so that no id of a service collides with it. The JSON is
//! in the endpoint schema of shields.io. A badge contains no time, so it changes only with its state.

use askama::Template;
use serde::Serialize;

use crate::{
    OverallStatus, SiteFile,
    edition::Edition,
    formats::{encoded, one_line},
    palette::{self, Rgb},
    snapshot::ServiceState,
    words::Words,
};

/// The longest label in characters. A longer one is cut.
const MAX_LABEL_CHARS: usize = 48;

/// The space before and behind a text, in pixels.
const PADDING: u32 = 6;

/// The widths of the printable ASCII characters in `DejaVu Sans`, in hundredths of the font size, from the space on.
/// Verdana, which the badge names first, has nearly the same.
const ASCII_WIDTHS: [u32; 95] = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75,
    79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,
    63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
];

/// The width of a character that occupies one column of a terminal, in hundredths of the font size.
const NARROW: u32 = 64;

/// The font size in pixels.
const FONT_SIZE: u32 = 11;

#[derive(Template)]
#[template(path = "badge.svg")]
struct BadgeImage<'a> {
    alt: String,
    label: &'a str,
    message: &'a str,
    color: Rgb,
    label_width: u32,
    message_width: u32,
}

/// A badge in the endpoint schema of shields.io.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BadgeEndpoint<'a> {
    schema_version: u8,
    label: &'a str,
    message: &'a str,
    color: String,
}

/// Renders the badges of all services and the one of the page.
pub(crate) fn files(first: &Edition<'_>, answer: &OverallStatus) -> Vec<SiteFile> {
    let (snapshot, words) = (first.snapshot, first.words);
    let mut files = Vec::new();
    for service in snapshot.services() {
        let path = format!("badge/{}", encoded(&service.id));
        files.extend(badge(&path, service.label(), snapshot.state_of(service), words));
    }
    files.extend(badge("badge", &snapshot.page.title, answer.state, words));
    files
}

#[expect(
    clippy::expect_used,
    reason = "a template fails only if a value's `Display` does, and those here do not"
)]
fn badge(path: &str, label: &str, state: ServiceState, words: &Words) -> [SiteFile; 2] {
    let label = &shortened(&one_line(label));
    let message = &words.day_state(state);
    let color = palette::under_white(state);
    let image = BadgeImage {
        alt: format!("{label}: {message}"),
        label,
        message,
        color,
        label_width: text_width(label),
        message_width: text_width(message),
    };
    let endpoint = BadgeEndpoint { schema_version: 1, label, message, color: color.to_string() };
    [
        SiteFile::xml(
            format!("{path}.svg"),
            &image.render().expect("writing to a string cannot fail"),
        ),
        SiteFile::json(format!("{path}.json"), &endpoint),
    ]
}

impl BadgeImage<'_> {
    fn left(&self) -> u32 {
        self.label_width + 2 * PADDING
    }

    fn right(&self) -> u32 {
        self.message_width + 2 * PADDING
    }

    fn label_middle(&self) -> u32 {
        self.left() / 2
    }

    fn message_middle(&self) -> u32 {
        self.left() + self.right() / 2
    }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= MAX_LABEL_CHARS {
        return label.to_owned();
    }
    let start: String = label.chars().take(MAX_LABEL_CHARS - 1).collect();
    format!("{}…", start.trim_end())
}

/// Returns the width of a text in whole pixels, rounded up.
fn text_width(text: &str) -> u32 {
    let hundredths: u32 = text.chars().map(character_width).sum();
    (hundredths * FONT_SIZE).div_ceil(100).max(1)
}

/// Returns the width of a character in hundredths of the font size.
fn character_width(c: char) -> u32 {
    let place = u32::from(c).checked_sub(u32::from(' ')).and_then(|n| usize::try_from(n).ok());
    if let Some(width) = place.and_then(|place| ASCII_WIDTHS.get(place)) {
        return *width;
    }
    match unicode_width::UnicodeWidthChar::width(c) {
        None | Some(0) => 0,
        Some(1) => NARROW,
        Some(_) => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_follow_from_the_characters() {
        assert_eq!(text_width("MMMM"), 38);
        assert_eq!(text_width("iiii"), 13);
        assert_eq!(text_width("服務"), 22);
        assert_eq!(text_width("e\u{301}"), text_width("e"));
        assert_eq!(text_width(""), 1);
    }

    #[test]
    fn a_long_label_is_cut() {
        let cut = shortened(&"ü".repeat(60));
        assert_eq!(cut.chars().count(), MAX_LABEL_CHARS);
        assert!(cut.ends_with('…'));
        assert_eq!(shortened("API"), "API");
    }
}
