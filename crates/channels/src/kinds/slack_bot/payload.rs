//! The payloads of the Web API: the message in the channel, its update, and a reply in its thread.

use std::borrow::Cow;

use allclear_core::alert_group::NoticeDetails;
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::status::Severity;
use allclear_core::text;
use serde_json::{Value, json};

use super::reference::ShownMessage;
use crate::kinds::slack::payload::attachment;

/// The configured style of the messages.
#[derive(Debug)]
pub(super) struct BotStyle {
    pub(super) channel: String,
    pub(super) mention: Option<String>,
}

/// The place of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplyPlace {
    /// The thread alone.
    Thread,
    /// The thread, with a copy in the channel.
    ThreadAndChannel,
}

/// The present state of a group of alerts, as a notice reports it.
pub(super) struct PresentState<'a> {
    notification: Cow<'a, Notification>,
    /// True if no alert of the group fires.
    pub(super) is_over: bool,
}

impl<'a> PresentState<'a> {
    /// Returns the state that a notice reports.
    pub(super) fn of(notification: &'a Notification) -> Self {
        let as_reported = Cow::Borrowed(notification);
        match notification.kind {
            NoticeKind::Firing | NoticeKind::Momentary | NoticeKind::Summary => {
                Self { notification: as_reported, is_over: false }
            }
            // The state is that of a firing notice. The words `Update` and `Reminder` belong to the reply.
            NoticeKind::Updated | NoticeKind::Reminder => {
                let firing = Notification { kind: NoticeKind::Firing, ..notification.clone() };
                Self { notification: Cow::Owned(firing), is_over: false }
            }
            NoticeKind::Resolved => match rest(notification) {
                Some(rest) => Self { notification: Cow::Owned(rest), is_over: false },
                None => Self { notification: as_reported, is_over: true },
            },
        }
    }

    /// Returns the highest severity of the alerts that fire; after the end, of those that have fired.
    pub(super) fn severity(&self) -> Severity {
        self.notification.severity
    }

    /// Returns true if people are to be mentioned.
    fn calls(&self) -> bool {
        match self.notification.kind {
            NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder => {
                self.severity() == Severity::Critical
            }
            NoticeKind::Resolved | NoticeKind::Momentary | NoticeKind::Summary => false,
        }
    }
}

/// Returns a notice of the alerts that still fire after a resolution; `None` if there are none.
fn rest(resolved: &Notification) -> Option<Notification> {
    // An alert that still fires then is in a group with a message of its own.
    if resolved.details.ends_group {
        return None;
    }
    let still_firing = &resolved.still_firing;
    let firing = Notification {
        kind: NoticeKind::Firing,
        alerts: still_firing.clone(),
        still_firing: Vec::new(),
        ..resolved.clone()
    };
    let monitors = &resolved.details.remaining;
    let severities = monitors.iter().map(|monitor| monitor.severity);
    let severity = severities.chain(still_firing.iter().map(|alert| alert.severity)).max()?;
    let Some((first, others)) = monitors.split_first() else {
        // The description and the cause are those of the alerts that have ended.
        let message = String::new();
        return Some(Notification { severity, message, fault: None, reason: None, ..firing });
    };
    let details = NoticeDetails {
        others: others.to_vec(),
        n_unlisted: 0,
        remaining: Vec::new(),
        ..resolved.details.clone()
    };
    let first = first.clone();
    Some(Notification {
        monitor: first.id,
        monitor_name: first.name,
        group: first.group,
        severity,
        status: first.status,
        fault: first.fault,
        reason: first.reason,
        message: first.message,
        provider_status: None,
        since: first.since,
        details,
        ..firing
    })
}

/// Returns the payload of the message in the channel.
pub(super) fn message(state: &PresentState<'_>, style: &BotStyle) -> Value {
    json!({
        "channel": text::visible(&style.channel),
        "text": mention(state, style),
        "attachments": [attachment(&state.notification)],
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Returns the payload that changes the message in place.
pub(super) fn update(state: &PresentState<'_>, shown: &ShownMessage, style: &BotStyle) -> Value {
    json!({
        "channel": shown.channel,
        "ts": shown.ts,
        "text": mention(state, style),
        "attachments": [attachment(&state.notification)],
    })
}

/// Returns the payload of a reply in the thread of the message.
pub(super) fn reply(
    notification: &Notification,
    shown: &ShownMessage,
    place: ReplyPlace,
    style: &BotStyle,
) -> Value {
    let state = PresentState::of(notification);
    let text = match place {
        ReplyPlace::Thread => String::new(),
        ReplyPlace::ThreadAndChannel => mention(&state, style),
    };
    json!({
        "channel": shown.channel,
        "thread_ts": shown.ts,
        "reply_broadcast": place == ReplyPlace::ThreadAndChannel,
        "text": text,
        "attachments": [attachment(notification)],
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Returns the text outside of the attachment, because Slack notifies no one who is mentioned inside it.
fn mention(state: &PresentState<'_>, style: &BotStyle) -> String {
    let mention = style.mention.as_deref().filter(|_| state.calls());
    mention.map(|mention| text::visible(mention).into_owned()).unwrap_or_default()
}
