//! The pages of months and the calendar: their size and structure, their links, and the words about each day.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;

use allclear_status_site::{Language, Snapshot, render};
use flate2::{Compression, write::GzEncoder};
use jiff::{Timestamp, civil::Date};
use scraper::{ElementRef, Html, Selector};

const CALENDAR: &str = "history/index.html";

/// Returns the pages of months and the calendar by their paths.
fn pages(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let files = render(snapshot).into_iter().filter(|file| file.path.starts_with("history/"));
    files.map(|file| (file.path, String::from_utf8(file.bytes).unwrap())).collect()
}

fn scenario(name: &str) -> Snapshot {
    scenarios::all().into_iter().find(|scenario| scenario.name == name).unwrap().snapshot
}

/// Returns the parsed pages of the scenario with incidents over three months.
fn history() -> BTreeMap<String, Html> {
    let pages = pages(&scenario("history")).into_iter();
    pages.map(|(path, source)| (path, Html::parse_document(&source))).collect()
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

/// Returns the text between the heading of a day and the next one.
fn text_of_day(html: &Html, date: &str) -> String {
    let heading = select(html, &format!("#day-{date}"))[0];
    let mut text = String::new();
    for sibling in heading.next_siblings().filter_map(ElementRef::wrap) {
        if sibling.value().name() == "h3" {
            break;
        }
        text.extend(sibling.text());
        text.push('\n');
    }
    text
}

/// Returns a page of `n` services with `n` incidents in the month before the present one.
fn busy_month(n: usize) -> Snapshot {
    let mut snapshot = scenarios::many_services(n);
    snapshot.incidents = (0..n)
        .map(|n| {
            let day = n % 28 + 1;
            let mut one = scenarios::parts::closed_incident(
                &format!("202602{day:02}-{:06x}", n * 7_919 % 0xff_ffff),
                &format!("Service {n} was down"),
                &[&format!("service-{n}")],
                &format!("2026-02-{day:02}T{:02}:{:02}:00Z", n % 20, n * 7 % 60),
                &format!("2026-02-{day:02}T{:02}:{:02}:00Z", n % 20 + 1, n * 11 % 60),
            );
            one.updates[0].text = format!(
                "Service {n} returns errors since {day} February. The other services work."
            )
            .as_str()
            .into();
            one
        })
        .collect();
    Snapshot { months: scenarios::months::months(&snapshot), ..snapshot }
}

#[test]
fn the_pages_are_small_and_valid_and_make_no_statement_about_the_present() {
    let busy = busy_month(30);
    assert_eq!(busy.months.iter().map(|month| month.incidents.len()).max(), Some(30));
    for snapshot in scenarios::all().into_iter().map(|one| one.snapshot).chain([busy]) {
        for (path, source) in pages(&snapshot) {
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
            for time in select(&html, "time") {
                let value = time.attr("datetime").unwrap();
                let is_time = value.parse::<Timestamp>().is_ok() || value.parse::<Date>().is_ok();
                assert!(is_time, "{path}: {value}");
            }
            let shown = texts(&html, "main").concat();
            assert!(!shown.contains(" as of ") && !shown.contains(" ago"), "{path}");
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(source.as_bytes()).unwrap();
            let compressed = encoder.finish().unwrap().len();
            assert!(compressed <= 15_000, "{path}: {compressed} bytes compressed");
        }
    }
}

#[test]
fn a_month_shows_its_newest_200_incidents_and_counts_the_others() {
    let pages = pages(&busy_month(230));
    let html = Html::parse_document(&pages["history/2026-02.html"]);
    assert_eq!(select(&html, "article").len(), 200);
    let all = texts(&html, "#incidents > p");
    let count = |text: &String| text.split_once(" more incident")?.0.parse::<usize>().ok();
    assert_eq!(all.iter().filter_map(count).sum::<usize>(), 30, "{all:?}");
    assert!(text_of_day(&html, "2026-02-01").contains("incidents are not shown here."));
    assert!(!text_of_day(&html, "2026-02-28").contains("not shown"));
    for link in select(&html, "main a[href^='#']") {
        let target = link.attr("href").unwrap().trim_start_matches('#');
        assert_eq!(select(&html, &format!("[id='{target}']")).len(), 1, "{target}");
    }
}

#[test]
fn the_rules_of_these_pages_are_few_and_beside_those_of_the_first_page() {
    let style = |path: &str, files: &BTreeMap<String, String>| {
        let html = Html::parse_document(&files[path]);
        texts(&html, "style").concat()
    };
    let files = render(&scenario("history")).into_iter();
    let pages: BTreeMap<String, String> = files
        .filter(|file| file.content_type.starts_with("text/html"))
        .map(|file| (file.path, String::from_utf8(file.bytes).unwrap()))
        .collect();
    let (first, calendar) = (style("index.html", &pages), style(CALENDAR, &pages));
    assert!(calendar.len() - first.len() <= 1_500, "{} bytes", calendar.len() - first.len());
    assert_eq!(style("history/2026-02.html", &pages), calendar);
    assert_eq!(style("service/api.html", &pages), calendar);
    assert!(!first.contains(".year"));
}

#[test]
fn each_link_leads_to_a_page_and_to_an_element_of_it() {
    let pages = history();
    let mut n_fragments = 0;
    for (path, html) in &pages {
        for link in select(html, "main a") {
            let address = link.attr("href").unwrap();
            if address == "../" || address.starts_with("https://") {
                continue;
            }
            let (file, fragment) = address.split_once('#').unwrap_or((address, ""));
            let target = if file.is_empty() { path.clone() } else { format!("history/{file}") };
            let target = pages.get(&target).unwrap_or_else(|| panic!("{path}: {address}"));
            if !fragment.is_empty() {
                assert_eq!(select(target, &format!("[id='{fragment}']")).len(), 1, "{address}");
                n_fragments += 1;
            }
        }
    }
    assert!(n_fragments > 10, "{n_fragments}");
}

#[test]
fn a_month_links_its_neighbors_and_none_before_measuring_began() {
    let pages = history();
    let links = |path: &str| {
        let links = select(&pages[path], "nav a").into_iter();
        links.map(|link| link.attr("href").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(links("history/2025-12.html"), ["index.html", "2026-01.html"]);
    assert_eq!(links("history/2026-01.html"), ["2025-12.html", "index.html", "2026-02.html"]);
    assert_eq!(links("history/2026-03.html"), ["2026-02.html", "index.html"]);
    let months = texts(&pages[CALENDAR], "h2");
    assert_eq!(months, ["March 2026", "February 2026", "January 2026", "December 2025"]);
}

#[test]
fn a_month_shows_its_incidents_by_day_and_says_when_there_are_none() {
    let pages = history();
    let january = &pages["history/2026-01.html"];
    assert_eq!(texts(january, "h1"), ["January 2026"]);
    assert_eq!(texts(january, ".checked"), ["2 incidents. Current status"]);
    assert_eq!(texts(january, "article h4"), ["Webhooks are late", "Database was down"]);
    assert!(text_of_day(january, "2026-01-14").contains("ten times faster"));
    assert!(text_of_day(january, "2026-01-31").contains("Continued: Webhooks are late"));
    let february = &pages["history/2026-02.html"];
    assert!(text_of_day(february, "2026-02-02").contains("Continued: Webhooks are late"));
    assert_eq!(text_of_day(february, "2026-02-04").trim(), "No incidents.");
    assert_eq!(text_of_day(february, "2026-02-26").trim(), "Outage: Anthropic API (19 min)");
    let december = &pages["history/2025-12.html"];
    assert_eq!(texts(december, ".checked"), ["No incidents. Current status"]);
    assert_eq!(select(december, "#uptime tr").len(), 8, "one was not measured yet");
    let march = &pages["history/2026-03.html"];
    assert!(text_of_day(march, "2026-03-10").contains("Outage: Checkout\n"), "still growing");
    assert!(text_of_day(march, "2026-03-10").contains("since 10 March, 11:18 UTC"));
}

#[test]
fn markup_of_an_analysis_stays_text() {
    let pages = history();
    let january = &pages["history/2026-01.html"];
    assert_eq!(texts(january, ".said strong"), ["ten times faster"]);
    assert!(text_of_day(january, "2026-01-14").contains("<script>alert(1)</script>"));
    for (_, source) in pages_of_hostile() {
        let html = Html::parse_document(&source);
        assert!(select(&html, "script, i, [href^='javascript']").is_empty());
    }
}

fn pages_of_hostile() -> BTreeMap<String, String> {
    let pages = pages(&scenario("hostile-text"));
    assert!(pages.values().any(|page| page.contains("&lt;script") || page.contains("&#60;script")));
    pages
}

#[test]
fn each_known_day_of_the_calendar_has_its_state_as_a_word() {
    let pages = history();
    let calendar = &pages[CALENDAR];
    let words: Vec<String> = texts(calendar, "td[class]");
    let n_days: usize = scenario("history").months.iter().map(|month| month.days.len()).sum();
    assert_eq!(words.len(), n_days);
    assert!(words.iter().all(|word| word.split_once(' ').is_some()), "{words:?}");
    for day in
        ["10 outage, 1 incident", "17 operational, 1 incident", "1 operational", "7 degraded"]
    {
        assert!(words.iter().any(|word| word == day), "{day}: {words:?}");
    }
    // The days before the first measurement and those to come have a number alone.
    let unknown = texts(calendar, "td:not([class])");
    let unknown: Vec<&String> = unknown.iter().filter(|day| !day.is_empty()).collect();
    assert_eq!(unknown.len(), 10 + 21);
    for table in select(calendar, "table") {
        assert!(table.attr("aria-labelledby").is_some());
        assert_eq!(table.select(&Selector::parse("th[scope=col]").unwrap()).count(), 7);
    }
}

#[test]
fn only_the_page_of_a_changed_month_differs() {
    let before = scenario("history");
    let mut after = before.clone();
    after.months[1].incidents[0].title = "Corrected".into();
    let (before, after) = (pages(&before), pages(&after));
    let changed: Vec<&String> =
        before.keys().filter(|path| before[*path] != after[*path]).collect();
    assert_eq!(changed, ["history/2026-01.html"]);
}

#[test]
fn each_language_has_its_months_with_links_to_the_other_languages() {
    let mut snapshot = scenario("history");
    snapshot.page.languages = Language::ALL.into_iter().collect();
    let files = render(&snapshot).into_iter();
    let pages: BTreeMap<String, Html> = files
        .filter(|file| file.path.contains("history/"))
        .map(|file| {
            let html = Html::parse_document(std::str::from_utf8(&file.bytes).unwrap());
            (file.path, html)
        })
        .collect();
    assert_eq!(pages.len(), Language::ALL.len() * 5);
    for (path, html) in &pages {
        assert!(html.errors.is_empty(), "{path}: {:?}", html.errors);
        assert_eq!(select(html, "header nav a").len(), Language::ALL.len() - 1, "{path}");
        for link in select(html, "header nav a") {
            let up = path.matches('/').count();
            let address = link.attr("href").unwrap().strip_prefix(&"../".repeat(up)).unwrap();
            assert!(pages.contains_key(address), "{path}: {address}");
        }
        let home = select(html, ".checked a")[0].attr("href").unwrap();
        let is_first = path.starts_with("history/");
        assert_eq!(home, if is_first { "../" } else { "../index.html" }, "{path}");
    }
    let german = &pages["de/history/2026-01.html"];
    assert_eq!(texts(german, "h1"), ["Januar 2026"]);
    assert_eq!(texts(german, ".checked"), ["2 Störungen. Aktueller Status"]);
    assert!(text_of_day(german, "2026-01-31").contains(": API (1\u{a0}h 18\u{a0}min)\n"));
    let arabic = &pages["ar/history/index.html"];
    assert_eq!(select(arabic, "html[dir=rtl]").len(), 1);
}
