//! The notes, the budgets and the further requests of a day: what checks write beside their runs, and send beside one
//! request each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::{BudgetKey, Month, ReserveResult};
use allclear_core::checker::CheckKinds;
use allclear_core::config::Config;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::monitor::Monitor;
use allclear_core::ports::{ReadNotes, RecordNotes, ReserveBudget, StoreResult};
use allclear_core::price_model::HealthySequence;
use allclear_core::schedule::due;

use crate::charges;

/// An amount with as many digits as the cost of a small completion.
const SAMPLE: Cost = Cost::from_nanodollars(123_456);

/// The checks of one region that keep notes, spend money or send more than one request.
pub(crate) struct RegionUpkeep {
    region: RegionId,
    window: Duration,
    monitors: Vec<Monitor>,
    upkeep: BTreeMap<MonitorId, Box<dyn HealthySequence>>,
}

impl RegionUpkeep {
    /// Creates the checks of `config` that keep notes or spend money, made from `region` once in a
    /// `window` at most. Returns `None` if there are none.
    pub(crate) fn of(
        config: &Config,
        kinds: &dyn CheckKinds,
        region: &RegionId,
        window: Duration,
    ) -> Option<Self> {
        let (mut monitors, mut upkeep) = (Vec::new(), BTreeMap::new());
        for (monitor, checker) in charges::checkers(config, kinds) {
            let Some(model) = checker.price_model() else { continue };
            let interval = monitor.interval.max(window);
            monitors.push(monitor.clone());
            upkeep.insert(monitor.id.clone(), model.upkeep(interval));
        }
        (!monitors.is_empty()).then(|| Self { region: region.clone(), window, monitors, upkeep })
    }

    /// Writes the notes and the budgets of the checks that are due in the window from `at`. Returns the number of requests
    /// that these checks send, less one for each check.
    pub(crate) async fn write<S>(&mut self, store: &S, at: Timestamp) -> StoreResult<f64>
    where
        S: ReadNotes + RecordNotes + ReserveBudget,
    {
        let slots = due(&self.monitors, at, self.window);
        let due: BTreeSet<&MonitorId> = slots.iter().map(|slot| &slot.monitor.id).collect();
        let ids: Vec<MonitorId> = due.into_iter().cloned().collect();
        store.notes(&self.region, &ids).await?;
        let (mut notes, mut n_further_requests) = (Vec::new(), 0.0);
        for id in ids {
            let Some(upkeep) = self.upkeep.get_mut(&id) else { continue };
            let written = upkeep.check(at);
            n_further_requests += f64::from(written.n_requests) - 1.0;
            for _ in 0..written.n_reservations {
                let key = BudgetKey { monitor: id.clone(), month: Month::of(at) };
                let reserved = store.reserve(&key, SAMPLE, Cost::from_dollars(1e6)).await?;
                if let ReserveResult::Granted(reservation) = reserved {
                    store.settle(&reservation, Cost::ZERO).await?;
                }
            }
            notes.extend(written.note.map(|note| (id, note)));
        }
        store.record_notes(&self.region, &notes).await?;
        Ok(n_further_requests)
    }
}
