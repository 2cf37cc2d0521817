//! Who is told what: from alerts to notifications, and from those to one delivery per channel.

use std::collections::BTreeMap;

use allclear_core::Timestamp;

use crate::ConfigIndex;
use allclear_core::delivery::{Delivery, DeliveryId, NamedAlert, NoticeKind, Notification};
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Severity, Status};

/// What is said of a monitor, before it is known to whom.
pub(super) struct Story<'a> {
    pub(super) kind: NoticeKind,
    pub(super) monitor: &'a MonitorId,
    pub(super) status: Status,
    pub(super) about: About,
    pub(super) message: String,
    pub(super) word: Option<String>,
    pub(super) still_firing: Vec<NamedAlert>,
    pub(super) since: Timestamp,
    /// The time of the decision.
    pub(super) at: Timestamp,
    /// The time at which the trouble ended, if it is over.
    pub(super) ended_at: Option<Timestamp>,
}

/// Whose matter it is, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The outcome, as its cause has it.
    Outcome(Option<(Fault, Reason)>),
    /// A matter of ours beside it.
    Matter(Fault),
}

impl About {
    /// The outcome that has this cause.
    pub(super) fn outcome(cause: Option<&Cause>) -> Self {
        Self::Outcome(cause.map(|cause| (cause.fault, cause.reason)))
    }

    /// Whether it is a matter of ours beside the outcome.
    pub(super) fn is_a_matter(self) -> bool {
        matches!(self, Self::Matter(_))
    }
}

/// For each channel the alerts it is told of, and the deliveries that it must have got before.
pub(super) type Audience = BTreeMap<ChannelId, (Vec<NamedAlert>, Vec<DeliveryId>)>;

/// One delivery for each channel of `audience`, which are all told the same.
pub(super) fn deliveries(
    story: &Story<'_>,
    audience: Audience,
    index: &ConfigIndex,
) -> Vec<Delivery> {
    let one = |(channel, (alerts, after))| delivery(story, channel, alerts, after, index);
    audience.into_iter().map(one).collect()
}

/// The delivery of a story about `alerts` to one channel.
pub(super) fn delivery(
    story: &Story<'_>,
    channel: ChannelId,
    mut alerts: Vec<NamedAlert>,
    after: Vec<DeliveryId>,
    index: &ConfigIndex,
) -> Delivery {
    alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(&b.rule)));
    Delivery::owed(channel, notification(story, alerts, index), after, story.at)
}

fn notification(story: &Story<'_>, alerts: Vec<NamedAlert>, index: &ConfigIndex) -> Notification {
    let monitor = index.monitor(story.monitor);
    let name = monitor.map_or_else(|| story.monitor.to_string(), |monitor| monitor.name.clone());
    let (fault, reason) = match story.about {
        About::Outcome(cause) => cause.unzip(),
        About::Matter(fault) => (Some(fault), None),
    };
    Notification {
        kind: story.kind,
        monitor: story.monitor.clone(),
        monitor_name: name,
        group: monitor.and_then(|monitor| monitor.group.clone()),
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Info),
        status: story.status,
        fault,
        reason,
        message: story.message.clone(),
        word: story.word.clone(),
        alerts,
        still_firing: story.still_firing.clone(),
        since: story.since,
        at: story.ended_at.unwrap_or(story.at),
        page_url: index.config().page.url.clone(),
    }
}
