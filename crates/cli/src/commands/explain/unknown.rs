//! Ids that name no decision: ids of another kind, and misspelled ones.

use std::fmt;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::MonitorId;
use allclear_core::incident::IncidentId;
use allclear_core::ports::{ReadIncidents, ReadOperatorEntries, StoreResult};
use allclear_core::reason::Reason;
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_rehearse::Decided;

/// The most ids of each kind with which a misspelled one is compared, the newest ones.
const MAX_COMPARED: usize = 1_000;

/// The least length of the beginning of an id by which the whole one is found.
const MIN_PREFIX: usize = 4;

/// The number of hexadecimal digits of the id of a notification.
const N_DIGITS: usize = 24;

/// The sentence about notifications that are sent without the store.
const NOT_RECORDED: &str = "the notices `Monitoring impaired` and `Monitoring works again` about a store that refuses \
                            writes are sent without it and are in no record, but their cause is in the log of `allclear up`";

/// The kinds of ids that `allclear explain` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownKind {
    Monitor,
    Alert,
    Notification,
    Group,
    Reason,
    Incident,
    Channel,
    Rule,
    DisabledRule,
    Action,
    Summary,
    Maintenance,
    Entry,
}

impl KnownKind {
    fn noun(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Alert => "alert",
            Self::Notification => "notification",
            Self::Group => "group of alerts",
            Self::Reason => "reason code",
            Self::Incident => "incident",
            Self::Channel => "channel",
            Self::Rule => "rule",
            Self::DisabledRule => "disabled rule",
            Self::Action => "action",
            Self::Summary => "summary",
            Self::Maintenance => "maintenance window of the config",
            Self::Entry => "silence, window or acknowledgement of an operator",
        }
    }

    fn with_article(self) -> String {
        let noun = self.noun();
        let article = if noun.starts_with(['a', 'i']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    /// Returns the command that shows a thing of this kind, for kinds that have no story.
    fn shown_by(self) -> Option<&'static str> {
        match self {
            Self::Monitor
            | Self::Alert
            | Self::Notification
            | Self::Group
            | Self::Reason
            | Self::Incident => None,
            Self::Channel => Some("`allclear route` shows the alerts that it receives"),
            Self::Rule => Some("`allclear explain MONITOR` shows its condition and its values"),
            Self::DisabledRule => Some("`allclear route MONITOR --rule RULE` shows the place"),
            Self::Action => Some("`allclear explain MONITOR` shows its attempts"),
            Self::Summary => Some("it is sent at its times, and no alert causes it"),
            Self::Maintenance => Some("`allclear maintenance list` shows it"),
            Self::Entry => Some("`allclear silence list`, `maintenance list` and `ack` show them"),
        }
    }
}

/// An id that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownId {
    pub(super) kind: KnownKind,
    pub(super) id: String,
}

/// The sentence about an id that names no decision.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the ids that are known, those of each kind newest first.
pub(super) async fn known_ids(
    store: &(impl ReadOperatorEntries + ReadIncidents),
    config: &Config,
    records: &Decided,
    now: Timestamp,
) -> StoreResult<Vec<KnownId>> {
    let mut known = Vec::new();
    let mut add = |kind, id: &str| known.push(KnownId { kind, id: id.to_owned() });
    config.monitors.iter().for_each(|one| add(KnownKind::Monitor, one.id.as_str()));
    for one in Reason::ALL {
        add(KnownKind::Reason, one.code());
    }
    config.channels.iter().for_each(|one| add(KnownKind::Channel, one.id.as_str()));
    config.rules.iter().for_each(|one| add(KnownKind::Rule, one.id.as_str()));
    let is_used = |id: &str| config.rules.iter().any(|rule| rule.id.as_str() == id);
    let built_in = allclear_probes::kinds().rules().filter(|rule| !is_used(rule.id));
    built_in.for_each(|rule| add(KnownKind::DisabledRule, rule.id));
    config.actions.iter().for_each(|one| add(KnownKind::Action, one.id.as_str()));
    config.summaries.iter().for_each(|one| add(KnownKind::Summary, one.id.as_str()));
    config.maintenances.iter().for_each(|one| add(KnownKind::Maintenance, one.id.as_str()));
    for one in store.operator_entries(now).await? {
        add(KnownKind::Entry, one.id.as_str());
    }
    let incidents: Vec<&IncidentId> = records.incidents.keys().collect();
    incidents.iter().rev().for_each(|id| add(KnownKind::Incident, id.as_str()));
    for one in store.incident_entries().await? {
        add(KnownKind::Incident, one.incident.as_str());
    }
    let mut alerts: Vec<_> = records.alerts.values().collect();
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.fired_at));
    for alert in alerts {
        add(KnownKind::Alert, alert.id.as_str());
    }
    for one in records.deliveries.iter().rev().chain(records.attempts.iter().rev()) {
        add(KnownKind::Notification, one.id.as_str());
        if let Some(group) = &one.notification.details.alert_group {
            add(KnownKind::Group, group.as_str());
        }
    }
    Ok(known)
}

/// Returns the sentence about an id that is none of a decision.
pub(super) fn unknown(id: &str, known: &[KnownId], records: &Decided) -> Unknown {
    let same = known.iter().find(|one| one.id == id);
    if let Some((kind, shown_by)) = same.and_then(|one| Some((one.kind, one.kind.shown_by()?))) {
        return Unknown(format!(
            "`{id}` is {}, which has no story: {shown_by}",
            kind.with_article()
        ));
    }
    let removed = MonitorId::new(id).ok().and_then(|monitor| {
        let mut alerts = records.alerts.values().filter(|alert| alert.monitor == monitor);
        alerts.next_back()
    });
    if let Some(alert) = removed {
        return Unknown(format!(
            "`{id}` is a monitor that the config no longer has; `allclear explain {}` explains its latest alert",
            alert.id
        ));
    }
    if let Some(fired_at) = fired_without_record(id) {
        return Unknown(format!(
            "`{id}` is the alert `{MONITORING_IMPAIRED}` of {fired_at}, of which there is no record: the store refused \
             writes then, and the notices about that are sent without it. The log of `allclear up` has the cause"
        ));
    }
    let hint = nearest(id, known).map_or_else(
        || {
            let listed = "`allclear export` lists the ids of alerts and notifications";
            if is_of_notification(id) {
                format!("{listed}; {NOT_RECORDED}")
            } else {
                listed.to_owned()
            }
        },
        |one| format!("did you mean the {} `{}`?", one.kind.noun(), one.id),
    );
    Unknown(format!(
        "no monitor, alert, notification, group of alerts, incident or reason code `{id}` is known; {hint}"
    ))
}

/// Returns the time of the alert of Allclear about itself that has this id; `None` for another id.
fn fired_without_record(id: &str) -> Option<Timestamp> {
    let (itself, rest) = id.split_once('/')?;
    let (rule, fired_at) = rest.split_once('/')?;
    let is_own = itself == MonitorId::itself().as_str() && rule == MONITORING_IMPAIRED;
    Timestamp::from_second(fired_at.parse::<i64>().ok().filter(|_| is_own)?.div_euclid(1_000)).ok()
}

/// Returns true if `id` has the form of the id of a notification.
fn is_of_notification(id: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    id.len() == N_DIGITS && id.bytes().all(is_digit)
}

/// Returns the known id that begins with `id`, or is spelled most like it.
pub(super) fn nearest<'k>(id: &str, known: &'k [KnownId]) -> Option<&'k KnownId> {
    let begins = |one: &&KnownId| id.len() >= MIN_PREFIX && one.id.starts_with(id);
    if let Some(whole) = known.iter().find(begins) {
        return Some(whole);
    }
    // The nearest one of each kind, so that many ids of one kind do not hide the others.
    let kinds = known.chunk_by(|a, b| a.kind == b.kind);
    let of_kinds = kinds.filter_map(|chunk| {
        allclear_config::nearest(id, chunk.iter().take(MAX_COMPARED).map(|one| one.id.as_str()))
    });
    let nearest = allclear_config::nearest(id, of_kinds)?;
    known.iter().find(|one| one.id == nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(kind: KnownKind, ids: &[&str]) -> Vec<KnownId> {
        ids.iter().map(|id| KnownId { kind, id: (*id).to_owned() }).collect()
    }

    fn sentence(id: &str) -> String {
        let all = [
            known(KnownKind::Monitor, &["checkout"]),
            known(KnownKind::Reason, &["auth_invalid", "timeout"]),
            known(KnownKind::Channel, &["team"]),
            known(KnownKind::Incident, &["20261130-3f2a91"]),
            known(KnownKind::Alert, &["checkout/service_down/1796090520000"]),
            known(KnownKind::Notification, &["9f2c41d07be35a8810c44ef2"]),
            known(KnownKind::Group, &["a01d27c2b1f54f0c9d3381aa"]),
        ];
        unknown(id, &all.concat(), &Decided::default()).to_string()
    }

    #[test]
    fn a_misspelled_id_is_answered_with_the_nearest_one_of_any_kind() {
        for (id, hint) in [
            ("chekout", "did you mean the monitor `checkout`?"),
            ("auth_invald", "did you mean the reason code `auth_invalid`?"),
            (
                "checkout/service_down",
                "did you mean the alert `checkout/service_down/1796090520000`?",
            ),
            (
                "checkout/service_donw/1796090520000",
                "did you mean the alert `checkout/service_down/1796090520000`?",
            ),
            ("9f2c41d", "did you mean the notification `9f2c41d07be35a8810c44ef2`?"),
            (
                "9f2c41d07be35a8810c44ef3",
                "did you mean the notification `9f2c41d07be35a8810c44ef2`?",
            ),
            (
                "a01d27c2b1f54f0c9d3381ab",
                "did you mean the group of alerts `a01d27c2b1f54f0c9d3381aa`?",
            ),
            ("20261130-3f2a92", "did you mean the incident `20261130-3f2a91`?"),
            ("5f1c0d9a7be2", "`allclear export` lists the ids of alerts and notifications"),
        ] {
            let sentence = sentence(id);
            assert!(sentence.ends_with(hint), "{id}: {sentence}");
        }
    }

    #[test]
    fn an_alert_or_a_notification_about_a_store_that_refused_writes_is_explained_without_a_record()
    {
        assert_eq!(
            sentence("allclear/monitoring_impaired/1796090520000"),
            "`allclear/monitoring_impaired/1796090520000` is the alert `monitoring_impaired` of \
             2026-12-01T02:02:00Z, of which there is no record: the store refused writes then, and the notices about that \
             are sent without it. The log of `allclear up` has the cause"
        );
        let notification = sentence("77e0d1f2a3b4c5d6e7f80912");
        assert!(notification.contains("`Monitoring impaired`") && notification.contains("log"));
        for other in ["allclear/monitoring_impaired/soon", "api/monitoring_impaired/1796090520000"]
        {
            assert!(!sentence(other).contains("refused writes"), "{other}");
        }
    }

    #[test]
    fn an_id_of_another_kind_is_answered_with_its_kind_and_the_command_that_shows_it() {
        assert_eq!(
            sentence("team"),
            "`team` is a channel, which has no story: `allclear route` shows the alerts that it receives"
        );
    }
}
