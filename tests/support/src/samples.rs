//! Samples: a monitor, a rule, a channel, a config, an outcome, a run and a delivery, to be changed with
//! `..` where a test needs something else.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{AlertGroupId, NoticeDetails};
use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::delivery::{Delivery, NamedAlert, NoticeKind, Notification};
use allclear_core::event::AlertId;
use allclear_core::id::{ChannelId, MonitorId, RegionId, RuleId, ShardId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::rule::{DEFAULT_COOLDOWN, Rule, RuleConfirmation, RuleScope};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::{Fault, Severity, Status};

/// Returns a monitor id.
#[must_use]
pub fn monitor_id(id: &str) -> MonitorId {
    MonitorId::new(id).unwrap()
}

/// Returns a monitor that is checked by `http` every 30 s.
#[must_use]
pub fn monitor(id: &str) -> Monitor {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    Monitor { interval: Duration::from_secs(30), ..Monitor::new(monitor_id(id), check) }
}

/// Returns a critical rule that fires at once.
#[must_use]
pub fn rule(id: &str, condition: &str) -> Rule {
    Rule {
        id: RuleId::new(id).unwrap(),
        condition: condition.to_owned(),
        severity: Severity::Critical,
        hold_for: Duration::ZERO,
        confirm: RuleConfirmation::ONE,
        keep_firing_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: RuleScope::default(),
        channels: Vec::new(),
        fault: None,
        momentary: false,
        runbook: None,
    }
}

/// Returns a channel that takes everything.
#[must_use]
pub fn channel(id: &str, kind: &str, params: serde_json::Value) -> Channel {
    Channel {
        id: ChannelId::new(id).unwrap(),
        send: SendSpec { kind: kind.to_owned(), params },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: RuleScope::default(),
        },
    }
}

/// Returns a config with these monitors and nothing else.
#[must_use]
pub fn config(monitors: Vec<Monitor>) -> Config {
    Config {
        page: Page::titled("Test"),
        settings: Settings::default(),
        monitors,
        rules: Vec::new(),
        channels: Vec::new(),
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::immediate(),
        routing: None,
        watchdog: None,
    }
}

/// Returns the verdict of a service that answers with status 503.
#[must_use]
pub fn down() -> Verdict {
    Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503"))
}

/// Returns an outcome with nothing but its verdict.
#[must_use]
pub fn outcome(monitor: &str, verdict: Verdict) -> Outcome {
    Outcome::new(monitor_id(monitor), Duration::ZERO, Finding::of(verdict), 1)
}

/// Returns the run of the main lane that was due at `scheduled_at`.
#[must_use]
pub fn run(shard: &ShardId, scheduled_at: Timestamp, outcomes: Vec<Outcome>) -> Run {
    let (region, lane) = (RegionId::local(), Lane::Main);
    Run {
        shard: shard.clone(),
        key: RunKey { scheduled_at, region, lane },
        lag: Duration::ZERO,
        took: Duration::ZERO,
        outcomes,
    }
}

/// Returns a notification of `service_down` on `monitor`, decided at `at`.
#[must_use]
pub fn notification(kind: NoticeKind, monitor: &str, at: Timestamp) -> Notification {
    let monitor = monitor_id(monitor);
    let rule = RuleId::new("service_down").unwrap();
    let (severity, status) = match kind {
        NoticeKind::Firing | NoticeKind::Updated | NoticeKind::Reminder => {
            (Severity::Critical, Status::Unhealthy)
        }
        NoticeKind::Resolved | NoticeKind::Momentary | NoticeKind::Summary => {
            (Severity::Info, Status::Healthy)
        }
    };
    Notification {
        kind,
        monitor_name: monitor.as_str().to_uppercase(),
        group: None,
        severity,
        status,
        fault: Some(Fault::Target),
        reason: Some(Reason::HttpStatus),
        message: "status 503".to_owned(),
        provider_status: None,
        alerts: vec![NamedAlert {
            id: AlertId::new(&monitor, &rule, at),
            rule,
            severity,
            condition: "unhealthy".to_owned(),
        }],
        still_firing: Vec::new(),
        since: at,
        at,
        page_url: None,
        details: NoticeDetails::default(),
        monitor,
    }
}

/// Returns a delivery to `channel` of [`notification`].
#[must_use]
pub fn delivery(kind: NoticeKind, channel: &str, monitor: &str, at: Timestamp) -> Delivery {
    let channel = ChannelId::new(channel).unwrap();
    let notification = notification(kind, monitor, at);
    let first = notification.alerts.first();
    let details = NoticeDetails {
        alert_group: first.map(|alert| AlertGroupId::new(&channel, &alert.id)),
        ends_group: kind == NoticeKind::Resolved,
        ..NoticeDetails::default()
    };
    Delivery::owed(channel, Notification { details, ..notification }, Vec::new(), at)
}
