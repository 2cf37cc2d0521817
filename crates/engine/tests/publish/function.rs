//! The generator as a function: facts in, a site out, over ports in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{EntryId, MaintenanceId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::operator_entry::{EntryContent, OperatorEntry};
use allclear_core::ports::{PublishError, PublishSite, PublishedFile};
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::rule::RuleScope;
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Status;
use allclear_core::window::{Maintenance, WindowSchedule};
use allclear_engine::publish::{PublishHandler, facts};
use allclear_engine::{Code, InvocationFailure};
use allclear_evaluate::ConfigIndex;
use allclear_support::{
    Call, CallOutcome, Hook, Hooked, MemorySite, MemoryStore, Operation, PlannedFault, samples,
};

use crate::reduction::{config, each_minute, id, known, monitor, now, window};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A store with a state and rollups of one monitor, and the times from which rollups were read.
struct Store {
    memory: MemoryStore,
    asked: Arc<Asked>,
}

/// The times from which hours and days were read, in turn.
#[derive(Default)]
struct Asked(Mutex<Vec<Timestamp>>);

impl Hook for Asked {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            if call.operation == Operation::Rollups {
                self.0.lock().unwrap().push(call.object.parse().unwrap());
            }
            CallOutcome::Works
        })
    }

    fn after<'a>(&'a self, _: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async {})
    }
}

fn tally(healthy_s: u64) -> Tally {
    Tally { healthy_s, n_measured: 1, ..Tally::default() }
}

fn rollup(seconds: u64) -> Rollup {
    Rollup { tally: tally(seconds), ..Rollup::default() }
}

impl Store {
    /// Returns a store at `now`, with ten closed days.
    fn at(now: Timestamp) -> Self {
        let (memory, asked) = (MemoryStore::default(), Arc::<Asked>::default());
        let hook: Arc<dyn Hook> = asked.clone();
        let store = Self { memory: memory.with_hook(hook), asked };
        let today = Period::Day.start_of(now);
        for n in 1..=10 {
            store.close(today - DAY * n, 1_000 + u64::from(n));
        }
        store.memory.put_config(config(vec![monitor("api")]));
        store.counts(now, &[]);
        store
    }

    /// Stores a closed day.
    fn close(&self, start: Timestamp, seconds: u64) {
        self.add(Period::Day, start, rollup(seconds));
    }

    /// Stores a closed hour with one latency.
    fn close_hour(&self, start: Timestamp, latency_ms: u64) {
        let mut rollup = rollup(3_600);
        rollup.latency.add(Duration::from_millis(latency_ms));
        self.add(Period::Hour, start, rollup);
    }

    fn add(&self, period: Period, start: Timestamp, rollup: Rollup) {
        let record = RollupRecord { monitor: id("api"), period, start, rollup };
        self.memory.add_decision(&Decision { rollups: vec![record], ..Decision::default() });
    }

    /// Stores a state at `now` with open days.
    fn counts(&self, now: Timestamp, open: &[(Timestamp, u64)]) {
        let mut known = known(Status::Healthy, None, now);
        known.open.days = open.iter().map(|(day, seconds)| (*day, rollup(*seconds))).collect();
        let mut state = ShardState::default();
        state.monitors.insert(id("api"), known);
        state.folded.newest = Some(now);
        self.memory.put_state(&ShardId::main(), state);
    }

    /// Returns the times from which hours and days were read last.
    fn last_two_asked(&self) -> [Timestamp; 2] {
        *self.asked.0.lock().unwrap().last_chunk().unwrap()
    }
}

/// A site during whose publications the state of a store changes.
struct Changing<'a>(&'a Store, MemorySite);

impl PublishSite for Changing<'_> {
    async fn publish(&self, files: &[PublishedFile<'_>]) -> Result<(), PublishError> {
        self.0.counts(now(), &[]);
        self.1.publish(files).await
    }
}

fn function(store: &Store, site: &MemorySite) -> PublishHandler<MemoryStore, MemorySite> {
    PublishHandler::new(store.memory.clone(), site.clone(), each_minute())
}

async fn code(store: &Store, site: &MemorySite) -> Code {
    let failed: Result<(), InvocationFailure> = function(store, site).handle(now()).await;
    failed.unwrap_err().code
}

#[tokio::test]
async fn the_page_ahead_is_published_before_maintenance_and_removed_after_its_start() {
    let store = Store::at(now());
    let page = Config { maintenances: vec![window(2, 60)], ..config(vec![monitor("api")]) };
    store.memory.put_config(page);
    let site = MemorySite::default();
    let mut function = function(&store, &site);
    let says = |path: &str| {
        let page = String::from_utf8(site.file(path)?).unwrap();
        Some(page.contains("API is under maintenance"))
    };
    for (minute, present, ahead) in
        [(0, false, Some(true)), (1, false, Some(true)), (2, true, Some(true)), (4, true, None)]
    {
        let now = now() + Duration::from_mins(minute);
        store.counts(now, &[]);
        function.handle(now).await.unwrap();
        assert_eq!(says("index.html"), Some(present), "minute {minute}");
        assert_eq!(says("next.html"), ahead, "minute {minute}");
    }
}

#[tokio::test]
async fn the_files_of_a_monitor_that_becomes_private_or_leaves_the_config_go_with_the_next_publication()
 {
    let private = Monitor { public: false, ..monitor("web") };
    for monitors in [vec![monitor("api"), private], vec![monitor("api")]] {
        let store = Store::at(now());
        store.memory.put_config(config(vec![monitor("api"), monitor("web")]));
        let site = MemorySite::default();
        let mut function = function(&store, &site);
        function.handle(now()).await.unwrap();
        let about_web = || {
            let files = site.files();
            let says = |(path, content): (String, Vec<u8>)| {
                let text = String::from_utf8_lossy(&content).to_lowercase();
                (path.contains("web") || text.contains("service/web")).then_some(path)
            };
            files.into_iter().filter_map(says).collect::<Vec<_>>()
        };
        assert!(about_web().iter().any(|path| path == "service/web.html"), "{:?}", about_web());
        store.memory.put_config(config(monitors));
        function.handle(now() + Duration::from_secs(1)).await.unwrap();
        assert_eq!(about_web(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn settled_days_and_hours_are_read_once() {
    let store = Store::at(now());
    let today = Period::Day.start_of(now());
    let (warm_site, cold_site) = (MemorySite::default(), MemorySite::default());
    let mut warm = function(&store, &warm_site);
    for hour in 0..72_u64 {
        let now = now() + Duration::from_hours(hour);
        let day = Period::Day.start_of(now);
        // The previous day stays open for an hour, and the stored record of it lags behind.
        let yesterday = (now - Duration::from_hours(1) < day).then_some((day - DAY, 500 + hour));
        let open: Vec<_> = yesterday.into_iter().chain([(day, 10 + hour)]).collect();
        store.counts(now, &open);
        store.close(day, hour);
        let this_hour = Period::Hour.start_of(now);
        store.close_hour(this_hour - HOUR, 100 + hour);
        // A late run changes the hour before.
        store.close_hour(this_hour - HOUR * 2, 500 + hour);
        if hour % 24 == 14 {
            store.close(day - DAY, 700 + hour);
        }
        warm.handle(now).await.unwrap();
        let [hour_asked, day_asked] = store.last_two_asked();
        assert!(hour == 0 || day_asked >= day - DAY, "{day_asked} at {now}");
        assert!(hour == 0 || hour_asked >= this_hour - HOUR * 3, "{hour_asked} at {now}");
        function(&store, &cold_site).handle(now).await.unwrap();
        assert_eq!(warm_site.files(), cold_site.files(), "{now}");
    }
    let hour = Period::Hour.start_of(now());
    assert_eq!(store.asked.0.lock().unwrap()[..2], [hour - DAY * 7, today - DAY * 397]);
    let page = String::from_utf8(warm_site.files()["service/api.html"].clone()).unwrap();
    assert_eq!(page.matches(" ms</td>").count(), 24 * 3, "{page}");
}

#[tokio::test]
async fn a_day_that_is_not_stored_yet_is_on_the_page() {
    let store = Store::at(now());
    let today = Period::Day.start_of(now());
    let before = today + Duration::from_mins(59);
    store.counts(before, &[(today - DAY, 86_000)]);
    let scheduled_at = before + Duration::from_mins(2);
    store.memory.add_run(samples::run(&ShardId::main(), scheduled_at, Vec::new()));
    let config = Arc::new(config(vec![monitor("api")]));
    let index = ConfigIndex::new(Arc::clone(&config)).unwrap();
    let facts = facts(&store.memory, &index, scheduled_at).await.unwrap();
    assert!(facts.states[0].monitors[&id("api")].open.days.is_empty(), "it was closed here");
    let days = &facts.history.of(&id("api")).unwrap().days;
    assert_eq!(days[&(today - DAY)].tally, tally(86_000));
}

#[tokio::test]
async fn a_clock_set_back_reopens_days() {
    let store = Store::at(now());
    let site = MemorySite::default();
    let mut warm = function(&store, &site);
    warm.handle(now()).await.unwrap();
    let before = now() - DAY * 2;
    store.counts(before, &[(Period::Day.start_of(before), 77)]);
    warm.handle(before).await.unwrap();
    let [_, asked] = store.last_two_asked();
    assert_eq!(asked, Period::Day.start_of(before));
}

#[tokio::test]
async fn a_duplicate_event_publishes_the_same_page() {
    let store = Store::at(now());
    let site = MemorySite::default();
    let mut function = function(&store, &site);
    function.warm_up().await;
    function.handle(now()).await.unwrap();
    let first = site.files();
    function.handle(now()).await.unwrap();
    assert_eq!(site.files(), first);
    assert_eq!(site.n_publications(), 2);
}

#[tokio::test]
async fn a_change_during_a_publication_is_published_once_more() {
    let store = Store::at(now());
    let site = MemorySite::default();
    let changing = Changing(&store, site.clone());
    let mut function = PublishHandler::new(store.memory.clone(), changing, each_minute());
    function.handle(now()).await.unwrap();
    assert_eq!(site.n_publications(), 2);
}

/// Returns a window of an operator that is open from an hour before [`now`] to an hour after it.
fn window_of_operator() -> OperatorEntry {
    let hour = Duration::from_hours(1);
    let window = Maintenance {
        id: MaintenanceId::new("move").unwrap(),
        title: "Moving to another datacenter".to_owned(),
        description: None,
        scope: RuleScope::default(),
        schedule: WindowSchedule::Once { start: now() - hour, end: now() + hour },
        ended_at: None,
    };
    OperatorEntry {
        id: EntryId::new("move").unwrap(),
        created_at: now() - hour,
        author: "ann".to_owned(),
        comment: "private remark".to_owned(),
        expires_at: Some(now() + hour),
        content: EntryContent::Maintenance(Box::new(window)),
    }
}

#[tokio::test]
async fn maintenance_of_an_operator_is_on_the_page_until_it_ends() {
    let store = Store::at(now());
    let site = MemorySite::default();
    let mut function = function(&store, &site);
    let page = || String::from_utf8(site.files()["index.html"].clone()).unwrap();
    function.handle(now()).await.unwrap();
    assert!(!page().contains("Moving to another datacenter"));
    store.memory.put_operator_entry(window_of_operator());
    function.handle(now()).await.unwrap();
    assert!(page().contains("Moving to another datacenter"));
    for (path, content) in site.files() {
        let content = String::from_utf8_lossy(&content).into_owned();
        assert!(!content.contains("private remark"), "{path}");
    }
    // An entry that cannot be read stays on the page.
    store.memory.inject(
        PlannedFault::on(Operation::ReadOperatorEntries, CallOutcome::Unavailable).always(),
    );
    function.handle(now()).await.unwrap();
    assert!(page().contains("Moving to another datacenter"));
    store.memory.clear_faults();
    store.memory.put_operator_entry(window_of_operator().ended(now()));
    function.handle(now()).await.unwrap();
    assert!(!page().contains("Moving to another datacenter"));
}

#[tokio::test]
async fn a_refused_site_and_unreadable_data_have_error_codes() {
    let store = Store::at(now());
    let site = MemorySite::default();
    site.refuse(Some("index.html"));
    assert_eq!(code(&store, &site).await, Code::SiteRefused);
    site.refuse(None);
    store.memory.inject(PlannedFault::on(Operation::LoadState, CallOutcome::Corrupt));
    assert_eq!(code(&store, &site).await, Code::StoreCorrupt);
    function(&store, &site).handle(now()).await.unwrap();
}

#[tokio::test]
async fn an_unreadable_config_is_reported_and_the_page_stays_current() {
    let store = Store::at(now());
    store.memory.put_config(config(Vec::new()));
    let damage = PlannedFault::on(Operation::AppliedConfig, CallOutcome::Corrupt).of(&2).always();
    store.memory.inject(damage);
    let site = MemorySite::default();
    assert_eq!(code(&store, &site).await, Code::ConfigUnreadable);
    assert_eq!(site.n_publications(), 1, "with the version before");
    store.memory.remove_config();
    store.memory.remove_config();
    assert_eq!(code(&store, &site).await, Code::ConfigMissing);
}
