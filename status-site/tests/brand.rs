//! The look of the page.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use allclear_status_site::render;
use scraper::{Html, Selector};

fn page(scenario: &str, path: &str) -> Html {
    let scenario = scenarios::all().into_iter().find(|one| one.name == scenario).unwrap();
    let file = render(&scenario.snapshot).into_iter().find(|file| file.path == path).unwrap();
    Html::parse_document(std::str::from_utf8(&file.bytes).unwrap())
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|element| element.text().collect()).collect()
}

fn count(html: &Html, selector: &str) -> usize {
    html.select(&Selector::parse(selector).unwrap()).count()
}

#[test]
fn the_title_has_a_logo_and_leads_to_the_site_of_the_owner() {
    let html = page("branded", "index.html");
    assert_eq!(count(&html, "header a.brand[href='https://www.acme.example/'] img[alt='']"), 1);
    let service = page("branded", "service/api.html");
    assert_eq!(count(&service, "header a.brand[href='../'] img"), 1, "back to the first page");
}

#[test]
fn a_banner_and_a_footer_are_plain_text() {
    let html = page("branded", "index.html");
    assert_eq!(
        texts(&html, "main > #announcement"),
        ["The office is closed on 24 December.\nSupport answers by mail."]
    );
    assert_eq!(texts(&html, "footer p")[0], "Acme Inc. <legal>, Berlin");
    assert_eq!(count(&html, "legal"), 0);
}

#[test]
fn the_accent_is_the_color_of_links_on_every_page() {
    for path in ["index.html", "service/api.html", "404.html", "history/index.html"] {
        let css = texts(&page("branded", path), "style").concat();
        assert!(css.contains("#7e22ce") && css.contains("#d8b4fe"), "{path}");
        assert!(!css.contains("#0b57d0") && !css.contains("#8ab4ff"), "{path}");
    }
}

#[test]
fn a_theme_is_that_of_every_page_and_of_the_widget() {
    let paths = ["index.html", "service/api.html", "404.html", "history/index.html", "embed.html"];
    for path in paths {
        let css = texts(&page("themed", path), "style").concat();
        for color in ["#fffaf0", "#2a2118", "#14110d", "#f1e9dc"] {
            assert_eq!(css.matches(color).count(), 1, "{path}: {color}");
        }
        assert!(!css.contains("46rem") && !css.contains("border-radius:8px"), "{path}");
    }
}

#[test]
fn hidden_sections_are_left_out_and_what_is_wrong_now_stays() {
    let html = page("branded", "index.html");
    for section in ["#subscribe", "#past-incidents"] {
        assert_eq!(count(&html, section), 0, "{section}");
        assert_eq!(count(&page("all-ok", "index.html"), section), 1, "{section}");
    }
    let calendar = "footer a[href='history/index.html']";
    assert_eq!(count(&html, calendar), 1, "the calendar stays linked");
    assert_eq!(count(&page("all-ok", "index.html"), "a[href='history/index.html']"), 1);
    assert_eq!(texts(&html, "h1")[0].trim(), "Search is slow or failing in part");
    assert_eq!(count(&page("branded", "service/api.html"), "#latency"), 0);
    assert_eq!(count(&page("all-ok", "service/api.html"), "#latency"), 1);
}

#[test]
fn the_subscribe_menu_offers_what_the_owner_runs_and_nothing_else() {
    for path in ["index.html", "de/index.html", "ar/index.html"] {
        let html = page("languages", path);
        let form = "#subscribe a[href='https://www.acme.example/status-mail']";
        assert_eq!(texts(&html, form), ["www.acme.example/status-mail"], "{path}");
        let commands = texts(&html, "#subscribe code[dir=ltr], #subscribe p:last-child code");
        let command = "aws sns subscribe --region eu-central-1 --topic-arn \
                       arn:aws:sns:eu-central-1:123456789012:status --protocol email \
                       --notification-endpoint you@example.com";
        assert_eq!(commands.last().map(String::as_str), Some(command), "{path}");
    }
    let html = page("all-ok", "index.html");
    assert_eq!(count(&html, "#subscribe p"), 2, "the feeds, and Slack");
    assert!(!texts(&html, "#subscribe").concat().contains("sns"));
}

#[test]
fn a_collapsed_group_is_open_while_one_of_its_services_has_a_problem() {
    let html = page("branded", "index.html");
    assert_eq!(count(&html, "details.group"), 3);
    assert_eq!(count(&html, "details.group[open]"), 1);
    assert_eq!(count(&html, "details.group[open] #service-search"), 1);
}
