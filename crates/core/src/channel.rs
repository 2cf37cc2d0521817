//! Channels: the destinations of notifications, and their filters.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::alert_group::MessageRef;
use crate::checker::ParamProblem;
use crate::delivery::{DeliveryId, Notification};
use crate::id::{ChannelId, SecretName};
use crate::monitor::Monitor;
use crate::ports::BeatWatchdog;
use crate::rule::RuleScope;
use crate::secret::Secrets;
use crate::send_error::SendError;
use crate::status::{Fault, Severity};
use crate::watchdog::Watchdog;

/// A configured destination of notifications.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its stable name.
    pub id: ChannelId,
    /// The kind of channel and its parameters.
    pub send: SendSpec,
    /// The notifications that it receives.
    pub filter: ChannelFilter,
}

/// The kind of a channel and its parameters, valid for that kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendSpec {
    /// The kind: `slack`, `webhook`, `log`, …
    pub kind: String,
    /// Its parameters, as the kind's own module defines them.
    pub params: serde_json::Value,
}

/// The notifications that a channel receives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelFilter {
    /// The mildest severity.
    pub min_severity: Severity,
    /// The faults that it receives; empty means all. A channel for the operator takes `credentials` and
    /// `quota`, a channel that customers read takes only `target`.
    pub faults: Vec<Fault>,
    /// The monitors whose alerts it receives.
    pub scope: RuleScope,
}

impl ChannelFilter {
    /// Checks whether an alert of this severity and fault on `monitor` is for this channel.
    ///
    /// `monitor` is `None` for an alert of Allclear about itself, which no scope excludes.
    #[must_use]
    pub fn accepts(
        &self,
        severity: Severity,
        fault: Option<Fault>,
        monitor: Option<&Monitor>,
    ) -> bool {
        self.refusal(severity, fault, monitor).is_none()
    }

    /// Returns the first part of the filter that excludes such an alert; `None` if the channel accepts it.
    #[must_use]
    pub fn refusal(
        &self,
        severity: Severity,
        fault: Option<Fault>,
        monitor: Option<&Monitor>,
    ) -> Option<FilterRefusal> {
        let fault_fits =
            self.faults.is_empty() || fault.is_none_or(|fault| self.faults.contains(&fault));
        if severity < self.min_severity {
            Some(FilterRefusal::Severity)
        } else if !fault_fits {
            Some(FilterRefusal::Fault)
        } else if monitor.is_some_and(|monitor| !self.scope.includes(monitor)) {
            Some(FilterRefusal::Monitor)
        } else {
            None
        }
    }
}

/// The part of a filter that excludes an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterRefusal {
    /// The severity is below `min_severity`.
    Severity,
    /// The fault is not among `faults`.
    Fault,
    /// The scope does not include the monitor.
    Monitor,
}

/// The input of a sender.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The notification to send.
    pub notification: &'a Notification,
    /// The id of the delivery, the same at each try. Receivers drop duplicates by it.
    pub delivery: &'a DeliveryId,
    /// The secrets that [`Sender::secrets`] asked for.
    pub secrets: &'a Secrets,
    /// The time of this try.
    pub now: jiff::Timestamp,
    /// The destination's reference that the latest earlier notice of the same group of alerts has recorded. Only for
    /// a sender that [`Sender::refers_to_earlier_messages`].
    pub earlier: Option<&'a MessageRef>,
}

/// The future of one try. Its value is the destination's reference of the message, if later messages can refer to it.
pub type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<Option<MessageRef>, SendError>> + Send + 'a>>;

/// The rate and amount that a destination accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// Tries in flight at a time; at least 1.
    pub at_once: usize,
    /// Tries over time; `None` if only the number in flight is limited.
    pub rate: Option<SendRate>,
}

impl SendLimits {
    /// One try at a time, as fast as the destination answers.
    pub const ONE: Self = Self { at_once: 1, rate: None };
}

/// A number of tries over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendRate {
    /// Time between two tries in the long run.
    pub interval: Duration,
    /// Tries that may follow each other immediately after a rest; at least 1.
    pub burst: u32,
}

/// One kind of channel: a client that delivers a notification.
pub trait Sender: Send + Sync {
    /// Returns the limits of the destination.
    fn limits(&self) -> SendLimits {
        SendLimits::ONE
    }

    /// Returns the names of the secrets that it needs.
    fn secrets(&self) -> Vec<SecretName>;

    /// Returns true if a message can refer to an earlier one of the same group of alerts.
    fn refers_to_earlier_messages(&self) -> bool {
        false
    }

    /// Returns true if it executes the attempts of an action, and so sends no notification.
    fn executes_attempts(&self) -> bool {
        false
    }

    /// Makes one try to deliver. Succeeds only if the destination has confirmed.
    fn send<'a>(&'a self, envelope: Envelope<'a>) -> Sending<'a>;
}

/// The available kinds of channel.
pub trait ChannelKinds: Send + Sync {
    /// Returns the names of the kinds, in the order of the documentation.
    fn names(&self) -> Vec<&'static str>;

    /// Builds the sender of `spec`. The error lists all problems of its parameters.
    ///
    /// # Errors
    ///
    /// Fails with all problems of the parameters, or if the kind is unknown.
    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>>;
}

/// The kinds of channel, with the schemas of their parameters. A separate trait, because a program that only
/// sends does not link schemas.
pub trait ChannelSchemas: ChannelKinds {
    /// Returns the JSON Schema of a kind's parameters; `None` for an unknown kind.
    fn schema(&self, kind: &str) -> Option<serde_json::Value>;
}

/// Two lists of kinds as one: first the kinds of `A`, then those of `B`.
#[derive(Debug, Clone)]
pub struct JoinedKinds<A, B>(pub A, pub B);

impl<A: ChannelKinds, B: ChannelKinds> ChannelKinds for JoinedKinds<A, B> {
    fn names(&self) -> Vec<&'static str> {
        [self.0.names(), self.1.names()].concat()
    }

    fn build(&self, spec: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
        let has = |names: Vec<&str>| names.contains(&spec.kind.as_str());
        if has(self.0.names()) {
            self.0.build(spec)
        } else if has(self.1.names()) {
            self.1.build(spec)
        } else {
            let what = format!("unknown kind of channel `{}`", spec.kind);
            let hint = format!("known: {}", self.names().join(", "));
            Err(vec![ParamProblem::at([], what, Some(&hint))])
        }
    }
}

impl<A: BeatWatchdog, B: Send + Sync> BeatWatchdog for JoinedKinds<A, B> {
    async fn beat(
        &self,
        watchdog: &Watchdog,
        secrets: &Secrets,
        now: jiff::Timestamp,
    ) -> Result<(), SendError> {
        self.0.beat(watchdog, secrets, now).await
    }
}

impl<A: ChannelSchemas, B: ChannelSchemas> ChannelSchemas for JoinedKinds<A, B> {
    fn schema(&self, kind: &str) -> Option<serde_json::Value> {
        self.0.schema(kind).or_else(|| self.1.schema(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(&'static str);

    impl ChannelKinds for One {
        fn names(&self) -> Vec<&'static str> {
            vec![self.0]
        }

        fn build(&self, _: &SendSpec) -> Result<Box<dyn Sender>, Vec<ParamProblem>> {
            Err(vec![ParamProblem::at([], self.0, None)])
        }
    }

    impl ChannelSchemas for One {
        fn schema(&self, kind: &str) -> Option<serde_json::Value> {
            (kind == self.0).then(|| self.0.into())
        }
    }

    #[test]
    fn merged_lists_contain_the_kinds_of_both() {
        let both = JoinedKinds(One("slack"), One("sns"));
        assert_eq!(both.names(), ["slack", "sns"]);
        assert_eq!(both.schema("slack"), Some("slack".into()));
        assert_eq!(both.schema("sns"), Some("sns".into()));
        assert_eq!(both.schema("pager"), None);
        for (kind, what, hint) in [
            ("slack", "slack", None),
            ("sns", "sns", None),
            ("pager", "unknown kind of channel `pager`", Some("known: slack, sns")),
        ] {
            let spec = SendSpec { kind: kind.to_owned(), params: serde_json::Value::Null };
            let problem = ParamProblem::at([], what, hint);
            assert_eq!(both.build(&spec).err(), Some(vec![problem]));
        }
    }
}
