//! The incidents of the page: generated texts, updates of operators, and drafts.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::alert_group::{CommonRoot, RootKind};
use allclear_core::id::MonitorId;
use allclear_core::incident::{
    AutomaticIncident, EpisodeChange, EpisodeEnd, EpisodeEndKind, IncidentChange, IncidentEffect,
    IncidentEntry, IncidentEpisode, IncidentId, IncidentImpact, IncidentOpening, IncidentPhase,
    IncidentRevision, IncidentVisibility, RegionCount,
};
use allclear_core::monitor::Monitor;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_engine::publish::{PageFacts, reduce};
use allclear_status_site::snapshot::{PublicIncident, PublicIncidentImpact, PublicIncidentPhase};
use allclear_status_site::{Language, Snapshot, render};

use crate::reduction::{ago, config, each_minute, facts, id, known, monitor, now};

const HOST: &str = "internal.example";

/// Returns an episode of a public monitor, whose outage was confirmed a minute after its start.
pub(crate) fn episode(name: &str, minutes_ago: u64) -> IncidentEpisode {
    IncidentEpisode {
        monitor: id(name),
        name: name.to_uppercase(),
        is_public: true,
        is_critical: false,
        started_at: ago(minutes_ago),
        changes: vec![change(minutes_ago, IncidentEffect::Outage, Reason::HttpStatus, (1, 1))],
        has_provider_page: false,
        provider_confirmed_at: None,
        properties: vec![CommonRoot { kind: RootKind::Host, value: HOST.to_owned() }],
        end: None,
    }
}

fn change(
    minutes_ago: u64,
    effect: IncidentEffect,
    reason: Reason,
    (failing, reporting): (u8, u8),
) -> EpisodeChange {
    EpisodeChange {
        at: ago(minutes_ago),
        confirmed_at: ago(minutes_ago - 1),
        effect,
        fault: Fault::Target,
        reason: Some(reason),
        regions: RegionCount { failing, reporting },
    }
}

pub(crate) fn ended(minutes_ago: u64, kind: EpisodeEndKind) -> EpisodeEnd {
    EpisodeEnd { at: ago(minutes_ago), confirmed_at: ago(minutes_ago - 1), kind }
}

/// Returns the incident of these episodes.
pub(crate) fn incident(
    visibility: IncidentVisibility,
    episodes: Vec<IncidentEpisode>,
) -> AutomaticIncident {
    let first = &episodes[0];
    let ends: Option<Vec<Timestamp>> = episodes.iter().map(|one| Some(one.end?.at)).collect();
    AutomaticIncident {
        id: IncidentId::of_monitor(&first.monitor, first.started_at),
        started_at: first.started_at,
        opened_at: first.confirmed_at(),
        changed_at: now(),
        resolved_at: ends.and_then(|ends| ends.into_iter().max()),
        visibility,
        episodes,
    }
}

pub(crate) fn entry(
    incident: &IncidentId,
    minutes_ago: u64,
    change: IncidentChange,
) -> IncidentEntry {
    let visibility = IncidentVisibility::Published;
    let (incident, at, author) = (incident.clone(), ago(minutes_ago), "ann".into());
    IncidentEntry { incident, at, author, visibility, change }
}

fn monitors(names: &[&str]) -> Vec<Monitor> {
    names.iter().map(|name| monitor(name)).collect()
}

pub(crate) fn all_healthy(names: &[&str]) -> PageFacts {
    facts(names.iter().map(|name| (*name, known(Status::Healthy, None, ago(1)))).collect())
}

pub(crate) fn page(names: &[&str], facts: &PageFacts) -> Snapshot {
    reduce(&config(monitors(names)), facts, &each_minute(), now())
}

/// Returns the only incident of a page of `api`, `web` and `search`, with these episodes.
pub(crate) fn shown(episodes: Vec<IncidentEpisode>) -> PublicIncident {
    let mut facts = all_healthy(&["api", "web", "search"]);
    facts.incidents = vec![incident(IncidentVisibility::Published, episodes)];
    let snapshot = page(&["api", "web", "search"], &facts);
    assert_eq!(snapshot.incidents.len(), 1);
    snapshot.incidents[0].clone()
}

pub(crate) fn texts(incident: &PublicIncident) -> Vec<String> {
    incident.updates.iter().map(|update| update.text.plain_in(Language::English)).collect()
}

fn phases(incident: &PublicIncident) -> Vec<PublicIncidentPhase> {
    incident.updates.iter().map(|update| update.phase).collect()
}

#[test]
fn an_open_outage_says_what_is_seen_since_when_and_what_works() {
    let incident = shown(vec![episode("api", 30)]);
    assert_eq!(incident.title_in(Language::English), "API is down");
    assert_eq!(incident.impact, PublicIncidentImpact::Major);
    assert_eq!(incident.affected, ["api"]);
    assert_eq!((incident.started_at, incident.resolved_at), (ago(30), None));
    assert_eq!(
        texts(&incident),
        ["API returns errors since 21 November, 11:30 UTC. The other 2 services work."]
    );
}

#[test]
fn regions_and_the_providers_page_are_told() {
    let told = |regions, has_provider_page, confirmed: Option<u64>| {
        let change = change(30, IncidentEffect::Outage, Reason::Timeout, regions);
        let confirmed = confirmed.map(ago);
        let episode = IncidentEpisode {
            changes: vec![change],
            has_provider_page,
            provider_confirmed_at: confirmed,
            end: Some(ended(10, EpisodeEndKind::Recovered)),
            ..episode("api", 30)
        };
        texts(&shown(vec![episode]))
    };
    let from = "from 21 November, 11:30 UTC.";
    let works = "API worked again from 21 November, 11:50 UTC.";
    assert_eq!(
        told((2, 3), true, None),
        [
            format!(
                "API did not answer in time in 2 of 3 regions {from} The provider's own status page reported no problem."
            ),
            works.to_owned()
        ]
    );
    assert_eq!(
        told((3, 3), true, Some(29)),
        [
            format!(
                "API did not answer in time in all 3 regions {from} The provider's own status page confirmed a problem."
            ),
            works.to_owned()
        ]
    );
    assert_eq!(
        told((1, 1), false, Some(20)),
        [
            format!("API did not answer in time {from}"),
            "The provider's own status page then confirmed a problem.".to_owned(),
            works.to_owned()
        ]
    );
}

#[test]
fn an_incident_follows_its_phases_until_all_services_work() {
    use PublicIncidentPhase::{Investigating, Resolved};
    let mut api = episode("api", 60);
    api.changes.push(change(40, IncidentEffect::Degraded, Reason::Degraded, (1, 1)));
    api.changes.push(change(30, IncidentEffect::Outage, Reason::ConnectRefused, (1, 1)));
    api.end = Some(ended(10, EpisodeEndKind::Recovered));
    let web =
        IncidentEpisode { end: Some(ended(20, EpisodeEndKind::Removed)), ..episode("web", 60) };
    let incident = shown(vec![api, web]);
    assert_eq!(incident.title_in(Language::English), "API and WEB were down");
    assert_eq!(
        texts(&incident),
        [
            "API and WEB returned errors from 21 November, 11:00 UTC.",
            "API answered again from 21 November, 11:20 UTC, but not as usual.",
            "API could not be reached from 21 November, 11:30 UTC.",
            "WEB was no longer monitored from 21 November, 11:40 UTC.",
            "API worked again from 21 November, 11:50 UTC.",
        ]
    );
    assert_eq!(phases(&incident)[0], Investigating);
    assert_eq!(phases(&incident)[4], Resolved);
    assert_eq!((incident.phase(), incident.resolved_at), (Resolved, Some(ago(10))));
}

#[test]
fn an_outage_that_became_degraded_is_in_monitoring() {
    let mut api = episode("api", 60);
    api.changes.push(change(40, IncidentEffect::Degraded, Reason::SomeRegions, (1, 3)));
    let incident = shown(vec![api]);
    assert_eq!(incident.phase(), PublicIncidentPhase::Monitoring);
    assert_eq!(
        texts(&incident)[1],
        "API works again in 2 of 3 regions since 21 November, 11:20 UTC. The other 2 services work."
    );
}

#[test]
fn many_services_are_counted() {
    let names = ["a", "b", "c", "d", "e"];
    let mut facts = all_healthy(&names);
    let episodes = names.iter().map(|name| episode(name, 30)).collect();
    facts.incidents = vec![incident(IncidentVisibility::Published, episodes)];
    let snapshot = page(&names, &facts);
    assert_eq!(
        snapshot.incidents[0].title_in(Language::English),
        "A, B and 3 more services are down"
    );
    assert_eq!(
        texts(&snapshot.incidents[0]),
        ["A, B and 3 more services return errors since 21 November, 11:30 UTC."]
    );
}

#[test]
fn programs_read_the_newest_fifty_incidents_and_each_of_two_weeks() {
    let day = 24 * 60;
    for (days_ago, is_shown) in [(13, true), (15, true), (89, true), (91, false)] {
        let start = days_ago * day;
        let end = Some(ended(start - 10, EpisodeEndKind::Recovered));
        let mut facts = all_healthy(&["api"]);
        let over = IncidentEpisode { end, ..episode("api", start) };
        facts.incidents = vec![incident(IncidentVisibility::Published, vec![over])];
        assert_eq!(page(&["api"], &facts).incidents.len(), usize::from(is_shown), "{days_ago}");
    }
    let over = |minutes: u64| {
        let end = Some(ended(minutes - 5, EpisodeEndKind::Recovered));
        incident(
            IncidentVisibility::Published,
            vec![IncidentEpisode { end, ..episode("api", minutes) }],
        )
    };
    let mut facts = all_healthy(&["api"]);
    facts.incidents =
        (1..=60).map(|n| over(n * 60)).chain((20..80).map(|n| over(n * day))).collect();
    let snapshot = page(&["api"], &facts);
    assert_eq!(snapshot.incidents.len(), 60, "those of two weeks, and no more of the older ones");
    let files = render(&snapshot);
    let listed = |path: &str| {
        let file = files.iter().find(|file| file.path == path).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&file.bytes).unwrap();
        file["incidents"].as_array().unwrap().len()
    };
    assert_eq!(listed("api/v2/incidents.json"), 50);
    assert_eq!(listed("api/v2/incidents/unresolved.json"), 0);
}

#[test]
fn each_symptom_is_told_in_the_past_when_the_incident_is_over() {
    let reasons = Reason::ALL.iter().filter(|reason| reason.fault() == Fault::Target);
    for reason in reasons {
        let changes = vec![change(30, IncidentEffect::Outage, *reason, (1, 1))];
        let open = IncidentEpisode { changes, ..episode("api", 30) };
        let end = Some(ended(10, EpisodeEndKind::Recovered));
        let over = shown(vec![IncidentEpisode { end, ..open.clone() }]);
        let open = shown(vec![open]);
        assert_eq!(
            (open.title_in(Language::English), over.title_in(Language::English)),
            ("API is down".to_owned(), "API was down".to_owned())
        );
        let (open, over) = (&texts(&open)[0], &texts(&over)[0]);
        assert!(open.contains(" since ") && over.contains(" from "), "{open} / {over}");
        for present in ["does not", "cannot", " is ", " has ", "returns", "gives", "since"] {
            assert!(!over.contains(present), "{reason}: {over}");
        }
    }
}

#[test]
fn a_removed_monitor_keeps_its_incident_on_the_page() {
    let end = Some(ended(10, EpisodeEndKind::Removed));
    let mut facts = all_healthy(&["api"]);
    let gone = IncidentEpisode { end, ..episode("gone", 30) };
    facts.incidents = vec![incident(IncidentVisibility::Published, vec![gone])];
    let snapshot = page(&["api"], &facts);
    let incident = &snapshot.incidents[0];
    assert_eq!(incident.title_in(Language::English), "GONE was down");
    assert_eq!(incident.affected, Vec::<String>::new());
    assert_eq!(incident.resolved_at, Some(ago(10)));
    let last = incident.updates.last().unwrap();
    assert_eq!(last.phase, PublicIncidentPhase::Resolved);
    assert_eq!(
        last.text.plain_in(Language::English),
        "GONE was no longer monitored from 21 November, 11:50 UTC."
    );
}

#[test]
fn operators_correct_and_continue_an_automatic_incident() {
    use PublicIncidentPhase::{Identified, Investigating, Postmortem, Resolved};
    let mut facts = all_healthy(&["api", "web"]);
    let automatic = incident(IncidentVisibility::Published, vec![episode("api", 30)]);
    let revision = IncidentRevision {
        phase: Some(IncidentPhase::Identified),
        text: Some("A *disk* is full, see [notes](https://acme.example/1).".into()),
        title: Some("Checkout fails".into()),
        impact: Some(IncidentImpact::Minor),
        monitors: Some(vec![id("web"), id("private")]),
        next_update_at: None,
    };
    let id = automatic.id.clone();
    facts.incidents = vec![automatic];
    facts.incident_entries = vec![
        entry(&id, 20, IncidentChange::Update(revision)),
        entry(&id, 10, IncidentChange::Resolve { text: None }),
        entry(&id, 5, IncidentChange::Postmortem { text: "It was the *disk*.".into() }),
    ];
    let snapshot = page(&["api", "web"], &facts);
    let incident = &snapshot.incidents[0];
    assert_eq!(
        (incident.title_in(Language::English).as_str(), incident.impact),
        ("Checkout fails", PublicIncidentImpact::Minor)
    );
    assert_eq!(incident.affected, ["api", "web"]);
    assert_eq!(incident.resolved_at, Some(ago(10)));
    assert_eq!(
        texts(incident)[1..],
        [
            "A disk is full, see notes (https://acme.example/1).",
            "The incident is resolved.",
            "It was the disk."
        ]
    );
    assert_eq!(phases(incident), [Investigating, Identified, Resolved, Postmortem]);
    let page = render(&snapshot).into_iter().find(|file| file.path == "index.html").unwrap();
    let page = String::from_utf8(page.bytes).unwrap();
    assert!(
        page.contains("A <em>disk</em> is full, see <a href=\"https://acme.example/1\""),
        "{page}"
    );
}

#[test]
fn trouble_after_the_end_by_an_operator_opens_the_incident_again() {
    let mut facts = all_healthy(&["api", "web"]);
    let automatic =
        incident(IncidentVisibility::Published, vec![episode("api", 30), episode("web", 10)]);
    let id = automatic.id.clone();
    facts.incidents = vec![automatic];
    facts.incident_entries = vec![entry(&id, 20, IncidentChange::Resolve { text: None })];
    let incident = &page(&["api", "web"], &facts).incidents[0];
    assert!(incident.is_open());
    assert_eq!(incident.phase(), PublicIncidentPhase::Investigating);
}

/// Returns drafts of every origin: each text of them contains `draft-text`.
pub(crate) fn drafts(private: &MonitorId) -> (Vec<AutomaticIncident>, Vec<IncidentEntry>) {
    let named = |name: &str| IncidentEpisode { name: "draft-text".into(), ..episode(name, 30) };
    let automatic = incident(IncidentVisibility::Draft, vec![named("api")]);
    let secret = IncidentEpisode { is_public: false, ..named(private.as_str()) };
    let private_only = incident(IncidentVisibility::Published, vec![secret]);
    let by_hand = IncidentId::of_author("ann", ago(40));
    let opening = IncidentOpening {
        title: "draft-text".into(),
        impact: IncidentImpact::Critical,
        monitors: vec![id("api")],
        phase: IncidentPhase::Investigating,
        text: Some("draft-text".into()),
        next_update_at: None,
        visibility: IncidentVisibility::Draft,
    };
    let revision =
        |text: &str| IncidentRevision { text: Some(text.into()), ..IncidentRevision::default() };
    let entries = vec![
        entry(&by_hand, 40, IncidentChange::Open(opening)),
        entry(&by_hand, 30, IncidentChange::Resolve { text: Some("draft-text".into()) }),
        entry(&automatic.id, 20, IncidentChange::Update(revision("draft-text"))),
        entry(&private_only.id, 20, IncidentChange::Publish),
        entry(&private_only.id, 15, IncidentChange::Update(revision("draft-text"))),
    ];
    (vec![automatic, private_only], entries)
}

#[test]
fn words_of_a_draft_stay_internal_when_the_checks_publish_it() {
    let names = ["api", "web"];
    let mut facts = all_healthy(&names);
    let automatic = incident(IncidentVisibility::Published, vec![episode("api", 30)]);
    let revision = IncidentRevision {
        text: Some("draft-text".into()),
        title: Some("draft-title".into()),
        impact: Some(IncidentImpact::Minor),
        ..IncidentRevision::default()
    };
    let of_the_draft = IncidentEntry {
        visibility: IncidentVisibility::Draft,
        ..entry(&automatic.id, 20, IncidentChange::Update(revision))
    };
    let publication = entry(&automatic.id, 10, IncidentChange::Publish);
    facts.incidents = vec![automatic];
    let shown = |facts: &PageFacts| {
        let snapshot = page(&names, facts);
        assert_eq!(snapshot.incidents.len(), 1);
        let bytes = render(&snapshot).into_iter().flat_map(|file| file.bytes).collect::<Vec<u8>>();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    facts.incident_entries = vec![of_the_draft.clone()];
    assert!(!shown(&facts).contains("draft-t"));
    facts.incident_entries = vec![of_the_draft, publication];
    assert!(shown(&facts).contains("draft-text") && shown(&facts).contains("draft-title"));
}

#[test]
fn drafts_are_in_no_file_until_they_are_published() {
    let names = ["api", "web"];
    let mut hidden = monitor("hidden");
    hidden.public = false;
    let mut all = monitors(&names);
    all.push(hidden);
    let config = config(all);
    let files = |facts: &PageFacts| render(&reduce(&config, facts, &each_minute(), now()));
    let without = all_healthy(&["api", "web", "hidden"]);
    let mut facts = all_healthy(&["api", "web", "hidden"]);
    let (incidents, entries) = drafts(&id("hidden"));
    let ids: Vec<String> = entries.iter().map(|one| one.incident.to_string()).collect();
    (facts.incidents, facts.incident_entries) = (incidents, entries);
    for (file, twin) in files(&facts).iter().zip(files(&without)) {
        let text = String::from_utf8_lossy(&file.bytes).to_lowercase();
        for secret in ids.iter().map(String::as_str).chain(["draft-text", "hidden\"", HOST]) {
            assert!(!text.contains(secret), "`{secret}` is in {}", file.path);
        }
        assert!(file.bytes == twin.bytes, "{} differs from the page without drafts", file.path);
    }

    let automatic = facts.incidents[0].id.clone();
    facts.incident_entries.push(entry(&automatic, 1, IncidentChange::Publish));
    let published: String = files(&facts)
        .iter()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .collect();
    assert!(published.contains(automatic.as_str()) && published.contains("draft-text"));
}

#[test]
fn an_incident_shows_the_public_part_of_its_trouble() {
    let mut hidden = monitor("hidden");
    hidden.public = false;
    let mut all = monitors(&["api"]);
    all.push(hidden);
    let mut facts = all_healthy(&["api", "hidden"]);
    let private = IncidentEpisode { is_public: false, is_critical: true, ..episode("hidden", 60) };
    let public =
        IncidentEpisode { end: Some(ended(10, EpisodeEndKind::Recovered)), ..episode("api", 50) };
    facts.incidents = vec![incident(IncidentVisibility::Published, vec![private, public])];
    let snapshot = reduce(&config(all), &facts, &each_minute(), now());
    let incident = &snapshot.incidents[0];
    assert_eq!(incident.title_in(Language::English), "API was down");
    assert_eq!((incident.started_at, incident.resolved_at), (ago(50), Some(ago(10))));
    assert_eq!(incident.impact, PublicIncidentImpact::Major);
    for file in render(&snapshot) {
        let text = String::from_utf8_lossy(&file.bytes).to_lowercase();
        assert!(!text.contains("hidden\"") && !text.contains("hidden is"), "{}", file.path);
    }
}

#[test]
fn a_text_never_tells_of_checks_or_hosts() {
    for reason in Reason::ALL {
        let effects = [IncidentEffect::Outage, IncidentEffect::Degraded];
        for effect in effects {
            let changes = vec![change(30, effect, *reason, (1, 3))];
            let told = texts(&shown(vec![IncidentEpisode { changes, ..episode("api", 30) }]));
            for internal in ["check", HOST, "status 5", reason.code()] {
                let plain = reason.code() == "throttled" || reason.code() == "overloaded";
                assert!(plain || !told[0].contains(internal), "{reason}: {}", told[0]);
            }
        }
    }
}

#[test]
fn a_long_outage_keeps_the_ids_of_its_updates() {
    let before = shown(vec![episode("api", 30)]);
    let after = shown(vec![IncidentEpisode {
        end: Some(ended(10, EpisodeEndKind::Recovered)),
        ..episode("api", 30)
    }]);
    assert_eq!(before.id, after.id);
    assert_eq!(before.updates[0].at, after.updates[0].at);
    assert!(Duration::try_from(now().duration_since(before.updates[0].at)).is_ok());
}
