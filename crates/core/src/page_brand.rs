//! The look of the page beside its title: a logo, an accent color, a banner, and what the page leaves out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::page_tokens::PageTokens;
use crate::web_color::WebColor;

/// The look of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageBrand {
    /// The image before the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<LogoImage>,
    /// The address to which the title leads; that of the page itself if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The color of links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<AccentColor>,
    /// The other colors, and the sizes.
    #[serde(default, skip_serializing_if = "PageTokens::is_default")]
    pub tokens: PageTokens,
    /// A text at the end of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// A text at the top of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<PageAnnouncement>,
    /// The sections that the page leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<PageSection>,
}

impl PageBrand {
    /// Returns true if nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An image as a `data:` URL, which the page contains, so that a visitor requests nothing from another site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoImage(String);

/// A text that is no image for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogoImageError {
    /// The type is missing or another one.
    #[error("it must begin with `data:image/svg+xml;base64,` or `data:image/png;base64,`")]
    Type,
    /// The content is not base64.
    #[error("its content must be base64")]
    Content,
    /// The image is too large to be a part of the page.
    #[error("it must have at most {} characters", LogoImage::MAX_CHARS)]
    Size,
}

impl LogoImage {
    /// The most characters of an image.
    pub const MAX_CHARS: usize = 6_000;

    const TYPES: [&str; 2] = ["data:image/svg+xml;base64,", "data:image/png;base64,"];

    /// Validates `text` as an image.
    ///
    /// # Errors
    ///
    /// Fails with the part of the text that an image cannot have.
    pub fn new(text: impl Into<String>) -> Result<Self, LogoImageError> {
        let text = text.into();
        let content = Self::TYPES.iter().find_map(|begin| text.strip_prefix(begin));
        let content = content.ok_or(LogoImageError::Type)?;
        if text.len() > Self::MAX_CHARS {
            return Err(LogoImageError::Size);
        }
        match STANDARD.decode(content) {
            Ok(bytes) if !bytes.is_empty() => Ok(Self(text)),
            Ok(_) | Err(_) => Err(LogoImageError::Content),
        }
    }

    /// Returns the image as a URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LogoImage {
    type Error = LogoImageError;

    fn try_from(text: String) -> Result<Self, LogoImageError> {
        Self::new(text)
    }
}

impl From<LogoImage> for String {
    fn from(image: LogoImage) -> Self {
        image.0
    }
}

/// The color of links and of the focus, in both themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccentColor {
    /// On a light page.
    pub light: WebColor,
    /// On a dark page.
    pub dark: WebColor,
}

/// A banner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAnnouncement {
    /// The text.
    pub text: String,
    /// The time at which the page stops showing it; `None` if it shows it while the config has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A section that the page can leave out. What is wrong now cannot be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageSection {
    /// The links to feeds and to the calendar.
    Subscribe,
    /// The past incidents of the first page.
    PastIncidents,
    /// The charts of response times on the pages of services.
    ResponseTimes,
}

impl PageSection {
    /// Every section.
    pub const ALL: [Self; 3] = [Self::Subscribe, Self::PastIncidents, Self::ResponseTimes];

    /// Returns the word used in config and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::PastIncidents => "past_incidents",
            Self::ResponseTimes => "response_times",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_small_svg_or_png_in_base64() {
        let svg = "data:image/svg+xml;base64,PHN2Zy8+";
        assert_eq!(LogoImage::new(svg).unwrap().as_str(), svg);
        let long = format!("data:image/png;base64,{}", "A".repeat(LogoImage::MAX_CHARS));
        for (text, error) in [
            ("https://www.example.com/logo.svg", LogoImageError::Type),
            ("data:text/html;base64,PHN2Zy8+", LogoImageError::Type),
            ("data:image/svg+xml;base64,\"><script>", LogoImageError::Content),
            ("data:image/svg+xml;base64,", LogoImageError::Content),
            (&long, LogoImageError::Size),
        ] {
            assert_eq!(LogoImage::new(text), Err(error), "{text}");
        }
    }
}
