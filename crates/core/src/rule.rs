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
    /// The text of its condition, which was compiled when the config was loaded.
    pub condition: String,
    /// The severity of its alerts.
    pub severity: Severity,
    /// The time for which the condition must stay true before the alert fires.
    pub hold_for: Duration,
    /// The outcomes that confirm the condition, and its end.
    pub confirm: RuleConfirmation,
    /// The time for which an alert keeps firing after its condition was last true.
    pub keep_firing_for: Duration,
    /// The time after a notification in which further ones of the same rule and monitor are suppressed.
    pub cooldown: Duration,
    /// The monitors that it applies to.
    pub scope: RuleScope,
    /// True if it marks a moment rather than a state. Such an alert has no resolved notice.
    pub momentary: bool,
    /// The only channels that receive its alerts, if their filters accept them; empty means every channel
    /// whose filter accepts them. Known to exist.
    pub channels: Vec<ChannelId>,
    /// The fault of its alerts, if that does not follow from the outcome: a low credit concerns its owner
    /// although every check succeeds. `None`: the fault of the outcome.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// The URL of the instructions for the people who repair the monitor.
    #[serde(default)]
    pub runbook: Option<String>,
}

impl Rule {
    /// Checks whether the rule permits the channel to receive its alerts.
    #[must_use]
    pub fn goes_to(&self, channel: &ChannelId) -> bool {
        self.channels.is_empty() || self.channels.contains(channel)
    }
}

/// The outcomes that confirm the condition of a rule: it must be true in `count` of the last `of`. As many outcomes in
/// a row without it confirm its end.
///
/// Only outcomes that decide the condition count: neither one in which a value is missing, nor the first one after a
/// pause, nor one that was made while Allclear itself could not measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleConfirmation {
    /// The number of outcomes in which the condition is true; at least 1.
    pub count: u8,
    /// The number of latest outcomes among which they are counted; at least `count`, at most
    /// [`RuleConfirmation::MAX_OF`].
    pub of: u8,
}

impl RuleConfirmation {
    /// A condition that a single outcome confirms: its values are confirmed already, or stated by a provider.
    pub const ONE: Self = Self { count: 1, of: 1 };

    /// A condition over a measured value, which a single slow answer does not confirm.
    pub const SAMPLES: Self = Self { count: 4, of: 7 };

    /// The most outcomes that a confirmation looks back on.
    pub const MAX_OF: u8 = 60;
}

/// A selection of monitors. An empty list selects all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleScope {
    /// By id.
    pub monitors: Vec<MonitorId>,
    /// By group.
    pub groups: Vec<String>,
    /// By tag.
    pub tags: Vec<String>,
}

impl RuleScope {
    /// Returns true if the scope has no restriction.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.monitors.is_empty() && self.groups.is_empty() && self.tags.is_empty()
    }

    /// Checks whether `monitor` is selected by its id, its group or one of its tags.
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

/// A rule that the product declares. The config can change, disable or enable it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinRule {
    /// Its name.
    pub id: &'static str,
    /// Its condition.
    pub condition: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// The time for which the condition must stay true.
    pub hold_for: Duration,
    /// The outcomes that confirm the condition.
    pub confirm: RuleConfirmation,
    /// True if it marks a moment rather than a state.
    pub momentary: bool,
    /// The fault of its alerts, if that does not follow from the outcome.
    pub fault: Option<Fault>,
    /// Its use in a config that does not name it.
    pub default_state: RuleState,
}

/// The use of a built-in rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleState {
    /// It applies to all monitors.
    Enabled,
    /// It applies to no monitor.
    Disabled,
}

/// The rules for each monitor. The kinds of check add further ones.
pub const BUILTIN_RULES: [BuiltinRule; 9] = [
    BuiltinRule::new("service_down", "status == \"unhealthy\"", Severity::Critical)
        .held_for(Duration::from_mins(2)),
    BuiltinRule::new(
        "high_response_time",
        "response_time_ms > expected_response_time_ms * 2",
        Severity::Warning,
    )
    .confirmed_by(RuleConfirmation::SAMPLES),
    BuiltinRule::new(
        "latency_anomaly",
        "response_time_ms > usual_response_time_ms * 3",
        Severity::Warning,
    )
    .confirmed_by(RuleConfirmation { count: 3, of: 5 })
    .disabled(),
    BuiltinRule::new("consecutive_failures", "consecutive_failures >= 3", Severity::Critical),
    BuiltinRule::new(
        "failure_rate",
        "intermittent_failure_percentage >= 5 && intermittent_failures >= 4",
        Severity::Warning,
    ),
    // A rate limit that ends soon needs no reaction. One that lasts needs a reaction of its owner.
    BuiltinRule::new("rate_limited", "degraded && fault == \"throttled\"", Severity::Warning)
        .held_for(Duration::from_mins(10)),
    BuiltinRule::new("low_uptime", "uptime_percentage < 95.0", Severity::Warning),
    BuiltinRule::new("critical_service_down", "unhealthy && critical", Severity::Critical),
    BuiltinRule {
        momentary: true,
        ..BuiltinRule::new(SERVICE_RECOVERY, "healthy && was_unhealthy", Severity::Info).disabled()
    },
];

/// The rule id under which Allclear reports that it cannot measure. Not a condition over a
/// monitor, so the config can only route it.
pub const MONITORING_IMPAIRED: &str = "monitoring_impaired";

/// The rule id under which Allclear reports a region that takes no part in the decisions. Reserved like
/// [`MONITORING_IMPAIRED`].
pub const REGION_SILENT: &str = "region_silent";

/// The beginning of the names of the variables about failures that come and go.
pub const INTERMITTENT_FAILURE_VARIABLES: &str = "intermittent_failure";

/// The rules of Allclear about itself, which a config cannot change.
pub const SELF_RULES: [&str; 2] = [MONITORING_IMPAIRED, REGION_SILENT];

/// The label `rule` of a scheduled summary, by which routes select it.
pub const SUMMARY: &str = "summary";

/// The id of the rule that reports a recovery for which no all-clear is sent.
pub const SERVICE_RECOVERY: &str = "service_recovery";

impl BuiltinRule {
    /// Declares a rule over the outcomes of a monitor, whose alert fires as long as `condition` holds.
    #[must_use]
    pub const fn new(id: &'static str, condition: &'static str, severity: Severity) -> Self {
        Self {
            id,
            condition,
            severity,
            hold_for: Duration::ZERO,
            confirm: RuleConfirmation::ONE,
            momentary: false,
            fault: None,
            default_state: RuleState::Enabled,
        }
    }

    /// Returns the rule as one that applies only if the config enables it.
    #[must_use]
    pub const fn disabled(self) -> Self {
        Self { default_state: RuleState::Disabled, ..self }
    }

    /// Checks whether the rule applies in a config that does not name it.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        match self.default_state {
            RuleState::Enabled => true,
            RuleState::Disabled => false,
        }
    }

    /// Returns the rule with the time that its condition must stay true.
    #[must_use]
    pub const fn held_for(self, hold_for: Duration) -> Self {
        Self { hold_for, ..self }
    }

    /// Returns the rule with the outcomes that confirm its condition.
    #[must_use]
    pub const fn confirmed_by(self, confirm: RuleConfirmation) -> Self {
        Self { confirm, ..self }
    }

    /// Returns the rule with the fault of its alerts, which may fire while the service is healthy.
    #[must_use]
    pub const fn about(self, fault: Fault) -> Self {
        Self { fault: Some(fault), ..self }
    }
}
