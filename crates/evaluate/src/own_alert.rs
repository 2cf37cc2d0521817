//! Alerts of Allclear about itself: it cannot measure, or one of its regions does not.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::delivery::{Delivery, DeliveryId, NamedAlert, NoticeKind};
use allclear_core::event::{AlertId, AlertRecord};
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::state::{Decision, Firing};
use allclear_core::status::{Fault, Severity, Status};

use crate::ConfigIndex;
use crate::alerts::{Draft, Subject, owe};
use crate::routing::{Receiver, Receivers};

/// A rule of Allclear about itself.
pub(crate) struct OwnAlert<'a> {
    /// The id of the rule.
    pub(crate) rule: &'static str,
    /// The severity.
    pub(crate) severity: Severity,
    /// The condition, as a text.
    pub(crate) condition: &'static str,
    /// The region; `None` for all together.
    pub(crate) region: Option<&'a RegionId>,
}

/// The start of a trouble and the time of a decision about it.
#[derive(Clone, Copy)]
pub(crate) struct AlertTimes {
    /// The time since which the trouble lasts.
    pub(crate) since: Timestamp,
    /// The time of the decision.
    pub(crate) at: Timestamp,
}

impl OwnAlert<'_> {
    /// Fires the alert and notifies the channels that accept it.
    pub(crate) fn fire(
        &self,
        cause: &Cause,
        times: AlertTimes,
        index: &ConfigIndex,
        decision: &mut Decision,
    ) -> Option<Firing> {
        let rule = RuleId::new(self.rule).ok()?;
        let mut firing = Firing {
            id: AlertId::new(&MonitorId::itself(), &self.rule_of_region(&rule), times.at),
            at: times.at,
            monitor_name: MonitorId::itself().to_string(),
            message: cause.message.clone(),
            notified: BTreeMap::new(),
            awaiting: BTreeSet::new(),
            joined: BTreeSet::new(),
            fault: Some(Fault::Monitor),
            past: None,
            calm_since: None,
            regions: self.region.into_iter().cloned().collect(),
            properties: Vec::new(),
            suppressed_by: None,
            values: String::new(),
            suppressions: Vec::new(),
        };
        decision.alerts.push(self.record(&firing, rule.clone(), times.since, None));
        decision.deliveries.extend(self.notify(&mut firing, (&rule, cause), times, index));
        Some(firing)
    }

    /// Notifies the channels that have waited for the active time of their route.
    pub(crate) fn notify_awaiting(
        &self,
        firing: &mut Firing,
        times: AlertTimes,
        index: &ConfigIndex,
        decision: &mut Decision,
    ) {
        let Ok(rule) = RuleId::new(self.rule) else { return };
        if !firing.awaiting.is_empty() {
            let cause = Cause::of(Reason::MonitoringImpaired, firing.message.clone());
            decision.deliveries.extend(self.notify(firing, (&rule, &cause), times, index));
        }
    }

    /// Returns the deliveries to the channels that were not notified: all, or those whose route was not active before.
    fn notify(
        &self,
        firing: &mut Firing,
        (rule, cause): (&RuleId, &Cause),
        times: AlertTimes,
        index: &ConfigIndex,
    ) -> Vec<Delivery> {
        let (due, awaiting) = self.channels(firing, rule, times.at, index);
        let drafts = due.into_iter().map(|channel| Draft {
            kind: NoticeKind::Firing,
            status: Status::Unknown,
            subject: Subject::outcome(Some(cause)),
            ..self.draft(channel, firing, rule, times)
        });
        let deliveries = owe(drafts.collect(), index);
        let notified = |delivery: &Delivery| {
            let channel = delivery.channel.clone();
            (channel.clone(), AlertGroupId::new(&channel, &firing.id))
        };
        let notified: Vec<(ChannelId, AlertGroupId)> = deliveries.iter().map(notified).collect();
        firing.notified.extend(notified);
        firing.awaiting = awaiting;
        deliveries
    }

    /// Returns the channels to notify now, and those that wait for the active time of their route.
    fn channels(
        &self,
        firing: &Firing,
        rule: &RuleId,
        at: Timestamp,
        index: &ConfigIndex,
    ) -> (Vec<ChannelId>, BTreeSet<ChannelId>) {
        let itself = MonitorId::itself();
        let labels = AlertLabels {
            monitor: MonitorLabels::of_unknown(&itself),
            rule,
            severity: self.severity,
            fault: Some(Fault::Monitor),
            regions: &firing.regions,
        };
        let Receivers { active, held } = index.receivers(labels, at);
        let is_new = firing.notified.is_empty();
        let is_due = |one: &Receiver<'_>| {
            !firing.notified.contains_key(one.channel)
                && (is_new || firing.awaiting.contains(one.channel))
        };
        let due = active.into_iter().filter(is_due).map(|one| one.channel.clone());
        let awaiting = held.into_iter().filter(is_due).map(|one| one.channel.clone());
        (due.collect(), awaiting.collect())
    }

    /// Resolves the alert and notifies the channels that were notified of it.
    pub(crate) fn resolve(
        &self,
        firing: &Firing,
        times: AlertTimes,
        index: &ConfigIndex,
        decision: &mut Decision,
    ) {
        let Ok(rule) = RuleId::new(self.rule) else { return };
        // The run that ends the trouble may have been due before the one that confirmed it.
        let times = AlertTimes { at: times.at.max(firing.at), ..times };
        let drafts = firing.notified.iter().map(|(channel, group)| {
            let over = self.draft(channel.clone(), firing, &rule, times);
            Draft {
                after: vec![DeliveryId::of_group(group, NoticeKind::Firing, 0)],
                group: (group.clone(), 1),
                details: NoticeDetails { ends_group: true, ..over.details },
                ..over
            }
        });
        decision.deliveries.extend(owe(drafts.collect(), index));
        decision.alerts.push(self.record(firing, rule, times.since, Some(times.at)));
    }

    /// Returns the notification to a channel that the trouble is over.
    fn draft(
        &self,
        channel: ChannelId,
        firing: &Firing,
        rule: &RuleId,
        times: AlertTimes,
    ) -> Draft {
        let group = AlertGroupId::new(&channel, &firing.id);
        let details =
            NoticeDetails { alert_group: Some(group.clone()), ..NoticeDetails::default() };
        Draft {
            group: (group, 0),
            details,
            channel,
            kind: NoticeKind::Resolved,
            monitor: MonitorId::itself(),
            monitor_name: MonitorId::itself().to_string(),
            status: Status::Healthy,
            subject: Subject::outcome(None),
            message: firing.message.clone(),
            provider_status: None,
            alerts: vec![self.named(firing, rule.clone())],
            still_firing: Vec::new(),
            after: Vec::new(),
            actions: BTreeMap::new(),
            since: times.since,
            at: times.at,
            decided_at: times.at,
        }
    }

    fn named(&self, firing: &Firing, rule: RuleId) -> NamedAlert {
        NamedAlert {
            id: firing.id.clone(),
            rule,
            severity: self.severity,
            condition: self.condition.to_owned(),
        }
    }

    fn record(
        &self,
        firing: &Firing,
        rule: RuleId,
        since: Timestamp,
        resolved_at: Option<Timestamp>,
    ) -> AlertRecord {
        AlertRecord {
            id: firing.id.clone(),
            monitor: MonitorId::itself(),
            rule,
            severity: self.severity,
            message: firing.message.clone(),
            pending_since: since,
            fired_at: firing.at,
            resolved_at,
        }
    }

    /// Returns the rule with the region, so that the alerts of two regions never share an id.
    fn rule_of_region(&self, rule: &RuleId) -> RuleId {
        let with = |region: &RegionId| RuleId::new(format!("{rule}.{region}")).ok();
        self.region.and_then(with).unwrap_or_else(|| rule.clone())
    }
}
