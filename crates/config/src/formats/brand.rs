//! Strings of the look of the page, colors that can be read and images, and of what it offers.

use allclear_core::page_brand::LogoImage;
use allclear_core::sns_topic::SnsTopic;
use allclear_core::web_color::{PageTheme, WebColor};

use super::{FormatError, StringFormat};

/// A color that can be read on a light page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LightPageColor(pub(crate) WebColor);

/// A color that can be read on a dark page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DarkPageColor(pub(crate) WebColor);

impl StringFormat for LightPageColor {
    const FORMAT: &'static str = "light_page_color";
    const PATTERN: Option<&'static str> = Some("^#[0-9A-Fa-f]{6}$");

    fn read(text: &str) -> Result<Self, FormatError> {
        readable(text, PageTheme::Light).map(Self)
    }
}

impl StringFormat for DarkPageColor {
    const FORMAT: &'static str = "dark_page_color";
    const PATTERN: Option<&'static str> = Some("^#[0-9A-Fa-f]{6}$");

    fn read(text: &str) -> Result<Self, FormatError> {
        readable(text, PageTheme::Dark).map(Self)
    }
}

impl StringFormat for WebColor {
    const FORMAT: &'static str = "web_color";
    const PATTERN: Option<&'static str> = Some("^#[0-9A-Fa-f]{6}$");

    fn read(text: &str) -> Result<Self, FormatError> {
        Self::new(text).map_err(|error| {
            FormatError::new(format!("`{text}` is not a color: {error}"), "write `#0b57d0`")
        })
    }
}

fn readable(text: &str, theme: PageTheme) -> Result<WebColor, FormatError> {
    let color = WebColor::read(text)?;
    let contrast = theme.contrast(color);
    if contrast >= PageTheme::MIN_CONTRAST {
        return Ok(color);
    }
    let page = match theme {
        PageTheme::Light => "light",
        PageTheme::Dark => "dark",
    };
    let least = PageTheme::MIN_CONTRAST;
    Err(FormatError::new(
        format!(
            "`{color}` has a contrast of {contrast:.1} on the {page} page, and links need {least}"
        ),
        format!("write `{}`, the nearest color that can be read", theme.readable(color)),
    ))
}

impl StringFormat for LogoImage {
    const FORMAT: &'static str = "logo_image";
    const PATTERN: Option<&'static str> = Some("^data:image/(svg[+]xml|png);base64,");

    fn read(text: &str) -> Result<Self, FormatError> {
        Self::new(text).map_err(|error| {
            let begin: String = text.chars().take(40).collect();
            FormatError::new(
                format!("`{begin}` is not an image for the page: {error}"),
                "print one with `echo data:image/svg+xml;base64,$(base64 -w0 logo.svg)`",
            )
        })
    }
}

/// A topic to which a mail address can subscribe.
#[derive(Debug, Clone)]
pub(crate) struct MailTopic(pub(crate) SnsTopic);

impl StringFormat for MailTopic {
    const FORMAT: &'static str = "mail_topic";
    const PATTERN: Option<&'static str> = Some("^arn:aws[a-z-]*:sns:");

    fn read(text: &str) -> Result<Self, FormatError> {
        let topic = SnsTopic::read(text).ok_or_else(|| {
            FormatError::new(
                format!("`{text}` is not the ARN of a topic"),
                "write it as `arn:aws:sns:eu-central-1:123456789012:status`",
            )
        })?;
        if topic.is_fifo() {
            let what = format!("`{text}` keeps an order, and no mail address can subscribe to it");
            return Err(FormatError::new(what, "create a topic of the type `standard`"));
        }
        Ok(Self(topic))
    }
}
