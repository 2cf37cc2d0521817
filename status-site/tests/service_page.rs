//! The pages of single services: their size and structure, and that they make no statement about the present.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use std::collections::HashSet;
use std::io::Write as _;

use allclear_status_site::{Snapshot, render};
use flate2::{Compression, write::GzEncoder};
use scraper::{ElementRef, Html, Selector};

/// Returns the service pages of a snapshot by their paths.
fn pages(snapshot: &Snapshot) -> Vec<(String, String)> {
    let files = render(snapshot).into_iter().filter(|file| file.path.starts_with("service/"));
    files.map(|file| (file.path, String::from_utf8(file.bytes).unwrap())).collect()
}

fn page_of(snapshot: &Snapshot, path: &str) -> Html {
    let (_, page) = pages(snapshot).into_iter().find(|(other, _)| other == path).unwrap();
    Html::parse_document(&page)
}

fn select<'a>(html: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(css).unwrap()).collect()
}

fn text(element: ElementRef) -> String {
    element.text().collect()
}

fn texts(html: &Html, css: &str) -> Vec<String> {
    select(html, css).into_iter().map(text).collect()
}

fn scenario(name: &str) -> Snapshot {
    scenarios::all().into_iter().find(|scenario| scenario.name == name).unwrap().snapshot
}

#[test]
fn each_service_has_a_small_and_valid_page() {
    for scenario in scenarios::all() {
        let pages = pages(&scenario.snapshot);
        assert_eq!(pages.len(), scenario.snapshot.services().count(), "{}", scenario.name);
        for (path, source) in pages {
            let html = Html::parse_document(&source);
            assert!(html.errors.is_empty(), "{path}: {:?}", html.errors);
            assert_eq!(select(&html, "h1").len(), 1, "{path}");
            assert!(
                select(&html, "script, [src]:not([src^='data:']), [style]").is_empty(),
                "{path}"
            );
            let ids: Vec<&str> =
                select(&html, "[id]").into_iter().map(|one| one.attr("id").unwrap()).collect();
            assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{path}");

            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(source.as_bytes()).unwrap();
            let compressed = encoder.finish().unwrap().len();
            assert!(compressed <= 15_000, "{path}: {compressed} bytes compressed");
        }
    }
}

#[test]
fn the_row_of_a_service_links_to_its_page_and_the_page_back_to_the_row() {
    let snapshot = scenario("hostile-text");
    let files = render(&snapshot);
    let index = String::from_utf8(files.last().unwrap().bytes.clone()).unwrap();
    let index = Html::parse_document(&index);
    let links = select(&index, ".row a");
    assert_eq!(links.len(), snapshot.services().count());
    for link in links {
        let page = page_of(&snapshot, link.attr("href").unwrap());
        let back = select(&page, ".checked a")[0].attr("href").unwrap();
        let id = back.strip_prefix("../#").unwrap();
        assert_eq!(select(&index, &format!("[id='{id}']")).len(), 1, "{id}");
    }
}

#[test]
fn a_page_states_uptimes_percentiles_and_incidents() {
    let page = page_of(&scenario("one-outage"), "service/checkout.html");
    assert_eq!(texts(&page, "h1"), ["Checkout"]);
    assert_eq!(
        texts(&page, "#uptime table th"),
        ["24 hours", "7 days", "30 days", "90 days", "12 months"]
    );
    assert!(texts(&page, "#uptime table td").iter().all(|uptime| uptime.ends_with('%')));
    assert_eq!(texts(&page, "#latency h3"), ["Last 24 hours", "Last 7 days", "Last 90 days"]);
    // Each chart has its values as text: 24 hours of which one has none, 7 days and 89 of 90 days.
    let rows = |id: &str| select(&page, &format!("#{id} tr")).len() - 1;
    assert_eq!(rows("latency-24-hours"), 23);
    assert_eq!(rows("latency-7-days"), 7);
    assert_eq!(rows("latency-90-days"), 89);
    assert_eq!(texts(&page, "#incidents h3"), ["Checkout fails for all customers"]);
    let markdown = "[![Checkout](https://status.acme.example/badge/checkout.svg)]\
                    (https://status.acme.example/#service-checkout)";
    assert_eq!(texts(&page, "#badge code"), [markdown]);
}

#[test]
fn a_page_makes_no_statement_about_the_present() {
    for scenario in scenarios::all() {
        for (path, source) in pages(&scenario.snapshot) {
            let html = Html::parse_document(&source);
            assert!(select(&html, ".state, .since, .answer").is_empty(), "{path}");
            let shown = texts(&html, "main").concat();
            assert!(!shown.contains(" as of ") && !shown.contains(" ago"), "{path}");
        }
    }
}

#[test]
fn a_service_without_measurements_says_so() {
    let page = page_of(&scenario("first-deploy"), "service/website.html");
    assert!(texts(&page, "#uptime td").iter().all(|uptime| uptime == "no data"));
    assert!(select(&page, "#latency").is_empty());
}
