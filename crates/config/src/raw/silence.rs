//! `[[silence]]`.

use allclear_core::matcher::Matcher;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats::{Parsed, PointInTime, ZoneName};
use crate::spanned::AtText;

/// A temporary mute of alerts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Silence {
    /// The matchers of the alerts, all of which must hold: `group=payments`, `rule=~"high_.*"`. The labels are
    /// `monitor`, `group`, `tag`, `rule`, `severity`, `fault` and `region`; the comparisons are `=`, `!=`, `=~` (a
    /// regular expression for the whole value) and `!~`, and for a severity also `>=` and `<=`.
    #[schemars(required, length(min = 1))]
    pub(crate) matchers: Option<Vec<AtText<Matcher>>>,
    /// The start of the silence: `2026-12-01T00:00:00Z`. Default: it applies already.
    pub(crate) start: Option<AtText<PointInTime>>,
    /// The end of the silence: `2026-12-01T00:00:00Z`.
    #[schemars(required)]
    pub(crate) until: Option<AtText<PointInTime>>,
    /// The author of the silence.
    #[schemars(required, length(min = 1))]
    pub(crate) author: Option<String>,
    /// The reason for the silence.
    #[schemars(required, length(min = 1))]
    pub(crate) comment: Option<String>,
    /// The IANA name of the time zone of local times: `Europe/Berlin`. Default: times need an offset.
    pub(crate) time_zone: Option<Parsed<ZoneName>>,
}
