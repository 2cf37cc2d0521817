//! The default config of the product for the services of a scenario.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::channel::{Channel, ChannelFilter, SendSpec};
use allclear_core::config::{Config, Page, Settings};
use allclear_core::id::{ChannelId, MonitorId, RuleId};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::notification_settings::NotificationSettings;
use allclear_core::rule::{BUILTIN_RULES, BuiltinRule, DEFAULT_COOLDOWN, Rule, RuleScope};
use allclear_core::status::Severity;
use allclear_evaluate::ConfigIndex;
use anyhow::Result;

use crate::scenario::{Scenario, Service};

/// Returns the built-in rules that are on by default.
///
/// # Errors
///
/// Fails if a built-in rule has an invalid id.
pub fn rules() -> Result<Vec<Rule>> {
    BUILTIN_RULES.iter().filter(|one| one.is_enabled()).map(rule).collect()
}

/// Returns a built-in rule as the config has it.
///
/// # Errors
///
/// Fails if its id is invalid.
pub fn rule(builtin: &BuiltinRule) -> Result<Rule> {
    Ok(Rule {
        id: RuleId::new(builtin.id)?,
        condition: builtin.condition.to_owned(),
        severity: builtin.severity,
        hold_for: builtin.hold_for,
        confirm: builtin.confirm,
        keep_firing_for: Duration::ZERO,
        cooldown: DEFAULT_COOLDOWN,
        scope: RuleScope::default(),
        momentary: builtin.momentary,
        channels: Vec::new(),
        fault: builtin.fault,
        runbook: None,
    })
}

/// Returns the id of the service at this position.
///
/// # Errors
///
/// Never, since each number makes a valid id.
pub fn id(position: usize) -> Result<MonitorId> {
    Ok(MonitorId::new(format!("service-{position}"))?)
}

/// Returns the config of the services with these rules.
///
/// # Errors
///
/// Fails if the condition of a rule does not compile.
pub fn index(scenario: &Scenario, interval_s: u32, rules: Vec<Rule>) -> Result<ConfigIndex> {
    let services = scenario.services.iter().enumerate();
    let monitors = services.map(|(position, one)| monitor(position, one, interval_s));
    let channel = Channel {
        id: ChannelId::new("team")?,
        send: SendSpec { kind: "log".to_owned(), params: serde_json::Value::Null },
        filter: ChannelFilter {
            min_severity: Severity::Info,
            faults: Vec::new(),
            scope: RuleScope::default(),
        },
    };
    let config = Config {
        page: Page::titled("Status"),
        settings: Settings::default(),
        monitors: monitors.collect::<Result<_>>()?,
        rules,
        channels: vec![channel],
        maintenances: Vec::new(),
        silences: Vec::new(),
        summaries: Vec::new(),
        actions: Vec::new(),
        notifications: NotificationSettings::default(),
        routing: None,
        watchdog: None,
    };
    Ok(ConfigIndex::new(Arc::new(config))?)
}

fn monitor(position: usize, service: &Service, interval_s: u32) -> Result<Monitor> {
    let check = CheckSpec { kind: "http".to_owned(), params: serde_json::Value::Null };
    Ok(Monitor {
        interval: Duration::from_secs(interval_s.into()),
        expected_response_time: Some(Duration::from_secs_f64(service.usual_ms / 1_000.0)),
        depends_on: service.depends_on.into_iter().map(id).collect::<Result<_>>()?,
        ..Monitor::new(id(position)?, check)
    })
}
