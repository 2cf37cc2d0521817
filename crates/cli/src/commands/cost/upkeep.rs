//! The notes and the budgets of a day: what checks of providers write beside their runs.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, Month, Reserved};
use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::ports::{ReadNotes, RecordNotes, ReserveBudget, StoreResult};
use allclear_core::run::Run;
use allclear_probes::Probes;
use allclear_probes::llm::Upkeep;

use crate::commands::accounts;

/// An amount with as many digits as the cost of a small completion.
const SAMPLE: Cost = Cost::from_nanodollars(123_456);

/// The checks of providers in one region.
pub(super) struct RegionUpkeep {
    region: RegionId,
    monitors: Vec<(MonitorId, Upkeep)>,
}

impl RegionUpkeep {
    /// The checks of providers of `config`, made from `region` each `window` at most.
    pub(super) fn of(
        config: &Config,
        probes: &Probes,
        region: &RegionId,
        window: Duration,
    ) -> Self {
        let monitors = accounts::watched(config, probes)
            .into_iter()
            .map(|one| {
                let interval = one.monitor.interval.max(window);
                (one.monitor.id.clone(), one.used.upkeep(interval))
            })
            .collect();
        Self { region: region.clone(), monitors }
    }

    /// Writes what the checks of `run` do.
    pub(super) async fn write<S>(&mut self, store: &S, run: &Run, at: Timestamp) -> StoreResult<()>
    where
        S: ReadNotes + RecordNotes + ReserveBudget,
    {
        let is_made = |id: &MonitorId| run.outcomes.iter().any(|outcome| outcome.monitor == *id);
        let due: Vec<&mut (MonitorId, Upkeep)> =
            self.monitors.iter_mut().filter(|(id, _)| is_made(id)).collect();
        let ids: Vec<MonitorId> = due.iter().map(|(id, _)| id.clone()).collect();
        store.notes(&self.region, &ids).await?;
        let mut notes = Vec::new();
        for (id, upkeep) in due {
            let written = upkeep.check(at);
            notes.extend(written.note.map(|note| (id.clone(), note)));
            for _ in 0..written.n_reservations {
                let key = BudgetKey { monitor: id.clone(), month: Month::of(at) };
                let reserved = store.reserve(&key, SAMPLE, Cost::from_dollars(1e6)).await?;
                if let Reserved::Granted(reservation) = reserved {
                    store.settle(&reservation, Cost::ZERO).await?;
                }
            }
        }
        store.record_notes(&self.region, &notes).await
    }
}
