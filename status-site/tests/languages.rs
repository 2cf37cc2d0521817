//! The page in several languages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use std::collections::BTreeMap;
use std::fs;

use allclear_status_site::snapshot::PageLanguages;
use allclear_status_site::{Language, Snapshot, render};
use scraper::{Html, Selector};

fn snapshot() -> Snapshot {
    scenarios::all().into_iter().find(|one| one.name == "languages").unwrap().snapshot
}

/// Returns the files by their paths.
fn rendered(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let files = render(snapshot).into_iter().filter(|file| file.content_type != "image/png");
    files.map(|file| (file.path, String::from_utf8(file.bytes).unwrap())).collect()
}

fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    let found = html.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>().into_iter();
    found.filter_map(|element| element.attr(name).map(str::to_owned)).collect()
}

/// Words that are the same in each language.
const NAMES: [&str; 8] =
    ["Atom", "RSS", "JSON Feed", "JSON", "Slack:", "/feed subscribe", "p95", "p99"];

#[test]
fn no_template_of_a_page_contains_words_of_one_language() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut n_templates = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        n_templates += 1;
        let source = fs::read_to_string(&path).unwrap();
        let mut words = String::new();
        let mut rest = source.as_str();
        while !rest.is_empty() {
            let end = match rest.get(..2) {
                Some("{{") => rest.find("}}").map(|at| at + 2),
                Some("{%") => rest.find("%}").map(|at| at + 2),
                _ if rest.starts_with('<') => end_of_tag(rest),
                _ => None,
            };
            if let Some(end) = end {
                rest = &rest[end..];
            } else {
                let mut chars = rest.chars();
                words.extend(chars.next());
                rest = chars.as_str();
            }
        }
        for name in NAMES {
            words = words.replace(name, "");
        }
        let left: Vec<&str> =
            words.lines().filter(|line| line.contains(char::is_alphabetic)).collect();
        assert_eq!(left, Vec::<&str>::new(), "{}", path.display());
    }
    assert!(n_templates > 10);
}

/// Returns the end of a tag, whose attributes may contain expressions with `>`.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let end = rest.find('>')?;
        match ["{{", "{%"].iter().filter_map(|open| rest.find(open)).min() {
            Some(open) if open < end => {
                at += open + rest[open..].find(['}']).map(|close| close + 1)?;
                at += usize::from(text[at..].starts_with('}'));
            }
            _ => return Some(at + end + 1),
        }
    }
}

#[test]
fn each_language_has_its_pages_and_feeds_in_its_folder_and_programs_find_one_copy() {
    let snapshot = snapshot();
    let files = rendered(&snapshot);
    let of_first =
        ["index.html", "service/checkout.html", "history.atom", "feed.json", "maintenance.ics"];
    for file in of_first {
        assert!(files.contains_key(file), "{file}");
        for language in &snapshot.page.languages.others {
            if *language != snapshot.page.languages.first {
                let path = format!("{}/{file}", language.tag());
                assert!(files.contains_key(&path), "{path}");
            }
        }
    }
    let once = |name: &str| files.keys().filter(|path| path.ends_with(name)).count();
    for file in
        ["status.txt", "api/v1/summary.json", "metrics", "badge.svg", "404.html", "embed.html"]
    {
        assert_eq!(once(file), 1, "{file}");
    }
}

#[test]
fn each_page_names_its_language_and_the_same_page_in_the_others() {
    let snapshot = snapshot();
    let files = rendered(&snapshot);
    let mut n_pages = 0;
    let is_page = |path: &str| {
        path.ends_with("index.html") || path.contains("service/") || path.contains("history/")
    };
    for (path, text) in files.iter().filter(|(path, _)| is_page(path)) {
        n_pages += 1;
        let html = Html::parse_document(text);
        let folder = path.split('/').next().unwrap();
        let language = Language::ALL.into_iter().find(|one| one.tag() == folder);
        let tag = language.unwrap_or(Language::English).tag();
        assert_eq!(attributes(&html, "html", "lang"), [tag], "{path}");
        let direction: &[&str] = if tag == "ar" { &["rtl"] } else { &[] };
        assert_eq!(attributes(&html, "html", "dir"), direction, "{path}");
        let tags = attributes(&html, "link[hreflang]", "hreflang");
        assert_eq!(tags, ["en", "x-default", "de", "fr", "es", "ja", "zh", "ar"], "{path}");
        for address in attributes(&html, "link[hreflang]", "href") {
            let file = address.strip_prefix("https://status.acme.example/").unwrap();
            assert!(files.contains_key(file), "{path} links to {file}");
        }
        let links = attributes(&html, "header nav a", "href");
        assert_eq!(links.len(), 6, "{path}");
        let base =
            path.rsplit_once('/').map_or(Vec::new(), |(folder, _)| folder.split('/').collect());
        for link in attributes(&html, "a", "href").into_iter().chain(links) {
            if link.contains("://") || link.starts_with("mailto:") || link.starts_with('#') {
                continue;
            }
            let mut place = base.clone();
            for part in link.split('#').next().unwrap().split('/') {
                match part {
                    ".." => assert!(place.pop().is_some(), "{link} of {path} leaves the site"),
                    part => place.push(part),
                }
            }
            let mut target = place.join("/");
            if target.is_empty() || target.ends_with('/') {
                target.push_str("index.html");
            }
            assert!(files.contains_key(&target), "{link} of {path} leads to {target}");
        }
    }
    assert_eq!(n_pages, 7 * (2 + snapshot.months.len() + snapshot.services().count()));
}

#[test]
fn a_page_in_one_language_has_no_links_to_others() {
    let mut snapshot = snapshot();
    snapshot.page.languages =
        PageLanguages { first: Language::German, others: vec![Language::German] };
    let files = rendered(&snapshot);
    let html = Html::parse_document(&files["index.html"]);
    assert_eq!(attributes(&html, "html", "lang"), ["de"]);
    assert_eq!(attributes(&html, "link[hreflang], nav", "hreflang"), Vec::<String>::new());
    assert!(files.keys().all(|path| !path.starts_with("de/")));
    let facts: serde_json::Value = serde_json::from_str(&files["api/v1/summary.json"]).unwrap();
    assert_eq!(facts["status"]["headline"], "2 von 9 Diensten haben Probleme");
    assert!(files["status.txt"].contains("\nlast checked: "), "the labels are for programs");
}
