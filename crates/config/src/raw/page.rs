//! `[page]`.

use allclear_core::id::PageGroupId;
use allclear_core::page_brand::{LogoImage, PageSection};
use allclear_core::page_language::PageLanguage;
use allclear_core::web_color::WebColor;
use allclear_core::web_origin::WebOrigin;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats::{
    Contact, DarkPageColor, Keyword, LightPageColor, MailTopic, Parsed, PointInTime, WebAddress,
};
use crate::spanned::{AtText, Spanned};

/// The public status page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Page {
    /// The title of the page, usually the name of the organization. Default: `Status`.
    #[schemars(length(min = 1))]
    pub(crate) title: Option<String>,
    /// The public address of the page: `https://status.example.com`.
    pub(crate) url: Option<Parsed<WebAddress>>,
    /// A line of text under the title.
    pub(crate) description: Option<String>,
    /// A contact link for readers: `mailto:` or `https:`.
    pub(crate) contact: Option<Parsed<Contact>>,
    /// The websites that may show the widget `embed.html` in a frame, as origins: `https://www.example.com`.
    pub(crate) embed_origins: Vec<AtText<WebOrigin>>,
    /// The languages of the page: `en`, `de`, `fr`, `es`, `ja`, `zh`, `ar`. The first one is the language at the address of
    /// the page, the others are in folders: `de/index.html`. What the config and operators write is not translated.
    /// Default: `en`.
    pub(crate) languages: Vec<Spanned<Keyword<PageLanguage>>>,
    /// The logo before the title, as an image in the text: `data:image/svg+xml;base64,…`, or `png`, of at most 6,000
    /// characters. The command `echo data:image/svg+xml;base64,$(base64 -w0 logo.svg)` prints it.
    pub(crate) logo: Option<Parsed<LogoImage>>,
    /// The address to which the title leads: `https://www.example.com`. Default: the page itself.
    pub(crate) link: Option<Parsed<WebAddress>>,
    /// The color of links, for the light and for the dark page.
    pub(crate) accent: Option<AccentTable>,
    /// Further colors and sizes of the page: its design tokens.
    pub(crate) theme: Option<ThemeTable>,
    /// A line of text at the end of the page.
    pub(crate) footer: Option<String>,
    /// A banner at the top of the page.
    pub(crate) announcement: Option<AnnouncementTable>,
    /// The sections that the page leaves out: `subscribe`, `past_incidents`, `response_times`. Open incidents and the states
    /// of services are always shown.
    pub(crate) hide: Vec<Keyword<PageSection>>,
    /// What the page offers to readers who want messages, beside its feeds. You run it yourself.
    pub(crate) subscribe: Option<SubscribeTable>,
    /// The settings of groups of monitors.
    pub(crate) group: Vec<PageGroupTable>,
}

/// The settings of a group of the page: the monitors with this `group`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageGroupTable {
    /// The name of the group, as the monitors write it.
    #[schemars(required)]
    pub(crate) name: Option<Spanned<String>>,
    /// Its stable name in links and files: lower-case letters, digits, `-`, `_` and `.`. Set it before the group
    /// is renamed, and programs that read the page keep finding it. Default: made of the name.
    pub(crate) id: Option<AtText<PageGroupId>>,
    /// True if the group is closed while all of its services work; a reader opens it. A group with a problem is always
    /// open. Default: open on a page of up to 12 services.
    pub(crate) collapsed: Option<bool>,
}

/// What the page offers to readers who want messages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscribeTable {
    /// A form or an address at which a reader subscribes: `https:` or `mailto:`.
    pub(crate) link: Option<Parsed<Contact>>,
    /// The ARN of a topic of Amazon SNS for the public: `arn:aws:sns:eu-central-1:123456789012:status`. The page shows the
    /// command that subscribes a mail address. The policy of the topic must allow everybody `sns:Subscribe`.
    pub(crate) sns_topic: Option<Parsed<MailTopic>>,
}

/// The color of links. Each needs a contrast of 4.5 with the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccentTable {
    /// On a light page: `#0b57d0`.
    #[schemars(required)]
    pub(crate) light: Option<Parsed<LightPageColor>>,
    /// On a dark page: `#8ab4ff`.
    #[schemars(required)]
    pub(crate) dark: Option<Parsed<DarkPageColor>>,
}

/// The design tokens of the page. The colors of the states are fixed, and `accent` is the color of links.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThemeTable {
    /// The colors of the light page.
    pub(crate) light: Option<TokenTable>,
    /// The colors of the dark page.
    pub(crate) dark: Option<TokenTable>,
    /// The radius of corners in pixels. Default: 8.
    #[schemars(range(min = 0, max = 16))]
    pub(crate) radius: Option<u8>,
    /// The width of the column in `rem`, the size of a letter. Default: 46.
    #[schemars(range(min = 30, max = 80))]
    pub(crate) width: Option<u8>,
}

/// The colors of a theme. Texts need a contrast of 4.5 with both backgrounds, and the bars of the states 3 with the first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenTable {
    /// The color behind everything: `#fffaf0`.
    pub(crate) background: Option<AtText<WebColor>>,
    /// The color behind the headings of groups.
    pub(crate) surface: Option<AtText<WebColor>>,
    /// The color of texts.
    pub(crate) text: Option<AtText<WebColor>>,
    /// The color of less important texts.
    pub(crate) muted: Option<AtText<WebColor>>,
    /// The color of hairlines.
    pub(crate) line: Option<AtText<WebColor>>,
}

/// A banner at the top of the page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnouncementTable {
    /// The text.
    #[schemars(required, length(min = 1))]
    pub(crate) text: Option<String>,
    /// The end of the banner, in UTC if it has no offset: `2026-12-24 18:00`. Default: shown while the config has it.
    pub(crate) until: Option<AtText<PointInTime>>,
}
