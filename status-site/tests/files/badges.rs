//! The badges.

use allclear_status_site::render;
use roxmltree::Document;
use serde_json::{Value, json};

use super::{every_snapshot, snapshot, text};

#[test]
fn each_service_and_the_page_have_a_badge_with_a_text_for_everyone() {
    for (name, snapshot) in every_snapshot() {
        let files = render(&snapshot);
        let badges: Vec<_> = files
            .iter()
            .filter(|file| file.path.starts_with("badge") && file.content_type == "image/svg+xml")
            .collect();
        assert_eq!(badges.len(), snapshot.services().count() + 1, "{name}");
        for badge in badges {
            let svg = std::str::from_utf8(&badge.bytes).unwrap();
            let document = Document::parse(svg).unwrap();
            let root = document.root_element();
            assert_eq!(root.attribute("role"), Some("img"), "{name}");
            let title = root.children().find(|node| node.has_tag_name((NAMESPACE, "title")));
            let title = title.unwrap().text().unwrap();
            assert_eq!(root.attribute("aria-label"), Some(title), "{name}");
            let shown = root.descendants().filter(|node| node.has_tag_name((NAMESPACE, "text")));
            let words: Vec<&str> = shown.map(|node| node.text().unwrap()).collect();
            assert_eq!(words.join(": "), title, "{name}");
            // The texts and their margins fill the badge.
            let widths = root.descendants().filter_map(|node| node.attribute("textLength"));
            let text: u32 = widths.map(|width| width.parse::<u32>().unwrap()).sum();
            assert_eq!(root.attribute("width").unwrap().parse(), Ok(text + 24), "{name}");
        }
    }
}

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

#[test]
fn a_badge_follows_the_endpoint_schema_of_shields() {
    let snapshot = snapshot("one-outage");
    let parsed = |path: &str| -> Value { serde_json::from_str(&text(&snapshot, path)).unwrap() };
    let outage = json!({
        "schemaVersion": 1, "label": "Checkout", "message": "outage", "color": "#7d0a18",
    });
    assert_eq!(parsed("badge/checkout.json"), outage);
    assert_eq!(parsed("badge.json")["message"], "outage");
    assert_eq!(parsed("badge.json")["label"], "Acme status");
    assert_eq!(parsed("badge/api.json")["message"], "operational");
}

#[test]
fn no_id_of_a_service_collides_with_the_badge_of_the_page_or_leaves_the_folder() {
    let mut snapshot = snapshot("all-ok");
    let ids = ["badge", "overall", "../badge", "a/b", "a~2fb"];
    for (service, id) in snapshot.groups[0].services.iter_mut().zip(ids) {
        service.id = id.to_owned();
    }
    let mut paths: Vec<String> = render(&snapshot).into_iter().map(|file| file.path).collect();
    let is_kept = |path: &String| path.split('/').all(|name| name != ".." && !name.is_empty());
    assert!(paths.iter().all(is_kept), "{paths:?}");
    let n_paths = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), n_paths);
}

#[test]
fn outdated_data_has_no_state_on_a_badge() {
    let snapshot = snapshot("stale");
    for path in ["badge.json", "badge/api.json"] {
        let badge: Value = serde_json::from_str(&text(&snapshot, path)).unwrap();
        assert_eq!(badge["message"], "no data", "{path}");
    }
}
