//! Notifications as texts.

use allclear_core::delivery::{Delivery, NoticeKind};

use crate::attempt;

/// Returns a notification as a text: ``firing critical `service_down` of `api` to `team` ``. An attempt is a text of its
/// own.
pub(crate) fn described(one: &Delivery) -> String {
    if let Some(attempt) = one.attempt() {
        return attempt::described(one, attempt);
    }
    let notification = &one.notification;
    if notification.kind == NoticeKind::Summary {
        return format!("summary \"{}\" to `{}`", notification.monitor_name, one.channel);
    }
    let mut rules: Vec<&str> = notification.alerts.iter().map(|one| one.rule.as_str()).collect();
    rules.dedup();
    let others = match notification.details.n_others() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "{} {} `{}` of `{}`{others} to `{}`",
        kind_word(notification.kind),
        notification.severity,
        rules.join("`, `"),
        notification.monitor,
        one.channel
    )
}

/// Returns the word for a kind of notification.
pub(crate) fn kind_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Firing => "firing",
        NoticeKind::Updated => "updated",
        NoticeKind::Reminder => "reminder",
        NoticeKind::Resolved => "resolved",
        NoticeKind::Momentary => "momentary",
        NoticeKind::Summary => "summary",
    }
}
