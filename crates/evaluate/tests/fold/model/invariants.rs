//! The invariants of the deliveries, checked after each call of the evaluator.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::AlertGroupId;
use allclear_core::config::Config;
use allclear_core::delivery::{Delivery, DeliveryId, NoticeKind};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, EntryId, MonitorId};
use allclear_core::notification_settings::{GroupBy, NotificationSettings};
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::route::RouteId;
use allclear_core::state::{Decision, LastOutcome, ShardState};
use allclear_core::status::{Severity, Status};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::named::{group_of, named, notified, place_of, severity, severity_of, text};
use super::records::Records;
use super::routes::{self, Routed};
use super::setup::Setup;
use crate::scenario::id;

const MINUTE: Duration = Duration::from_mins(1);

/// The state, the config and the entries of operators after a call.
pub(super) struct Moment<'a> {
    /// The time of the call.
    pub(super) now: Timestamp,
    pub(super) state: &'a ShardState,
    pub(super) entries: &'a [OperatorEntry],
    pub(super) setup: &'a Setup,
    pub(super) config: &'a Config,
}

impl Moment<'_> {
    fn entry_ids(&self) -> BTreeSet<EntryId> {
        self.entries.iter().map(|entry| entry.id.clone()).collect()
    }

    /// Returns the route of the group of a delivery; `None` if the group is not open.
    fn route(&self, delivery: &Delivery) -> Option<&RouteId> {
        let group = delivery.notification.details.alert_group.as_ref()?;
        Some(&self.state.alert_groups.get(group)?.route)
    }

    /// Returns the settings of the group of a delivery; `None` if the group is not open.
    fn settings(&self, delivery: &Delivery) -> Option<NotificationSettings> {
        Some(routes::settings(self.config, self.route(delivery)?))
    }
}

/// A group of alerts, as a channel knows it.
struct KnownGroup {
    /// The alerts that were named as firing and not yet as ended.
    open: BTreeSet<AlertId>,
    /// The alerts that were in it at any time, named or not, and were not reported as ended.
    members: BTreeSet<AlertId>,
    severity: Severity,
    last_notice: Timestamp,
    /// The entries of operators that were known when a notice last named a further alert. An acknowledgement among them
    /// does not cover it.
    earlier_entries: BTreeSet<EntryId>,
    n_reminders: u32,
    has_ended: bool,
}

#[derive(Default)]
pub(super) struct Invariants {
    deliveries: BTreeMap<DeliveryId, ChannelId>,
    groups: BTreeMap<(ChannelId, AlertGroupId), KnownGroup>,
    /// The alerts that were notified as moments, which have no end.
    moments: BTreeSet<AlertId>,
    /// The firing notices of each batch, without escalations: the time of the decision and that of the call.
    batches: BTreeMap<(ChannelId, Vec<String>), Vec<[Timestamp; 2]>>,
    /// The alerts that each channel was notified of as ended.
    ended: BTreeSet<(ChannelId, AlertId)>,
    records: Records,
    /// All deliveries as text, for a person who reads a failure.
    log: Vec<String>,
}

impl Invariants {
    /// Checks the deliveries of a call, each against those before it.
    pub(super) fn check(
        &mut self,
        decided: &Decision,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        self.records.check(decided, moment.state)?;
        for delivery in &decided.deliveries {
            self.log.push(text(delivery));
            self.check_ids(delivery)?;
            check_channel(delivery, moment.config)?;
            match delivery.notification.kind {
                NoticeKind::Firing => self.check_firing(delivery, moment)?,
                NoticeKind::Updated => self.check_update(delivery, moment)?,
                NoticeKind::Reminder => self.check_reminder(delivery, moment)?,
                NoticeKind::Resolved => self.check_resolved(delivery)?,
                NoticeKind::Momentary => self.moments.extend(named(delivery)),
                NoticeKind::Summary => {}
            }
        }
        for (channel, group, firing) in notified(moment.state) {
            let known = self.groups.get_mut(&(channel.clone(), group.clone()));
            let Some(known) = known.filter(|known| !known.has_ended) else { continue };
            known.members.insert(firing.id.clone());
        }
        Ok(())
    }

    /// Returns the latest deliveries as text.
    pub(super) fn latest_deliveries(&self) -> String {
        self.log[self.log.len().saturating_sub(20)..].join("\n")
    }

    /// (g) Ids are unique, and a delivery comes after earlier ones of its channel.
    fn check_ids(&mut self, delivery: &Delivery) -> Result<(), TestCaseError> {
        for before in &delivery.after {
            let channel = self.deliveries.get(before);
            prop_assert_eq!(
                channel,
                Some(&delivery.channel),
                "(g) it comes after no earlier delivery of its channel: {}",
                text(delivery)
            );
        }
        let other = self.deliveries.insert(delivery.id.clone(), delivery.channel.clone());
        prop_assert!(other.is_none(), "(g) two deliveries have one id: {}", text(delivery));
        Ok(())
    }

    fn check_firing(
        &mut self,
        delivery: &Delivery,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        let key = group_of(delivery);
        prop_assert!(!self.groups.contains_key(&key), "(a) opened twice: {}", text(delivery));
        prop_assert!(!delivery.notification.details.ends_group, "(a) opened and ended");
        check_mute(delivery, moment)?;
        let alerts = named(delivery);
        let known = KnownGroup {
            open: self.announced(delivery)?,
            members: alerts.iter().cloned().collect(),
            severity: severity(delivery),
            last_notice: delivery.created_at,
            earlier_entries: moment.entry_ids(),
            n_reminders: 0,
            has_ended: false,
        };
        self.groups.insert(key, known);
        self.check_rate(delivery, moment)
    }

    /// (f) A batch has one firing notice a minute, whatever the number of its monitors. Escalations are not bounded by
    /// time: they are one for each group, and groups that were muted together are escalated together. Nor are the
    /// alerts of Allclear about itself, of which one fires at a time. Runs that arrive late are decided at the times of
    /// the runs, so that notices may come together that are dated minutes apart, or the other way round.
    fn check_rate(
        &mut self,
        delivery: &Delivery,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        let notification = &delivery.notification;
        let is_escalation = notification.details.change.is_some();
        if is_escalation || notification.monitor == MonitorId::itself() {
            return Ok(());
        }
        let (route, settings) = (moment.route(delivery), moment.settings(delivery));
        let (Some(route), Some(settings)) = (route, settings) else {
            return Err(TestCaseError::fail(format!("(f) no group: {}", text(delivery))));
        };
        if settings.group_wait.is_zero() {
            return Ok(());
        }
        let batch = batch(delivery, route, &settings.group_by);
        let times = self.batches.entry((delivery.channel.clone(), batch)).or_default();
        let both = [delivery.created_at, moment.now];
        let are_close = |[a, b]: [Timestamp; 2]| a < b + MINUTE && b < a + MINUTE;
        let is_close =
            |[at, now]: &[Timestamp; 2]| are_close([*at, both[0]]) && are_close([*now, both[1]]);
        prop_assert!(!times.iter().any(is_close), "(f) two in one minute: {}", text(delivery));
        times.push(both);
        Ok(())
    }

    fn check_update(
        &mut self,
        delivery: &Delivery,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        check_mute(delivery, moment)?;
        let announced = self.announced(delivery)?;
        let known = self.open_group(delivery)?;
        let alerts = named(delivery);
        if alerts.iter().any(|alert| !known.members.contains(alert)) {
            known.earlier_entries = moment.entry_ids();
        }
        known.open.extend(announced);
        known.members.extend(alerts);
        known.severity = known.severity.max(severity(delivery));
        known.last_notice = delivery.created_at;
        Ok(())
    }

    /// (e) Reminders keep the schedule of the highest severity of the group.
    fn check_reminder(
        &mut self,
        delivery: &Delivery,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        check_mute(delivery, moment)?;
        let at = delivery.created_at;
        let known = self.open_group(delivery)?;
        let settings = moment.settings(delivery);
        let policy = settings.as_ref().and_then(|one| one.reminders_of(known.severity));
        prop_assert!(policy.is_some(), "(e) no reminders of its severity: {}", text(delivery));
        let policy = policy.unwrap();
        known.n_reminders += 1;
        let n_reminder = delivery.notification.details.n_reminder;
        prop_assert_eq!(n_reminder, known.n_reminders, "(e) the numbers have a gap");
        prop_assert!(n_reminder <= policy.limit, "(e) beyond the limit: {}", text(delivery));
        let earliest = known.last_notice + policy.wait(n_reminder);
        prop_assert!(at >= earliest, "(e) before {earliest}: {}", text(delivery));
        let alerts = named(delivery);
        let is_acknowledgement = |entry: &&OperatorEntry| match &entry.content {
            EntryContent::Acknowledgement { alerts: acknowledged } => {
                alerts.iter().any(|alert| acknowledged.contains(alert))
            }
            EntryContent::Maintenance(_) | EntryContent::Silence { .. } => false,
        };
        let acknowledgement = moment
            .entries
            .iter()
            .filter(is_acknowledgement)
            .find(|entry| entry.is_in_force(at) && !known.earlier_entries.contains(&entry.id));
        prop_assert!(acknowledgement.is_none(), "(e) it is acknowledged: {}", text(delivery));
        known.last_notice = at;
        Ok(())
    }

    /// Returns the alerts that a notice announces. (b) The channel was not notified of their end before.
    fn announced(&self, delivery: &Delivery) -> Result<BTreeSet<AlertId>, TestCaseError> {
        let alerts = named(delivery);
        let has_ended = |alert: &&AlertId| {
            self.ended.contains(&(delivery.channel.clone(), AlertId::clone(alert)))
        };
        let ended = alerts.iter().find(has_ended);
        prop_assert!(ended.is_none(), "(b) {ended:?} has ended before: {}", text(delivery));
        Ok(alerts.into_iter().collect())
    }

    /// (a) One end, and nothing after it. (b) It names what fired, and all that fired, each alert once.
    fn check_resolved(&mut self, delivery: &Delivery) -> Result<(), TestCaseError> {
        for alert in named(delivery) {
            let is_first = self.ended.insert((delivery.channel.clone(), alert));
            prop_assert!(is_first, "(b) an alert ends twice: {}", text(delivery));
        }
        let known = self.open_group(delivery)?;
        for alert in named(delivery) {
            prop_assert!(
                known.members.remove(&alert),
                "(b) the channel was never notified of {alert}, or of its end before: {}",
                text(delivery)
            );
            known.open.remove(&alert);
        }
        known.last_notice = delivery.created_at;
        if delivery.notification.details.ends_group {
            known.has_ended = true;
            prop_assert!(
                known.open.is_empty(),
                "(b) no end of {:?} was reported: {}",
                known.open,
                text(delivery)
            );
        }
        Ok(())
    }

    fn open_group(&mut self, delivery: &Delivery) -> Result<&mut KnownGroup, TestCaseError> {
        let known = self.groups.get_mut(&group_of(delivery));
        let Some(known) = known else {
            return Err(TestCaseError::fail(format!("(a) never opened: {}", text(delivery))));
        };
        prop_assert!(!known.has_ended, "(a) it has ended: {}", text(delivery));
        Ok(known)
    }

    /// (c) Each channel was notified of each alert that fires and that it accepts. If the first channels were notified
    /// of a fault and the outcomes have none any more, such as those of a target that is only slow, no channel is added
    /// for that.
    pub(super) fn check_that_all_is_notified(
        &self,
        moment: &Moment<'_>,
    ) -> Result<(), TestCaseError> {
        let Moment { now, state, config, .. } = *moment;
        for (id, monitor_state) in &state.monitors {
            let monitor = config.monitors.iter().find(|monitor| monitor.id == *id);
            for (rule_id, alert) in &monitor_state.alerts {
                let Some(firing) = &alert.firing else { continue };
                let rule = config.rules.iter().find(|one| one.id == *rule_id);
                let (Some(monitor), Some(rule)) = (monitor, rule) else {
                    let what = format!("(c) {} fires, but is not in the config", firing.id);
                    return Err(TestCaseError::fail(what));
                };
                if rule.momentary || is_muted(&firing.id, now, moment) {
                    continue;
                }
                let cause = monitor_state.last.as_ref().and_then(|last| last.cause.as_ref());
                let cause = cause.or(monitor_state.cause.as_ref());
                let fault = rule.fault.or(cause.map(|cause| cause.fault)).or(firing.fault);
                let (severity, regions) = (alert.severity, &firing.regions);
                let rule = rule.id.as_str();
                let routed = Routed { monitor, rule, severity, fault, regions };
                for channel in routes::receivers(config, &routed) {
                    let is_notified = firing.notified.contains_key(channel);
                    let id = &firing.id;
                    prop_assert!(is_notified, "(c) {channel} was not notified of {id}");
                }
            }
        }
        for (channel, group, firing) in notified(state) {
            let known = self.groups.get(&(channel.clone(), group.clone()));
            let is_open = known.is_some_and(|known| !known.has_ended);
            // The alert of a moment has no group that could end.
            let is_moment = self.moments.contains(&firing.id);
            prop_assert!(is_open || is_moment, "(c) no open group of {channel} has {}", firing.id);
        }
        Ok(())
    }

    /// (a) All groups have ended, once nothing fires any more.
    pub(super) fn check_the_end(&self, state: &ShardState) -> Result<(), TestCaseError> {
        for ((channel, group), known) in &self.groups {
            prop_assert!(known.has_ended, "(a) no end of {group} of {channel}: {:?}", known.open);
        }
        prop_assert!(state.alert_groups.is_empty(), "(a) a group stays in the state");
        self.records.check_the_end()
    }
}

/// (i) Only the end of what a channel was notified of goes to a channel that the config no longer has.
fn check_channel(delivery: &Delivery, config: &Config) -> Result<(), TestCaseError> {
    let is_end = delivery.notification.kind == NoticeKind::Resolved;
    let is_known = config.channels.iter().any(|channel| channel.id == delivery.channel);
    prop_assert!(is_end || is_known, "(i) the config has no such channel: {}", text(delivery));
    Ok(())
}

/// Returns the values by which the alerts of a firing notice are separated from others.
fn batch(delivery: &Delivery, route: &RouteId, group_by: &[GroupBy]) -> Vec<String> {
    let notification = &delivery.notification;
    let alert = &notification.alerts[0];
    let is_about_account = alert.rule.as_str().ends_with("credit");
    let value = |by: &GroupBy| match by {
        GroupBy::Monitor => notification.monitor.to_string(),
        GroupBy::Group => notification.group.clone().unwrap_or_default(),
        GroupBy::Rule => alert.rule.to_string(),
        GroupBy::Severity => alert.severity.to_string(),
    };
    let by = group_by.iter().map(value);
    [is_about_account.to_string(), route.to_string()].into_iter().chain(by).collect()
}

/// (d) Not all alerts of a notice are muted.
fn check_mute(delivery: &Delivery, moment: &Moment<'_>) -> Result<(), TestCaseError> {
    if delivery.notification.monitor == MonitorId::itself() {
        return Ok(());
    }
    let at = delivery.created_at;
    let alerts = named(delivery);
    let all_are_muted = alerts.iter().all(|alert| is_muted(alert, at, moment));
    prop_assert!(!all_are_muted, "(d) all alerts are muted: {}", text(delivery));
    Ok(())
}

fn is_muted(alert: &AlertId, at: Timestamp, moment: &Moment<'_>) -> bool {
    let (monitor, rule) = place_of(alert);
    let is_silenced = moment.entries.iter().any(|entry| match &entry.content {
        EntryContent::Maintenance(window) => {
            let monitors = &window.scope.monitors;
            let is_in_scope = monitors.is_empty() || monitors.iter().any(|one| *one == id(monitor));
            is_in_scope && window.is_open(at)
        }
        EntryContent::Silence { matchers, .. } => {
            let holds = |text: &str| {
                text == format!("monitor={monitor}")
                    || text == format!("severity={}", severity_of(rule).as_str())
            };
            entry.is_in_force(at) && matchers.iter().all(|one| holds(&one.to_string()))
        }
        EntryContent::Acknowledgement { .. } => false,
    });
    is_silenced
        || moment.state.impairment.since.is_some()
        || has_failing_parent(monitor, at, moment)
}

fn has_failing_parent(monitor: &str, at: Timestamp, moment: &Moment<'_>) -> bool {
    let setup = moment.setup;
    let n: usize = monitor[1..].parse().unwrap();
    std::iter::successors(setup.parent(n), |n| setup.parent(*n)).any(|n| {
        let Some(state) = moment.state.monitors.get(&id(&format!("m{n}"))) else { return false };
        // An outcome that was not confirmed counts until the monitor must have been checked again.
        let is_recent = |last: &LastOutcome| at < last.at + (setup.interval * 2).max(MINUTE);
        let failed = state
            .last
            .as_ref()
            .is_some_and(|last| last.status == Status::Unhealthy && is_recent(last));
        state.status == Status::Unhealthy || failed
    })
}
