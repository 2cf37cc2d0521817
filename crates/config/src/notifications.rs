//! `[notifications]`: the grouping and the repetition of messages.

use std::time::Duration;

use allclear_core::id::ChannelId;
use allclear_core::notification_settings::{
    Escalation, NotificationSettings, ReminderGrowth, ReminderPolicy,
};
use allclear_core::route::EscalationSetting;
use allclear_core::status::Severity;

use crate::names::DefinedNames;
use crate::raw;
use crate::spanned::{AtText, Spanned};
use crate::spanned_error::SpannedError;

/// The default number of reminders of one group of alerts.
const DEFAULT_LIMIT: u32 = 3;

/// The shortest time to a reminder.
const SHORTEST_REMINDER: Duration = Duration::from_mins(5);

/// The default severity from which on alerts are escalated.
const DEFAULT_ESCALATED: Severity = Severity::Critical;

/// Returns the settings of notifications.
pub(crate) fn notifications(
    raw: &raw::Notifications,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> NotificationSettings {
    let default = NotificationSettings::default();
    let configured = raw.reminders.as_ref();
    let reminders = configured.map_or(default.reminders, |raw| reminders(raw, findings));
    NotificationSettings {
        group_wait: raw.group_wait.as_ref().map_or(default.group_wait, |time| time.0),
        group_interval: raw.group_interval.as_ref().map_or(default.group_interval, |time| time.0),
        group_by: raw.group_by.iter().map(|by| by.0).collect(),
        reminders,
        escalation: raw.escalate.as_ref().and_then(|raw| escalation(raw, names, findings)),
    }
}

/// Returns the reminders of all severities.
pub(crate) fn reminders(
    raw: &raw::Reminders,
    findings: &mut Vec<SpannedError>,
) -> Vec<ReminderPolicy> {
    let each = [
        (Severity::Info, &raw.info),
        (Severity::Warning, &raw.warning),
        (Severity::Error, &raw.error),
        (Severity::Critical, &raw.critical),
    ];
    let each = each.into_iter();
    each.filter_map(|(severity, raw)| reminder(severity, raw.as_ref()?, findings)).collect()
}

fn reminder(
    severity: Severity,
    raw: &raw::Reminder,
    findings: &mut Vec<SpannedError>,
) -> Option<ReminderPolicy> {
    let every = raw.every.as_ref()?;
    if *every.get() < SHORTEST_REMINDER {
        let what = "a reminder follows in less than 5 minutes";
        findings.push(SpannedError::new(every.span.clone(), what).hint("write `5m` or more"));
    }
    Some(ReminderPolicy {
        severity,
        every: *every.get(),
        growth: raw.growth.as_ref().map_or(ReminderGrowth::Constant, |growth| growth.0),
        limit: raw.limit.unwrap_or(DEFAULT_LIMIT),
    })
}

/// Returns the escalation; `None` if a mandatory part is missing or wrong, which has been reported.
pub(crate) fn escalation(
    raw: &raw::Escalate,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Option<Escalation> {
    let channels = further_channels(raw.to.as_deref()?, names, findings);
    Some(Escalation {
        after: raw.after.as_ref()?.0,
        min_severity: raw.min_severity.as_ref().map_or(DEFAULT_ESCALATED, |severity| severity.0),
        channels,
    })
}

/// Returns the escalation of a route. An empty table is none. Another one without `after` or `to` is reported.
pub(crate) fn escalation_of_route(
    raw: &Spanned<raw::RouteEscalate>,
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> EscalationSetting {
    let raw::RouteEscalate { after, to, min_severity } = &raw.value;
    if after.is_none() && to.is_none() && min_severity.is_none() {
        return EscalationSetting::Off;
    }
    // A key with a wrong value has been removed, and was reported.
    let has_wrong_value = findings.iter().any(|one| raw.span.contains(&one.span.start));
    let channels = to.as_deref().map(|to| further_channels(to, names, findings));
    for (key, is_missing) in [("after", after.is_none()), ("to", to.is_none())] {
        if is_missing && !has_wrong_value {
            let what = format!("`escalate` lacks the key `{key}`");
            let hint =
                "write `{ after = \"15m\", to = [\"managers\"] }`, or `{}` for no escalation";
            findings.push(SpannedError::new(raw.span.clone(), what).hint(hint).about_absence());
        }
    }
    let (Some(after), Some(channels)) = (after, channels) else {
        return EscalationSetting::Inherited;
    };
    let min_severity = min_severity.as_ref().map_or(DEFAULT_ESCALATED, |severity| severity.0);
    EscalationSetting::On(Escalation { after: after.0, min_severity, channels })
}

/// Returns the channels of an escalation, and reports those that do not exist.
fn further_channels(
    channels: &[AtText<ChannelId>],
    names: &DefinedNames,
    findings: &mut Vec<SpannedError>,
) -> Vec<ChannelId> {
    for channel in channels {
        findings.extend(names.unknown_channel(channel.get().as_str(), &channel.span));
    }
    channels.iter().map(|channel| channel.get().clone()).collect()
}
