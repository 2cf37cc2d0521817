//! Removing what has outlived its time.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::KEEP_COUNTERS;
use allclear_core::config::Settings;
use allclear_core::delivery::{Delivery, DeliveryId, DeliveryState};
use allclear_core::event::AlertId;
use allclear_core::incident::{IncidentChange, IncidentId};
use allclear_core::ports::{Prune, StoreResult};
use allclear_core::rollup::Period;
use allclear_core::state::LATE_LIMIT;

use super::{Call, Content, MemoryStore, Operation};

impl Prune for MemoryStore {
    async fn prune(&self, settings: &Settings, now: Timestamp) -> StoreResult<()> {
        self.call(Call::new(Operation::Prune, now), |content, _| {
            content.prune(settings, now);
            Ok(())
        })
        .await
    }
}

impl Content {
    fn prune(&mut self, settings: &Settings, now: Timestamp) {
        let before = |keep: Duration| now.checked_sub(keep).unwrap_or(Timestamp::MIN);
        // A run may be as late as the limit, and so may the evaluator.
        let runs_from = before(settings.keep_runs.max(LATE_LIMIT * 2));
        for runs in self.runs.values_mut() {
            runs.retain(|key, _| key.scheduled_at >= runs_from);
        }
        self.past_entries.retain(|_, entry| !entry.has_expired(runs_from));
        let (hours_from, days_from) = (before(settings.keep_hours), before(settings.keep_days));
        self.rollups.retain(|(period, start, _), _| match period {
            Period::Hour => *start >= hours_from,
            Period::Day => *start >= days_from,
        });
        let from = before(settings.keep_events);
        self.transitions.retain(|(at, _, _), _| *at >= from);
        let alerts = self.alerts.values();
        let open: BTreeSet<AlertId> =
            alerts.filter(|one| one.resolved_at.is_none()).map(|one| one.id.clone()).collect();
        self.suppressions.retain(|(at, alert, _), _| *at >= from || open.contains(alert));
        self.prune_deliveries(from, &open);
        self.alerts.retain(|_, one| {
            one.fired_at >= from || one.resolved_at.is_none_or(|resolved| resolved >= from)
        });
        self.incidents.retain(|_, one| {
            one.changed_at >= from || one.resolved_at.is_none_or(|resolved| resolved >= from)
        });
        let known = &self.incidents;
        let mut needed: BTreeSet<IncidentId> = known.keys().cloned().collect();
        let (opened, ended) = self.by_hand();
        let recent = self.incident_entries.keys().filter(|(_, at)| *at >= from);
        let recent: BTreeSet<IncidentId> = recent.map(|(id, _)| id.clone()).collect();
        needed.extend(&opened & &recent);
        needed.extend(&opened - &ended);
        self.incident_entries.retain(|(id, _), _| needed.contains(id));
        let counters_from = before(KEEP_COUNTERS);
        self.budgets.retain(|key, _| key.month.start() >= counters_from);
        self.operator_entries.retain(|_, entry| entry.is_needed(now));
    }

    /// Returns the incidents that operators have opened, and those that they have ended.
    fn by_hand(&self) -> (BTreeSet<IncidentId>, BTreeSet<IncidentId>) {
        let (mut opened, mut ended) = (BTreeSet::new(), BTreeSet::new());
        for entry in self.incident_entries.values() {
            match &entry.change {
                IncidentChange::Open(_) => opened.insert(entry.incident.clone()),
                IncidentChange::Resolve { .. } => ended.insert(entry.incident.clone()),
                IncidentChange::Update(_)
                | IncidentChange::Publish
                | IncidentChange::Postmortem { .. } => false,
            };
        }
        (opened, ended)
    }

    /// Keeps what an owed delivery comes after, and what the all-clear of an open alert takes back.
    fn prune_deliveries(&mut self, from: Timestamp, open: &BTreeSet<AlertId>) {
        let owed = self.deliveries.all().filter(|one| one.next_try_at().is_some());
        let needed: BTreeSet<DeliveryId> = owed.flat_map(|one| one.after.clone()).collect();
        let is_open =
            |one: &Delivery| one.notification.alerts.iter().any(|alert| open.contains(&alert.id));
        self.deliveries.retain(|one| {
            let settled_at = match &one.state {
                DeliveryState::Owed { .. } => return true,
                DeliveryState::Sent { at }
                | DeliveryState::GivenUp { at, .. }
                | DeliveryState::Superseded { at } => *at,
            };
            one.created_at >= from || settled_at >= from || needed.contains(&one.id) || is_open(one)
        });
    }
}
