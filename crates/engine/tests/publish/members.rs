//! Incidents of which some services have recovered, or are no longer on the page: titles, counts and texts.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::incident::{
    EpisodeChange, EpisodeEndKind, IncidentEffect, IncidentEpisode, IncidentVisibility,
};
use allclear_core::status::{Fault, Status};
use allclear_engine::publish::PageFacts;
use allclear_status_site::{Language, Snapshot, render};

use crate::incidents::{all_healthy, ended, episode, incident, page, texts};
use crate::reduction::{ago, id, known};

const NAMES: [&str; 4] = ["parent", "kid", "s", "other"];

fn recovered(name: &str, from: u64, until: u64) -> IncidentEpisode {
    let end = Some(ended(until, EpisodeEndKind::Recovered));
    IncidentEpisode { end, ..episode(name, from) }
}

/// Returns the page of [`NAMES`] with one incident of `episodes`. The services of open episodes are down.
fn page_of(episodes: Vec<IncidentEpisode>) -> Snapshot {
    let mut facts: PageFacts = all_healthy(&NAMES);
    for one in episodes.iter().filter(|one| one.is_open()) {
        let down = known(Status::Unhealthy, Some(Fault::Target), ago(1));
        facts.states[0].monitors.insert(one.monitor.clone(), down);
    }
    facts.incidents = vec![incident(IncidentVisibility::Published, episodes)];
    page(&NAMES, &facts)
}

fn file(snapshot: &Snapshot, path: &str) -> String {
    let file = render(snapshot).into_iter().find(|file| file.path == path).unwrap();
    String::from_utf8(file.bytes).unwrap()
}

fn title(snapshot: &Snapshot) -> String {
    snapshot.incidents[0].title_in(Language::English)
}

/// Returns the ids of the entries of the feed and of the updates of `api/v2`.
fn ids(snapshot: &Snapshot) -> BTreeSet<String> {
    let feed: serde_json::Value = serde_json::from_str(&file(snapshot, "feed.json")).unwrap();
    let api: serde_json::Value =
        serde_json::from_str(&file(snapshot, "api/v2/incidents.json")).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    let updates = api["incidents"][0]["incident_updates"].as_array().unwrap().iter();
    items.chain(updates).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_title_of_an_open_incident_names_the_services_that_fail_now_in_each_file() {
    let all = page_of(vec![episode("parent", 30), episode("kid", 30), episode("s", 30)]);
    assert_eq!(title(&all), "PARENT, KID and S are down");
    let some =
        page_of(vec![recovered("parent", 30, 10), recovered("kid", 30, 10), episode("s", 30)]);
    assert_eq!(title(&some), "S is down");
    for path in ["index.html", "status.txt", "api/v1/summary.json", "api/v2/summary.json"] {
        let text = file(&some, path).replace("<bdi>", "").replace("</bdi>", "");
        assert!(text.contains("S is down") && !text.contains("are down"), "{path}: {text}");
    }
    for path in ["history.atom", "history.rss", "feed.json"] {
        assert!(file(&some, path).contains(": S is down"), "{path}");
    }
    let over =
        page_of(vec![recovered("parent", 30, 10), recovered("kid", 30, 10), recovered("s", 30, 5)]);
    assert_eq!(title(&over), "PARENT, KID and S were down");
    let links = |snapshot: &Snapshot| snapshot.incidents[0].id.clone();
    assert_eq!((links(&all), links(&some)), (links(&some), links(&over)));
    assert!(ids(&all).is_subset(&ids(&some)) && ids(&some).is_subset(&ids(&over)));
}

#[test]
fn a_service_that_answers_again_but_not_as_usual_is_no_longer_called_down() {
    let mut api = episode("s", 60);
    let first = api.changes[0];
    let effect = IncidentEffect::Degraded;
    api.changes.push(EpisodeChange { at: ago(40), confirmed_at: ago(39), effect, ..first });
    assert_eq!(title(&page_of(vec![api.clone()])), "S has problems");
    assert_eq!(title(&page_of(vec![api.clone(), episode("kid", 30)])), "KID is down");
    api.end = Some(ended(10, EpisodeEndKind::Recovered));
    assert_eq!(title(&page_of(vec![api])), "S was down");
}

#[test]
fn an_update_tells_of_recovered_services_in_the_past() {
    let confirmed_late = |mut one: IncidentEpisode| {
        one.changes[0].confirmed_at = ago(9) - Duration::from_secs(30);
        one
    };
    let snapshot = page_of(vec![
        confirmed_late(recovered("parent", 30, 10)),
        confirmed_late(recovered("kid", 30, 10)),
        confirmed_late(episode("s", 30)),
    ]);
    assert_eq!(
        texts(&snapshot.incidents[0]),
        ["PARENT and KID returned errors from 21 November, 11:30 UTC. \
          S returns errors since 21 November, 11:30 UTC. \
          PARENT and KID work again since 21 November, 11:50 UTC. The other service works."]
    );
}

#[test]
fn services_that_recovered_before_count_among_those_that_work() {
    let snapshot =
        page_of(vec![recovered("parent", 60, 40), recovered("kid", 60, 40), episode("s", 20)]);
    assert_eq!(
        texts(&snapshot.incidents[0]).last().unwrap(),
        "S returns errors since 21 November, 11:40 UTC. The other 3 services work."
    );
}

#[test]
fn a_removed_service_is_in_neither_the_title_nor_the_list_of_an_incident() {
    let removed = |end| IncidentEpisode { end, ..episode("gone", 30) };
    let rest = || vec![episode("parent", 30), episode("kid", 30), episode("s", 30)];
    // The evaluator ends the episode at its next evaluation, the config lacks the service at once.
    for end in [None, Some(ended(10, EpisodeEndKind::Removed))] {
        let episodes = [rest(), vec![removed(end)]].concat();
        let snapshot = page_of(episodes);
        assert_eq!(title(&snapshot), "PARENT, KID and S are down");
        assert_eq!(
            snapshot.incidents[0].affected,
            ["parent", "kid", "s"].map(|one| id(one).to_string())
        );
    }
    let over = vec![recovered("s", 30, 5), removed(Some(ended(10, EpisodeEndKind::Removed)))];
    assert_eq!(title(&page_of(over)), "S was down");
}

#[test]
fn services_of_one_name_are_counted_one_by_one() {
    let named = |one: &str| IncidentEpisode { name: "API".to_owned(), ..episode(one, 30) };
    let snapshot =
        page_of(vec![named("parent"), named("kid"), episode("s", 30), episode("other", 30)]);
    assert_eq!(title(&snapshot), "API, API and 2 more services are down");
}
