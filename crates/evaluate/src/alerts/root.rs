//! The likely root of a group of alerts: the monitor on which the others depend, or a property that all monitors share.

use std::collections::BTreeSet;

use allclear_core::alert_group::{CommonRoot, RootKind};
use allclear_core::id::MonitorId;

use super::firing_alert::FiringAlert;
use crate::ConfigIndex;

/// Returns the likely root of the alerts; `None` if they are about one monitor, or if their monitors share nothing.
pub(super) fn of(alerts: &[FiringAlert<'_>], index: &ConfigIndex) -> Option<CommonRoot> {
    let monitors: BTreeSet<&MonitorId> = alerts.iter().map(|one| one.monitor).collect();
    if monitors.len() < 2 {
        return None;
    }
    if let Some(parent) = monitors.iter().find(|parent| is_parent(parent, &monitors, index)) {
        return Some(CommonRoot { kind: RootKind::Parent, value: parent.to_string() });
    }
    let mut alerts = alerts.iter();
    let mut common = properties(alerts.next()?, index);
    for alert in alerts {
        let own = properties(alert, index);
        common.retain(|property| own.contains(property));
    }
    common.into_iter().next()
}

/// Returns true if the monitor of an alert has the root of a group. Monitors with the same heading on the page are not
/// related enough.
pub(super) fn is_of(root: &CommonRoot, alert: &FiringAlert<'_>, index: &ConfigIndex) -> bool {
    match root.kind {
        RootKind::Group => false,
        RootKind::Parent => {
            index.ancestors(alert.monitor).iter().any(|parent| parent.as_str() == root.value)
        }
        RootKind::Host | RootKind::Address | RootKind::Provider | RootKind::Certificate => {
            properties(alert, index).contains(root)
        }
    }
}

fn is_parent(parent: &MonitorId, monitors: &BTreeSet<&MonitorId>, index: &ConfigIndex) -> bool {
    monitors.iter().all(|one| *one == parent || index.ancestors(one).contains(parent))
}

/// Returns the properties of the monitor of an alert, the strongest kind first.
fn properties(alert: &FiringAlert<'_>, index: &ConfigIndex) -> BTreeSet<CommonRoot> {
    let configured = index.properties(alert.monitor).into_iter();
    configured.chain(alert.firing.properties.iter().cloned()).collect()
}
