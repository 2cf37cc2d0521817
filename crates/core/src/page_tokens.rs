//! The design tokens of the page: colors of both themes, and sizes.
//!
//! The colors of the states are no tokens. They are chosen so that readers with each kind of color blindness distinguish
//! them, so a page must fit to them.

use serde::{Deserialize, Serialize};

use crate::web_color::{PageTheme, WebColor};

/// The tokens that the operator sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageTokens {
    /// The colors of the light page.
    #[serde(default, skip_serializing_if = "TokenColors::is_empty")]
    pub light: TokenColors,
    /// The colors of the dark page.
    #[serde(default, skip_serializing_if = "TokenColors::is_empty")]
    pub dark: TokenColors,
    /// The radius of corners, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_px: Option<u8>,
    /// The width of the column, in `rem`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width_rem: Option<u8>,
}

/// The colors of one theme; `None` for that of Allclear.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenColors {
    /// Behind everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<WebColor>,
    /// Behind the headings of groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<WebColor>,
    /// Texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<WebColor>,
    /// Less important texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<WebColor>,
    /// Hairlines, which carry no information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<WebColor>,
}

impl PageTokens {
    /// The largest radius of corners, in pixels.
    pub const MAX_RADIUS_PX: u8 = 16;
    /// The narrowest column, in `rem`: about 45 characters in a line.
    pub const MIN_WIDTH_REM: u8 = 30;
    /// The widest column, in `rem`.
    pub const MAX_WIDTH_REM: u8 = 80;

    /// Returns true if nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the colors of a theme.
    #[must_use]
    pub fn of(&self, theme: PageTheme) -> &TokenColors {
        match theme {
            PageTheme::Light => &self.light,
            PageTheme::Dark => &self.dark,
        }
    }
}

impl TokenColors {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The colors of a theme of Allclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThemeColors {
    /// Behind everything.
    pub background: WebColor,
    /// Behind the headings of groups.
    pub surface: WebColor,
    /// Texts.
    pub text: WebColor,
    /// Less important texts.
    pub muted: WebColor,
    /// Links.
    pub link: WebColor,
    /// The bars of the states, each with its name.
    pub fills: [(&'static str, WebColor); 5],
}

impl ThemeColors {
    /// The smallest contrast of a bar with the background (WCAG 2.2, 1.4.11).
    pub const MIN_FILL_CONTRAST: f64 = 3.0;

    /// Returns the colors of a theme.
    #[must_use]
    pub fn of(theme: PageTheme) -> Self {
        let rgb = WebColor::of_rgb;
        let [background, surface] = theme.backgrounds();
        match theme {
            PageTheme::Light => Self {
                background,
                surface,
                text: rgb([0x1b, 0x1f, 0x24]),
                muted: rgb([0x57, 0x60, 0x6a]),
                link: rgb([0x0b, 0x57, 0xd0]),
                fills: [
                    ("operational", rgb([0x0a, 0x95, 0x8c])),
                    ("degraded", rgb([0xb4, 0x5f, 0x06])),
                    ("outage", rgb([0x7d, 0x0a, 0x18])),
                    ("maintenance", rgb([0x24, 0x40, 0x8e])),
                    ("no data", rgb([0x6e, 0x77, 0x81])),
                ],
            },
            PageTheme::Dark => Self {
                background,
                surface,
                text: rgb([0xe6, 0xed, 0xf3]),
                muted: rgb([0x9a, 0xa7, 0xb4]),
                link: rgb([0x8a, 0xb4, 0xff]),
                fills: [
                    ("operational", rgb([0x4f, 0xe3, 0xd0])),
                    ("degraded", rgb([0xf5, 0xb8, 0x3d])),
                    ("outage", rgb([0xc9, 0x50, 0x4b])),
                    ("maintenance", rgb([0x5f, 0x82, 0xe0])),
                    ("no data", rgb([0x6e, 0x7a, 0x86])),
                ],
            },
        }
    }
}
