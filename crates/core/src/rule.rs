//! Rules: conditions with a severity that raise alerts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{ChannelId, MonitorId, RuleId};
use crate::monitor::Monitor;
use crate::status::{Fault, Severity};

/// A condition with a severity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// The text of its condition, which compiled when the config was loaded.
    pub condition: String,
    /// How loud its alert is.
    pub severity: Severity,
    /// How long the condition must stay true before the alert fires.
    pub hold_for: Duration,
    /// How long after a notification the next one of the same rule and monitor is held.
    pub cooldown: Duration,
    /// Which monitors it applies to.
    pub scope: Scope,
    /// Whether it marks a moment rather than a state: such an alert has no resolved notice.
    pub momentary: bool,
    /// The only channels its alerts go to, if their filters accept them; empty means every
    /// channel whose filter does. Known to exist.
    pub channels: Vec<ChannelId>,
    /// Whose matter its alerts are, where that does not follow from the outcome: a credit that runs
    /// low is its owner's, though all is well. `None`: whose fault the outcome is.
    #[serde(default)]
    pub fault: Option<Fault>,
}

impl Rule {
    /// Whether its alerts go to the channel, as far as the rule decides it.
    #[must_use]
    pub fn goes_to(&self, channel: &ChannelId) -> bool {
        self.channels.is_empty() || self.channels.contains(channel)
    }
}

/// A choice of monitors. An empty list chooses all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// By id.
    pub monitors: Vec<MonitorId>,
    /// By group.
    pub groups: Vec<String>,
    /// By tag.
    pub tags: Vec<String>,
}

impl Scope {
    /// Whether nothing narrows the choice.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.monitors.is_empty() && self.groups.is_empty() && self.tags.is_empty()
    }

    /// Whether `monitor` is chosen: by its id, its group or one of its tags.
    #[must_use]
    pub fn includes(&self, monitor: &Monitor) -> bool {
        self.is_everything()
            || self.monitors.contains(&monitor.id)
            || monitor.group.as_ref().is_some_and(|group| self.groups.contains(group))
            || monitor.tags.iter().any(|tag| self.tags.contains(tag))
    }
}

/// The default of a rule's cooldown.
pub const DEFAULT_COOLDOWN: Duration = Duration::from_mins(15);

/// A rule that is on unless the config changes it or switches it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinRule {
    /// Its name.
    pub id: &'static str,
    /// Its condition.
    pub condition: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// How long the condition must stay true.
    pub hold_for: Duration,
    /// Whether it marks a moment rather than a state.
    pub momentary: bool,
    /// Whose matter its alerts are, where that does not follow from the outcome.
    pub fault: Option<Fault>,
}

/// The rules that are on by default.
pub const BUILTIN_RULES: [BuiltinRule; 16] = [
    builtin("service_down", "status == \"unhealthy\"", Severity::Critical, 120, false),
    builtin(
        "high_response_time",
        "response_time_ms > expected_response_time_ms * 2",
        Severity::Warning,
        0,
        false,
    ),
    builtin("consecutive_failures", "consecutive_failures >= 3", Severity::Critical, 0, false),
    // A rate limit that passes is nobody's business; one that lasts is its owner's.
    builtin("rate_limited", "degraded && fault == \"throttled\"", Severity::Warning, 600, false),
    builtin("low_uptime", "uptime_percentage < 95.0", Severity::Warning, 0, false),
    builtin("critical_service_down", "unhealthy && critical", Severity::Critical, 0, false),
    builtin("service_recovery", "healthy && was_unhealthy", Severity::Info, 0, true),
    matter("low_headroom", "metrics.headroom_percent < 10", Severity::Warning, Fault::Quota),
    matter("balance_low", "metrics.balance_days_left < 7", Severity::Warning, Fault::Quota),
    matter(
        "key_expires_soon",
        "metrics.key_expires_days < 14",
        Severity::Warning,
        Fault::Credentials,
    ),
    retirement("model_retires_in_90_days", "metrics.model_shutdown_days <= 90", Severity::Info),
    retirement("model_retires_in_30_days", "metrics.model_shutdown_days <= 30", Severity::Warning),
    retirement("model_retires_in_7_days", "metrics.model_shutdown_days <= 7", Severity::Error),
    retirement("model_retires_in_1_day", "metrics.model_shutdown_days <= 1", Severity::Critical),
    matter(
        "cost_anomaly",
        "metrics.spend_anomaly >= 2 && metrics.spend_yesterday_usd >= 5",
        Severity::Warning,
        Fault::Quota,
    ),
    matter("probe_budget_spent", "metrics.cost_month_percent >= 100", Severity::Info, Fault::Quota),
];

/// The rule id under which Allclear reports that it cannot measure. Not a condition over a
/// monitor, so the config can only route it.
pub const MONITORING_IMPAIRED: &str = "monitoring_impaired";

/// The rule that speaks of a recovery where no all-clear goes out.
pub const SERVICE_RECOVERY: &str = "service_recovery";

const fn builtin(
    id: &'static str,
    condition: &'static str,
    severity: Severity,
    hold_for_s: u64,
    momentary: bool,
) -> BuiltinRule {
    let hold_for = Duration::from_secs(hold_for_s);
    BuiltinRule { id, condition, severity, hold_for, momentary, fault: None }
}

/// A rule about a matter of ours, which may be on while all is well with the service.
const fn matter(
    id: &'static str,
    condition: &'static str,
    severity: Severity,
    fault: Fault,
) -> BuiltinRule {
    let hold_for = Duration::ZERO;
    BuiltinRule { id, condition, severity, hold_for, momentary: false, fault: Some(fault) }
}

const fn retirement(id: &'static str, condition: &'static str, severity: Severity) -> BuiltinRule {
    matter(id, condition, severity, Fault::Request)
}
