//! A notification as a mail: subject, text, HTML, and the identifiers by which mail clients show the messages of a group
//! of alerts as one conversation.
//!
//! The kinds of channel `email` and `ses` send it. Composing is pure.

use askama::Template as _;

use crate::delivery::{DeliveryId, NoticeKind, Notification};
use crate::message::{self, MessageParts};
use crate::send_error::SendError;
use crate::status::Severity;
use crate::text;

/// The header by which automatic replies, such as those about a vacation, are avoided, with its value (RFC 3834).
pub const AUTO_SUBMITTED: (&str, &str) = ("Auto-Submitted", "auto-generated");

const MAX_SUBJECT_CHARS: usize = 250;

/// A mail without its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The subject line, with the prefix of the channel.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part, with the same content.
    pub html: String,
    /// The part of `Message-ID` before the `@`: the id of the delivery, the same at each try.
    pub id: String,
    /// The part of the `Message-ID` of the first mail of the group of alerts before the `@`; `None` in the first mail
    /// and in a mail without a group.
    pub first_id: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "email.html")]
struct HtmlPart<'a> {
    parts: &'a MessageParts,
    /// The message above the facts: that of a summary.
    message: Option<&'a str>,
    facts: Vec<(&'static str, &'a str)>,
    color: &'static str,
}

/// Composes the mail of a delivery. `prefix` stands in front of the subject.
///
/// # Errors
///
/// Fails permanently if the HTML part cannot be written.
pub fn compose(
    notification: &Notification,
    delivery: &DeliveryId,
    prefix: Option<&str>,
) -> Result<Email, SendError> {
    let parts = message::parts(notification);
    let subject = match prefix.map(str::trim).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix} {}", parts.subject),
        None => parts.subject.clone(),
    };
    Ok(Email {
        subject: text::one_line(&subject, MAX_SUBJECT_CHARS),
        text: message::plain_text(notification),
        html: html(notification, &parts)?,
        id: delivery.as_str().to_owned(),
        first_id: first_id(notification, delivery),
    })
}

/// Returns the id of the first delivery of the group of alerts; `None` if `delivery` is the first one.
fn first_id(notification: &Notification, delivery: &DeliveryId) -> Option<String> {
    let group = notification.details.alert_group.as_ref()?;
    let first = DeliveryId::of_group(group, NoticeKind::Firing, 0);
    (first != *delivery).then(|| first.as_str().to_owned())
}

fn html(notification: &Notification, parts: &MessageParts) -> Result<String, SendError> {
    let is_summary = notification.kind == NoticeKind::Summary;
    let message = parts.message.as_ref().map(|(label, text)| (*label, text.as_str()));
    let in_table = message.filter(|_| !is_summary);
    let facts = parts.facts.iter().map(|(label, text)| (*label, text.as_str()));
    let page = HtmlPart {
        parts,
        message: message.filter(|_| is_summary).map(|(_, text)| text),
        facts: in_table.into_iter().chain(facts).collect(),
        color: color(notification),
    };
    page.render()
        .map_err(|error| SendError::permanent(format!("cannot write the HTML part: {error}")))
}

/// Returns the color beside the heading, which repeats the severity.
fn color(notification: &Notification) -> &'static str {
    match (notification.kind, notification.severity) {
        (NoticeKind::Resolved, _) => "#2e7d32",
        (_, Severity::Critical) => "#b71c1c",
        (_, Severity::Error) => "#e65100",
        (_, Severity::Warning) => "#f9a825",
        (_, Severity::Info) => "#1565c0",
    }
}
