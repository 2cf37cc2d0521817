//! The look of the page.

use super::Href;
use crate::palette::{Rgb, Shade};

/// The look of the page beside its title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Brand {
    /// The image before the title, as a `data:` URL with a type and base64.
    pub logo: Option<String>,
    /// The address to which the title leads; that of the page itself if there is none.
    pub link: Option<Href>,
    /// The color of links, with enough contrast in both themes.
    pub accent: Option<Shade>,
    /// The other colors, and the sizes.
    pub tokens: DesignTokens,
    /// A plain text at the end of the page.
    pub footer: Option<String>,
    /// A plain text at the top of the page.
    pub announcement: Option<String>,
    /// The sections that the page leaves out.
    pub hidden: Vec<HiddenSection>,
}

/// The design tokens that the owner of the page sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DesignTokens {
    /// The colors of the light page.
    pub light: NeutralColors,
    /// The colors of the dark page.
    pub dark: NeutralColors,
    /// The radius of corners in pixels; `None` for that of the style sheet.
    pub radius_px: Option<u8>,
    /// The width of the column in `rem`; `None` for that of the style sheet.
    pub width_rem: Option<u8>,
}

/// The colors of a theme that stand for no state; `None` for that of the palette.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NeutralColors {
    /// Behind everything.
    pub background: Option<Rgb>,
    /// Behind the headings of groups.
    pub surface: Option<Rgb>,
    /// Texts.
    pub text: Option<Rgb>,
    /// Less important texts.
    pub muted: Option<Rgb>,
    /// Hairlines.
    pub line: Option<Rgb>,
}

impl NeutralColors {
    /// Returns the color of a token of the palette; `None` if it is that of the palette.
    pub(crate) fn token(&self, name: &str) -> Option<Rgb> {
        match name {
            "bg" => self.background,
            "surface" => self.surface,
            "text" => self.text,
            "muted" => self.muted,
            "line" => self.line,
            _ => None,
        }
    }
}

/// A section that the page can leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HiddenSection {
    /// The links to feeds and to the calendar.
    Subscribe,
    /// The past incidents of the first page.
    PastIncidents,
    /// The charts of response times.
    ResponseTimes,
}

/// The state in which a reader finds a group of which all services work. A group with a problem is always open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum GroupDisplay {
    /// Open on a page with few services.
    #[default]
    BySize,
    /// Its services are shown.
    Open,
    /// Only its name and its state are shown.
    Closed,
}

impl Brand {
    pub(crate) fn hides(&self, section: HiddenSection) -> bool {
        self.hidden.contains(&section)
    }
}
