//! The generator as a function: facts in, a site out, over ports in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::delivery::Delivery;
use allclear_core::event::{AlertRecord, Suppression, Transition};
use allclear_core::id::{RegionId, ShardId};
use allclear_core::ports::{
    AppliedConfig, Checkpoint, LoadState, LookBack, PublishError, PublishSite, PublishedFile,
    ReadConfig, ReadHistory, ReadRuns, StoreError, StoreResult, Version,
};
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::{Folded, ShardState};
use allclear_core::status::Status;
use allclear_engine::publish::{Handler, facts};
use allclear_engine::{Code, Failure};
use allclear_evaluate::ConfigIndex;

use crate::reduction::{EACH_MINUTE, config, id, known, monitor, now};

const DAY: Duration = Duration::from_hours(24);

/// A store with a state and day rollups of one monitor.
struct Store {
    configs: Mutex<Vec<Option<Config>>>,
    state: Mutex<ShardState>,
    version: Mutex<Version>,
    days: Mutex<BTreeMap<Timestamp, Tally>>,
    /// The runs that are not folded yet.
    runs: Mutex<Vec<Run>>,
    /// From when on the days were asked for.
    asked: Mutex<Vec<Timestamp>>,
    is_corrupt: Mutex<bool>,
}

fn tally(healthy_s: u64) -> Tally {
    Tally { healthy_s, n_measured: 1, ..Tally::default() }
}

impl Store {
    /// A store at `now`, with ten closed days.
    fn at(now: Timestamp) -> Self {
        let today = Period::Day.start_of(now);
        let days = (1..=10).map(|n| (today - DAY * n, tally(1_000 + u64::from(n))));
        let mut state = ShardState::default();
        state.monitors.insert(id("api"), known(Status::Healthy, None, now));
        state.folded.newest = Some(now);
        Self {
            configs: Mutex::new(vec![Some(config(vec![monitor("api")]))]),
            state: Mutex::new(state),
            version: Mutex::new(1),
            days: Mutex::new(days.collect()),
            runs: Mutex::default(),
            asked: Mutex::default(),
            is_corrupt: Mutex::default(),
        }
    }

    /// What is known at `now` and not written for good.
    fn counts(&self, now: Timestamp, open: &[(Timestamp, u64)]) {
        let mut state = self.state.lock().unwrap();
        let mut known = known(Status::Healthy, None, now);
        let rollup = |seconds| Rollup { tally: tally(seconds), ..Rollup::default() };
        known.open.days = open.iter().map(|(day, seconds)| (*day, rollup(*seconds))).collect();
        state.monitors.insert(id("api"), known);
        state.folded.newest = Some(now);
        *self.version.lock().unwrap() += 1;
    }
}

fn corrupt(operation: &'static str) -> StoreError {
    let object = "main".to_owned();
    StoreError::Corrupt { operation, object, source: "not a state".into() }
}

impl ReadConfig for &Store {
    async fn config_version(&self) -> StoreResult<Version> {
        Ok(self.configs.lock().unwrap().len() as Version)
    }

    async fn applied_config(&self, version: Version) -> StoreResult<Option<AppliedConfig>> {
        let configs = self.configs.lock().unwrap();
        let config = configs[usize::try_from(version).unwrap() - 1].clone();
        let config = config.ok_or_else(|| corrupt("read"))?;
        let (text, by) = (String::new(), "a person".to_owned());
        Ok(Some(AppliedConfig { config, text, at: now(), by }))
    }
}

impl LoadState for &Store {
    async fn state_version(&self, _: &ShardId) -> StoreResult<Version> {
        Ok(*self.version.lock().unwrap())
    }

    async fn load_state(&self, _: &ShardId) -> StoreResult<Option<Checkpoint>> {
        if *self.is_corrupt.lock().unwrap() {
            return Err(corrupt("load"));
        }
        let (version, state) = (*self.version.lock().unwrap(), self.state.lock().unwrap().clone());
        Ok(Some(Checkpoint { version, state }))
    }
}

impl ReadRuns for &Store {
    async fn unfolded_runs(
        &self,
        _: &ShardId,
        _: &Folded,
        _: LookBack,
        _: usize,
    ) -> StoreResult<Vec<Run>> {
        Ok(self.runs.lock().unwrap().clone())
    }
}

impl ReadHistory for &Store {
    async fn shards(&self) -> StoreResult<Vec<ShardId>> {
        Ok(vec![ShardId::main()])
    }

    async fn rollups(&self, period: Period, from: Timestamp) -> StoreResult<Vec<RollupRecord>> {
        assert_eq!(period, Period::Day);
        self.asked.lock().unwrap().push(from);
        let days = self.days.lock().unwrap();
        let record = |(start, tally): (&Timestamp, &Tally)| {
            let rollup = Rollup { tally: *tally, ..Rollup::default() };
            RollupRecord { monitor: id("api"), period, start: *start, rollup }
        };
        Ok(days.range(from..).map(record).collect())
    }

    async fn transitions(&self, _: Timestamp) -> StoreResult<Vec<Transition>> {
        Ok(Vec::new())
    }

    async fn alerts(&self, _: Timestamp) -> StoreResult<Vec<AlertRecord>> {
        unreachable!("the page knows no alerts")
    }

    async fn suppressions(&self, _: Timestamp) -> StoreResult<Vec<Suppression>> {
        unreachable!("the page knows nothing that was held")
    }

    async fn deliveries(&self, _: Timestamp) -> StoreResult<Vec<Delivery>> {
        unreachable!("the page knows no deliveries")
    }

    async fn runs(&self, _: Timestamp) -> StoreResult<Vec<Run>> {
        unreachable!("the page knows no runs")
    }
}

/// A site, its publications, and what happens during one.
#[derive(Default)]
struct Site<'a> {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    n_times: Mutex<usize>,
    /// Whose state changes with each publication.
    changing: Option<&'a Store>,
    /// The file that is refused.
    refused: Mutex<Option<&'static str>>,
}

impl PublishSite for &Site<'_> {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        *self.n_times.lock().unwrap() += 1;
        if let Some(store) = self.changing {
            *store.version.lock().unwrap() += 1;
        }
        for file in files {
            if self.refused.lock().unwrap().is_some_and(|path| path == file.path) {
                let path = file.path.to_owned();
                return Err(PublishError { path, source: "access denied".into() });
            }
            self.files.lock().unwrap().insert(file.path.to_owned(), file.content.to_vec());
        }
        Ok(())
    }
}

fn function<'a>(store: &'a Store, site: &'a Site<'a>) -> Handler<&'a Store, &'a Site<'a>> {
    Handler::new(store, site, EACH_MINUTE)
}

async fn code(store: &Store, site: &Site<'_>) -> Code {
    let failed: Result<(), Failure> = function(store, site).handle(now()).await;
    failed.unwrap_err().code
}

#[tokio::test]
async fn days_that_can_no_longer_change_are_read_once() {
    let store = Store::at(now());
    let today = Period::Day.start_of(now());
    let (warm_site, cold_site) = (Site::default(), Site::default());
    let mut warm = function(&store, &warm_site);
    for hour in 0..72_u64 {
        let now = now() + Duration::from_hours(hour);
        let day = Period::Day.start_of(now);
        // The day before stays open for an hour, and the store has it a while behind.
        let yesterday = (now - Duration::from_hours(1) < day).then_some((day - DAY, 500 + hour));
        let open: Vec<_> = yesterday.into_iter().chain([(day, 10 + hour)]).collect();
        store.counts(now, &open);
        store.days.lock().unwrap().insert(day, tally(hour));
        if hour % 24 == 14 {
            store.days.lock().unwrap().insert(day - DAY, tally(700 + hour));
        }
        warm.handle(now).await.unwrap();
        let asked = *store.asked.lock().unwrap().last().unwrap();
        assert!(hour == 0 || asked >= day - DAY, "{asked} at {now}");
        function(&store, &cold_site).handle(now).await.unwrap();
        assert_eq!(*warm_site.files.lock().unwrap(), *cold_site.files.lock().unwrap(), "{now}");
    }
    assert_eq!(store.asked.lock().unwrap()[0], today - DAY * 90);
}

#[tokio::test]
async fn a_day_that_the_evaluator_has_yet_to_write_is_on_the_page() {
    let store = Store::at(now());
    let today = Period::Day.start_of(now());
    let before = today + Duration::from_mins(59);
    store.counts(before, &[(today - DAY, 86_000)]);
    let scheduled_at = before + Duration::from_mins(2);
    let (region, lane) = (RegionId::local(), Lane::Main);
    store.runs.lock().unwrap().push(Run {
        shard: ShardId::main(),
        key: RunKey { scheduled_at, region, lane },
        lag: Duration::ZERO,
        took: Duration::ZERO,
        outcomes: Vec::new(),
    });
    let config = Arc::new(config(vec![monitor("api")]));
    let index = ConfigIndex::new(Arc::clone(&config)).unwrap();
    let facts = facts(&&store, &index, scheduled_at).await.unwrap();
    assert!(facts.states[0].monitors[&id("api")].open.days.is_empty(), "it was closed here");
    let days = facts.days.of(&id("api")).unwrap();
    assert_eq!(days.get(&(today - DAY)), Some(&tally(86_000)));
}

#[tokio::test]
async fn a_clock_that_was_set_back_opens_days_again() {
    let store = Store::at(now());
    let site = Site::default();
    let mut warm = function(&store, &site);
    warm.handle(now()).await.unwrap();
    let before = now() - DAY * 2;
    store.counts(before, &[(Period::Day.start_of(before), 77)]);
    warm.handle(before).await.unwrap();
    let asked = *store.asked.lock().unwrap().last().unwrap();
    assert_eq!(asked, Period::Day.start_of(before));
}

#[tokio::test]
async fn the_same_event_twice_publishes_the_same() {
    let store = Store::at(now());
    let site = Site::default();
    let mut function = function(&store, &site);
    function.warm_up().await;
    function.handle(now()).await.unwrap();
    let first = site.files.lock().unwrap().clone();
    function.handle(now()).await.unwrap();
    assert_eq!(*site.files.lock().unwrap(), first);
    assert_eq!(*site.n_times.lock().unwrap(), 2);
}

#[tokio::test]
async fn what_changes_during_a_publication_is_published_once_more_and_not_for_ever() {
    let store = Store::at(now());
    let site = Site { changing: Some(&store), ..Site::default() };
    function(&store, &site).handle(now()).await.unwrap();
    assert_eq!(*site.n_times.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_site_that_is_refused_and_facts_that_cannot_be_read_have_codes() {
    let store = Store::at(now());
    let site = Site::default();
    *site.refused.lock().unwrap() = Some("index.html");
    assert_eq!(code(&store, &site).await, Code::SiteRefused);
    *site.refused.lock().unwrap() = None;
    *store.is_corrupt.lock().unwrap() = true;
    assert_eq!(code(&store, &site).await, Code::StoreCorrupt);
    *store.is_corrupt.lock().unwrap() = false;
    function(&store, &site).handle(now()).await.unwrap();
}

#[tokio::test]
async fn a_config_that_cannot_be_read_leaves_the_page_alive_and_is_told_of() {
    let store = Store::at(now());
    store.configs.lock().unwrap().push(None);
    let site = Site::default();
    assert_eq!(code(&store, &site).await, Code::ConfigUnreadable);
    assert_eq!(*site.n_times.lock().unwrap(), 1, "with the version before");
    store.configs.lock().unwrap().clear();
    assert_eq!(code(&store, &site).await, Code::ConfigMissing);
}
