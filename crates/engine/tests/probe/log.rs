//! A store in memory, with moods.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use allclear_core::budget::{BudgetKey, MemoryBudgets, Month, Reservation, Reserved};
use allclear_core::catalog::KnownCatalog;
use allclear_core::checker::Beat;
use allclear_core::config::WithRetention;
use allclear_core::config::{Config, Settings};
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId};
use allclear_core::note::Note;
use allclear_core::ports::{
    AppliedConfig, ReadBeats, ReadCatalogs, ReadConfig, ReadNotes, RecordBeat, RecordCatalog,
    RecordNotes, RecordRun, Recorded, ReserveBudget, StoreError, StoreResult, Version,
};
use allclear_core::run::Run;
use tokio::time::sleep;

use crate::world::{Jotted, start};

/// A store in memory.
#[derive(Default)]
pub(crate) struct Log {
    runs: Mutex<Vec<Run>>,
    beats: Mutex<BTreeMap<MonitorId, Beat>>,
    /// The versions of the config; one that cannot be read is `None`.
    pub(crate) configs: Mutex<Vec<Option<Config>>>,
    /// How long it takes to say which version is in force.
    pub(crate) config_takes: Mutex<Duration>,
    /// How many writes succeed before one fails, once; `None` where none does.
    pub(crate) fails_after: Mutex<Option<usize>>,
    notes: Mutex<BTreeMap<MonitorId, Note>>,
    /// The number of notes that were written.
    pub(crate) n_notes_written: Mutex<usize>,
    budgets: MemoryBudgets,
    /// The answer to calls for budgets.
    pub(crate) counts: Mutex<Mood>,
    /// The time that writing a run takes.
    pub(crate) run_takes: Mutex<Duration>,
    catalogs: Mutex<BTreeMap<MonitorId, KnownCatalog>>,
    /// What becomes of reading beats, notes and catalogs, and of writing notes and catalogs.
    pub(crate) reads: Mutex<Mood>,
    pub(crate) writes: Mutex<Mood>,
}

/// How a store takes a call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Mood {
    #[default]
    Good,
    /// It refuses.
    Bad,
    /// It does not answer.
    Absent,
}

impl Mood {
    async fn is_felt(mood: &Mutex<Self>) -> StoreResult<()> {
        let mood = *mood.lock().unwrap();
        match mood {
            Self::Good => Ok(()),
            Self::Bad => {
                let (operation, object) = ("touch", "notes".to_owned());
                Err(StoreError::Unavailable { operation, object, source: "throttled".into() })
            }
            Self::Absent => std::future::pending().await,
        }
    }
}

impl Log {
    pub(crate) fn runs(&self) -> Vec<Run> {
        self.runs.lock().unwrap().clone()
    }

    /// What the check of this monitor has noted.
    pub(crate) fn jotted(&self, monitor: &str) -> Option<Jotted> {
        self.notes.lock().unwrap().get(monitor)?.read()
    }

    /// What is known of the provider of this monitor.
    pub(crate) fn known(&self, monitor: &str) -> Option<KnownCatalog> {
        self.catalogs.lock().unwrap().get(monitor).cloned()
    }

    /// Returns the sum that the checks of this monitor have spent in the month of [`start`].
    pub(crate) async fn spent(&self, monitor: &str) -> Cost {
        let key =
            BudgetKey { monitor: MonitorId::new(monitor).unwrap(), month: Month::of(start()) };
        match self.budgets.reserve(&key, Cost::from_nanodollars(1), Cost::ZERO).await.unwrap() {
            Reserved::Exhausted { spent } => spent,
            Reserved::Granted(reservation) => panic!("{reservation:?}"),
        }
    }

    fn write(&self) -> StoreResult<()> {
        let mut left = self.fails_after.lock().unwrap();
        match left.take() {
            Some(0) => {
                let (operation, object) = ("write", "run".to_owned());
                Err(StoreError::Unavailable { operation, object, source: "throttled".into() })
            }
            n => {
                *left = n.map(|n| n - 1);
                Ok(())
            }
        }
    }
}

impl RecordRun for Log {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        let time = *self.run_takes.lock().unwrap();
        if !time.is_zero() {
            sleep(time).await;
        }
        self.write()?;
        let mut runs = self.runs.lock().unwrap();
        if runs.iter().any(|one| one.key == run.key) {
            return Ok(Recorded::Already);
        }
        runs.push(run.clone());
        Ok(Recorded::New)
    }
}

impl ReadBeats for Log {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        Mood::is_felt(&self.reads).await?;
        let beats = self.beats.lock().unwrap().clone();
        Ok(beats.into_iter().filter(|(id, _)| monitors.contains(id)).collect())
    }
}

impl RecordBeat for Log {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        self.write()?;
        let mut beats = self.beats.lock().unwrap();
        if beats.get(monitor) != previous {
            let object = monitor.to_string();
            return Err(StoreError::Conflict { operation: "record beat of", object });
        }
        beats.insert(monitor.clone(), beat.clone());
        Ok(())
    }
}

impl ReadNotes for Log {
    async fn notes(
        &self,
        _: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        Mood::is_felt(&self.reads).await?;
        let notes = self.notes.lock().unwrap().clone();
        Ok(notes.into_iter().filter(|(id, _)| monitors.contains(id)).collect())
    }
}

impl RecordNotes for Log {
    async fn record_notes(&self, _: &RegionId, notes: &[(MonitorId, Note)]) -> StoreResult<()> {
        self.write()?;
        Mood::is_felt(&self.writes).await?;
        *self.n_notes_written.lock().unwrap() += notes.len();
        self.notes.lock().unwrap().extend(notes.iter().cloned());
        Ok(())
    }
}

impl ReadCatalogs for Log {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        Mood::is_felt(&self.reads).await?;
        Ok(self.catalogs.lock().unwrap().clone().into_iter().collect())
    }
}

impl RecordCatalog for Log {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        Mood::is_felt(&self.writes).await?;
        self.catalogs.lock().unwrap().insert(monitor.clone(), known.clone());
        Ok(())
    }
}

impl ReserveBudget for Log {
    async fn reserve(&self, key: &BudgetKey, amount: Cost, cap: Cost) -> StoreResult<Reserved> {
        Mood::is_felt(&self.counts).await?;
        self.budgets.reserve(key, amount, cap).await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        Mood::is_felt(&self.counts).await?;
        self.budgets.settle(reservation, actual).await
    }
}

impl ReserveBudget for &Log {
    async fn reserve(&self, key: &BudgetKey, amount: Cost, cap: Cost) -> StoreResult<Reserved> {
        Log::reserve(self, key, amount, cap).await
    }

    async fn settle(&self, reservation: &Reservation, actual: Cost) -> StoreResult<Cost> {
        Log::settle(self, reservation, actual).await
    }
}

impl ReadNotes for &Log {
    async fn notes(
        &self,
        region: &RegionId,
        monitors: &[MonitorId],
    ) -> StoreResult<Vec<(MonitorId, Note)>> {
        Log::notes(self, region, monitors).await
    }
}

impl RecordNotes for &Log {
    async fn record_notes(
        &self,
        region: &RegionId,
        notes: &[(MonitorId, Note)],
    ) -> StoreResult<()> {
        Log::record_notes(self, region, notes).await
    }
}

impl ReadCatalogs for &Log {
    async fn catalogs(&self) -> StoreResult<Vec<(MonitorId, KnownCatalog)>> {
        Log::catalogs(self).await
    }
}

impl RecordCatalog for &Log {
    async fn record_catalog(&self, monitor: &MonitorId, known: &KnownCatalog) -> StoreResult<()> {
        Log::record_catalog(self, monitor, known).await
    }
}

impl ReadConfig for &Log {
    async fn config_version(&self) -> StoreResult<Version> {
        let time = *self.config_takes.lock().unwrap();
        sleep(time).await;
        Ok(self.configs.lock().unwrap().len() as Version)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let configs = self.configs.lock().unwrap();
        let Some(config) = configs.get(usize::try_from(version).unwrap() - 1) else {
            return Ok(None);
        };
        let Some(config) = config.clone() else {
            let (operation, object) = ("read", "config".to_owned());
            return Err(StoreError::Corrupt { operation, object, source: "not JSON".into() });
        };
        let (text, by) = (String::new(), "a person".to_owned());
        Ok(Some(AppliedConfig { config, text, at: start(), by }))
    }
}

impl RecordRun for &Log {
    async fn record_run(&self, run: &Run) -> StoreResult<Recorded> {
        Log::record_run(self, run).await
    }
}

impl ReadBeats for &Log {
    async fn beats(&self, monitors: &[MonitorId]) -> StoreResult<Vec<(MonitorId, Beat)>> {
        Log::beats(self, monitors).await
    }
}

impl RecordBeat for &Log {
    async fn record_beat(
        &self,
        monitor: &MonitorId,
        previous: Option<&Beat>,
        beat: &Beat,
    ) -> StoreResult<()> {
        Log::record_beat(self, monitor, previous, beat).await
    }
}

impl WithRetention for &Log {
    fn with_retention_of(&self, _: &Settings) -> Self {
        self
    }
}
