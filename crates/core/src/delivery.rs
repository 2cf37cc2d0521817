//! Notifications, and their deliveries to channels.
//!
//! A delivery is one notification to one channel. It is stored with the state that caused it and stays owed
//! until it is sent or given up. The decision about the next step of an owed delivery is made here, without
//! I/O. The notifier sends.

mod attempts;
mod title;

use std::fmt;
use std::time::Duration;

use crate::action::{ActionAttempt, AttemptOrder};
use crate::alert_group::{AlertGroupId, MessageRef, NoticeDetails};
use crate::digest;
use crate::event::AlertId;
use crate::id::{ActionId, ChannelId, MonitorId, RuleId, ShardId, SummaryId};
use crate::reason::Reason;
use crate::send_error::SendError;
use crate::status::{Fault, Severity, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The event that a notification reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An alert fires.
    Firing,
    /// A group of alerts has changed: more monitors, a higher severity, another fault.
    Updated,
    /// Alerts still fire and are not acknowledged.
    Reminder,
    /// The alerts are over: the all-clear.
    Resolved,
    /// An alert that has no end to report.
    Momentary,
    /// The summary of a day or a week.
    Summary,
}

impl NoticeKind {
    /// Returns true for a notice of alerts that fire and will end.
    #[must_use]
    pub fn is_of_firing_alerts(self) -> bool {
        match self {
            Self::Firing | Self::Updated | Self::Reminder => true,
            Self::Resolved | Self::Momentary | Self::Summary => false,
        }
    }
}

/// One alert named in a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedAlert {
    /// The alert.
    pub id: AlertId,
    /// Its rule.
    pub rule: RuleId,
    /// The severity of the event.
    pub severity: Severity,
    /// Its condition.
    pub condition: String,
}

/// The content of a message about one monitor, for one or more channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The kind of event.
    pub kind: NoticeKind,
    /// The subject of the notification.
    pub monitor: MonitorId,
    /// The name of the monitor for people; in a summary, the subject of the summary.
    pub monitor_name: String,
    /// The heading of the monitor on the page.
    pub group: Option<String>,
    /// The highest severity of `alerts`.
    pub severity: Severity,
    /// The status of the monitor.
    pub status: Status,
    /// The present or past fault; without a `reason`, the fault that determines who must act.
    pub fault: Option<Fault>,
    /// The cause, as a stable code.
    pub reason: Option<Reason>,
    /// The description of the event. It may quote the target, so it is only for the team.
    pub message: String,
    /// The status that the provider itself reports, as a sentence, if it is known.
    #[serde(default)]
    pub provider_status: Option<String>,
    /// The alerts that fired or were resolved. Empty only in a summary.
    pub alerts: Vec<NamedAlert>,
    /// Alerts on the same monitor that still fire.
    pub still_firing: Vec<NamedAlert>,
    /// The start of the present or past state.
    pub since: Timestamp,
    /// The time of the decision. In an all-clear, the end of the trouble, which a later outcome has
    /// confirmed. In a summary, the end of the period.
    pub at: Timestamp,
    /// The URL of the public page.
    pub page_url: Option<String>,
    /// The other monitors of the group of alerts, and the state of the group.
    #[serde(default)]
    pub details: NoticeDetails,
}

impl Notification {
    /// Returns true if the notification is about a concern of the operator, such as a low credit, and not
    /// about the status of the monitor.
    #[must_use]
    pub fn is_about_account(&self) -> bool {
        self.fault.is_some() && self.reason.is_none()
    }
}

/// The identity of a delivery, by which receivers drop duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(String);

impl DeliveryId {
    /// Returns the id of the delivery of a notification about `alerts` to `channel`.
    #[must_use]
    pub fn new(kind: NoticeKind, alerts: &[NamedAlert], channel: &ChannelId) -> Self {
        let alerts = alerts.iter().map(|alert| alert.id.as_str());
        Self::of(&format!("{kind:?}\n{channel}"), alerts)
    }

    /// Returns the id of the delivery to `channel` of the summary of `shard` that ends at `until`.
    #[must_use]
    pub fn of_summary(
        shard: &ShardId,
        summary: &SummaryId,
        until: Timestamp,
        channel: &ChannelId,
    ) -> Self {
        let kind = NoticeKind::Summary;
        Self::of(
            &format!("{kind:?}\n{channel}"),
            [shard.as_str(), summary.as_str(), &until.to_string()].into_iter(),
        )
    }

    /// Returns the id of the notice of this number in a group of alerts.
    #[must_use]
    pub fn of_group(group: &AlertGroupId, kind: NoticeKind, n_before: u32) -> Self {
        Self(digest::hexadecimal([&format!("{kind:?}"), group.as_str(), &n_before.to_string()]))
    }

    /// Returns the id of the order of the attempt of this number for `alert`. Decided again from the same runs, it is the
    /// same.
    #[must_use]
    pub fn of_attempt(
        action: &ActionId,
        alert: &AlertId,
        number: u32,
        order: AttemptOrder,
    ) -> Self {
        // A dry run is another order than the execution of the same attempt.
        let order = format!("{order:?}");
        let parts = [action.as_str(), alert.as_str(), &number.to_string(), &order];
        Self(digest::hexadecimal(["attempt"].into_iter().chain(parts)))
    }

    /// Returns the id of the order that takes an attempt back.
    #[must_use]
    pub fn of_take_back(attempt: &Self) -> Self {
        Self(digest::hexadecimal(["take back", attempt.as_str()]))
    }

    fn of<'a>(heading: &'a str, parts: impl Iterator<Item = &'a str>) -> Self {
        Self(digest::hexadecimal(std::iter::once(heading).chain(parts)))
    }

    /// Takes a stored id.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the id as text: 24 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The state of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It has not arrived yet.
    Owed {
        /// The time of the next try.
        next_try_at: Timestamp,
        /// The error of the last try.
        last_error: Option<String>,
    },
    /// The destination has confirmed it.
    Sent {
        /// The time of the confirmation.
        at: Timestamp,
    },
    /// It will not arrive.
    GivenUp {
        /// The time of the decision.
        at: Timestamp,
        /// The cause.
        reason: String,
    },
    /// The alert ended before the notice arrived, so neither it nor its all-clear is sent.
    Superseded {
        /// The time of the decision.
        at: Timestamp,
    },
}

/// The name of a [`DeliveryState`] in stores and queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryPhase {
    /// It has not arrived yet.
    Owed,
    /// The destination has confirmed it.
    Sent,
    /// It will not arrive.
    GivenUp,
    /// The alert ended before the notice arrived.
    Superseded,
}

impl DeliveryPhase {
    /// All phases, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Owed, Self::Sent, Self::GivenUp, Self::Superseded];

    /// Returns the word used in stores and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Sent => "sent",
            Self::GivenUp => "given_up",
            Self::Superseded => "superseded",
        }
    }

    /// Returns the phase with this word.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == keyword)
    }
}

impl DeliveryState {
    /// Returns the name of the state.
    #[must_use]
    pub fn phase(&self) -> DeliveryPhase {
        match self {
            Self::Owed { .. } => DeliveryPhase::Owed,
            Self::Sent { .. } => DeliveryPhase::Sent,
            Self::GivenUp { .. } => DeliveryPhase::GivenUp,
            Self::Superseded { .. } => DeliveryPhase::Superseded,
        }
    }
}

/// One notification to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The identity of the delivery.
    pub id: DeliveryId,
    /// The destination.
    pub channel: ChannelId,
    /// The notification to deliver.
    pub notification: Notification,
    /// The earlier notices of the same group of alerts. It is not sent before they are settled, and not at all if a
    /// resolved notice follows notices of which none has arrived.
    pub after: Vec<DeliveryId>,
    /// The time since which it is owed.
    pub created_at: Timestamp,
    /// The number of tries so far.
    pub n_tries: u32,
    /// True after a try that got no answer, or whose result was never recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_arrived: bool,
    /// True for an attempt of an action that could not be executed until an operator acts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_not_executable: bool,
    /// The destination's reference of the message, once it has confirmed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_ref: Option<MessageRef>,
    /// The state of the delivery.
    pub state: DeliveryState,
}

/// The time after which a delivery is given up. The last try is made at its end.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// The longest wait between two tries, unless the destination asks for a longer one.
pub const MAX_BACKOFF: Duration = Duration::from_mins(15);

/// The longest wait that a destination can ask for. Some ask for days where they mean minutes.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

const FIRST_BACKOFF: Duration = Duration::from_secs(5);

impl Delivery {
    /// Creates a delivery that is owed from `now` on.
    #[must_use]
    pub fn owed(
        channel: ChannelId,
        notification: Notification,
        after: Vec<DeliveryId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id: DeliveryId::new(notification.kind, &notification.alerts, &channel),
            channel,
            notification,
            after,
            created_at: now,
            n_tries: 0,
            may_have_arrived: false,
            is_not_executable: false,
            message_ref: None,
            state: DeliveryState::Owed { next_try_at: now, last_error: None },
        }
    }

    /// Returns the attempt of an action that the delivery orders; `None` for a notice to a channel.
    #[must_use]
    pub fn attempt(&self) -> Option<&ActionAttempt> {
        self.notification.details.attempt.as_ref()
    }

    /// Returns the delivery after a try at `now` with this result.
    ///
    /// An attempt of an action is settled by any result, because it is never repeated. A notice is tried again after a
    /// transient failure, no sooner than the destination asked for and no sooner than its [`backoff`]. If no other try
    /// falls before the end of the day, the last one is made there.
    #[must_use]
    pub fn after_try(
        mut self,
        result: Result<Option<MessageRef>, SendError>,
        now: Timestamp,
    ) -> Self {
        self.n_tries = self.n_tries.saturating_add(1);
        self.may_have_arrived |= result.as_ref().is_err_and(|error| error.may_have_arrived);
        let last_try_at = later(self.created_at, GIVE_UP_AFTER);
        self.state = match result {
            Ok(message_ref) => {
                self.message_ref = message_ref;
                DeliveryState::Sent { at: now }
            }
            Err(error) if error.is_permanent() || self.attempt().is_some() => {
                DeliveryState::GivenUp { at: now, reason: error.message }
            }
            Err(error) if now >= last_try_at => {
                let tries = if self.n_tries == 1 { "try" } else { "tries" };
                let reason = format!(
                    "not delivered within a day, after {} {tries}: {}",
                    self.n_tries, error.message
                );
                DeliveryState::GivenUp { at: now, reason }
            }
            Err(error) => {
                let asked_for = error.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                let wait = backoff(self.n_tries).max(asked_for);
                DeliveryState::Owed {
                    next_try_at: later(now, wait).min(last_try_at),
                    last_error: Some(error.message),
                }
            }
        };
        self
    }

    /// Returns the delivery given up at `now` without a try.
    #[must_use]
    pub fn given_up(mut self, reason: String, now: Timestamp) -> Self {
        self.state = DeliveryState::GivenUp { at: now, reason };
        self
    }

    /// Returns the delivery as superseded, because its alert ended by `now`.
    #[must_use]
    pub fn superseded(mut self, now: Timestamp) -> Self {
        self.state = DeliveryState::Superseded { at: now };
        self
    }

    /// Returns the delivery as one that an earlier try may have delivered.
    #[must_use]
    pub fn perhaps_arrived(mut self) -> Self {
        self.may_have_arrived = true;
        self
    }

    /// Returns its state for the deliveries that come after it.
    #[must_use]
    pub fn end(&self) -> Predecessor {
        match self.state {
            DeliveryState::Owed { .. } => Predecessor::Owed,
            DeliveryState::Sent { .. } => Predecessor::Sent,
            DeliveryState::GivenUp { .. } | DeliveryState::Superseded { .. }
                if self.may_have_arrived =>
            {
                Predecessor::MayHaveArrived
            }
            DeliveryState::GivenUp { .. } => Predecessor::GivenUp,
            DeliveryState::Superseded { .. } => Predecessor::Superseded,
        }
    }

    /// Returns the time of the next try; `None` if the delivery is no longer owed.
    #[must_use]
    pub fn next_try_at(&self) -> Option<Timestamp> {
        match &self.state {
            DeliveryState::Owed { next_try_at, .. } => Some(*next_try_at),
            DeliveryState::Sent { .. }
            | DeliveryState::GivenUp { .. }
            | DeliveryState::Superseded { .. } => None,
        }
    }
}

/// Returns the wait after the `n`-th failed try: 5 s doubling up to [`MAX_BACKOFF`].
#[must_use]
pub fn backoff(n_tries: u32) -> Duration {
    let doublings = n_tries.saturating_sub(1).min(16);
    FIRST_BACKOFF.saturating_mul(1 << doublings).min(MAX_BACKOFF)
}

fn later(at: Timestamp, wait: Duration) -> Timestamp {
    at.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The state of a delivery that another one comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predecessor {
    /// It is still owed.
    Owed,
    /// It was sent.
    Sent,
    /// It was given up.
    GivenUp,
    /// It was not sent, because its alert had ended.
    Superseded,
    /// It was given up or superseded, and a try of it may have arrived.
    MayHaveArrived,
    /// It is no longer stored, so it was settled long ago and most likely sent. A superfluous all-clear does
    /// less harm than a missing one.
    Forgotten,
}

impl Predecessor {
    /// Returns the state of a stored delivery for the deliveries that come after it.
    #[must_use]
    pub fn of(phase: DeliveryPhase, arrival: Arrival) -> Self {
        match (phase, arrival) {
            (DeliveryPhase::Owed, _) => Self::Owed,
            (DeliveryPhase::Sent, _) => Self::Sent,
            (DeliveryPhase::GivenUp | DeliveryPhase::Superseded, Arrival::Possible) => {
                Self::MayHaveArrived
            }
            (DeliveryPhase::GivenUp, Arrival::None) => Self::GivenUp,
            (DeliveryPhase::Superseded, Arrival::None) => Self::Superseded,
        }
    }
}

/// The knowledge about the tries of a delivery that were not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// One of the tries may have arrived.
    Possible,
    /// None of the tries has arrived.
    None,
}
