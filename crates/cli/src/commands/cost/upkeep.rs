//! The notes and the budgets of a day: what checks of providers write beside their runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, Month, Reserved};
use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::ports::{ReadNotes, RecordNotes, ReserveBudget, StoreResult};
use allclear_core::schedule::due;
use allclear_probes::Probes;
use allclear_probes::llm::Upkeep;

use crate::commands::accounts;

/// An amount with as many digits as the cost of a small completion.
const SAMPLE: Cost = Cost::from_nanodollars(123_456);

/// The checks of providers in one region.
pub(super) struct RegionUpkeep {
    region: RegionId,
    window: Duration,
    monitors: Vec<Monitor>,
    upkeep: BTreeMap<MonitorId, Upkeep>,
}

impl RegionUpkeep {
    /// Creates the checks of providers of `config`, made from `region` once in a `window` at most.
    /// Returns `None` where there are none.
    pub(super) fn of(
        config: &Config,
        probes: &Probes,
        region: &RegionId,
        window: Duration,
    ) -> Option<Self> {
        let (mut monitors, mut upkeep) = (Vec::new(), BTreeMap::new());
        for one in accounts::watched(config, probes) {
            let interval = one.monitor.interval.max(window);
            monitors.push(one.monitor.clone());
            upkeep.insert(one.monitor.id.clone(), one.used.upkeep(interval));
        }
        (!monitors.is_empty()).then(|| Self { region: region.clone(), window, monitors, upkeep })
    }

    /// Writes the notes and the budgets of the checks that are due in the window from `at`.
    pub(super) async fn write<S>(&mut self, store: &S, at: Timestamp) -> StoreResult<()>
    where
        S: ReadNotes + RecordNotes + ReserveBudget,
    {
        let slots = due(&self.monitors, at, self.window);
        let due: BTreeSet<&MonitorId> = slots.iter().map(|slot| &slot.monitor.id).collect();
        let ids: Vec<MonitorId> = due.into_iter().cloned().collect();
        store.notes(&self.region, &ids).await?;
        let mut notes = Vec::new();
        for id in ids {
            let Some(upkeep) = self.upkeep.get_mut(&id) else { continue };
            let written = upkeep.check(at);
            for _ in 0..written.n_reservations {
                let key = BudgetKey { monitor: id.clone(), month: Month::of(at) };
                let reserved = store.reserve(&key, SAMPLE, Cost::from_dollars(1e6)).await?;
                if let Reserved::Granted(reservation) = reserved {
                    store.settle(&reservation, Cost::ZERO).await?;
                }
            }
            notes.extend(written.note.map(|note| (id, note)));
        }
        store.record_notes(&self.region, &notes).await
    }
}
