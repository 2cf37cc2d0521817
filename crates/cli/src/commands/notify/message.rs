//! The test messages: a firing notice and its all-clear, clearly marked as a test.

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::delivery::{DeliveryId, NamedAlert, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, IdError, MonitorId, RuleId};
use allclear_core::status::{Severity, Status};

/// The messages of one test, with the ids of their deliveries.
#[derive(Debug)]
pub(super) struct TestMessages {
    pub(super) firing: (DeliveryId, Notification),
    pub(super) resolved: (DeliveryId, Notification),
}

impl TestMessages {
    /// Composes the messages of a test of `channel` by `author` at `now`, in a group of alerts of their own.
    pub(super) fn new(channel: &ChannelId, author: &str, now: Timestamp) -> Result<Self, IdError> {
        let monitor = MonitorId::new("allclear-test")?;
        let rule = RuleId::new("test_message")?;
        let id = AlertId::new(&monitor, &rule, now);
        let group = AlertGroupId::new(channel, &id);
        let delivery = |kind, n_before| DeliveryId::of_group(&group, kind, n_before);
        let ids = (delivery(NoticeKind::Firing, 0), delivery(NoticeKind::Resolved, 1));
        let severity = Severity::Info;
        let firing = Notification {
            kind: NoticeKind::Firing,
            monitor,
            monitor_name: format!("TEST of the channel `{channel}`"),
            group: None,
            severity,
            // With this status, the title names the rule and no outage.
            status: Status::Healthy,
            fault: None,
            reason: None,
            message: format!(
                "This is a test by {author} with `allclear notify test`. No monitor has failed, and \
                 nothing is to be done."
            ),
            provider_status: None,
            alerts: vec![NamedAlert { id, rule, severity, condition: String::new() }],
            still_firing: Vec::new(),
            since: now,
            at: now,
            page_url: None,
            details: NoticeDetails { alert_group: Some(group), ..NoticeDetails::default() },
        };
        let details = NoticeDetails { ends_group: true, ..firing.details.clone() };
        let resolved = Notification { kind: NoticeKind::Resolved, details, ..firing.clone() };
        Ok(Self { firing: (ids.0, firing), resolved: (ids.1, resolved) })
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::message;

    use super::*;

    #[test]
    fn a_test_message_says_that_it_is_a_test() {
        let now = Timestamp::constant(1_760_000_000, 0);
        let channel = ChannelId::new("pager").unwrap();
        let TestMessages { firing, resolved } = TestMessages::new(&channel, "ann", now).unwrap();
        assert_eq!(message::subject(&firing.1), "[info] TEST of the channel `pager`: test_message");
        assert!(message::plain_text(&firing.1).contains("No monitor has failed"));
        let wanted = "All clear: TEST of the channel `pager` is healthy";
        assert_eq!(message::subject(&resolved.1), wanted);
        assert_ne!(firing.0, resolved.0);
        let group = |notification: &Notification| notification.details.alert_group.clone();
        assert_eq!(group(&firing.1), group(&resolved.1));
        assert!(resolved.1.details.ends_group && !firing.1.details.ends_group);
    }
}
