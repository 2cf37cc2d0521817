//! `providers.html` and `models.html`: their size and structure, and their statements in each scenario.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use std::collections::HashSet;
use std::io::Write as _;

use allclear_status_site::{Language, Snapshot, render, snapshot::PageLanguages};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use jiff::SignedDuration;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const PAGES: [&str; 2] = ["providers.html", "models.html"];

fn source(snapshot: &Snapshot, path: &str) -> Option<String> {
    let file = render(snapshot).into_iter().find(|file| file.path == path)?;
    Some(String::from_utf8(file.bytes).unwrap())
}

fn page(snapshot: &Snapshot, path: &str) -> Html {
    Html::parse_document(&source(snapshot, path).unwrap())
}

fn scenario(name: &str) -> Snapshot {
    scenarios::all().into_iter().find(|scenario| scenario.name == name).unwrap().snapshot
}

fn select<'a>(html: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(css).unwrap()).collect()
}

fn text(element: ElementRef) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn texts(html: &Html, css: &str) -> Vec<String> {
    select(html, css).into_iter().map(text).collect()
}

/// Returns the pages of all scenarios that have them.
fn all_pages() -> Vec<(String, String)> {
    let scenarios = scenarios::all().into_iter();
    let pages = scenarios.flat_map(|scenario| {
        PAGES.into_iter().filter_map(move |path| {
            Some((format!("{}/{path}", scenario.name), source(&scenario.snapshot, path)?))
        })
    });
    pages.collect()
}

#[test]
fn each_page_is_small_valid_and_one_request() {
    let pages = all_pages();
    assert_eq!(pages.len(), 9, "five scenarios, of which one names no model");
    for (path, source) in pages {
        let html = Html::parse_document(&source);
        assert!(html.errors.is_empty(), "{path}: {:?}", html.errors);
        assert!(
            select(&html, "[src]:not([src^='data:']), [style], link:not([rel=icon])").is_empty(),
            "{path}"
        );
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(source.as_bytes()).unwrap();
        let compressed = encoder.finish().unwrap().len();
        assert!(compressed <= 15_000, "{path}: {compressed} bytes compressed");
        for element in select(&html, "*") {
            let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
            assert_eq!(handler, None, "{path}");
        }
        let (css, script) = (raw(&html, "style"), raw(&html, "script"));
        assert!(script.len() < 2_000, "{path}: {} bytes of script", script.len());
        let policy = select(&html, "meta[http-equiv=Content-Security-Policy]")
            .first()
            .and_then(|meta| meta.attr("content"))
            .unwrap();
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(&css))), "{path}");
        assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(&script))), "{path}");
    }
}

fn raw(html: &Html, css: &str) -> String {
    let elements = select(html, css);
    assert_eq!(elements.len(), 1);
    elements.into_iter().flat_map(|element| element.text()).collect()
}

#[test]
fn each_page_has_headings_in_order_unique_ids_and_tables_with_captions_and_headers() {
    for (path, source) in all_pages() {
        let html = Html::parse_document(&source);
        assert_eq!(select(&html, "h1").len(), 1, "{path}");
        let mut before = 0;
        for heading in select(&html, "h1,h2,h3,h4") {
            let level: u32 = heading.value().name()[1..].parse().unwrap();
            assert!(level <= before + 1, "{path}: {}", text(heading));
            before = level;
        }
        let ids: Vec<&str> =
            select(&html, "[id]").into_iter().filter_map(|one| one.attr("id")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{path}");
        let n_tables = select(&html, "table:not(.facts)").len();
        assert!(n_tables > 0, "{path}");
        assert_eq!(select(&html, "table:not(.facts) > caption").len(), n_tables, "{path}");
        assert_eq!(select(&html, "table:not(.facts) > thead").len(), n_tables, "{path}");
        let without = select(&html, "th:not([scope])");
        assert!(without.is_empty(), "{path}: a header without a scope");
    }
}

#[test]
fn the_page_compares_the_checks_with_the_status_page_of_each_provider() {
    for (name, provider, expected) in [
        ("providers-fine", "openai", "The checks and its status page agree: no problem."),
        ("providers", "openai", "The checks saw the problem 14 min before its status page."),
        (
            "provider-measured-more",
            "openai",
            "The checks show a problem that its status page does not report.",
        ),
        (
            "provider-reported-more",
            "openai",
            "Its status page reports a problem that the checks do not show.",
        ),
        ("provider-without-page", "service-search", "This page reads no status page of it."),
    ] {
        let html = page(&scenario(name), "providers.html");
        let rows = texts(&html, &format!("#provider-{provider} .facts td"));
        assert!(rows.contains(&expected.to_owned()), "{name}: {rows:?}");
    }
    let html = page(&scenario("provider-reported-more"), "providers.html");
    let headline = "Monitoring · ChatGPT is <b>down</b>".to_owned();
    assert!(texts(&html, "#provider-openai .facts td").contains(&headline), "it stays text");
    let states = texts(&html, "#provider-openai .facts .state");
    assert_eq!(states, ["Operational", "Outage"], "ours, then that of the provider");
}

#[test]
fn the_page_states_speeds_and_the_lead_of_past_detections() {
    let html = page(&scenario("providers-fine"), "providers.html");
    let table = "#provider-openai table:not(.facts)";
    let cells = texts(&html, &format!("{table} tbody tr"));
    assert_eq!(cells[0], "24 hours412 ms980 ms84");
    assert_eq!(cells[3], "20 February, 09:12 UTC46 min6 min later");
    let own = page(&scenario("provider-without-page"), "providers.html");
    assert_eq!(
        texts(&own, "#provider-service-search tbody td")[..],
        [
            // The state and the comparison, then the speed.
            "Operational",
            "This page reads no status page of it.",
            "88 ms",
            "140 ms",
            "–",
        ]
    );
}

#[test]
fn the_first_page_and_the_page_of_a_service_lead_to_the_provider() {
    let snapshot = scenario("providers");
    let index = page(&snapshot, "index.html");
    let links = select(&index, "#service-openai a[href='providers.html#provider-openai']");
    assert_eq!(links.len(), 1);
    assert_eq!(text(links[0]), "Details of OpenAI");
    assert_eq!(select(&index, "footer a[href='providers.html']").len(), 1);
    let service = page(&snapshot, "service/openai.html");
    assert_eq!(select(&service, "#provider a[href='../providers.html#provider-openai']").len(), 1);
    assert_eq!(texts(&service, "#provider caption").len(), 2, "speeds and detections");
    let html = page(&snapshot, "providers.html");
    assert_eq!(select(&html, "#provider-openai h3 a[href='service/openai.html']").len(), 1);
    // Without providers, no page mentions them.
    let without = page(&scenario("all-ok"), "index.html");
    assert!(select(&without, "a[href^='providers.html']").is_empty());
}

#[test]
fn the_catalog_lists_sourced_facts_and_nothing_for_unknown_ones() {
    let html = page(&scenario("providers"), "models.html");
    let row = |id: &str| {
        let rows = select(&html, "tr[data-find]").into_iter();
        rows.map(text).find(|row| row.starts_with(id)).unwrap()
    };
    let measured = "measured first token 412 ms, 84 tokens/s";
    assert_eq!(
        row("gpt-6-luna"),
        format!("gpt-6-lunachat, reasoning, structured output{measured}922k0.100.50")
    );
    assert!(row("gpt-4o-mini").contains("shutdown on 14 January 2027"));
    assert_eq!(row("gpt-next-preview"), "gpt-next-previewchat–––");
    let footer = texts(&html, "footer p");
    assert_eq!(footer[0], "Contexts and prices as of 1 March 2026, from a public list of prices.");
    assert_eq!(select(&html, ".filters[hidden]").len(), 1, "without a script there is no filter");
    assert_eq!(texts(&html, "#count[role=status]"), ["7 of 7 models"]);
}

#[test]
fn stale_data_shows_no_state_of_a_provider() {
    let mut snapshot = scenario("providers");
    snapshot.generated_at += SignedDuration::from_hours(2);
    let html = page(&snapshot, "providers.html");
    assert_eq!(select(&html, "main.stale").len(), 1);
    assert!(texts(&html, ".state").iter().all(|state| state == "No data"));
    let summary: Value =
        serde_json::from_str(&source(&snapshot, "api/v1/summary.json").unwrap()).unwrap();
    assert_eq!(summary["providers"][1]["state"], "no_data");
    assert_eq!(summary["providers"][1]["reported"], Value::Null);
}

#[test]
fn the_json_has_the_same_facts() {
    let summary = source(&scenario("providers"), "api/v1/summary.json").unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let openai = &summary["providers"][1];
    assert_eq!(openai["state"], "outage");
    assert_eq!(openai["comparison"], "agree");
    assert_eq!(openai["reported"]["detection_lead_seconds"], 14 * 60);
    assert_eq!(openai["reported"]["headline"], "Elevated error rates on the API");
    assert_eq!(openai["reported"]["phase"], "identified");
    assert_eq!(openai["services"][0]["speeds"][0]["first_token_p95_seconds"], 0.98);
    assert_eq!(openai["services"][0]["speeds"][2]["hours"], 2_160);
    assert_eq!(openai["detections"][1]["lead_seconds"], 360);
    assert_eq!(openai["url"], "https://status.acme.example/providers.html#provider-openai");
}

#[test]
fn each_language_has_the_pages_and_their_links_lead_to_files() {
    let mut snapshot = scenario("providers");
    let others = Language::ALL.into_iter().filter(|one| *one != Language::English).collect();
    snapshot.page.languages = PageLanguages { first: Language::English, others };
    let files = render(&snapshot);
    let paths: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut titles = HashSet::new();
    let mut n_links = 0;
    for file in &files {
        let Some(name) = PAGES.iter().find(|page| file.path.ends_with(**page)) else { continue };
        let folder = file.path.trim_end_matches(name);
        let html = Html::parse_document(std::str::from_utf8(&file.bytes).unwrap());
        let language = select(&html, "html")[0].attr("lang").unwrap();
        assert_eq!(format!("{language}/"), if folder.is_empty() { "en/" } else { folder });
        titles.extend(texts(&html, "h1"));
        for link in select(&html, "a[href]") {
            let href = link.attr("href").unwrap();
            if href.starts_with("https://") {
                continue;
            }
            let href = href.split('#').next().unwrap();
            let path = match href.strip_prefix("../") {
                Some(shared) => shared.to_owned(),
                None => format!("{folder}{}", href.trim_start_matches("./")),
            };
            let path = if path.is_empty() { "index.html" } else { &path };
            assert!(paths.contains(path), "{}: {href}", file.path);
            n_links += 1;
        }
    }
    assert_eq!(titles.len(), 2 * Language::ALL.len(), "{titles:?}");
    assert!(n_links > 100, "{n_links} links");
}

#[test]
fn the_guides_list_the_pages_that_exist() {
    for (name, n_pages) in [("all-ok", 0), ("providers", 2), ("provider-without-page", 1)] {
        for guide in ["sitemap.xml", "llms.txt"] {
            let guide = source(&scenario(name), guide).unwrap();
            let n_listed = PAGES.iter().filter(|page| guide.contains(**page)).count();
            assert_eq!(n_listed, n_pages, "{name}: {guide}");
        }
    }
}
