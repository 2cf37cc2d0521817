//! The title of a notification, which a person reads first.

use super::{NamedAlert, NoticeKind, Notification};
use crate::alert_group::{ConfigEnd, RootKind};
use crate::own_alert;
use crate::rule::INTERMITTENT_FAILURE_VARIABLES;
use crate::status::Status;

impl Notification {
    /// Returns the title, which a person reads first.
    #[must_use]
    pub fn title(&self) -> String {
        let name = &self.monitor_name;
        match self.kind {
            NoticeKind::Summary => name.clone(),
            NoticeKind::Firing => self.trouble(),
            NoticeKind::Updated => format!("Update: {}", self.trouble()),
            NoticeKind::Reminder => format!("Reminder: {}", self.trouble()),
            NoticeKind::Momentary if self.monitor.is_itself() => self.trouble(),
            NoticeKind::Momentary => {
                format!("{} {} {} again", self.subjects(), self.verb(), self.status)
            }
            NoticeKind::Resolved if self.monitor.is_itself() => own_alert::resolved(&self.rules()),
            NoticeKind::Resolved if let Some(end) = self.details.config_end => {
                self.ended_by_config(end)
            }
            NoticeKind::Resolved if self.is_all_clear() => {
                format!("All clear: {} {} healthy", self.subjects(), self.verb())
            }
            NoticeKind::Resolved if self.is_partly_resolved() => format!(
                "Partly resolved: {} {} healthy, {}",
                self.subjects(),
                self.verb(),
                self.rest()
            ),
            NoticeKind::Resolved => format!("Resolved: {} on {}", self.rules(), self.subjects()),
        }
    }

    /// Returns the title of alerts that a change of the config has ended.
    fn ended_by_config(&self, end: ConfigEnd) -> String {
        match end {
            ConfigEnd::MonitorRemoved => {
                format!("{} {} no longer monitored", self.subjects(), self.verb())
            }
            ConfigEnd::RuleRemoved | ConfigEnd::RuleChanged => {
                format!("No longer checked: {} on {}", self.rules(), self.subjects())
            }
        }
    }

    /// Returns true if the notification reports the recovery from all alerts that it concerns.
    #[must_use]
    pub fn is_all_clear(&self) -> bool {
        self.kind == NoticeKind::Resolved
            && self.details.config_end.is_none()
            && self.still_firing.is_empty()
            && self.details.remaining.is_empty()
            && self.status == Status::Healthy
    }

    /// Returns true if the monitors of the notification are healthy and others of their group still fail.
    fn is_partly_resolved(&self) -> bool {
        self.kind == NoticeKind::Resolved
            && self.status == Status::Healthy
            && self.still_firing.is_empty()
            && !self.details.remaining.is_empty()
    }

    /// Returns the present trouble as a title.
    fn trouble(&self) -> String {
        let subjects = self.subjects();
        if self.monitor.is_itself() {
            return own_alert::trouble(&self.rules());
        }
        if self.status == Status::Healthy && self.is_about_intermittent_failures() {
            let verb = if self.details.n_others() == 0 { "fails" } else { "fail" };
            return format!("{subjects} {verb} in some checks");
        }
        if self.status == Status::Healthy || self.is_about_account() {
            return format!("{subjects}: {}", self.rules());
        }
        match self.fault {
            // A title that calls the service down would blame it for a failure of our own.
            Some(fault) if !fault.is_target_side() => {
                format!("{subjects}: {}", fault.explanation())
            }
            Some(_) | None if self.details.n_others() == 0 => {
                format!("{subjects} is {}", self.status)
            }
            // The other monitors can have another status than the first one.
            Some(_) | None => format!("{subjects} are failing{}", self.in_common()),
        }
    }

    /// Returns true if all alerts are about failures that come and go.
    fn is_about_intermittent_failures(&self) -> bool {
        let is_about_it =
            |alert: &NamedAlert| alert.condition.contains(INTERMITTENT_FAILURE_VARIABLES);
        !self.alerts.is_empty() && self.alerts.iter().all(is_about_it)
    }

    /// Returns the name of the monitor and the number of the others: `Search and 11 more`.
    fn subjects(&self) -> String {
        let name = &self.monitor_name;
        let root = self.details.root.as_ref().map(|root| root.kind);
        match (self.details.n_others(), root) {
            (0, _) => name.clone(),
            (1, Some(RootKind::Parent)) => format!("{name} and 1 that depends on it"),
            (n, Some(RootKind::Parent)) => format!("{name} and {n} that depend on it"),
            (n, _) => format!("{name} and {n} more"),
        }
    }

    fn verb(&self) -> &'static str {
        if self.details.n_others() == 0 { "is" } else { "are" }
    }

    /// Returns the numbers of the monitors that still fail, and of the healthy ones whose alerts last.
    fn rest(&self) -> String {
        let remaining = &self.details.remaining;
        let n_healthy = remaining.iter().filter(|one| one.status == Status::Healthy).count();
        let n_failing = remaining.len() - n_healthy;
        let failing = (n_failing > 0).then(|| format!("{n_failing} still failing"));
        let lasting = match n_healthy {
            0 => None,
            1 => Some("1 has an alert that has not ended".to_owned()),
            n => Some(format!("{n} have alerts that have not ended")),
        };
        failing.into_iter().chain(lasting).collect::<Vec<_>>().join(", ")
    }

    /// Returns the property that the monitors share as the end of a title: ` (host db1.example.com)`.
    fn in_common(&self) -> String {
        let root = self.details.root.as_ref().filter(|root| root.kind != RootKind::Parent);
        root.map(|root| format!(" ({root})")).unwrap_or_default()
    }

    fn rules(&self) -> String {
        let rules: Vec<&str> = self.alerts.iter().map(|alert| alert.rule.as_str()).collect();
        rules.join(", ")
    }
}
