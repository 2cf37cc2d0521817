use allclear_core::provider_status::Level;
use allclear_llm::provider::{PageShape, StatusPage};
use allclear_llm::status_page::{self, PageReport};
use serde_json::{Value, json};

use crate::now;

fn page(shape: PageShape, component: Option<&'static str>) -> StatusPage {
    StatusPage { url: "https://status.example.com", shape, component }
}

fn json_of(shape: PageShape, component: Option<&'static str>, body: &Value) -> (Level, String) {
    let body = body.to_string();
    let kind = Some("application/json; charset=utf-8");
    pair(status_page::read(&page(shape, component), None, kind, body.as_bytes(), now()).unwrap())
}

fn pair(report: PageReport) -> (Level, String) {
    (report.level, report.headline)
}

fn status(level: Level, headline: &str) -> (Level, String) {
    (level, headline.to_owned())
}

fn statuspage(indicator: &str, api: &str, incidents: &Value, maintenances: &Value) -> Value {
    json!({"page": {"id": "x"}, "status": {"indicator": indicator, "description": "…"},
        "components": [
            {"id": "1", "name": "Claude API (api.example.com)", "status": api, "group": false},
            {"id": "2", "name": "Chat", "status": "major_outage"},
            {"id": "3", "name": "API group", "status": "major_outage", "group": true}],
        "incidents": incidents, "scheduled_maintenances": maintenances})
}

#[test]
fn a_statuspage_is_read_by_its_indicator_and_its_open_incidents() {
    let incident = |impact: &str, status: &str| json!([{"id": "i", "name": "Elevated\n errors", "status": status, "impact": impact}]);
    let under_way = |status: &str| json!([{"name": "Database work", "status": status}]);
    let none = || json!([]);
    for (indicator, incidents, maintenances, expected) in [
        ("none", none(), none(), status(Level::Operational, "")),
        ("minor", none(), none(), status(Level::Degraded, "")),
        (
            "minor",
            incident("minor", "identified"),
            none(),
            status(Level::Degraded, "Elevated errors"),
        ),
        (
            "major",
            incident("major", "investigating"),
            none(),
            status(Level::Down, "Elevated errors"),
        ),
        ("critical", none(), none(), status(Level::Down, "")),
        // The indicator may not reflect an open incident.
        (
            "none",
            incident("minor", "investigating"),
            none(),
            status(Level::Degraded, "Elevated errors"),
        ),
        ("none", incident("major", "resolved"), none(), status(Level::Operational, "")),
        ("none", incident("none", "monitoring"), none(), status(Level::Operational, "")),
        (
            "none",
            json!(null),
            under_way("in_progress"),
            status(Level::Maintenance, "Database work"),
        ),
        ("none", none(), under_way("verifying"), status(Level::Maintenance, "Database work")),
        ("none", none(), under_way("scheduled"), status(Level::Operational, "")),
        ("maintenance", none(), none(), status(Level::Maintenance, "")),
    ] {
        let body = statuspage(indicator, "operational", &incidents, &maintenances);
        assert_eq!(json_of(PageShape::Statuspage, None, &body), expected, "{body}");
        // If no component has this name, the whole page counts.
        assert_eq!(json_of(PageShape::Statuspage, Some("Billing"), &body), expected, "{body}");
    }
}

#[test]
fn an_unknown_state_of_a_statuspage_is_an_error() {
    for (component, body) in [
        (None, statuspage("purple", "operational", &json!([]), &json!([]))),
        (Some("Claude API"), statuspage("none", "purple", &json!([]), &json!([]))),
        (None, json!({"components": []})),
        (Some("Claude API"), json!({"components": [{"name": "Claude API"}]})),
    ] {
        let page = page(PageShape::Statuspage, component);
        let read = status_page::read(&page, None, None, body.to_string().as_bytes(), now());
        assert!(read.is_err(), "{body}: {read:?}");
    }
}

#[test]
fn only_the_configured_component_of_a_statuspage_counts() {
    let incidents = |components: Value, impact: &str| json!([{"name": "Errors", "status": "monitoring", "impact": impact, "components": components}]);
    let (own_component, other_component) =
        (json!([{"name": "Claude API (api.example.com)"}]), json!([{"name": "Chat"}]));
    for (api, incidents, expected) in [
        ("operational", json!([]), status(Level::Operational, "")),
        (
            "operational",
            incidents(other_component.clone(), "critical"),
            status(Level::Operational, ""),
        ),
        (
            "operational",
            incidents(own_component.clone(), "minor"),
            status(Level::Degraded, "Errors"),
        ),
        // The status of the component determines the level for the component.
        (
            "operational",
            incidents(own_component.clone(), "critical"),
            status(Level::Degraded, "Errors"),
        ),
        ("major_outage", incidents(own_component, "critical"), status(Level::Down, "Errors")),
        ("partial_outage", incidents(other_component, "minor"), status(Level::Degraded, "")),
        // incident.io does not list the components of an incident.
        (
            "degraded_performance",
            incidents(json!(null), "minor"),
            status(Level::Degraded, "Errors"),
        ),
        ("operational", incidents(json!(null), "minor"), status(Level::Operational, "")),
        ("under_maintenance", json!(null), status(Level::Maintenance, "")),
    ] {
        let body = statuspage("critical", api, &incidents, &json!(null));
        assert_eq!(json_of(PageShape::Statuspage, Some("claude api"), &body), expected, "{body}");
    }
}

#[test]
fn incident_io_is_read_in_both_of_its_forms() {
    let proxy = |affected: Value, incidents: Value, maintenances: Value| {
        json!({"summary": {"name": "x", "components": [{"id": "c1", "name": "API"}, {"id": "c2", "name": "Chat"}],
            "structure": {"items": [{"group": {"components": [{"component_id": "c3", "name": "API v2"}]}}]},
            "affected_components": affected, "ongoing_incidents": incidents,
            "scheduled_maintenances": maintenances}})
    };
    let none = || json!([]);
    let incident = |id: &str, status: &str| {
        json!([{"name": "Slow answers", "status": "identified",
            "component_impacts": [{"component_id": id, "status": status}]}])
    };
    let affected = |id: &str, status: &str| json!([{"component_id": id, "status": status}]);
    for (body, whole, api) in [
        (
            proxy(none(), none(), none()),
            status(Level::Operational, ""),
            status(Level::Operational, ""),
        ),
        (
            proxy(affected("c1", "partial_outage"), incident("c1", "partial_outage"), none()),
            status(Level::Degraded, "Slow answers"),
            status(Level::Degraded, "Slow answers"),
        ),
        (
            proxy(affected("c2", "full_outage"), incident("c2", "full_outage"), none()),
            status(Level::Down, "Slow answers"),
            status(Level::Operational, ""),
        ),
        (
            proxy(none(), incident("c3", "degraded_performance"), none()),
            status(Level::Degraded, "Slow answers"),
            status(Level::Degraded, "Slow answers"),
        ),
        (
            proxy(none(), none(), json!([{"name": "Work", "status": "maintenance_in_progress"}])),
            status(Level::Maintenance, "Work"),
            status(Level::Operational, ""),
        ),
        (
            proxy(none(), none(), json!([{"name": "Work", "status": "maintenance_scheduled"}])),
            status(Level::Operational, ""),
            status(Level::Operational, ""),
        ),
    ] {
        assert_eq!(json_of(PageShape::IncidentIo, None, &body), whole, "{body}");
        // If no component has this name, the whole page counts.
        assert_eq!(json_of(PageShape::IncidentIo, Some("billing"), &body), whole, "{body}");
        assert_eq!(json_of(PageShape::IncidentIo, Some("API"), &body), api, "{body}");
    }
    let widget = json!({"page_title": "x", "in_progress_maintenances": [], "ongoing_incidents": [
        {"name": "Outage", "status": "investigating", "current_worst_impact": "full_outage",
         "affected_components": [{"id": "1", "name": "API", "current_status": "full_outage"}]}]});
    assert_eq!(json_of(PageShape::IncidentIo, None, &widget), status(Level::Down, "Outage"));
    assert_eq!(json_of(PageShape::IncidentIo, Some("api"), &widget), status(Level::Down, "Outage"));
    assert_eq!(
        json_of(PageShape::IncidentIo, Some("chat"), &widget),
        status(Level::Operational, "")
    );
}

#[test]
fn better_stack_is_read_by_its_state_and_its_reports() {
    let body = |aggregate: &str, inference: &str, report: &str, starts: &str| {
        json!({"data": {"type": "status_page", "attributes": {"aggregate_state": aggregate}}, "included": [
            {"type": "status_page_resource", "id": "1", "attributes": {"public_name": "Inference API", "status": inference}},
            {"type": "status_page_resource", "id": "2", "attributes": {"public_name": "Hub", "status": "not_monitored"}},
            {"type": "status_report", "attributes": {"title": "Delays", "aggregate_state": report,
                "starts_at": starts, "ends_at": null,
                "affected_resources": [{"status_page_resource_id": "1", "status": "degraded"}]}}]})
    };
    let past = "2026-11-22T09:00:00Z";
    for (body, whole, api) in [
        (
            body("operational", "operational", "resolved", past),
            Level::Operational,
            (Level::Operational, ""),
        ),
        (
            body("degraded", "degraded", "degraded", past),
            Level::Degraded,
            (Level::Degraded, "Delays"),
        ),
        (body("downtime", "operational", "downtime", past), Level::Down, (Level::Operational, "")),
        (
            body("maintenance", "downtime", "degraded", past),
            Level::Maintenance,
            (Level::Down, "Delays"),
        ),
        (
            body("degraded", "degraded", "degraded", "2026-11-23T00:00:00Z"),
            Level::Degraded,
            (Level::Degraded, ""),
        ),
        (body("degraded", "degraded", "resolved", past), Level::Degraded, (Level::Degraded, "")),
    ] {
        assert_eq!(json_of(PageShape::BetterStack, None, &body).0, whole, "{body}");
        let expected = status(api.0, api.1);
        assert_eq!(json_of(PageShape::BetterStack, Some("inference"), &body), expected, "{body}");
        // If nothing is monitored under this name, the whole page counts.
        assert_eq!(json_of(PageShape::BetterStack, Some("hub"), &body).0, whole, "{body}");
    }
}

fn aws_event(region: &str, service: &str, name: &str, status: &Value, impacted: &Value) -> Value {
    json!({"date": "1795341000", "arn": format!("arn:aws:health:{region}::event/X/Y/Z"),
        "region_name": "Somewhere", "status": status, "service": format!("{service}-{region}"),
        "service_name": name, "summary": format!("Trouble with {name}"),
        "event_log": [{"summary": "…", "message": "…", "status": 1, "timestamp": 1_795_341_000}],
        "impacted_services": impacted})
}

#[test]
fn aws_events_of_the_service_and_region_count_in_both_byte_orders() {
    let many = json!({"bedrock-us-east-1": {"service_name": "Amazon Bedrock", "current": "2", "max": "3"}});
    let events = json!([
        aws_event("me-south-1", "multipleservices", "Multiple services", &json!("3"), &json!({})),
        aws_event("me-south-1", "bedrock", "Amazon Bedrock", &json!("3"), &json!({})),
        aws_event("us-east-1", "multipleservices", "Multiple services", &json!("3"), &many),
        aws_event("eu-west-1", "ec2", "Amazon EC2", &json!(2), &json!({}))
    ]);
    let read = |component, region, events: &Value| {
        let text = events.to_string();
        let encoded = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
        };
        let page = page(PageShape::AwsEvents, component);
        let read = |body: &[u8]| {
            let kind = Some("application/json;charset=utf-16");
            pair(status_page::read(&page, region, kind, body, now()).unwrap())
        };
        let little = read(&encoded([0xFF, 0xFE], u16::to_le_bytes));
        assert_eq!(read(&encoded([0xFE, 0xFF], u16::to_be_bytes)), little);
        assert_eq!(read(text.as_bytes()), little);
        little
    };
    let bedrock = Some("bedrock");
    assert_eq!(
        read(bedrock, Some("us-east-1"), &events),
        status(Level::Degraded, "Trouble with Multiple services")
    );
    assert_eq!(
        read(bedrock, Some("me-south-1"), &events),
        status(Level::Down, "Trouble with Amazon Bedrock")
    );
    assert_eq!(read(bedrock, Some("eu-west-1"), &events), status(Level::Operational, ""));
    assert_eq!(
        read(None, Some("eu-west-1"), &events),
        status(Level::Degraded, "Trouble with Amazon EC2")
    );
    assert_eq!(read(None, None, &events).0, Level::Down);
    assert_eq!(read(bedrock, None, &json!([])), status(Level::Operational, ""));
    let over = json!([
        aws_event("us-east-1", "bedrock", "Amazon Bedrock", &json!("0"), &json!({})),
        aws_event("us-east-1", "bedrock", "Amazon Bedrock", &json!("1"), &json!({}))
    ]);
    assert_eq!(read(bedrock, Some("us-east-1"), &over), status(Level::Operational, ""));
}

fn rss(items: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Status</title>
<lastBuildDate>Sun, 22 Nov 2026 09:59:00 Z</lastBuildDate>{items}</channel></rss>"#
    )
}

fn item(title: &str, text: &str, date: &str, guid: &str) -> String {
    format!(
        "<item><title>{title}</title><description>{text}</description><pubDate>{date}</pubDate><guid>{guid}</guid></item>"
    )
}

fn feed(component: Option<&'static str>, body: &str) -> Result<(Level, String), String> {
    let page = page(PageShape::Feed, component);
    status_page::read(&page, None, Some("application/rss+xml"), body.as_bytes(), now()).map(pair)
}

const TODAY: &str = "Sun, 22 Nov 2026 09:00:00 GMT";
const EARLIER: &str = "Sun, 22 Nov 2026 08:00:00 +0000";
const LAST_WEEK: &str = "Mon, 16 Nov 2026 09:00:00 Z";
const LAST_YEAR: &str = "Sat, 22 Nov 2025 09:00:00 GMT";

#[test]
fn the_latest_entry_of_each_incident_decides_if_it_is_open() {
    let open = "&lt;p&gt;&lt;b&gt;Status: Investigating&lt;/b&gt;&lt;/p&gt; We look into it.";
    let resolved = "<![CDATA[<strong>Status:</strong> Resolved<br/>It works again.]]>";
    let history = "&lt;small&gt;Nov 22&lt;/small&gt; &lt;strong&gt;Resolved&lt;/strong&gt; - Done. Investigating - We look.";
    for (items, expected) in [
        (String::new(), status(Level::Operational, "")),
        (item("API errors", open, TODAY, "1"), status(Level::Degraded, "API errors")),
        (item("API errors", resolved, TODAY, "1"), status(Level::Operational, "")),
        (
            item("API errors", open, EARLIER, "1") + &item("API errors", resolved, TODAY, "1"),
            status(Level::Operational, ""),
        ),
        (
            item("API errors", resolved, EARLIER, "1") + &item("API errors", open, TODAY, "1"),
            status(Level::Degraded, "API errors"),
        ),
        (
            item("Old", resolved, TODAY, "1") + &item("New &amp; bad", open, EARLIER, "2"),
            status(Level::Degraded, "New & bad"),
        ),
        (item("API errors", history, TODAY, "1"), status(Level::Operational, "")),
        (item("[Resolved] API errors", "", TODAY, "1"), status(Level::Operational, "")),
        (
            item("Identified: API errors", "", LAST_WEEK, "1"),
            status(Level::Degraded, "Identified: API errors"),
        ),
        // An incident that was forgotten and never closed.
        (item("API errors", open, LAST_YEAR, "1"), status(Level::Operational, "")),
        // Azure lists only open incidents, without marking them as open.
        (item("Trouble", "It fails.", TODAY, ""), status(Level::Degraded, "Trouble")),
        (item("Trouble", "It failed.", LAST_WEEK, ""), status(Level::Operational, "")),
        (
            item("API", "Status: Identified. Affected components: API (Major outage)", TODAY, "1"),
            status(Level::Down, "API"),
        ),
        (
            item("Planned maintenance", "Status: In progress", TODAY, "1"),
            status(Level::Maintenance, "Planned maintenance"),
        ),
        (
            item("Planned maintenance", "Status: Scheduled", TODAY, "1"),
            status(Level::Operational, ""),
        ),
    ] {
        assert_eq!(feed(None, &rss(&items)), Ok(expected), "{items}");
    }
}

#[test]
fn only_feed_entries_of_the_component_count() {
    let items = item("Storage", "Azure OpenAI is not affected? It is.", TODAY, "1");
    assert_eq!(feed(Some("OpenAI"), &rss(&items)), Ok(status(Level::Degraded, "Storage")));
    let items = item("Storage", "Blobs are slow.", TODAY, "1");
    assert_eq!(feed(Some("OpenAI"), &rss(&items)), Ok(status(Level::Operational, "")));
}

#[test]
fn atom_is_read_too() {
    let entry = |state: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Status</title><entry><id>1</id>\
            <title>Errors</title><updated>2026-11-22T09:00:00Z</updated>\
            <content type=\"html\">&lt;b&gt;Status: {state}&lt;/b&gt;</content></entry></feed>"
        )
    };
    assert_eq!(feed(None, &entry("Monitoring")), Ok(status(Level::Degraded, "Errors")));
    assert_eq!(feed(None, &entry("Resolved")), Ok(status(Level::Operational, "")));
}

#[test]
fn an_exploding_feed_is_an_error() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
        <rss><channel><item><title>&b;</title></item></channel></rss>"#;
    assert!(feed(None, bomb).unwrap_err().contains("not XML"));
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(feed(None, &deep).unwrap_err().contains("not XML"));
    let deep = format!("<rss>{}{}</rss>", "<a>".repeat(40_000), "</a>".repeat(40_000));
    let _ = feed(None, &deep);
}

#[test]
fn an_invalid_status_page_is_an_error_that_names_the_content() {
    let shapes = [
        (PageShape::Statuspage, "application/json"),
        (PageShape::IncidentIo, "application/json"),
        (PageShape::BetterStack, "application/json"),
        (PageShape::AwsEvents, "application/json"),
        (PageShape::Feed, "application/xml"),
    ];
    for (shape, kind) in shapes {
        let read = |kind: Option<&str>, body: &str| {
            status_page::read(&page(shape, None), None, kind, body.as_bytes(), now()).unwrap_err()
        };
        let html = "\n<!DOCTYPE html><html><head></head></html>";
        assert!(read(Some("text/html; charset=utf-8"), html).contains("`text/html`"), "{shape:?}");
        assert!(read(Some("TEXT/HTML"), "{}").contains("`text/html`"), "{shape:?}");
        assert!(read(Some(kind), html).contains("HTML page"), "{shape:?}");
        assert!(read(None, "<HTML>").contains("HTML page"), "{shape:?}");
        assert!(read(Some("image/png"), "x").contains("`image/png`"), "{shape:?}");
        for body in ["", "{}", "5", "null", "{\"status\":5}", "<x/>", "[", "\u{feff}"] {
            assert!(!read(Some(kind), body).is_empty(), "{shape:?} {body}");
            assert!(!read(None, body).is_empty(), "{shape:?} {body}");
        }
    }
    let unknown = json!({"data": {"attributes": {"aggregate_state": "sideways"}}}).to_string();
    let page = page(PageShape::BetterStack, None);
    let error = status_page::read(&page, None, None, unknown.as_bytes(), now()).unwrap_err();
    assert!(error.contains("`sideways`"), "{error}");
}

#[test]
fn a_headline_is_one_line_of_bounded_length() {
    let incidents =
        json!([{"name": "x\n".repeat(500), "status": "investigating", "impact": "minor"}]);
    let body = statuspage("minor", "operational", &incidents, &json!([]));
    let (_, headline) = json_of(PageShape::Statuspage, None, &body);
    assert_eq!(headline.chars().count(), 200);
    assert!(!headline.contains('\n'));
}

#[test]
fn feeds_that_would_keep_the_parser_busy_are_refused() {
    let feed = |text: String| {
        let page = page(PageShape::Feed, None);
        status_page::read(&page, None, Some("application/xml"), text.as_bytes(), now())
    };
    let attributes: String = (0..200_000).fold(String::new(), |all, n| all + &format!(" a{n}='='"));
    let what = feed(format!("<rss{attributes}></rss>")).unwrap_err();
    assert_eq!(what, "the feed has an element with more than 200 attributes");
    let nested: String =
        (0..20_000).fold(String::new(), |all, n| all + &format!("<a xmlns:n{n}='u:{n}'>"));
    let what = feed(format!("<rss>{nested}{}</rss>", "</a>".repeat(20_000))).unwrap_err();
    assert_eq!(what, "the feed declares more than 300 name spaces");
    let bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss>&b;</rss>";
    assert!(feed(bomb.to_owned()).unwrap_err().contains("not XML"));
    let many = "<item/>".repeat(60_000);
    assert!(feed(format!("<rss>{many}</rss>")).unwrap_err().contains("not XML"));
    // Neither the depth alone nor signs within a text are an error.
    let deep = "<item>".repeat(10_000) + &"</item>".repeat(10_000);
    assert!(feed(format!("<rss>{deep}</rss>")).is_ok());
    let text = "=".repeat(1_000);
    assert!(feed(format!("<rss a='{text}'><b>{text}</b><![CDATA[{text}]]></rss>")).is_ok());
}

#[test]
fn a_page_with_many_repeated_components_is_read_in_linear_time() {
    let resource = |n: u32| {
        json!({"id": n.to_string(), "type": "status_page_resource",
            "attributes": {"public_name": "API", "status": "operational"}})
    };
    let affected: Vec<Value> =
        (0..20_000).map(|n| json!({"status_page_resource_id": format!("x{n}")})).collect();
    let report = json!({"type": "status_report", "attributes":
        {"title": "Slow", "aggregate_state": "degraded", "affected_resources": affected}});
    let included: Vec<Value> = (0..20_000).map(resource).chain([report]).collect();
    let body = json!({"data": {"attributes": {"aggregate_state": "operational"}},
        "included": included});
    let page = page(PageShape::BetterStack, Some("API"));
    let read = status_page::read(&page, None, None, body.to_string().as_bytes(), now());
    assert_eq!(read.map(pair), Ok(status(Level::Operational, "")));
}
