//! Notifies the operators, without the store, that the store refuses writes.
//!
//! The notices are owed in memory and sent by a notifier of their own. They are gone with the
//! process.

use std::error::Error as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, MessageRef, NoticeDetails};
use allclear_core::claim::{Claim, Claimed};
use allclear_core::config::Config;
use allclear_core::delivery::{
    Delivery, DeliveryId, DeliveryState, NamedAlert, NoticeKind, Notification, Predecessor,
};
use allclear_core::error_chain::chain;
use allclear_core::event::AlertId;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::ports::{Outbox, OwedMark, StoreError, StoreResult};
use allclear_core::reason::Reason;
use allclear_core::rule::MONITORING_IMPAIRED;
use allclear_core::status::{Fault, Severity, Status};
use allclear_evaluate::routing::{Receiver, RoutedAlert, RoutingTree};
use tokio::sync::Notify;

use crate::up::store_trouble::{Part, StoreChange, StoreTrouble};

/// Returns the cause of a failure of the store, without the operation that failed.
pub(crate) fn cause_of(error: &StoreError) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

const SEVERITY: Severity = Severity::Error;

/// Returns the labels of the alert of a notification about Allclear itself.
fn labels_of(notification: &Notification) -> Option<AlertLabels<'_>> {
    let alert = notification.alerts.first()?;
    Some(AlertLabels {
        monitor: MonitorLabels::of_unknown(&notification.monitor),
        rule: &alert.rule,
        severity: notification.severity,
        fault: notification.fault,
        regions: &[],
    })
}

/// Watches whether the store takes writes. Outlives a reload of the config.
#[derive(Default)]
pub(crate) struct StoreWatch {
    trouble: Mutex<StoreTrouble>,
    owed: Mutex<Vec<Delivery>>,
    /// Woken when there is something to look after.
    started: Notify,
}

impl StoreWatch {
    /// Records a failed write. Returns whether to report it.
    pub(crate) fn failed(&self, part: Part, why: &str, at: Timestamp) -> bool {
        let is_reportable = self.trouble().failed(part, why, at);
        self.started.notify_one();
        is_reportable
    }

    /// Takes note of a write that succeeded, with nothing of its part left to write.
    pub(crate) fn works(&self, part: Part) {
        self.trouble().works(part);
    }

    /// Returns whether there is trouble.
    pub(crate) fn is_on(&self) -> bool {
        self.trouble().is_on()
    }

    /// Returns the begin of the trouble, once the channels are notified of it.
    pub(crate) fn impaired_since(&self) -> Option<Timestamp> {
        self.trouble().impaired_since()
    }

    /// Returns when there is trouble, or a notice to send.
    pub(crate) async fn wait_until_needed(&self) {
        while !self.is_on() && !self.has_pending() {
            self.started.notified().await;
        }
    }

    /// Returns whether a notice is not sent yet.
    pub(crate) fn has_pending(&self) -> bool {
        self.deliveries().iter().any(is_pending)
    }

    /// Decides which notices the channels of `config` are owed by `now`. Returns whether the state
    /// of the page changes with it.
    pub(crate) fn look(&self, config: &Config, now: Timestamp) -> bool {
        // The lock must not be held for the arms.
        let change = self.trouble().look(now);
        match change {
            None => return false,
            Some(StoreChange::Impaired { since, why }) => self.notify(config, since, &why, now),
            Some(StoreChange::Over { since }) => {
                tracing::warn!("the store works again; it had failed since {since}");
                self.all_clear(now);
            }
        }
        true
    }

    fn notify(&self, config: &Config, since: Timestamp, why: &str, now: Timestamp) {
        let Ok(rule) = RuleId::new(MONITORING_IMPAIRED) else { return };
        let monitor = MonitorId::itself();
        let alert = NamedAlert {
            id: AlertId::new(&monitor, &rule, now),
            rule,
            severity: SEVERITY,
            condition: "outcomes cannot be written".to_owned(),
        };
        let notification = Notification {
            kind: NoticeKind::Firing,
            monitor_name: monitor.to_string(),
            monitor,
            group: None,
            severity: SEVERITY,
            status: Status::Unknown,
            fault: Some(Fault::Monitor),
            reason: Some(Reason::MonitoringImpaired),
            message: format!("outcomes wait in memory and no alert is decided: {why}"),
            provider_status: None,
            alerts: vec![alert],
            still_firing: Vec::new(),
            since,
            at: now,
            page_url: config.page.url.clone(),
            details: NoticeDetails::default(),
        };
        let Ok(routing) = RoutingTree::new(config) else { return };
        let labels = labels_of(&notification);
        let alert = labels.map(|labels| RoutedAlert { labels, monitor: None, rule: None });
        let found = alert.map(|alert| routing.receivers(&alert, config, now)).unwrap_or_default();
        // Held notices would be lost with the process.
        let receivers = found.active.into_iter().chain(found.held);
        let notices = receivers.map(|Receiver { channel, .. }| {
            let first = notification.alerts.first();
            let alert_group = first.map(|alert| AlertGroupId::new(channel, &alert.id));
            let details = NoticeDetails { alert_group, ..NoticeDetails::default() };
            let notification = Notification { details, ..notification.clone() };
            Delivery::owed(channel.clone(), notification, Vec::new(), now)
        });
        self.deliveries().extend(notices);
    }

    /// Owes the end notice to the channels that got the first one. What was not sent is not sent
    /// any more.
    fn all_clear(&self, now: Timestamp) {
        let mut deliveries = self.deliveries();
        let firing = std::mem::take(&mut *deliveries);
        for delivery in firing {
            let Delivery { channel, notification, id, state, .. } = delivery;
            let is_firing = notification.kind == NoticeKind::Firing;
            if is_firing && matches!(state, DeliveryState::Sent { .. }) {
                let over = Notification {
                    kind: NoticeKind::Resolved,
                    status: Status::Healthy,
                    at: now,
                    details: NoticeDetails { ends_group: true, ..notification.details },
                    ..notification
                };
                deliveries.push(Delivery::owed(channel, over, vec![id], now));
            }
        }
    }

    fn trouble(&self) -> MutexGuard<'_, StoreTrouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliveries(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for StoreWatch {
    /// Returns all notices, because they are few.
    async fn owed_since(&self, mark: OwedMark) -> StoreResult<(Vec<Delivery>, OwedMark)> {
        let owed =
            self.deliveries().iter().filter(|delivery| is_pending(delivery)).cloned().collect();
        Ok((owed, mark))
    }

    /// Returns the state of the first notice: an end notice is sent only if the first one was.
    async fn predecessor(&self, _: &DeliveryId) -> StoreResult<Predecessor> {
        Ok(Predecessor::Sent)
    }

    /// Returns nothing: no notice of the watch refers to an earlier one.
    async fn message_ref(&self, _: &DeliveryId) -> StoreResult<Option<MessageRef>> {
        Ok(None)
    }

    /// Always succeeds, because no other notifier sends these.
    async fn claim_delivery(
        &self,
        _: &Delivery,
        _: &Claim,
        _: Option<&Claim>,
    ) -> StoreResult<Claimed> {
        Ok(Claimed::Granted)
    }

    async fn record_delivery(&self, delivery: &Delivery) -> StoreResult<()> {
        for known in self.deliveries().iter_mut().filter(|known| known.id == delivery.id) {
            known.clone_from(delivery);
        }
        Ok(())
    }
}

fn is_pending(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Owed { .. })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const CONFIG: &str = r#"
        [[monitor]]
        id = "api"
        check.tcp = { address = "127.0.0.1:9" }
        [[channel]]
        id = "team"
        send.log = {}
        [[channel]]
        id = "customers"
        faults = ["target"]
        send.log = {}
        [[channel]]
        id = "pager"
        min_severity = "critical"
        send.log = {}
    "#;

    fn at(second: u64) -> Timestamp {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        start + Duration::from_secs(second)
    }

    fn titles(deliveries: &[Delivery]) -> Vec<String> {
        let line = |one: &Delivery| format!("{} {}", one.channel, one.notification.title());
        deliveries.iter().map(line).collect()
    }

    #[tokio::test]
    async fn the_operators_get_one_notice_and_its_resolution() {
        let config = crate::local::load_text("allclear.toml", CONFIG).unwrap().config;
        let watch = StoreWatch::default();
        watch.failed(Part::Runs, "database or disk is full", at(0));
        assert!(!watch.look(&config, at(59)));
        assert!(watch.look(&config, at(60)));
        let owed = watch.owed().await.unwrap();
        assert_eq!(titles(&owed), ["team Monitoring impaired"]);
        assert!(owed[0].notification.message.contains("database or disk is full"));
        watch.record_delivery(&owed[0].clone().after_try(Ok(None), at(61))).await.unwrap();
        assert!(!watch.has_pending());

        watch.works(Part::Runs);
        assert!(watch.look(&config, at(90)));
        let over = watch.owed().await.unwrap();
        assert_eq!(titles(&over), ["team Monitoring works again"]);
        assert_eq!(over[0].after, [owed[0].id.clone()]);
        watch.record_delivery(&over[0].clone().after_try(Ok(None), at(91))).await.unwrap();
        assert!(!watch.has_pending() && !watch.is_on());
    }

    #[tokio::test]
    async fn a_notice_goes_by_the_routes_and_is_not_held() {
        let routes = "
            [route]
            channels = ['customers']
            [[route.routes]]
            matchers = ['rule=monitoring_impaired', 'fault=monitor', 'severity=error']
            channels = ['team', 'pager']
            active_times = [{ days = ['monday'] }]
        ";
        let text = format!("{CONFIG}{routes}");
        let config = crate::local::load_text("allclear.toml", &text).unwrap().config;
        let watch = StoreWatch::default();
        watch.failed(Part::Runs, "database or disk is full", at(0));
        assert!(watch.look(&config, at(60)));
        assert_eq!(titles(&watch.owed().await.unwrap()), ["team Monitoring impaired"]);
    }

    #[tokio::test]
    async fn an_unsent_notice_is_dropped_after_the_recovery() {
        let config = crate::local::load_text("allclear.toml", CONFIG).unwrap().config;
        let watch = StoreWatch::default();
        watch.failed(Part::Runs, "database is locked", at(0));
        assert!(watch.look(&config, at(60)));
        watch.works(Part::Runs);
        assert!(watch.look(&config, at(70)));
        assert!(!watch.has_pending());
    }
}
