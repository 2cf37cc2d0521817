//! Notifications of every kind, as the evaluator produces them.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{
    AcknowledgedBy, AlertGroupId, CommonRoot, NamedMonitor, NoticeDetails, RootKind,
};
use allclear_core::delivery::{NamedAlert, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Severity, Status};

/// 2025-10-09 08:53:20 UTC.
pub(crate) const SINCE: Timestamp = Timestamp::constant(1_760_000_000, 0);

fn after(seconds: u64) -> Timestamp {
    SINCE + Duration::from_secs(seconds)
}

pub(crate) fn alert(rule: &str, severity: Severity, condition: &str) -> NamedAlert {
    let monitor = MonitorId::new("openai-api").unwrap();
    let rule = RuleId::new(rule).unwrap();
    let id = AlertId::new(&monitor, &rule, after(120));
    NamedAlert { id, rule, severity, condition: condition.to_owned() }
}

pub(crate) fn down() -> Notification {
    Notification {
        kind: NoticeKind::Firing,
        monitor: MonitorId::new("openai-api").unwrap(),
        monitor_name: "OpenAI API".to_owned(),
        group: Some("LLM providers".to_owned()),
        severity: Severity::Critical,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: Some(Reason::HttpStatus),
        message: "status 503, want 200".to_owned(),
        provider_status: None,
        alerts: vec![
            alert("service_down", Severity::Critical, "status == \"unhealthy\""),
            alert("low_uptime", Severity::Warning, "uptime_percentage < 95.0"),
        ],
        still_firing: Vec::new(),
        since: SINCE,
        at: after(120),
        page_url: Some("https://status.example.com".to_owned()),
        details: NoticeDetails::default(),
    }
}

pub(crate) fn slow() -> Notification {
    let condition = "response_time_ms > expected_response_time_ms * 2";
    Notification {
        severity: Severity::Warning,
        status: Status::Degraded,
        reason: Some(Reason::Degraded),
        message: "answered in 4210 ms, expected within 800 ms".to_owned(),
        alerts: vec![alert("high_response_time", Severity::Warning, condition)],
        group: None,
        page_url: None,
        ..down()
    }
}

pub(crate) fn all_clear() -> Notification {
    let details = NoticeDetails { ends_group: true, ..NoticeDetails::default() };
    let over = Notification { kind: NoticeKind::Resolved, at: after(750), ..down() };
    Notification { status: Status::Healthy, details, ..over }
}

pub(crate) fn partly_resolved() -> Notification {
    Notification {
        kind: NoticeKind::Resolved,
        status: Status::Healthy,
        alerts: vec![alert("service_down", Severity::Critical, "status == \"unhealthy\"")],
        still_firing: vec![alert("low_uptime", Severity::Warning, "uptime_percentage < 95.0")],
        at: after(750),
        ..down()
    }
}

pub(crate) fn recovery() -> Notification {
    Notification {
        kind: NoticeKind::Momentary,
        severity: Severity::Info,
        status: Status::Healthy,
        fault: None,
        reason: None,
        message: "healthy after 1m30s".to_owned(),
        alerts: vec![alert("service_recovery", Severity::Info, "healthy && was_unhealthy")],
        at: after(90),
        ..down()
    }
}

pub(crate) fn impaired() -> Notification {
    Notification {
        monitor: MonitorId::itself(),
        monitor_name: "Allclear".to_owned(),
        group: None,
        severity: Severity::Error,
        status: Status::Unknown,
        fault: Some(Fault::Monitor),
        reason: Some(Reason::MonitoringImpaired),
        message: "16 of 17 unrelated targets could not be reached at all".to_owned(),
        alerts: vec![alert("monitoring_impaired", Severity::Error, "")],
        ..down()
    }
}

pub(crate) fn unimpaired() -> Notification {
    Notification {
        kind: NoticeKind::Resolved,
        status: Status::Healthy,
        at: after(750),
        ..impaired()
    }
}

pub(crate) fn key_refused() -> Notification {
    Notification {
        fault: Some(Fault::Credentials),
        reason: Some(Reason::AuthInvalid),
        message: "status 401: Incorrect API key provided: sk-p…a1b2".to_owned(),
        ..down()
    }
}

pub(crate) fn endless() -> Notification {
    let alerts = (0..30).map(|n| alert(&format!("rule_{n}"), Severity::Error, &"x".repeat(5_000)));
    Notification {
        monitor_name: "N".repeat(10_000),
        group: Some("g".repeat(10_000)),
        message: "<".repeat(1_000_000),
        alerts: alerts.collect(),
        ..down()
    }
}

pub(crate) fn hostile() -> Notification {
    Notification {
        monitor_name: "<!channel> & \u{202e}ipa\n\u{1b}[31mred".to_owned(),
        group: Some("<@U024BE7LH>\nStatus: healthy".to_owned()),
        message:
            "<script>alert(1)</script>\n<https://evil.example|click>\nStatus: healthy\u{0}\u{7}"
                .to_owned(),
        alerts: vec![alert("service_down", Severity::Critical, "body == \"<!here>\"\n&& true")],
        ..down()
    }
}

pub(crate) fn believed() -> Notification {
    let word = "The provider reports: operational; we detected the problem 12m ago.";
    Notification { provider_status: Some(word.to_owned()), ..down() }
}

pub(crate) fn little_headroom() -> Notification {
    let condition = "metrics.headroom_percent < 10";
    Notification {
        severity: Severity::Warning,
        status: Status::Healthy,
        fault: Some(Fault::Quota),
        reason: None,
        message: "headroom_percent = 4 (tokens)".to_owned(),
        alerts: vec![alert("low_headroom", Severity::Warning, condition)],
        since: after(120),
        ..down()
    }
}

pub(crate) fn summary() -> Notification {
    let message = "OpenAI API: uptime 99.31 %, down once, for 10m from 2025-10-09 08:53 UTC\n\
                   3 other monitors had no outage.\n\
                   Alerts: none fired.";
    Notification {
        kind: NoticeKind::Summary,
        monitor: MonitorId::itself(),
        monitor_name: "Daily summary, 2025-10-10".to_owned(),
        group: None,
        severity: Severity::Info,
        status: Status::Healthy,
        fault: None,
        reason: None,
        message: message.to_owned(),
        alerts: Vec::new(),
        at: after(86_400),
        ..down()
    }
}

/// The id of the group of alerts of all notices of a group.
pub(crate) fn alert_group() -> AlertGroupId {
    let channel = ChannelId::new("pager").unwrap();
    let monitor = MonitorId::new("shop-1").unwrap();
    let rule = RuleId::new("service_down").unwrap();
    AlertGroupId::new(&channel, &AlertId::new(&monitor, &rule, after(120)))
}

/// Returns the monitors `Shop {from}` to `Shop {to}`, of which each third is only degraded.
fn shops(from: u32, to: u32) -> Vec<NamedMonitor> {
    let shop = |n: u32| {
        let (severity, status, message) = match n % 3 {
            0 => {
                (Severity::Warning, Status::Degraded, "answered in 4210 ms, expected within 800 ms")
            }
            _ => (Severity::Critical, Status::Unhealthy, "connection refused"),
        };
        NamedMonitor {
            id: MonitorId::new(format!("shop-{n}")).unwrap(),
            name: format!("Shop {n}"),
            group: Some("Shops".to_owned()),
            severity,
            status,
            fault: Some(Fault::Target),
            reason: Some(Reason::ConnectRefused),
            message: message.to_owned(),
            since: after(u64::from(n)),
            alerts: Vec::new(),
        }
    };
    (from..=to).map(shop).collect()
}

fn healthy(monitors: Vec<NamedMonitor>) -> Vec<NamedMonitor> {
    monitors.into_iter().map(|one| NamedMonitor { status: Status::Healthy, ..one }).collect()
}

/// An outage of twelve monitors on one host.
pub(crate) fn group_down() -> Notification {
    let host = CommonRoot { kind: RootKind::Host, value: "db1.example.com".to_owned() };
    Notification {
        monitor: MonitorId::new("shop-1").unwrap(),
        monitor_name: "Shop 1".to_owned(),
        group: Some("Shops".to_owned()),
        reason: Some(Reason::ConnectRefused),
        message: "connection refused".to_owned(),
        alerts: vec![alert("service_down", Severity::Critical, "status == \"unhealthy\"")],
        details: NoticeDetails {
            alert_group: Some(alert_group()),
            root: Some(host),
            others: shops(2, 12),
            runbook: Some("https://wiki.example.com/runbooks/shops".to_owned()),
            ..NoticeDetails::default()
        },
        ..down()
    }
}

fn with_details(notification: Notification, details: NoticeDetails) -> Notification {
    Notification { details, ..notification }
}

pub(crate) fn group_updated() -> Notification {
    let details = NoticeDetails { others: shops(2, 15), ..group_down().details };
    let updated = Notification { kind: NoticeKind::Updated, at: after(240), ..group_down() };
    with_details(updated, details)
}

pub(crate) fn group_reminder() -> Notification {
    let details = NoticeDetails { n_reminder: 2, ..group_down().details };
    let reminder = Notification { kind: NoticeKind::Reminder, at: after(7_320), ..group_down() };
    with_details(reminder, details)
}

/// A reminder to a further channel, after an operator has acknowledged the alerts.
pub(crate) fn group_acknowledged_reminder() -> Notification {
    let acknowledged = group_acknowledged().details.acknowledged;
    let details = NoticeDetails { acknowledged, ..group_reminder().details };
    with_details(group_reminder(), details)
}

/// The update that reports an acknowledgement.
pub(crate) fn group_acknowledged() -> Notification {
    let acknowledged = AcknowledgedBy {
        author: "ann@laptop".to_owned(),
        at: after(600),
        comment: "disk of db1 is full".to_owned(),
    };
    let details = NoticeDetails { acknowledged: Some(acknowledged), ..group_down().details };
    let updated = Notification { kind: NoticeKind::Updated, at: after(600), ..group_down() };
    with_details(updated, details)
}

pub(crate) fn group_partly_resolved() -> Notification {
    let details = NoticeDetails {
        others: healthy(shops(2, 8)),
        remaining: shops(9, 12),
        ..group_down().details
    };
    with_details(group_all_clear(), details)
}

pub(crate) fn group_all_clear() -> Notification {
    let details =
        NoticeDetails { others: healthy(shops(2, 12)), ends_group: true, ..group_down().details };
    let over = Notification {
        kind: NoticeKind::Resolved,
        status: Status::Healthy,
        at: after(750),
        ..group_down()
    };
    with_details(over, details)
}

/// An outage of a monitor on which eleven others depend.
pub(crate) fn parent_down() -> Notification {
    let parent = CommonRoot { kind: RootKind::Parent, value: "shop-1".to_owned() };
    let details = NoticeDetails { root: Some(parent), ..group_down().details };
    with_details(group_down(), details)
}

/// An outage of three hundred monitors, of which a hundred are listed.
pub(crate) fn huge_group() -> Notification {
    let details = NoticeDetails { others: shops(2, 101), n_unlisted: 199, ..group_down().details };
    with_details(group_down(), details)
}
