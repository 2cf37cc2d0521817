//! The feeds and the calendar.

use std::collections::HashSet;

use allclear_status_site::Snapshot;
use allclear_status_site::snapshot::Href;
use jiff::SignedDuration;
use roxmltree::Document;
use serde_json::Value;

use super::{every_snapshot, scenarios, snapshot, text};

/// Returns the texts of all elements with a name, in the order of the document.
fn all(xml: &str, name: &str) -> Vec<String> {
    let document = Document::parse(xml).unwrap();
    let found = document.descendants().filter(|node| node.tag_name().name() == name);
    found.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

fn entry_ids(snapshot: &Snapshot) -> Vec<String> {
    all(&text(snapshot, "history.atom"), "id").split_off(1)
}

#[test]
fn all_feeds_have_the_same_entries_with_unique_ids() {
    let mut n_entries = 0;
    for (name, snapshot) in every_snapshot() {
        let ids = entry_ids(&snapshot);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{name}");
        assert_eq!(all(&text(&snapshot, "history.rss"), "guid"), ids, "{name}");
        let feed: Value = serde_json::from_str(&text(&snapshot, "feed.json")).unwrap();
        let items = feed["items"].as_array().unwrap().iter();
        assert_eq!(items.map(|item| item["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        n_entries += ids.len();
    }
    assert!(n_entries > 30, "{n_entries}");
}

#[test]
fn ids_stay_the_same_under_new_titles_names_and_texts() {
    for before in [snapshot("one-outage"), snapshot("maintenance")] {
        let mut after = before.clone();
        after.page.title = "Another title".into();
        after.page.url = Href::parse("https://other.example").unwrap();
        for incident in &mut after.incidents {
            incident.title = "Another title".into();
            for update in &mut incident.updates {
                update.text = "Another text".into();
            }
        }
        for window in &mut after.maintenances {
            window.title = "Another title".into();
            window.description = "Another text".into();
        }
        for service in after.groups.iter_mut().flat_map(|group| &mut group.services) {
            service.name = "Another name".into();
        }
        assert_eq!(entry_ids(&before), entry_ids(&after));
        assert!(!entry_ids(&before).is_empty());
    }
}

#[test]
fn a_new_update_adds_one_entry_and_keeps_the_others() {
    let after = snapshot("one-outage");
    let mut before = after.clone();
    before.incidents.last_mut().unwrap().updates.pop();
    let (old, new) = (entry_ids(&before), entry_ids(&after));
    assert_eq!(new[1..], old);
}

#[test]
fn windows_that_open_each_day_leave_room_for_the_updates_of_incidents() {
    let mut before = snapshot("one-outage");
    before.maintenances.clear();
    let mut after = before.clone();
    let window = snapshot("maintenance").maintenances[0].clone();
    after.maintenances = (0..30)
        .map(|n| {
            let mut daily = window.clone();
            daily.id = format!("daily-{n}");
            let start = after.generated_at - SignedDuration::from_hours(12 * n);
            (daily.announced_at, daily.starts_at, daily.ends_at) = (start, start, start);
            daily
        })
        .collect();
    let (of_incidents, all) = (entry_ids(&before), entry_ids(&after));
    assert_eq!(all.len(), of_incidents.len() + 20);
    assert!(of_incidents.iter().all(|id| all.contains(id)));
}

#[test]
fn an_update_that_has_changed_raises_the_times_of_its_entry_and_of_the_feed() {
    let mut snapshot = snapshot("one-outage");
    let update = snapshot.incidents.iter_mut().flat_map(|one| &mut one.updates);
    let update = update.max_by_key(|update| update.at).unwrap();
    update.changed_at += SignedDuration::from_secs(40);
    let changed_at = update.changed_at.to_string();
    let atom = text(&snapshot, "history.atom");
    assert_eq!(all(&atom, "updated")[..2], [changed_at.clone(), changed_at.clone()]);
    assert_ne!(all(&atom, "published")[0], changed_at);
    let feed: Value = serde_json::from_str(&text(&snapshot, "feed.json")).unwrap();
    assert_eq!(feed["items"][0]["date_modified"].as_str(), Some(changed_at.as_str()));
}

#[test]
fn a_feed_has_the_newest_fifty_entries_and_the_time_of_the_newest() {
    let mut many = snapshot("all-ok");
    let one = many.incidents[0].clone();
    many.incidents = (0..60)
        .map(|n| {
            let mut incident = one.clone();
            incident.id = format!("incident-{n}");
            let earlier = SignedDuration::from_hours(n);
            for update in &mut incident.updates {
                update.at -= earlier;
                update.changed_at = update.at;
            }
            incident.started_at -= earlier;
            incident.resolved_at = incident.resolved_at.map(|at| at - earlier);
            incident
        })
        .collect();
    let atom = text(&many, "history.atom");
    assert_eq!(entry_ids(&many).len(), 50);
    let updated = all(&atom, "updated");
    assert!(updated[1..].windows(2).all(|pair| pair[0] >= pair[1]));
    assert_eq!(updated[0], updated[1]);
}

#[test]
fn an_incident_without_updates_has_an_entry_for_its_start_and_its_end() {
    let mut snapshot = snapshot("all-ok");
    snapshot.incidents[0].updates.clear();
    let titles = all(&text(&snapshot, "history.atom"), "title");
    let expected = ["Resolved: Webhooks are late", "Investigating: Webhooks are late"];
    assert_eq!(titles[1..], expected);
}

#[test]
fn maintenance_is_in_the_feed_with_its_phases() {
    let titles = all(&text(&snapshot("maintenance"), "history.rss"), "title");
    for title in [
        "Announced: New search index",
        "In progress: Database upgrade",
        "Announced: Database upgrade",
        "Completed: Disks replaced",
    ] {
        assert!(titles.iter().any(|there| there == title), "{title} in {titles:?}");
    }
}

#[test]
fn foreign_markup_is_only_text_in_the_content() {
    let snapshot = snapshot("hostile-text");
    let contents = all(&text(&snapshot, "history.atom"), "content");
    assert!(!contents.is_empty());
    for content in contents {
        let html = scraper::Html::parse_fragment(&content);
        let active = scraper::Selector::parse("script, img, iframe, [onerror], [onclick]").unwrap();
        assert_eq!(html.select(&active).count(), 0, "{content}");
    }
}

#[test]
fn characters_that_xml_excludes_are_left_out() {
    let mut snapshot = snapshot("one-outage");
    snapshot.page.title = "A\u{0}\u{b}\u{fffe}B".into();
    snapshot.page.description = "C\u{1}D".into();
    snapshot.incidents[0].title = "E\u{8}F".into();
    for path in ["history.atom", "history.rss", "badge.svg"] {
        assert!(Document::parse(&text(&snapshot, path)).is_ok(), "{path}");
    }
}

#[test]
fn the_calendar_has_the_revisions_of_its_windows_and_the_times_of_their_phases() {
    let now = snapshot("maintenance");
    let calendar = text(&now, "maintenance.ics");
    let of = |name: &str| -> Vec<String> {
        let lines = calendar.split("\r\n").filter_map(|line| line.strip_prefix(name));
        lines.map(str::to_owned).collect()
    };
    let uids = [
        "old@maintenance.allclear",
        "database-upgrade@maintenance.allclear",
        "search-index@maintenance.allclear",
        "network@maintenance.allclear",
    ];
    assert_eq!(of("UID:"), uids);
    assert_eq!(of("SEQUENCE:"), ["36442800", "37164600", "37288800", "37354500"]);
    let stamps = ["20260302T040000Z", "20260310T113000Z", "20260308T220000Z", "20260309T081500Z"];
    assert_eq!(of("DTSTAMP:"), stamps);
    assert_eq!(of("STATUS:"), ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]);

    // A window that ends early.
    let mut ended = now.clone();
    let window = ended.maintenances.iter_mut().find(|one| one.id == "database-upgrade").unwrap();
    window.ends_at = ended.generated_at;
    let calendar = text(&ended, "maintenance.ics");
    let event = calendar.split("UID:database-upgrade@").nth(1).unwrap();
    let head = "maintenance.allclear\r\nSEQUENCE:37164600\r\nLAST-MODIFIED:20260307T033000Z\r\nDTSTAMP:20260310T120000Z";
    assert!(event.starts_with(head), "{event}");
}

#[test]
fn the_page_names_its_feed_where_readers_look_for_it() {
    let html = scraper::Html::parse_document(&text(&scenarios::one_outage(), "index.html"));
    let css = "head > link[rel=alternate][type='application/atom+xml'][href='history.atom']";
    assert_eq!(html.select(&scraper::Selector::parse(css).unwrap()).count(), 1);
}

#[test]
fn an_incident_that_left_the_page_is_linked_on_the_page_of_its_month() {
    let snapshot = snapshot("history");
    let feed: Value = serde_json::from_str(&text(&snapshot, "feed.json")).unwrap();
    let summary: Value = serde_json::from_str(&text(&snapshot, "api/v1/summary.json")).unwrap();
    for (id, page) in [
        ("checkout-down", ""),
        ("search-slow", ""),
        ("invoices", "history/2026-02.html"),
        ("webhooks-late", "history/2026-01.html"),
        ("database-full", "history/2026-01.html"),
    ] {
        let address = format!("https://status.acme.example/{page}#incident-{id}");
        let items = feed["items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["url"] == *address), "{address}");
        let incidents = summary["incidents"].as_array().unwrap();
        assert!(incidents.iter().any(|one| one["url"] == *address), "{address}");
        let path = if page.is_empty() { "index.html" } else { page };
        assert!(text(&snapshot, path).contains(&format!("id=\"incident-{id}\"")), "{path}");
    }
}

#[test]
fn the_promise_of_an_update_stays_in_its_entry_alone() {
    let mut snapshot = snapshot("one-outage");
    for minutes in [0, 60] {
        snapshot.generated_at += SignedDuration::from_mins(minutes);
        let feed: Value = serde_json::from_str(&text(&snapshot, "feed.json")).unwrap();
        let promises = |key: &str| {
            let items = feed["items"].as_array().unwrap().iter();
            let texts = items.map(|item| item[key].as_str().unwrap());
            let promise = "Next update by 10 March 2026, 12:30 UTC.";
            texts.map(|text| text.matches(promise).count()).collect::<Vec<_>>()
        };
        assert_eq!(promises("content_text")[..2], [1, 0]);
        assert_eq!(promises("content_html")[..2], [1, 0]);
    }
}
