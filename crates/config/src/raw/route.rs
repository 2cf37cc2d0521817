//! The raw types of `[route]`.

use std::borrow::Cow;
use std::time::Duration;

use allclear_core::id::ChannelId;
use allclear_core::matcher::Matcher;
use allclear_core::notification_settings::GroupBy;
use allclear_core::window::WeekDay;
use jiff::civil::Time;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{Reminders, RouteEscalate};
use crate::formats::{Keyword, Parsed, ZoneName};
use crate::spanned::{AtText, Spanned};

/// The root of the routes: it takes every alert that no route below it takes. Without it, every channel gets the alerts
/// that its own filters accept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RootRoute {
    /// The ids of the channels of alerts that no route below takes. Default: all.
    pub(crate) channels: Option<Vec<AtText<ChannelId>>>,
    /// The routes below, in the order in which they are tried. The first one whose matchers hold takes the alert.
    pub(crate) routes: Vec<Spanned<Route>>,
}

/// A route: the alerts that its matchers select go to its channels.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Route {
    /// The matchers of the alerts, all of which must hold: `group=payments`, `severity>=error`, `fault=~"quota|credentials"`.
    /// The labels are `monitor`, `group`, `tag`, `rule`, `severity`, `fault` and `region`; the comparisons are `=`, `!=`,
    /// `=~` (a regular expression for the whole value) and `!~`, and for a severity also `>=` and `<=`. Default: none;
    /// every alert matches.
    pub(crate) matchers: Vec<AtText<Matcher>>,
    /// The ids of the channels; `[]` for none. Their own filters still apply. Default: those of the route above.
    pub(crate) channels: Option<Vec<AtText<ChannelId>>>,
    /// `true` to try the following routes beside this one, too, after it matched. Default: `false`.
    #[serde(rename = "continue")]
    pub(crate) continues: Option<bool>,
    /// The times at which the channels are notified. Outside of them, alerts wait, and what still fires when such a time
    /// begins is sent then. The end of a notified alert does not wait. Routes below do not inherit them. Default: always.
    pub(crate) active_times: Vec<ActiveTime>,
    /// The time for which the first alert of a message waits for others. Default: that of the route above, and for the
    /// root that of `[notifications]`.
    pub(crate) group_wait: Option<Parsed<Duration>>,
    /// The minimum time between two messages about the same group of alerts. Default: that of the route above.
    pub(crate) group_interval: Option<Parsed<Duration>>,
    /// The values by which alerts are separated into messages: `monitor`, `group`, `rule`, `severity`. Default: those of
    /// the route above.
    pub(crate) group_by: Option<Vec<Keyword<GroupBy>>>,
    /// The reminders while alerts last and are not acknowledged, for each severity; `{}` for none. Default: those of the
    /// route above.
    pub(crate) reminders: Option<Reminders>,
    /// The further channels of alerts that are not acknowledged in time; `{}` for none. Default: those of the route above.
    pub(crate) escalate: Option<Spanned<RouteEscalate>>,
    /// The routes below, in the order in which they are tried, with the same keys. An alert that none of them takes stays
    /// with this one.
    pub(crate) routes: SubRoutes,
}

/// Times of a week at which a route is active.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveTime {
    /// The days on which the time begins. Default: all.
    #[serde(default)]
    pub(crate) days: Vec<Keyword<WeekDay>>,
    /// The local time at which it begins: `08:00`. Default: `00:00`.
    pub(crate) from: Option<Parsed<Time>>,
    /// The local time at which it ends: `18:00`. A time that is not later than `from` is one of the next day. Default:
    /// `00:00`.
    pub(crate) to: Option<Parsed<Time>>,
    /// The IANA name of the time zone: `Europe/Berlin`. Default: `UTC`.
    pub(crate) time_zone: Option<Parsed<ZoneName>>,
}

/// The routes below a route. A type of its own, because its schema refers to that of the routes below the root.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct SubRoutes(pub(crate) Vec<Spanned<Route>>);

impl JsonSchema for SubRoutes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("routes")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": { "$ref": "#/properties/route/properties/routes/items" },
        })
    }
}
