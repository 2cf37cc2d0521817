//! Metrics, the files for crawlers, the widget and the head of the page.

use allclear_status_site::render;
use allclear_status_site::snapshot::Href;
use scraper::{Html, Selector};

use super::{every_snapshot, file, snapshot, text};

#[test]
fn metrics_have_no_sample_for_what_is_not_known() {
    let metrics = text(&snapshot("one-outage"), "metrics");
    for line in [
        "probe_success{service=\"checkout\"} 0",
        "probe_success{service=\"api\"} 1",
        "allclear_service_state{service=\"checkout\",allclear_service_state=\"outage\"} 1",
        "allclear_service_uptime_ratio{service=\"checkout\",window=\"90d\"} 0.9995",
        "allclear_open_incidents 1",
        "allclear_last_check_timestamp_seconds 1773143970",
    ] {
        assert!(metrics.lines().any(|there| there == line), "`{line}` in {metrics}");
    }
    assert!(metrics.contains("\nprobe_duration_seconds{service=\"api\"} 0."), "{metrics}");
    let stale = text(&snapshot("stale"), "metrics");
    assert!(!stale.contains("\nprobe_success{") && !stale.contains("\nprobe_duration_seconds{"));
    let maintained = text(&snapshot("maintenance"), "metrics");
    assert!(!maintained.contains("probe_success{service=\"database\"}"));
    assert!(stale.ends_with("# EOF\n"));
}

#[test]
fn a_page_that_no_crawler_can_reach_has_no_sitemap() {
    let mut snapshot = snapshot("all-ok");
    let sitemap = text(&snapshot, "sitemap.xml");
    assert!(roxmltree::Document::parse(&sitemap).is_ok());
    for path in ["", "history/index.html", "history/2026-03.html"] {
        let location = format!("<loc>https://status.acme.example/{path}</loc>");
        assert!(sitemap.contains(&location), "{sitemap}");
    }
    let robots = text(&snapshot, "robots.txt");
    assert!(robots.ends_with("\nSitemap: https://status.acme.example/sitemap.xml\n"), "{robots}");

    snapshot.page.url = Href::parse("http://127.0.0.1:8080/").unwrap();
    assert!(render(&snapshot).iter().all(|file| file.path != "sitemap.xml"));
    assert!(!text(&snapshot, "robots.txt").contains("Sitemap"));
}

#[test]
fn the_guide_for_models_links_only_files_of_the_site() {
    for (name, snapshot) in every_snapshot() {
        let guide = text(&snapshot, "llms.txt");
        let files = render(&snapshot);
        let links = guide.match_indices("https://status.acme.example/").map(|(at, base)| {
            let rest = &guide[at + base.len()..];
            &rest[..rest.find([')', '\n']).unwrap_or(rest.len())]
        });
        let mut n_links = 0;
        for link in links {
            assert!(files.iter().any(|file| file.path == link), "{name}: {link}");
            n_links += 1;
        }
        assert!(n_links > 8, "{name}");
        let services = guide.lines().skip_while(|line| *line != "## Services").skip(2);
        assert_eq!(services.count(), snapshot.services().count(), "{name}");
    }
}

#[test]
fn the_widget_is_small_and_contains_no_state() {
    let ok = snapshot("all-ok");
    let down = snapshot("one-outage");
    for path in ["embed.js", "embed.html"] {
        assert_eq!(text(&ok, path), text(&down, path));
    }
    let loader = text(&ok, "embed.js");
    assert!(loader.len() < 2_000, "{} bytes", loader.len());
    let page = Html::parse_document(&text(&ok, "embed.html"));
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    let script = page.select(&Selector::parse("script").unwrap()).next().unwrap();
    assert!(script.text().collect::<String>().len() < 2_000);
}

#[test]
fn a_title_cannot_end_the_string_of_the_loader() {
    let mut snapshot = snapshot("all-ok");
    snapshot.page.title = "a\"; alert('1') //\\\n\u{2028}".into();
    let loader = text(&snapshot, "embed.js");
    let line = loader.lines().find(|line| line.contains("frame.title")).unwrap();
    assert_eq!(line.trim(), r#"frame.title = "a\"; alert('1') //\\""#);
}

#[test]
fn the_page_has_an_icon_and_an_image_of_its_state_with_valid_addresses() {
    for (name, snapshot) in every_snapshot() {
        let html = Html::parse_document(&text(&snapshot, "index.html"));
        let attribute = |css: &str, name: &str| {
            let found = html.select(&Selector::parse(css).unwrap()).next().unwrap();
            found.attr(name).unwrap().to_owned()
        };
        let icon = attribute("link[rel=icon]", "href");
        let is_of_uri = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/?%".contains(c);
        assert!(icon.chars().all(is_of_uri), "{name}: {icon}");
        let image = attribute("meta[property='og:image']", "content");
        let path = image.strip_prefix("https://status.acme.example/").unwrap();
        let png = file(&snapshot, path);
        assert_eq!(png.content_type, "image/png");
        assert!(png.bytes.starts_with(b"\x89PNG"), "{name}");
    }
}

#[test]
fn each_file_has_the_media_type_that_its_readers_expect() {
    let snapshot = snapshot("all-ok");
    for (path, expected) in [
        ("history.atom", "application/atom+xml"),
        ("history.rss", "application/rss+xml"),
        ("feed.json", "application/feed+json"),
        ("maintenance.ics", "text/calendar; charset=utf-8"),
        ("metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("badge.svg", "image/svg+xml"),
        ("sitemap.xml", "application/xml"),
        ("embed.js", "text/javascript; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(file(&snapshot, path).content_type, expected, "{path}");
    }
    for file in render(&snapshot) {
        assert_ne!(file.content_type, "application/octet-stream", "{}", file.path);
    }
}
