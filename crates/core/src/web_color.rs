//! Colors of the page, the two themes, and the contrast that a reader needs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A color in sRGB, written as `#0b57d0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebColor([u8; 3]);

/// A text that is not a color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be `#` and six hexadecimal digits")]
pub struct WebColorError;

/// A theme of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageTheme {
    /// Dark text on a light page.
    Light,
    /// Light text on a dark page.
    Dark,
}

impl PageTheme {
    /// The smallest contrast of a text with its background (WCAG 2.2, 1.4.3).
    pub const MIN_CONTRAST: f64 = 4.5;

    /// Returns the backgrounds on which links stand.
    #[must_use]
    pub fn backgrounds(self) -> [WebColor; 2] {
        match self {
            Self::Light => [WebColor([0xff, 0xff, 0xff]), WebColor([0xf6, 0xf8, 0xfa])],
            Self::Dark => [WebColor([0x0f, 0x14, 0x19]), WebColor([0x17, 0x1d, 0x24])],
        }
    }

    /// Returns the least contrast of `color` with the backgrounds.
    #[must_use]
    pub fn contrast(self, color: WebColor) -> f64 {
        let contrasts = self.backgrounds().map(|background| color.contrast(background));
        contrasts.into_iter().fold(f64::INFINITY, f64::min)
    }

    /// Returns the color nearest to `color`, on its way to black or to white, that can be read.
    #[must_use]
    pub fn readable(self, color: WebColor) -> WebColor {
        self.readable_on(color, &self.backgrounds())
    }

    /// Returns the color nearest to `color`, on its way to black or to white, that can be read on each background.
    #[must_use]
    pub fn readable_on(self, color: WebColor, backgrounds: &[WebColor]) -> WebColor {
        let end = match self {
            Self::Light => 0,
            Self::Dark => 0xff_u16,
        };
        let mixed = |step: u16| {
            WebColor(color.0.map(|part| {
                let mixed = (u16::from(part) * (100 - step) + end * step) / 100;
                u8::try_from(mixed).unwrap_or(u8::MAX)
            }))
        };
        let readable = |one: &WebColor| {
            backgrounds.iter().all(|background| one.contrast(*background) >= Self::MIN_CONTRAST)
        };
        (0..=100).map(mixed).find(readable).unwrap_or_else(|| mixed(100))
    }
}

impl WebColor {
    /// Reads `text` as a color.
    ///
    /// # Errors
    ///
    /// Fails unless it is `#` and six hexadecimal digits.
    pub fn new(text: &str) -> Result<Self, WebColorError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let number = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or(WebColorError)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }

    /// Creates a color from red, green and blue.
    #[must_use]
    pub const fn of_rgb(parts: [u8; 3]) -> Self {
        Self(parts)
    }

    /// Returns red, green and blue.
    #[must_use]
    pub fn parts(self) -> [u8; 3] {
        self.0
    }

    /// Returns the contrast ratio of WCAG 2, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for WebColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for WebColor {
    type Error = WebColorError;

    fn try_from(text: String) -> Result<Self, WebColorError> {
        Self::new(&text)
    }
}

impl From<WebColor> for String {
    fn from(color: WebColor) -> Self {
        color.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> WebColor {
        WebColor::new(text).unwrap()
    }

    #[test]
    fn a_color_is_six_digits() {
        assert_eq!(color("#0B57d0").to_string(), "#0b57d0");
        for text in ["", "0b57d0", "#fff", "#0b57dg", "#+b57d0", "#0b57d00", "#ü7d0"] {
            assert_eq!(WebColor::new(text), Err(WebColorError), "{text}");
        }
    }

    #[test]
    fn the_contrast_is_that_of_the_standard() {
        let (black, white) = (color("#000000"), color("#ffffff"));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        // The limit of 4.5, from examples of WCAG tools: #767676 passes on white, #777777 does not.
        assert!(color("#767676").contrast(white) >= 4.5 && color("#777777").contrast(white) < 4.5);
    }

    #[test]
    fn a_color_that_cannot_be_read_gets_the_nearest_that_can() {
        let yellow = color("#ffcc00");
        let better = PageTheme::Light.readable(yellow);
        assert!(PageTheme::Light.contrast(yellow) < 1.6);
        assert!(PageTheme::Light.contrast(better) >= PageTheme::MIN_CONTRAST, "{better}");
        assert_eq!(PageTheme::Dark.readable(yellow), yellow);
        let navy = PageTheme::Dark.readable(color("#000080"));
        assert!(PageTheme::Dark.contrast(navy) >= PageTheme::MIN_CONTRAST, "{navy}");
    }
}
