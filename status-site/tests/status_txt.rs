//! Tests of `status.txt` as a person at a terminal reads it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use allclear_status_site::render;

fn status_txt(name: &str) -> String {
    let scenario = scenarios::all().into_iter().find(|scenario| scenario.name == name).unwrap();
    let files = render(&scenario.snapshot);
    let file = files.into_iter().find(|file| file.path == "status.txt").unwrap();
    assert_eq!(file.content_type, "text/plain; charset=utf-8");
    String::from_utf8(file.bytes).unwrap()
}

#[test]
fn the_first_line_is_the_overall_status_and_each_fact_has_a_line() {
    let text = status_txt("one-outage");
    assert!(text.starts_with("Checkout is down\n\npage: Acme status\n"), "{text}");
    for line in [
        "generated: 2026-03-10T12:00:00Z",
        "last checked: 2026-03-10T11:59:30Z",
        "too old after: 15 min",
        "- Checkout fails for all customers: monitoring, since 10 March 2026, 11:18 UTC",
        "- outage, 99.95 %, checkout, Checkout",
    ] {
        assert!(text.lines().any(|there| there == line), "`{line}` in {text}");
    }
}

#[test]
fn a_name_cannot_add_a_line() {
    let text = status_txt("hostile-text");
    assert!(text.lines().any(|line| line == "- no data, 99.97 %, blank, blank"), "{text}");
    let services = text.lines().skip_while(|line| !line.starts_with("services:"));
    assert_eq!(services.count(), 6);
}

#[test]
fn the_text_contains_the_time_of_the_page() {
    let scenario = scenarios::all().into_iter().next().unwrap();
    let html = render(&scenario.snapshot).pop().unwrap().bytes;
    let html = String::from_utf8(html).unwrap();
    let start = html.split_once("data-at=\"").unwrap().1;
    let generated = start.split_once('"').unwrap().0;
    assert!(status_txt(scenario.name).contains(generated));
}
