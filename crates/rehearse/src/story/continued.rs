//! New trouble of a monitor whose earlier alert has not ended: it continues the alert, so that no message follows.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::event::{AlertRecord, Transition};
use allclear_core::id::ChannelId;
use allclear_core::status::Status;

use super::{StoryStage, StoryStep, names, step};
use crate::decided::Decided;

/// Returns the steps at which the trouble that `transition` confirms continues alerts that channels were notified of before.
pub(super) fn continued_steps(transition: &Transition, records: &Decided) -> Vec<StoryStep> {
    let is_trouble = match transition.to {
        Status::Degraded | Status::Unhealthy => true,
        Status::Healthy | Status::Unknown => false,
    };
    if !is_trouble || transition.from != Status::Healthy {
        return Vec::new();
    }
    let lasts = |alert: &&AlertRecord| {
        alert.monitor == transition.monitor
            && alert.fired_at < transition.at
            && alert.resolved_at.is_none_or(|end| end > transition.confirmed_at)
    };
    let alerts = records.alerts.values().filter(lasts);
    let one = |alert: &AlertRecord| {
        let told = notified_before(alert, transition.confirmed_at, records);
        let told: Vec<String> =
            told.iter().map(|(channel, at)| format!("`{channel}` at {at:.0}")).collect();
        let AlertRecord { id, rule, fired_at, monitor, .. } = alert;
        let text = format!(
            "alert {id} has fired since {fired_at:.0} and continues: `{rule}` sends no new firing notice, because it notified \
             {}",
            told.join(", ")
        );
        let step = step(transition.confirmed_at, StoryStage::Dedup, text);
        (!told.is_empty()).then(|| step.about(Some(monitor.clone())))
    };
    alerts.filter_map(one).collect()
}

/// Returns the channels that were notified of an alert by `until`, each with the time of its first notification.
fn notified_before<'a>(
    alert: &AlertRecord,
    until: Timestamp,
    records: &'a Decided,
) -> BTreeMap<&'a ChannelId, Timestamp> {
    let mut told = BTreeMap::new();
    let notices = records.deliveries.iter().filter(|one| {
        one.notification.kind.is_of_firing_alerts()
            && one.created_at <= until
            && names(one, &alert.id)
    });
    for one in notices {
        told.entry(&one.channel).or_insert(one.created_at);
    }
    told
}
