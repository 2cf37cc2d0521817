//! A firing alert with its rule, as it passes through the stages.

use allclear_core::delivery::NamedAlert;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::state::{Alert, Firing};
use allclear_core::status::{Fault, Severity};

use crate::ConfigIndex;
use crate::config_index::CompiledRule;

/// A firing alert with its rule.
#[derive(Clone, Copy)]
pub(super) struct FiringAlert<'a> {
    /// The id of its rule.
    pub(super) id: &'a RuleId,
    /// Its rule; `None` if the config no longer has it.
    pub(super) rule: Option<&'a CompiledRule>,
    pub(super) alert: &'a Alert,
    pub(super) firing: &'a Firing,
}

impl<'a> FiringAlert<'a> {
    /// Returns `alert` with its rule if it fires, or fired until it was resolved.
    pub(super) fn new(
        id: &'a RuleId,
        alert: &'a Alert,
        monitor: &MonitorId,
        index: &'a ConfigIndex,
    ) -> Option<Self> {
        let rule = index.compiled_rule(monitor, id);
        Some(Self { id, rule, alert, firing: alert.firing.as_ref()? })
    }

    /// Returns the party that owns the subject of the alert, if the subject is an account rather
    /// than the outcome: the credit of a key, its expiry.
    pub(super) fn owner(&self) -> Option<Fault> {
        self.rule?.rule.fault
    }

    /// Returns true if the rule marks a moment and its alerts have no end to notify.
    pub(super) fn is_momentary(&self) -> bool {
        self.rule.is_some_and(|one| one.rule.momentary)
    }

    pub(super) fn severity(&self) -> Severity {
        self.alert.severity
    }

    /// Returns the alert as a notification names it.
    pub(super) fn named(&self) -> NamedAlert {
        NamedAlert {
            id: self.firing.id.clone(),
            rule: self.id.clone(),
            severity: self.alert.severity,
            condition: self.rule.map(|one| one.rule.condition.clone()).unwrap_or_default(),
        }
    }
}
