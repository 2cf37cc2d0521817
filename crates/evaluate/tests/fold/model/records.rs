//! The stored records of alerts, as the decisions write them.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::event::AlertId;
use allclear_core::state::{Decision, ShardState};
use proptest::prop_assert;
use proptest::test_runner::TestCaseError;

/// The time at which each alert was resolved; `None` while it is open.
#[derive(Default)]
pub(super) struct Records(BTreeMap<AlertId, Option<Timestamp>>);

impl Records {
    /// (j) An alert is recorded once when it fires, and once when it is resolved. What fires in the state, or waits for the
    /// report of its end, is open.
    pub(super) fn check(
        &mut self,
        decided: &Decision,
        state: &ShardState,
    ) -> Result<(), TestCaseError> {
        for one in &decided.alerts {
            let before = self.0.insert(one.id.clone(), one.resolved_at);
            let is_in_order = match one.resolved_at {
                None => before.is_none(),
                Some(_) => before == Some(None),
            };
            prop_assert!(is_in_order, "(j) {} is recorded as {one:?} after {before:?}", one.id);
        }
        for monitor in state.monitors.values() {
            let unreported = monitor.unreported.iter().map(|one| &one.alert);
            let firing = monitor.alerts.values().chain(unreported);
            for firing in firing.filter_map(|alert| alert.firing.as_ref()) {
                let is_open = self.0.get(&firing.id) == Some(&None);
                prop_assert!(is_open, "(j) {} fires and is not on record as open", firing.id);
            }
            for one in &monitor.unreported {
                let mut groups = state.alert_groups.values().flat_map(|group| &group.ended);
                prop_assert!(
                    groups.any(|ended| one.is(&ended.id)),
                    "(j) no group reports the end of {one:?}"
                );
            }
        }
        Ok(())
    }

    /// (j) All alerts are resolved, once nothing fires any more.
    pub(super) fn check_the_end(&self) -> Result<(), TestCaseError> {
        let open: Vec<&AlertId> =
            self.0.iter().filter(|(_, end)| end.is_none()).map(|(id, _)| id).collect();
        prop_assert!(open.is_empty(), "(j) open at the end: {open:?}");
        Ok(())
    }
}
