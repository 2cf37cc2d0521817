//! The rules that every page follows: one request, its size, its structure, and no foreign markup.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use std::{collections::HashSet, io::Write as _};

use allclear_status_site::{NOT_FOUND, Snapshot, render, render_next};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use jiff::{Timestamp, civil::Date};
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest as _, Sha256};

fn page(snapshot: &Snapshot) -> String {
    let file = render(snapshot).pop().unwrap();
    assert_eq!(file.path, "index.html");
    String::from_utf8(file.bytes).unwrap()
}

#[test]
fn the_page_for_a_missing_path_is_valid_and_names_no_service() {
    for scenario in scenarios::all() {
        let files = render(&scenario.snapshot);
        let file = files.iter().find(|file| file.path == NOT_FOUND).unwrap();
        let source = std::str::from_utf8(&file.bytes).unwrap();
        let html = Html::parse_document(source);
        assert_eq!(html.errors, Vec::<std::borrow::Cow<'static, str>>::new(), "{}", scenario.name);
        // The page is shown below any path, so its links begin at the root.
        let links = select(&html, "a").into_iter().map(|link| link.attr("href").unwrap());
        let links: Vec<&str> = links.collect();
        assert_eq!(links, ["/", "/history/index.html"]);
        assert!(files.iter().any(|file| file.path == links[1][1..]));
        assert_eq!(select(&html, "[src], script, img").len(), 0);
        let shown = text(only(&html, "main"));
        for service in scenario.snapshot.groups.iter().flat_map(|group| &group.services) {
            assert!(!shown.contains(&service.name), "{}", scenario.name);
        }
    }
}

fn every_page() -> Vec<(&'static str, Html)> {
    scenarios::all()
        .into_iter()
        .map(|scenario| (scenario.name, Html::parse_document(&page(&scenario.snapshot))))
        .collect()
}

fn select<'a>(html: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(css).unwrap()).collect()
}

fn only<'a>(html: &'a Html, css: &str) -> ElementRef<'a> {
    let found = select(html, css);
    assert_eq!(found.len(), 1, "`{css}`");
    found[0]
}

fn text(element: ElementRef) -> String {
    element.text().collect()
}

fn gzipped(html: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(html.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn only_the_page_ahead_is_kept_from_search_engines_and_the_present_one_names_its_time() {
    let scenario = scenarios::all().into_iter().find(|s| s.name == "maintenance-soon").unwrap();
    let ahead = scenarios::ahead(&scenario.snapshot).unwrap();
    let file = render_next(&ahead).remove(0);
    assert_eq!(file.path, "next.html");
    let ahead = Html::parse_document(std::str::from_utf8(&file.bytes).unwrap());
    let present = Html::parse_document(&page(&scenario.snapshot));
    for (html, is_ahead) in [(&ahead, true), (&present, false)] {
        let robots = select(html, "meta[name='robots'][content='noindex']");
        assert_eq!(!robots.is_empty(), is_ahead);
        assert_eq!(select(html, "#planned").len(), 1);
        let next = only(html, "main").attr("data-next");
        assert_eq!(next, (!is_ahead).then_some("60000"));
    }
    let answer = |html: &Html| text(only(html, "h1"));
    assert_eq!(answer(&present), "All systems operational");
    assert_eq!(answer(&ahead), "Database is under maintenance");
}

#[test]
fn thirty_services_with_two_weeks_of_incidents_fit_the_budget() {
    let html = page(&scenarios::many_services(30));
    assert!(html.len() <= 100_000, "{} bytes", html.len());
    // 10 KiB.
    assert!(gzipped(&html) <= 10_000, "{} bytes compressed", gzipped(&html));
}

#[test]
fn fifty_services_fit_the_first_packets_of_a_connection() {
    let size = gzipped(&page(&scenarios::many_services(50)));
    assert!(size <= 14_000, "{size} bytes compressed");
}

#[test]
fn style_sheet_and_script_fit_their_budgets_and_match_the_policy() {
    for (name, html) in every_page() {
        let css = text(only(&html, "style"));
        let script = text(only(&html, "script"));
        assert!(css.len() <= 4_000, "{name}: {} bytes of CSS", css.len());
        assert!(script.len() < 2_000, "{name}: {} bytes of script", script.len());

        let meta = only(&html, "meta[http-equiv='Content-Security-Policy']");
        let policy = meta.attr("content").unwrap();
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains(&format!("style-src 'sha256-{}'", hash(&css))), "{policy}");
        assert!(policy.contains(&format!("script-src 'sha256-{}'", hash(&script))), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn a_page_is_one_request() {
    for (name, html) in every_page() {
        let loading = "[src]:not([src^='data:']),[srcset],[data],[poster],[background],iframe,object,embed,base";
        assert!(select(&html, loading).is_empty(), "{name}");
        for link in select(&html, "link:not([rel=alternate])") {
            assert!(link.attr("href").unwrap().starts_with("data:"), "{name}");
        }
        let css = text(only(&html, "style"));
        assert!(!css.contains("url(") && !css.contains("@import"), "{name}");
    }
}

#[test]
fn no_page_has_inline_handlers_or_styles_or_refreshes_itself() {
    for (name, html) in every_page() {
        assert!(select(&html, "meta[http-equiv=refresh]").is_empty(), "{name}");
        for element in select(&html, "*") {
            for (attribute, _) in element.value().attrs() {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{name}: {attribute}"
                );
            }
        }
    }
}

#[test]
fn the_parser_finds_nothing_to_repair() {
    let broken = Html::parse_document("<!doctype html><title>t</title><p><b>x</p></b>");
    assert!(!broken.errors.is_empty(), "the parser reports what it repairs");
    for (name, html) in every_page() {
        assert!(html.errors.is_empty(), "{name}: {:?}", html.errors);
    }
}

#[test]
fn there_is_one_h1_and_no_heading_level_is_skipped() {
    for (name, html) in every_page() {
        assert_eq!(select(&html, "h1").len(), 1, "{name}");
        let mut last = 0;
        for heading in select(&html, "h1,h2,h3,h4,h5,h6") {
            let level: u32 = heading.value().name()[1..].parse().unwrap();
            assert!(level <= last + 1, "{name}: h{level} after h{last}");
            last = level;
            assert!(!text(heading).trim().is_empty(), "{name}: an empty heading");
        }
    }
}

#[test]
fn ids_are_unique_and_every_fragment_leads_to_one() {
    for (name, html) in every_page() {
        let mut ids = HashSet::new();
        for element in select(&html, "[id]") {
            let id = element.attr("id").unwrap();
            assert!(!id.contains(char::is_whitespace), "{name}: `{id}`");
            assert!(ids.insert(id), "{name}: `{id}` twice");
        }
        for element in select(&html, "[href^='#']") {
            let fragment = &element.attr("href").unwrap()[1..];
            assert!(ids.contains(fragment), "{name}: `#{fragment}` leads nowhere");
        }
    }
}

#[test]
fn services_and_incidents_keep_the_ids_that_support_links_to() {
    let html = Html::parse_document(&page(&scenarios::one_outage()));
    only(&html, "li#service-checkout");
    only(&html, "article#incident-checkout-down");
    only(&html, "#days-checkout a[href='#incident-checkout-down']");
}

#[test]
fn every_time_element_has_a_valid_datetime() {
    for (name, html) in every_page() {
        let times = select(&html, "time");
        assert!(times.len() > 2, "{name}");
        for time in times {
            let machine = time.attr("datetime").unwrap();
            let shown = text(time);
            if machine.contains('T') {
                machine.parse::<Timestamp>().unwrap();
                assert!(shown.ends_with(" UTC"), "{name}: {shown}");
            } else {
                machine.parse::<Date>().unwrap();
            }
        }
    }
}

#[test]
fn drawings_are_either_hidden_or_described() {
    for (name, html) in every_page() {
        for svg in select(&html, ":not(svg) > svg") {
            let described = svg.attr("role") == Some("img") && svg.attr("aria-label").is_some();
            assert!(described || svg.attr("aria-hidden") == Some("true"), "{name}");
        }
        for strip in select(&html, ".bars > svg > svg") {
            let classes: Vec<_> = strip.child_elements().map(|path| path.attr("class")).collect();
            let states: HashSet<_> = classes.iter().collect();
            assert!(!classes.is_empty() && classes.len() == states.len(), "{name}: {classes:?}");
        }
    }
}

#[test]
fn a_page_has_a_language_landmarks_and_a_title() {
    for scenario in scenarios::all() {
        let (name, html) = (scenario.name, Html::parse_document(&page(&scenario.snapshot)));
        let language = scenario.snapshot.page.languages.first.tag();
        assert_eq!(only(&html, "html").attr("lang"), Some(language), "{name}");
        for landmark in ["body > header", "body > main", "body > footer"] {
            only(&html, landmark);
        }
        assert!(!text(only(&html, "head > title")).is_empty(), "{name}");
    }
}

#[test]
fn the_title_of_a_page_begins_with_the_state() {
    let title = |name: &str| {
        let scenario = scenarios::all().into_iter().find(|s| s.name == name).unwrap();
        text(only(&Html::parse_document(&page(&scenario.snapshot)), "head > title"))
    };
    assert_eq!(title("all-ok"), "All systems operational · Acme status");
    assert_eq!(title("one-outage"), "Outage: Checkout is down · Acme status");
    assert_eq!(title("maintenance"), "Maintenance: Database is under maintenance · Acme status");
    assert_eq!(title("stale"), "Status unknown: the data is 42 minutes old · Acme status");
}

#[test]
fn configured_text_stays_text() {
    let scenario = scenarios::all().into_iter().find(|s| s.name == "hostile-text").unwrap();
    let source = page(&scenario.snapshot);
    let html = Html::parse_document(&source);
    assert_eq!(select(&html, "script").len(), 1);
    assert!(select(&html, "i").is_empty());
    assert!(!source.contains("private"), "an id that is not on the page is not shown");
    let shown = "<script>alert('1')</script> & \"quotes\"";
    assert_eq!(text(only(&html, "article[id^=incident] h3 bdi")), shown);
}

#[test]
fn a_stale_page_shows_no_operational_state() {
    for scenario in ["stale", "first-deploy"] {
        let scenario = scenarios::all().into_iter().find(|s| s.name == scenario).unwrap();
        let html = Html::parse_document(&page(&scenario.snapshot));
        for state in select(&html, ".state") {
            assert_eq!(text(state), "No data", "{}", scenario.name);
        }
        // The schema lists all states, and the images of links are one for each state.
        let is_constant = |path: &str| path.ends_with(".schema.json") || path.starts_with("share/");
        let files = render(&scenario.snapshot).into_iter();
        for file in files.filter(|file| !is_constant(&file.path)) {
            let content = String::from_utf8(file.bytes).unwrap().to_lowercase();
            let current = content.split("<style>").next().unwrap();
            assert!(!current.contains("all systems"), "{}: {}", scenario.name, file.path);
            // The steps of a past incident end with this status.
            let present = content.replace("new_status\":\"operational", "");
            let present = present.replace("old_status\":\"operational", "");
            let present = present.replace("=\"operational\"} 0\n", "");
            assert!(!present.contains("\"operational\""), "{}: {}", scenario.name, file.path);
        }
    }
}

#[test]
fn days_without_incidents_are_listed_as_such() {
    let html = Html::parse_document(&page(&scenarios::all()[0].snapshot));
    let days: Vec<String> = select(&html, "h3.day").into_iter().map(text).collect();
    assert_eq!(days, ["7 March to 10 March", "6 March", "25 February to 5 March"]);
    let none = select(&html, "h3.day + p").into_iter().map(text);
    assert_eq!(none.collect::<Vec<_>>(), ["No incidents.", "No incidents."]);
}

#[test]
fn a_row_states_since_when_its_service_is_down() {
    let scenario = scenarios::all().into_iter().find(|s| s.name == "one-outage").unwrap();
    let html = Html::parse_document(&page(&scenario.snapshot));
    assert_eq!(text(only(&html, ".since")), "since 11:18 UTC");
}

#[test]
fn a_card_promises_the_next_update_of_an_open_incident_until_its_time() {
    let shown = |snapshot: &Snapshot| {
        let html = Html::parse_document(&page(snapshot));
        let cards = select(&html, "article").into_iter().map(text).collect::<String>();
        cards.contains("Next update by 12:30 UTC")
    };
    let mut snapshot = scenarios::one_outage();
    assert!(shown(&snapshot));
    for file in render(&snapshot) {
        // Other pages are not written each minute.
        let is_other = file.path.starts_with("service/") || file.path.starts_with("history/");
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(!is_other || !text.contains("Next update by"), "{}", file.path);
    }
    snapshot.generated_at = "2026-03-10T12:30:00Z".parse().unwrap();
    assert!(!shown(&snapshot));
    snapshot.generated_at = "2026-03-10T12:00:00Z".parse().unwrap();
    snapshot.incidents.last_mut().unwrap().resolved_at = Some(snapshot.generated_at);
    assert!(!shown(&snapshot));
}
