//! Notices about a group of alerts, from the first one to the end.

use allclear_core::alert_group::{
    AcknowledgedBy, AlertGroupId, CommonRoot, NamedMonitor, NoticeDetails, RootKind,
};
use allclear_core::delivery::{NoticeKind, Notification};
use allclear_core::id::{ChannelId, MonitorId};
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Severity, Status};

use crate::notices;

/// Returns a monitor of a group.
pub(crate) fn monitor(name: &str, severity: Severity) -> NamedMonitor {
    NamedMonitor {
        id: MonitorId::new(name.to_lowercase()).unwrap(),
        name: name.to_owned(),
        group: None,
        severity,
        status: Status::Unhealthy,
        fault: Some(Fault::Target),
        reason: Some(Reason::ConnectRefused),
        message: "connection refused".to_owned(),
        since: notices::SINCE,
        alerts: Vec::new(),
    }
}

fn details() -> NoticeDetails {
    let channel = ChannelId::new("team").unwrap();
    NoticeDetails {
        alert_group: Some(AlertGroupId::new(&channel, &notices::down().alerts[0].id)),
        root: Some(CommonRoot { kind: RootKind::Host, value: "db1.example.com".to_owned() }),
        others: vec![monitor("Search", Severity::Critical), monitor("Cart", Severity::Error)],
        runbook: Some("https://wiki.example.com/db1?a=1&b=2".to_owned()),
        ..NoticeDetails::default()
    }
}

/// Returns the first notice: three monitors on one host.
pub(crate) fn outage() -> Notification {
    let mut outage = Notification { details: details(), ..notices::down() };
    outage.alerts.truncate(1);
    outage
}

/// Returns the notice that three more monitors have failed.
pub(crate) fn update() -> Notification {
    let details = NoticeDetails { n_unlisted: 3, ..details() };
    Notification { kind: NoticeKind::Updated, details, ..outage() }
}

/// Returns the second reminder, of an acknowledged group.
pub(crate) fn reminder() -> Notification {
    let acknowledged = AcknowledgedBy {
        author: "ann".to_owned(),
        at: notices::SINCE,
        comment: "looking into it".to_owned(),
    };
    let details = NoticeDetails { n_reminder: 2, acknowledged: Some(acknowledged), ..details() };
    Notification { kind: NoticeKind::Reminder, details, ..outage() }
}

/// Returns the notice that two of three monitors have recovered.
pub(crate) fn partly_over() -> Notification {
    let details = NoticeDetails {
        others: vec![monitor("Search", Severity::Critical)],
        remaining: vec![monitor("Cart", Severity::Error), monitor("Mail", Severity::Warning)],
        ..details()
    };
    let mut partly_over = Notification { details, ..notices::all_clear() };
    partly_over.alerts.truncate(1);
    partly_over
}

/// Returns the end of the group.
pub(crate) fn over() -> Notification {
    let mut over = Notification { details: details(), ..notices::all_clear() };
    over.alerts.truncate(1);
    over
}

/// A text with the markup, the mentions and the links of all chats.
const HOSTILE: &str = "</b><b>x</b> <!channel> <@all> <users/all> <at>Ann</at> @everyone @ann \
                       [click](https://evil.example) **b** _i_ `c` ||s|| # h\n**Status**: healthy\n\
                       > quoted\u{202e}\u{7}";

/// Returns a notice in which each text of another party is hostile.
pub(crate) fn hostile() -> Notification {
    let other = NamedMonitor { message: HOSTILE.to_owned(), ..monitor("Cart", Severity::Error) };
    let details = NoticeDetails {
        root: Some(CommonRoot { kind: RootKind::Host, value: HOSTILE.to_owned() }),
        others: vec![other],
        ..details()
    };
    Notification {
        message: HOSTILE.to_owned(),
        provider_status: Some(HOSTILE.to_owned()),
        details,
        ..outage()
    }
}

/// Returns a notice with as many and as long texts as can be, in letters of three bytes, of which each is markup if
/// `c` is.
pub(crate) fn endless(c: char) -> Notification {
    let long = c.to_string().repeat(2_000);
    let other = NamedMonitor {
        name: long.clone(),
        message: long.clone(),
        ..monitor("Cart", Severity::Error)
    };
    let details = NoticeDetails {
        root: Some(CommonRoot { kind: RootKind::Host, value: long.clone() }),
        others: vec![other.clone(); 50],
        remaining: vec![other; 50],
        n_unlisted: 900,
        ..details()
    };
    let mut alert = notices::alert("service_down", Severity::Critical, &long);
    alert.condition = long.clone();
    Notification {
        monitor_name: long.clone(),
        group: Some(long.clone()),
        message: format!("{long}\n{}", "x\n".repeat(1_000)),
        provider_status: Some(long),
        alerts: vec![alert.clone(); 30],
        still_firing: vec![alert; 30],
        details,
        ..outage()
    }
}
