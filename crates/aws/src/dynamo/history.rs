//! Decisions and counts, for the page and for reports.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{MonitorId, RuleId, ShardId};
use allclear_core::ports::{LoadState as _, ReadHistory, StoreError, StoreResult, Version};
use allclear_core::rollup::{Period, RollupRecord};
use allclear_core::rule::{MONITORING_IMPAIRED, REGION_SILENT};
use allclear_core::run::Run;
use allclear_core::state::{Firing, ShardState};
use allclear_core::status::Severity;

use super::calls::Range;
use super::items::{self, DecisionEvent, Item};
use super::{DynamoStore, keys};

const READ: &str = "read";

impl ReadHistory for DynamoStore {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        self.shards_in(keys::STATE).await
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        let stored = self.items_from(keys::rollups(period), from).await?;
        let mut latest: BTreeMap<(Timestamp, MonitorId), (Version, RollupRecord)> = BTreeMap::new();
        for (version, records) in self.readable(&stored, items::read_rollups) {
            for record in records.into_iter().filter(|record| record.start >= from) {
                let place = (record.start, record.monitor.clone());
                if latest.get(&place).is_none_or(|(before, _)| *before <= version) {
                    latest.insert(place, (version, record));
                }
            }
        }
        Ok(latest.into_values().map(|(_, record)| record).collect())
    }

    async fn transitions(&self, from: Timestamp) -> StoreResult<Vec<Transition>> {
        let mut latest = BTreeMap::new();
        for event in self.events(from).await? {
            if let DecisionEvent::Transition(one) = event
                && one.at >= from
            {
                latest.insert((one.at, one.confirmed_at, one.monitor.clone()), one);
            }
        }
        Ok(latest.into_values().collect())
    }

    async fn alerts(&self, from: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        let mut latest = BTreeMap::new();
        // An alert that is still firing may have fired long before.
        for alert in self.states().await?.iter().flat_map(firing) {
            latest.insert(alert.id.clone(), alert);
        }
        for event in self.events(from).await? {
            if let DecisionEvent::Alert(one) = event {
                latest.insert(one.id.clone(), one);
            }
        }
        let mut alerts: Vec<AlertRecord> = latest
            .into_values()
            .filter(|one| one.fired_at >= from || one.resolved_at.is_none())
            .collect();
        alerts.sort_by(|a, b| (a.fired_at, &a.id).cmp(&(b.fired_at, &b.id)));
        Ok(alerts)
    }

    async fn suppressions(&self, from: Timestamp) -> StoreResult<Vec<Suppression>> {
        let mut latest = BTreeMap::new();
        for event in self.events(from).await? {
            if let DecisionEvent::Held(one) = event
                && one.at >= from
            {
                latest.insert((one.at, one.alert.clone(), one.by.as_str()), one);
            }
        }
        Ok(latest.into_values().collect())
    }

    async fn deliveries(&self, from: Timestamp) -> StoreResult<Vec<Delivery>> {
        let mut found = self.deliveries_from(&keys::time(from)).await?;
        found.retain(|(_, delivery)| delivery.created_at >= from);
        found.sort_by(|(a, one), (b, other)| (one.created_at, a).cmp(&(other.created_at, b)));
        Ok(found.into_iter().map(|(_, delivery)| delivery).collect())
    }

    async fn runs(&self, from: Timestamp) -> StoreResult<Vec<Run>> {
        let mut runs = Vec::new();
        for shard in self.shards_in(keys::SHARD).await? {
            let stored = self.items_from(&keys::runs_of(&shard), from).await?;
            runs.extend(self.readable(&stored, items::read_run));
        }
        runs.sort_by(|a, b| (&a.key, &a.shard).cmp(&(&b.key, &b.shard)));
        Ok(runs)
    }
}

impl DynamoStore {
    pub(super) async fn shards_in(&self, pk: &str) -> StoreResult<Vec<ShardId>> {
        let mut stored = self.all(pk).await?;
        stored.retain(|item| items::text(item, keys::SK).is_none_or(|sk| !keys::is_state_part(sk)));
        Ok(self.readable(&stored, |item| {
            ShardId::new(items::read_text(item, keys::SK)?).map_err(|_| items::ItemError::Key)
        }))
    }

    async fn states(&self) -> StoreResult<Vec<ShardState>> {
        let mut states = Vec::new();
        for shard in self.shards_in(keys::STATE).await? {
            match self.load_state(&shard).await {
                Ok(checkpoint) => states.extend(checkpoint.map(|one| one.state)),
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%error, "failed to decode the state of a shard; skipped it");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(states)
    }

    /// Returns the events of commits whose newest fact is of `from` or later, in the order of
    /// commits.
    pub(super) async fn events(&self, from: Timestamp) -> StoreResult<Vec<DecisionEvent>> {
        let stored = self.items_from(keys::EVENT, from).await?;
        let mut commits = self.readable(&stored, items::read_events);
        commits.sort_by_key(|(version, _)| *version);
        Ok(commits.into_iter().flat_map(|(_, events)| events).collect())
    }

    pub(super) async fn all(&self, pk: &str) -> StoreResult<Vec<Item>> {
        let to = keys::AFTER_ALL;
        self.query(READ, &Range { pk, from: "0", to, by_time: false, consistent: false }).await
    }

    async fn items_from(&self, pk: &str, from: Timestamp) -> StoreResult<Vec<Item>> {
        let (from, to) = (keys::time(from), keys::AFTER_ALL);
        self.query(READ, &Range { pk, from: &from, to, by_time: false, consistent: false }).await
    }
}

/// Returns the alerts of `state` that are not resolved, as they were written when they fired.
fn firing(state: &ShardState) -> Vec<AlertRecord> {
    let record =
        |monitor: &MonitorId, rule: &RuleId, severity, since, firing: &Firing| AlertRecord {
            id: firing.id.clone(),
            monitor: monitor.clone(),
            rule: rule.clone(),
            severity,
            message: firing.message.clone(),
            pending_since: since,
            fired_at: firing.at,
            resolved_at: None,
        };
    let mut records = Vec::new();
    for (monitor, known) in &state.monitors {
        let unreported = known.unreported.iter().map(|one| (&one.rule, &one.alert));
        for (rule, alert) in known.alerts.iter().chain(unreported) {
            if let Some(firing) = &alert.firing {
                records.push(record(monitor, rule, alert.severity, alert.since, firing));
            }
        }
    }
    let impairment = &state.impairment;
    if let (Some(firing), Some(since), Ok(rule)) =
        (&impairment.alert, impairment.since, RuleId::new(MONITORING_IMPAIRED))
    {
        records.push(record(&MonitorId::itself(), &rule, Severity::Error, since, firing));
    }
    if let Ok(rule) = RuleId::new(REGION_SILENT) {
        let alerts = state.reporting.regions.values().filter_map(|region| region.alert.as_ref());
        records.extend(alerts.map(|alert| {
            let itself = MonitorId::itself();
            record(&itself, &rule, Severity::Warning, alert.since, &alert.firing)
        }));
    }
    records
}
