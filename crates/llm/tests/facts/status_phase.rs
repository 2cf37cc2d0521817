//! The phase of the open incident on a status page.

use allclear_core::provider_status::ReportedPhase;
use allclear_llm::provider::{PageShape, StatusPage};
use allclear_llm::status_page;
use serde_json::{Value, json};

use crate::now;

fn phase(shape: PageShape, component: Option<&'static str>, body: &str) -> Option<ReportedPhase> {
    let page = StatusPage { url: "https://status.example.com", shape, component };
    status_page::read(&page, None, None, body.as_bytes(), now()).unwrap().phase
}

const PHASES: [(&str, Option<ReportedPhase>); 5] = [
    ("investigating", Some(ReportedPhase::Investigating)),
    ("Identified", Some(ReportedPhase::Identified)),
    ("monitoring", Some(ReportedPhase::Monitoring)),
    ("resolved", None),
    ("confused", None),
];

#[test]
fn the_phase_of_an_open_incident_is_that_of_its_status() {
    for (status, expected) in PHASES {
        let incident = json!({"name": "Errors", "status": status, "impact": "major"});
        let page = json!({"status": {"indicator": "major"}, "incidents": [incident]});
        assert_eq!(phase(PageShape::Statuspage, None, &page.to_string()), expected, "{status}");
        let page = json!({"ongoing_incidents": [incident], "affected_components": []});
        assert_eq!(phase(PageShape::IncidentIo, None, &page.to_string()), expected, "{status}");
        let text = format!("Status: {status}. We look into it.");
        let date = "Sun, 22 Nov 2026 09:00:00 GMT";
        let feed = format!(
            "<rss><channel><item><title>Errors</title><description>{text}</description>\
             <pubDate>{date}</pubDate><guid>1</guid></item></channel></rss>"
        );
        assert_eq!(phase(PageShape::Feed, None, &feed), expected, "{status}");
    }
}

#[test]
fn the_phase_is_that_of_the_incident_of_the_headline() {
    let incident = |name: &str, status: &str, impact: &str, components: Value| json!({"name": name, "status": status, "impact": impact, "components": components});
    let page = |component: &str, incidents: Value| {
        let components = json!([{"name": "API", "status": component}]);
        json!({"status": {"indicator": "minor"}, "components": components, "incidents": incidents})
            .to_string()
    };
    let two = json!([
        incident("Slow", "monitoring", "minor", json!([])),
        incident("Down", "identified", "critical", json!([]))
    ]);
    let whole = page("operational", two.clone());
    assert_eq!(phase(PageShape::Statuspage, None, &whole), Some(ReportedPhase::Identified));
    // No incident names the component, so the first one that names none counts.
    let own = page("major_outage", two.clone());
    assert_eq!(phase(PageShape::Statuspage, Some("API"), &own), Some(ReportedPhase::Monitoring));
    // The component works.
    assert_eq!(phase(PageShape::Statuspage, Some("API"), &page("operational", two)), None);
    let unnamed = json!([incident("", "identified", "major", json!([]))]);
    assert_eq!(phase(PageShape::Statuspage, None, &page("operational", unnamed)), None);
}

#[test]
fn a_maintenance_and_pages_without_phases_have_none() {
    let maintenance = json!({"name": "Work", "status": "in_progress"});
    let page = json!({"status": {"indicator": "none"}, "scheduled_maintenances": [maintenance]});
    assert_eq!(phase(PageShape::Statuspage, None, &page.to_string()), None);
    let report = json!({"type": "status_report", "attributes":
        {"title": "Slow", "aggregate_state": "degraded"}});
    let page =
        json!({"data": {"attributes": {"aggregate_state": "degraded"}}, "included": [report]});
    assert_eq!(phase(PageShape::BetterStack, None, &page.to_string()), None);
}
