//! Destinations, notifications and a notifier for the tests.

use std::sync::Arc;
use std::time::Duration;

use allclear_channels::{ChannelSettings, Channels};
use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::channel::Channel;
use allclear_core::delivery::{Delivery, NoticeKind};
use allclear_core::id::ChannelId;
use allclear_engine::notify::{Limits, Notifier, SweepReport};
use allclear_simulator::{Behavior, Config, Simulator, Step};
use allclear_support::{MemorySecrets, MemoryStore, samples};
use serde_json::json;

use crate::outbox::holding;

pub(crate) const START: Timestamp = Timestamp::constant(1_760_000_000, 0);
/// A time limit longer than any test: an attempt that reaches it has hung.
pub(crate) const TRY_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) outbox: MemoryStore,
    pub(crate) keeper: MemorySecrets,
    pub(crate) limits: Limits,
}

impl World {
    /// Creates a world in which each channel `NAME` is a webhook that posts to the inbox `NAME`.
    pub(crate) async fn owing(deliveries: impl IntoIterator<Item = Delivery>) -> Self {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let limits = Limits { try_timeout: TRY_TIMEOUT, sweep: TRY_TIMEOUT * 10 };
        let outbox = holding(deliveries);
        Self { simulator, outbox, keeper: MemorySecrets::default(), limits }
    }

    pub(crate) fn does(self, inbox: &str, behavior: Behavior) -> Self {
        self.simulator.set_inbox(inbox, behavior);
        self
    }

    /// Answers the first `n` messages with `first` and accepts the others.
    pub(crate) fn does_first(self, inbox: &str, n: u64, first: Behavior) -> Self {
        let steps = vec![Step::requests(first, n), Step::forever(Behavior::Ok)];
        self.simulator.script_inbox(inbox, steps);
        self
    }

    pub(crate) fn notifier<const N: usize>(&self, channels: [&str; N]) -> Notifier {
        let webhook = |name| {
            let url = self.simulator.inbox_url(name);
            channel(name, "webhook", json!({ "url": url }))
        };
        self.notifier_for(&channels.map(webhook))
    }

    pub(crate) fn notifier_for(&self, channels: &[Channel]) -> Notifier {
        let mut settings = ChannelSettings::new(Arc::new(rustls::RootCertStore::empty()));
        settings.try_timeout = TRY_TIMEOUT;
        Notifier::new(channels, &Channels::new(settings).unwrap(), self.limits)
    }

    pub(crate) async fn sweep(&self, notifier: &Notifier, now: Timestamp) -> SweepReport {
        notifier.sweep(&self.outbox, &self.keeper, now).await.unwrap()
    }

    /// Returns the ids of the messages that an inbox has received, in order.
    pub(crate) fn got(&self, inbox: &str) -> Vec<String> {
        let received = self.simulator.inbox(inbox);
        received.iter().map(|one| one.headers["x-allclear-delivery"].clone()).collect()
    }
}

pub(crate) use allclear_support::samples::channel;

/// Returns an alarm about `monitor` that was decided `seconds` after the start.
pub(crate) fn alarm(channel: &str, monitor: &str, seconds: u64) -> Delivery {
    notice(NoticeKind::Firing, channel, monitor, seconds, &[])
}

pub(crate) fn all_clear(
    channel: &str,
    monitor: &str,
    seconds: u64,
    after: &[&Delivery],
) -> Delivery {
    notice(NoticeKind::Resolved, channel, monitor, seconds, after)
}

fn notice(
    kind: NoticeKind,
    channel: &str,
    monitor: &str,
    seconds: u64,
    takes_back: &[&Delivery],
) -> Delivery {
    let mut notification = samples::notification(kind, monitor, after(seconds));
    let channel_id = ChannelId::new(channel).unwrap();
    let first = takes_back.first().map_or(&notification, |one| &one.notification).alerts.first();
    notification.details = NoticeDetails {
        alert_group: first.map(|alert| AlertGroupId::new(&channel_id, &alert.id)),
        ends_group: kind == NoticeKind::Resolved,
        ..NoticeDetails::default()
    };
    if !takes_back.is_empty() {
        let alerts = takes_back.iter().flat_map(|one| one.notification.alerts.clone());
        notification.alerts = alerts.collect();
    }
    let takes_back = takes_back.iter().map(|one| one.id.clone()).collect();
    Delivery::owed(ChannelId::new(channel).unwrap(), notification, takes_back, after(seconds))
}

pub(crate) fn ids(deliveries: &[&Delivery]) -> Vec<String> {
    deliveries.iter().map(|one| one.id.to_string()).collect()
}
