//! Sample notifications, with which a template is tried when the config is loaded.

use allclear_core::Timestamp;
use allclear_core::action::{ActionAttempt, ActionPolicy, AttemptOrder};
use allclear_core::alert_group::{
    AcknowledgedBy, AlertGroupId, CommonRoot, ConfigEnd, NamedMonitor, NoticeDetails, RootKind,
};
use allclear_core::delivery::{NamedAlert, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::id::{ActionId, ChannelId, MonitorId, RuleId};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Severity, Status};

pub(super) const DELIVERY: &str = "5c1f0e9a7d3b2c4e6f8a9b0d";

/// 2025-10-09 08:53:20 UTC and two minutes later.
const SINCE: Timestamp = Timestamp::constant(1_760_000_000, 0);
const AT: Timestamp = Timestamp::constant(1_760_000_120, 0);

const KINDS: [NoticeKind; 6] = [
    NoticeKind::Firing,
    NoticeKind::Updated,
    NoticeKind::Reminder,
    NoticeKind::Resolved,
    NoticeKind::Momentary,
    NoticeKind::Summary,
];

/// Returns notifications of each kind: one with as few parts as possible, and one with all of them.
pub(super) fn notifications() -> Vec<Notification> {
    let monitor = MonitorId::itself();
    let sparse = KINDS.map(|kind| Notification {
        kind,
        monitor: monitor.clone(),
        monitor_name: "Search".to_owned(),
        group: None,
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: None,
        reason: None,
        message: String::new(),
        provider_status: None,
        alerts: Vec::new(),
        still_firing: Vec::new(),
        since: SINCE,
        at: AT,
        page_url: None,
        details: NoticeDetails::default(),
    });
    let full = sparse.clone().map(with_all_parts);
    sparse.into_iter().chain(full).collect()
}

fn with_all_parts(sparse: Notification) -> Notification {
    let alert = RuleId::new("service_down").ok().map(|rule| NamedAlert {
        id: AlertId::new(&sparse.monitor, &rule, AT),
        rule,
        severity: Severity::Critical,
        condition: "status == \"unhealthy\"".to_owned(),
    });
    let alerts: Vec<NamedAlert> = alert.into_iter().collect();
    let group = "Shops \"north\"\nand 'south'".to_owned();
    Notification {
        group: Some(group.clone()),
        fault: Some(Fault::Target),
        reason: Some(Reason::HttpStatus),
        message: "status 503, want 200: \"try later\"\n\\".to_owned(),
        provider_status: Some("The provider reports: operational.".to_owned()),
        details: details(&sparse, &alerts, group),
        still_firing: alerts.clone(),
        alerts,
        page_url: Some("https://status.example.com".to_owned()),
        ..sparse
    }
}

fn attempt(action: ActionId) -> ActionAttempt {
    ActionAttempt {
        action,
        number: 1,
        max_attempts: 3,
        order: AttemptOrder::Execute,
        effect: "call the webhook `https://example.com/\"x\"`".to_owned(),
        timeout: ActionPolicy::DEFAULT_TIMEOUT,
        expires_at: AT,
    }
}

fn details(sparse: &Notification, alerts: &[NamedAlert], group: String) -> NoticeDetails {
    let other = NamedMonitor {
        id: sparse.monitor.clone(),
        name: "Cart".to_owned(),
        group: Some(group),
        severity: Severity::Warning,
        status: Status::Degraded,
        fault: Some(Fault::Target),
        reason: Some(Reason::Degraded),
        message: "answered in 4210 ms".to_owned(),
        since: SINCE,
        alerts: alerts.iter().map(|alert| alert.id.clone()).collect(),
    };
    let channel = ChannelId::new("webhook").ok();
    let first = channel.zip(alerts.first());
    NoticeDetails {
        alert_group: first.map(|(channel, alert)| AlertGroupId::new(&channel, &alert.id)),
        root: Some(CommonRoot { kind: RootKind::Host, value: "db1.example.com".to_owned() }),
        others: vec![other.clone()],
        n_unlisted: 1,
        remaining: vec![other.clone()],
        config_ended: vec![other],
        n_reminder: 2,
        acknowledged: Some(AcknowledgedBy {
            author: "ann".to_owned(),
            at: AT,
            comment: "on it".to_owned(),
        }),
        config_end: Some(ConfigEnd::MonitorRemoved),
        remedy: Some(Reason::Timeout.remedy().to_owned()),
        runbook: Some("https://wiki.example.com/runbook".to_owned()),
        change: Some("joined by Cart".to_owned()),
        actions: vec!["attempt 1 of 3 of the action `restart` was executed".to_owned()],
        attempt: ActionId::new("restart").ok().map(attempt),
        ends_group: true,
        path: None,
    }
}
