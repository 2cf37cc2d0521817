//! Who is told what: from alerts to notifications, and from those to one delivery per channel.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Watchlist;
use crate::delivery::{Delivery, DeliveryId, NamedAlert, NoticeKind, Notification};
use crate::id::{ChannelId, MonitorId};
use crate::outcome::Cause;
use crate::status::{Severity, Status};

/// What is said of a monitor, before it is known to whom.
pub(super) struct Story<'a> {
    pub(super) kind: NoticeKind,
    pub(super) monitor: &'a MonitorId,
    pub(super) status: Status,
    pub(super) cause: Option<&'a Cause>,
    pub(super) message: String,
    pub(super) word: Option<String>,
    pub(super) still_firing: Vec<NamedAlert>,
    pub(super) since: Timestamp,
    pub(super) at: Timestamp,
}

/// For each channel the alerts it is told of, and the deliveries that it must have got before.
pub(super) type Audience = BTreeMap<ChannelId, (Vec<NamedAlert>, Vec<DeliveryId>)>;

/// One delivery for each channel of `audience`.
pub(super) fn deliveries(
    story: &Story<'_>,
    audience: Audience,
    watchlist: &Watchlist,
) -> Vec<Delivery> {
    audience
        .into_iter()
        .map(|(channel, (mut alerts, after))| {
            alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
            Delivery::owed(channel, notification(story, alerts, watchlist), after, story.at)
        })
        .collect()
}

fn notification(story: &Story<'_>, alerts: Vec<NamedAlert>, watchlist: &Watchlist) -> Notification {
    let monitor = watchlist.monitor(story.monitor);
    let name = monitor.map_or_else(|| story.monitor.to_string(), |monitor| monitor.name.clone());
    Notification {
        kind: story.kind,
        monitor: story.monitor.clone(),
        monitor_name: name,
        group: monitor.and_then(|monitor| monitor.group.clone()),
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Info),
        status: story.status,
        fault: story.cause.map(|cause| cause.fault),
        reason: story.cause.map(|cause| cause.reason),
        message: story.message.clone(),
        word: story.word.clone(),
        alerts,
        still_firing: story.still_firing.clone(),
        since: story.since,
        at: story.at,
        page_url: watchlist.config().page.url.clone(),
    }
}
