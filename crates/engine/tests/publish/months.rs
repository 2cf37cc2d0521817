//! The months of the page: their days, uptimes and incidents, and that what is over is read and rendered once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::{Config, Settings};
use allclear_core::id::ShardId;
use allclear_core::incident::{
    AutomaticIncident, EpisodeEnd, EpisodeEndKind, IncidentChange, IncidentEpisode, IncidentId,
    IncidentImpact, IncidentOpening, IncidentPhase, IncidentVisibility,
};
use allclear_core::monitor::Monitor;
use allclear_core::ports::RecordIncidentEntries as _;
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::state::{Decision, ShardState};
use allclear_core::status::Status;
use allclear_engine::publish::{PageFacts, PublishHandler, reduce};
use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::{HistoryMonth, IncidentTitle, ServiceState, Uptime};
use allclear_support::{Call, CallOutcome, Hook, Hooked, MemorySite, MemoryStore, Operation};

use crate::incidents::{entry, episode, incident};
use crate::reduction::{config, each_minute, facts, id, known, monitor, now};

const DAY: Duration = Duration::from_hours(24);

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn day(name: &str, date: &str, tally: Tally) -> RollupRecord {
    let rollup = Rollup { tally, ..Rollup::default() };
    let start = at(&format!("{date}T00:00:00Z"));
    RollupRecord { monitor: id(name), period: Period::Day, start, rollup }
}

fn healthy() -> Tally {
    Tally { healthy_s: 86_400, n_measured: 1_440, ..Tally::default() }
}

fn down_for(seconds: u64) -> Tally {
    Tally { healthy_s: 86_400 - seconds, unhealthy_s: seconds, ..healthy() }
}

/// Returns facts of healthy monitors with these stored days.
fn with_days(names: &[&str], days: Vec<RollupRecord>) -> PageFacts {
    let states = names.iter().map(|name| (*name, known(Status::Healthy, None, now()))).collect();
    PageFacts { history: Arc::new(days.into_iter().collect()), ..facts(states) }
}

/// Returns an outage of a monitor.
fn outage(name: &str, from: &str, until: &str) -> AutomaticIncident {
    let (start, end) = (at(from), at(until));
    let mut one = IncidentEpisode { started_at: start, ..episode(name, 1) };
    for change in &mut one.changes {
        (change.at, change.confirmed_at) = (start, start);
    }
    one.end = Some(EpisodeEnd { at: end, confirmed_at: end, kind: EpisodeEndKind::Recovered });
    AutomaticIncident { changed_at: end, ..incident(IncidentVisibility::Published, vec![one]) }
}

fn page(monitors: Vec<Monitor>, facts: &PageFacts) -> Snapshot {
    reduce(&config(monitors), facts, &each_minute(), now())
}

fn names(months: &[HistoryMonth]) -> Vec<String> {
    months.iter().map(|one| one.month.to_string()).collect()
}

#[test]
fn months_begin_with_the_first_measured_day_and_end_today() {
    let days = vec![
        day("api", "2026-09-29", healthy()),
        day("api", "2026-10-02", down_for(600)),
        day("web", "2026-10-02", Tally { maintenance_s: 86_400, ..Tally::default() }),
        day("web", "2026-10-03", healthy()),
    ];
    let snapshot = page(vec![monitor("api"), monitor("web")], &with_days(&["api", "web"], days));
    assert_eq!(names(&snapshot.months), ["2026-09", "2026-10", "2026-11"]);
    let [september, october, november] = snapshot.months.as_slice() else { panic!() };
    let states = |month: &HistoryMonth| {
        let days = month.days.iter().map(|day| (day.date.day(), day.state));
        days.collect::<Vec<_>>()
    };
    let (ok, none) = (ServiceState::Operational, ServiceState::NoData);
    assert_eq!(states(september), [(29, ok), (30, none)]);
    let expected = [(1, none), (2, ServiceState::Outage), (3, ok), (4, none)];
    assert_eq!(states(october)[..4], expected);
    assert_eq!((october.days.len(), november.days.len()), (31, 21));
    let exceptions = &october.days[1].exceptions;
    let of =
        |n: usize| (exceptions[n].service.as_str(), exceptions[n].state, exceptions[n].seconds);
    assert_eq!(of(0), ("api", ServiceState::Outage, 600));
    assert_eq!(of(1), ("web", ServiceState::Maintenance, 86_400));
    let uptimes = october.uptimes.iter().map(|one| (one.service.as_str(), one.uptime));
    let expected = [("api", Uptime::new(85_800, 86_400)), ("web", Uptime::new(86_400, 86_400))];
    assert_eq!(uptimes.collect::<Vec<_>>(), expected);
    let api = &september.uptimes;
    assert_eq!((api.len(), api[0].service.as_str()), (1, "api"), "web was not measured then");
}

#[test]
fn a_page_without_measurements_has_the_present_month() {
    let snapshot = page(vec![monitor("api")], &PageFacts::default());
    assert_eq!(names(&snapshot.months), ["2026-11"]);
    assert_eq!(snapshot.months[0].days.len(), 1);
}

#[test]
fn twelve_whole_months_are_shown_and_none_of_which_incidents_are_removed() {
    let days = vec![day("api", "2025-01-05", healthy())];
    let facts = with_days(&["api"], days);
    let months = |settings: Settings| {
        let config = Config { settings, ..config(vec![monitor("api")]) };
        let mut facts = PageFacts { history: Arc::clone(&facts.history), ..PageFacts::default() };
        facts.incidents = vec![outage("api", "2025-10-01T10:00:00Z", "2026-11-20T10:00:00Z")];
        let months = reduce(&config, &facts, &each_minute(), now()).months;
        (names(&months), months[0].days[0].date.to_string())
    };
    let (all, first) = months(Settings::default());
    assert_eq!((all.len(), first.as_str()), (13, "2025-11-01"));
    let short = Settings { keep_events: DAY * 30, ..Settings::default() };
    let (all, first) = months(short);
    assert_eq!((all, first.as_str()), (vec!["2026-10".into(), "2026-11".into()], "2026-10-23"));
}

#[test]
fn an_incident_is_in_each_month_in_which_it_was_open() {
    let mut facts = with_days(&["api"], vec![day("api", "2026-08-10", healthy())]);
    let ended = outage("api", "2026-09-30T23:00:00Z", "2026-11-01T00:30:00Z");
    let draft = AutomaticIncident {
        visibility: IncidentVisibility::Draft,
        ..outage("api", "2026-10-05T10:00:00Z", "2026-10-05T11:00:00Z")
    };
    let opening = IncidentOpening {
        title: "Invoices are wrong".to_owned(),
        impact: IncidentImpact::Minor,
        monitors: Vec::new(),
        phase: IncidentPhase::Investigating,
        text: None,
        next_update_at: None,
        visibility: IncidentVisibility::Published,
    };
    let open = IncidentId::of_author("ann", now());
    facts.incident_entries = vec![entry(&open, 60, IncidentChange::Open(opening))];
    facts.incidents = vec![ended, draft];
    let months = page(vec![monitor("api")], &facts).months;
    assert_eq!(names(&months), ["2026-08", "2026-09", "2026-10", "2026-11"]);
    let titles = |month: &HistoryMonth| {
        let titles = month.incidents.iter().map(|one| match &one.title {
            IncidentTitle::ByHand(title) => title.clone(),
            IncidentTitle::Down(names) | IncidentTitle::Problems(names) => names.concat(),
        });
        titles.collect::<Vec<_>>().join(", ")
    };
    let expected = ["", "API", "API", "Invoices are wrong, API"];
    assert_eq!(months.iter().map(titles).collect::<Vec<_>>(), expected);
}

#[test]
fn days_of_private_monitors_are_in_no_month() {
    let days = vec![day("api", "2026-11-02", down_for(600)), day("web", "2026-11-03", healthy())];
    let private = Monitor { public: false, ..monitor("api") };
    let months = page(vec![private, monitor("web")], &with_days(&["api", "web"], days)).months;
    assert_eq!(months[0].days[0].date.to_string(), "2026-11-03");
    assert!(months[0].days.iter().all(|day| day.exceptions.is_empty()));
    assert_eq!(months[0].uptimes.len(), 1);
}

/// The times from which incidents were read, in turn.
#[derive(Default)]
struct IncidentReads(Mutex<Vec<Timestamp>>);

impl Hook for IncidentReads {
    fn before<'a>(&'a self, call: &'a Call) -> Hooked<'a, CallOutcome> {
        Box::pin(async move {
            if call.operation == Operation::Incidents {
                self.0.lock().unwrap().push(call.object.parse().unwrap());
            }
            CallOutcome::Works
        })
    }

    fn after<'a>(&'a self, _: &'a Call) -> Hooked<'a, ()> {
        Box::pin(async {})
    }
}

/// Stores a state with all runs until `now` folded in.
fn put_state(store: &MemoryStore, now: Timestamp) {
    let mut state = ShardState::default();
    state.monitors.insert(id("api"), known(Status::Healthy, None, now));
    state.folded.newest = Some(now);
    store.put_state(&ShardId::main(), state);
}

fn record(store: &MemoryStore, incident: AutomaticIncident) {
    store.add_decision(&Decision { incidents: vec![incident], ..Decision::default() });
}

#[tokio::test]
async fn incidents_of_the_past_are_read_once_and_an_entry_about_them_changes_their_month() {
    let reads = Arc::<IncidentReads>::default();
    let hook: Arc<dyn Hook> = reads.clone();
    let store = MemoryStore::default().with_hook(hook);
    store.put_config(config(vec![monitor("api")]));
    let old = outage("api", "2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z");
    let old_id = old.id.clone();
    record(&store, old);
    let (warm_site, site) = (MemorySite::default(), MemorySite::default());
    let mut warm = PublishHandler::new(store.clone(), warm_site.clone(), each_minute());
    let september = || String::from_utf8(warm_site.file("history/2026-09.html").unwrap()).unwrap();
    for hour in 0..40_u64 {
        let now = now() + Duration::from_hours(hour);
        put_state(&store, now);
        // An incident is recorded an hour after its time.
        let recent = now - Duration::from_mins(55);
        let end = now - Duration::from_mins(50);
        record(&store, outage("api", &recent.to_string(), &end.to_string()));
        if hour == 20 {
            let text = "The disk was full.".to_owned();
            let analysis = IncidentChange::Postmortem { text };
            store.add_incident_entry(&entry(&old_id, 0, analysis)).await.unwrap();
        }
        warm.handle(now).await.unwrap();
        let asked = *reads.0.lock().unwrap().last().unwrap();
        assert!(hour == 0 || asked >= now - Duration::from_hours(4), "{asked} at {now}");
        let mut cold = PublishHandler::new(store.clone(), site.clone(), each_minute());
        cold.handle(now).await.unwrap();
        assert_eq!(warm_site.files(), site.files(), "{now}");
        assert_eq!(september().contains("The disk was full."), hour >= 20, "{now}");
    }
    assert_eq!(reads.0.lock().unwrap()[0], now() - DAY * 397);
}

#[tokio::test]
async fn a_month_leaves_the_page_after_a_year() {
    let store = MemoryStore::default();
    store.put_config(config(vec![monitor("api")]));
    record(&store, outage("api", "2026-09-10T10:00:00Z", "2026-09-10T11:00:00Z"));
    let site = MemorySite::default();
    let mut handler = PublishHandler::new(store.clone(), site.clone(), each_minute());
    let has_september = || site.file("history/2026-09.html").is_some();
    for (time, is_there) in [
        ("2026-11-21T12:00:00Z", true),
        ("2027-09-30T23:59:00Z", true),
        ("2027-10-01T00:00:00Z", false),
    ] {
        put_state(&store, at(time));
        handler.handle(at(time)).await.unwrap();
        assert_eq!(has_september(), is_there, "{time}");
    }
}
