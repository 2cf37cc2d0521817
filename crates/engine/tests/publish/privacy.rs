//! No private data reaches a published file. Each private value contains a marker, and a config
//! without the private objects gives identical bytes.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::config::Config;
use allclear_core::id::MaintenanceId;
use allclear_core::incident::{
    AutomaticIncident, IncidentChange, IncidentEntry, IncidentEpisode, IncidentId, IncidentImpact,
    IncidentOpening, IncidentPhase, IncidentRevision, IncidentVisibility,
};
use allclear_core::monitor::{CheckSpec, Monitor};
use allclear_core::outcome::Cause;
use allclear_core::page_language::PageLanguage;
use allclear_core::provider_status::{Level, ProviderStatus};
use allclear_core::reason::Reason;
use allclear_core::rollup::{Period, Rollup, RollupRecord, Tally};
use allclear_core::rule::RuleScope;
use allclear_core::state::{Impairment, MonitorState, ShardState};
use allclear_core::status::{Fault, Status};
use allclear_core::window::{Maintenance, Silence, WindowSchedule};
use allclear_engine::publish::{PageFacts, ProviderFacts, reduce};
use allclear_evaluate::ConfigIndex;
use allclear_status_site::{Language, OverallStatus, Snapshot, render};

use crate::incidents::{entry, episode, incident};
use crate::reduction::{ago, config, each_minute, id, known, monitor, now};

/// The prefix of every marker, which no other text of the tests contains.
const MARKER: &str = "zq7";

/// The kinds of places that carry a marker.
const PLACES: [&str; 13] = [
    "id",
    "name",
    "group",
    "tag",
    "params",
    "dependency",
    "window",
    "title",
    "description",
    "author",
    "reason",
    "message",
    "headline",
];

fn marker(place: &str) -> String {
    assert!(PLACES.contains(&place), "{place}");
    format!("{MARKER}-{place}")
}

fn private_monitors() -> Vec<Monitor> {
    let hidden = Monitor {
        id: id(&marker("id")),
        name: marker("name"),
        group: Some(marker("group")),
        check: CheckSpec {
            kind: "llm".to_owned(),
            params: serde_json::json!({
                "provider": "openai", "model": marker("params"), "api_key": "secret:x",
            }),
        },
        interval: Duration::from_secs(10),
        critical: true,
        public: false,
        depends_on: vec![id(&marker("dependency"))],
        tags: vec![marker("tag"), "shared".to_owned()],
        ..monitor("hidden")
    };
    let dependency = Monitor {
        id: id(&marker("dependency")),
        // In a group of the page, which must not get a row or an id from it.
        group: Some("Shop".to_owned()),
        depends_on: Vec::new(),
        ..hidden.clone()
    };
    vec![hidden, dependency]
}

fn public_monitors() -> Vec<Monitor> {
    let mut web = monitor("web");
    web.tags = vec!["shared".to_owned()];
    let mut search = monitor("search");
    search.group = Some("Behind".to_owned());
    // An account of a public monitor, so that the pages about providers exist.
    search.check = CheckSpec {
        kind: "llm".to_owned(),
        params: serde_json::json!({
            "provider": "openai", "model": "gpt-6-luna", "api_key": "secret:x",
        }),
    };
    vec![monitor("api"), web, search]
}

fn window(name: &str, scope: RuleScope, minutes: (i64, i64)) -> Maintenance {
    let at = |minutes: i64| now() + jiff::SignedDuration::from_mins(minutes);
    Maintenance {
        id: MaintenanceId::new(name).unwrap(),
        title: format!("Title of {name}"),
        description: Some(format!("Description of {name}")),
        scope,
        schedule: WindowSchedule::Once { start: at(minutes.0), end: at(minutes.1) },
        ended_at: None,
    }
}

/// Returns windows that concern only private monitors, for each way in which a scope can select
/// them: past, current and announced.
fn private_windows() -> Vec<Maintenance> {
    let scopes = [
        RuleScope { monitors: vec![id(&marker("id"))], ..RuleScope::default() },
        RuleScope { groups: vec![marker("group")], ..RuleScope::default() },
        RuleScope { tags: vec![marker("tag")], ..RuleScope::default() },
        RuleScope {
            monitors: vec![id(&marker("dependency"))],
            groups: vec![marker("group")],
            tags: vec![marker("tag")],
        },
    ];
    let mut windows = Vec::new();
    for (n, scope) in scopes.into_iter().enumerate() {
        for (when, minutes) in [("now", (-5, 5)), ("soon", (60, 90)), ("past", (-90, -60))] {
            windows.push(Maintenance {
                title: marker("title"),
                description: Some(marker("description")),
                ..window(&format!("{}-{n}-{when}", marker("window")), scope.clone(), minutes)
            });
        }
    }
    windows
}

fn silence() -> Silence {
    Silence {
        matchers: vec![format!("group={}", marker("group")).parse().unwrap()],
        starts_at: None,
        until: now() + Duration::from_hours(1),
        author: marker("author"),
        comment: marker("reason"),
    }
}

/// Returns the config with the private objects, and the one without.
fn renamed(windows: &[Maintenance]) -> (Config, Config) {
    let mut public = config(public_monitors());
    public.page.languages = PageLanguage::ALL.to_vec();
    public.maintenances = windows.to_vec();
    let mut whole = public.clone();
    // Before and between the public ones, so that an order or a number would change.
    let mut hidden = private_monitors().into_iter();
    whole.monitors.splice(0..0, hidden.next());
    whole.monitors.splice(2..2, hidden);
    whole.maintenances.splice(0..0, private_windows());
    whole.silences.push(silence());
    (whole, public)
}

fn cause() -> Cause {
    Cause::of(Reason::HttpStatus, marker("message"))
}

fn hidden_state() -> MonitorState {
    let mut state = known(Status::Unhealthy, Some(Fault::Target), now());
    state.cause = Some(cause());
    if let Some(last) = &mut state.last {
        last.cause = Some(cause());
        last.latency = Some(Duration::from_millis(987_654));
    }
    state.provider_status = Some(ProviderStatus {
        level: Level::Down,
        since: ago(30),
        seen_at: ago(1),
        headline: marker("headline"),
        phase: None,
        lag: None,
    });
    state
}

/// Returns an incident of a private monitor, whose record contains every marker that it can.
fn private_incident(name: &str) -> AutomaticIncident {
    let mut hidden = IncidentEpisode {
        name: marker("name"),
        is_public: false,
        is_critical: true,
        ..episode(name, 300)
    };
    for property in &mut hidden.properties {
        property.value = marker("params");
    }
    incident(IncidentVisibility::Published, vec![hidden])
}

fn private_update(incident: &IncidentId) -> IncidentEntry {
    let revision = IncidentRevision {
        text: Some(marker("message")),
        title: Some(marker("title")),
        monitors: Some(vec![id(&marker("id"))]),
        ..IncidentRevision::default()
    };
    let update = entry(incident, 10, IncidentChange::Update(revision));
    IncidentEntry { author: marker("author"), ..update }
}

/// Returns an incident that an operator has opened and published about a private monitor alone.
fn private_by_hand(name: &str) -> IncidentEntry {
    let opening = IncidentOpening {
        title: marker("title"),
        impact: IncidentImpact::Critical,
        monitors: vec![id(name)],
        phase: IncidentPhase::Investigating,
        text: Some(marker("message")),
        next_update_at: None,
        visibility: IncidentVisibility::Published,
    };
    let id = IncidentId::of_author(name, ago(20));
    IncidentEntry { author: marker("author"), ..entry(&id, 20, IncidentChange::Open(opening)) }
}

/// Returns the facts of these shards of monitors: the hidden ones are down, the others healthy.
fn facts(shards: &[&[&str]]) -> PageFacts {
    let mut facts = PageFacts::default();
    let mut records = Vec::new();
    for shard in shards {
        let mut state = ShardState::default();
        for name in *shard {
            let is_hidden = name.starts_with(MARKER);
            let known =
                if is_hidden { hidden_state() } else { known(Status::Healthy, None, ago(1)) };
            state.monitors.insert(id(name), known);
            if is_hidden {
                let private = private_incident(name);
                facts.incident_entries.push(private_update(&private.id));
                facts.incidents.push(private);
                facts.incident_entries.push(private_by_hand(name));
            }
            let tally = Tally {
                unhealthy_s: u64::from(is_hidden) * 900,
                healthy_s: 80_000,
                ..Tally::default()
            };
            records.push(RollupRecord {
                monitor: id(name),
                period: Period::Day,
                start: Period::Day.start_of(ago(60 * 24)),
                rollup: Rollup { tally, ..Rollup::default() },
            });
        }
        facts.states.push(state);
    }
    facts.history = Arc::new(records.into_iter().collect());
    facts
}

fn all_facts() -> PageFacts {
    facts(&[&["api", &marker("id"), "web", &marker("dependency"), "search"]])
}

fn public_facts() -> PageFacts {
    facts(&[&["api", "web", "search"]])
}

fn page(config: &Config, facts: &PageFacts) -> Snapshot {
    let index = ConfigIndex::new(Arc::new(config.clone())).unwrap();
    let providers = ProviderFacts::of(&index.with_kinds(allclear_probes::kinds()));
    let facts = PageFacts {
        states: facts.states.clone(),
        history: Arc::clone(&facts.history),
        incidents: facts.incidents.clone(),
        incident_entries: facts.incident_entries.clone(),
        providers,
        ..PageFacts::default()
    };
    reduce(config, &facts, &each_minute(), now())
}

fn assert_same_files(whole: &Snapshot, public: &Snapshot) {
    for (file, twin) in render(whole).iter().zip(render(public)) {
        let text = String::from_utf8_lossy(&file.bytes).to_lowercase();
        assert!(!text.contains(MARKER), "a marker is in {}:\n{text}", file.path);
        assert_eq!(file.path, twin.path);
        assert!(file.bytes == twin.bytes, "{} differs from its twin", file.path);
    }
    assert_eq!(render(whole).len(), render(public).len());
    // Each kind of file is among them.
    for path in [
        "api/v1/summary.json",
        "api/v2/summary.json",
        "badge/api.svg",
        "feed.json",
        "history.atom",
        "history.rss",
        "history/2026-11.html",
        "history/index.html",
        "index.html",
        "llms.txt",
        "maintenance.ics",
        "metrics",
        "models.html",
        "providers.html",
        "status.txt",
    ] {
        assert!(render(whole).iter().any(|file| file.path == path), "{path}");
    }
}

#[test]
fn every_private_marker_is_in_the_input() {
    let (whole, public) = renamed(&[]);
    let input =
        format!("{whole:?}{:?}", all_facts().states) + &format!("{:?}", all_facts().incidents);
    for place in PLACES {
        assert!(input.contains(&marker(place)), "{place}");
    }
    assert!(!format!("{public:?}{:?}", public_facts().states).contains(MARKER));
}

#[test]
fn no_file_has_private_data_and_a_config_without_it_gives_the_same_bytes() {
    let (whole, public) = renamed(&[]);
    let snapshot = page(&whole, &all_facts());
    assert_eq!(
        OverallStatus::of(&snapshot, Language::English).headline.to_string(),
        "All systems operational"
    );
    assert_same_files(&snapshot, &page(&public, &public_facts()));
}

#[test]
fn a_window_over_private_and_public_monitors_shows_only_the_public_ones() {
    let mixed = |monitors: Vec<&str>, tags: Vec<&str>| RuleScope {
        monitors: monitors.into_iter().map(id).collect(),
        groups: Vec::new(),
        tags: tags.into_iter().map(str::to_owned).collect(),
    };
    let windows = [
        window("by-id", mixed(vec!["api", &marker("id")], vec![]), (-5, 5)),
        window("by-tag", mixed(vec![], vec!["shared"]), (60, 90)),
    ];
    let (whole, mut public) = renamed(&windows);
    public.maintenances[0].scope = mixed(vec!["api"], vec![]);
    let snapshot = page(&whole, &all_facts());
    let shown: Vec<(&str, &[String])> = snapshot
        .maintenances
        .iter()
        .map(|window| (window.title.as_str(), window.affected.as_slice()))
        .collect();
    let (api, web) = (["api".to_owned()], ["web".to_owned()]);
    assert_eq!(shown, [("Title of by-id", api.as_slice()), ("Title of by-tag", web.as_slice())]);
    assert_same_files(&snapshot, &page(&public, &public_facts()));
}

#[test]
fn a_window_for_everything_is_shown() {
    let (whole, public) = renamed(&[window("everything", RuleScope::default(), (-5, 5))]);
    let snapshot = page(&whole, &all_facts());
    assert_eq!(snapshot.maintenances.len(), 1);
    assert_eq!(snapshot.maintenances[0].affected, ["api", "web", "search"]);
    assert_same_files(&snapshot, &page(&public, &public_facts()));
}

#[test]
fn impairment_of_a_process_with_private_monitors_only_is_not_published() {
    let (whole, public) = renamed(&[]);
    let impaired = Impairment { since: Some(ago(3)), alert: None };
    let (hidden, dependency) = (marker("id"), marker("dependency"));
    let mut apart = facts(&[&["api", "web", "search"], &[&hidden, &dependency]]);
    apart.states[1].impairment = impaired.clone();
    assert_same_files(&page(&whole, &apart), &page(&public, &public_facts()));

    apart.states[0].impairment = impaired;
    assert!(page(&whole, &apart).monitoring_impaired);
}
