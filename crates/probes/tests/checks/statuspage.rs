//! The `statuspage` check: what a page says, and pages that say nothing.

use std::collections::BTreeMap;

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, SHORT, bench, raw_server};

const KIND: &str = "statuspage";

fn summary(indicator: &str, api: &str, maintenance: &str) -> Value {
    json!({
        "page": { "id": "p", "name": "Acme", "url": "https://status.acme.test" },
        "status": { "indicator": indicator, "description": "" },
        "components": [
            { "id": "c1", "name": "API", "status": api },
            { "id": "c2", "name": "Website", "status": "operational" },
        ],
        "incidents": if indicator == "none" { json!([]) } else { json!([{
            "name": "Errors in the API", "status": "identified", "impact": indicator,
            "shortlink": "https://stspg.test/x", "components": [{ "id": "c1", "name": "API" }],
        }]) },
        "scheduled_maintenances": [
            { "name": "Database work", "status": maintenance, "components": [{ "id": "c1", "name": "API" }] },
        ],
    })
}

async fn check(bench: &CheckFixture, page: Value, more: Value) -> Finding {
    bench.simulator.set("svc", Behavior::Json { status: 200, body: page });
    let mut params = more;
    params["url"] = json!(bench.simulator.http_url("/svc"));
    bench.check(KIND, params).await
}

#[tokio::test]
async fn an_outage_and_a_degradation_name_the_incident_and_its_page() {
    let bench = bench().await;
    let operational = check(&bench, summary("none", "operational", "scheduled"), json!({})).await;
    operational.assert_healthy();
    assert_eq!(operational.metric("open_incidents"), Some(0));
    let page = || summary("major", "major_outage", "scheduled");
    let down = check(&bench, page(), json!({})).await;
    assert_eq!(
        down.assert_down(Reason::VendorIncident),
        "Acme has an outage: Errors in the API (https://stspg.test/x)"
    );
    let degraded =
        check(&bench, summary("minor", "degraded_performance", "scheduled"), json!({})).await;
    let message = degraded.assert_cause(Status::Degraded, Fault::Target, Reason::VendorIncident);
    assert_eq!(message, "Acme is degraded: Errors in the API (https://stspg.test/x)");
    // Another component is not concerned.
    check(&bench, page(), json!({ "component": "Website" })).await.assert_healthy();
    let component = check(&bench, page(), json!({ "component": "c1" })).await;
    assert!(
        component.assert_down(Reason::VendorIncident).starts_with("`API` of Acme has an outage")
    );
}

#[tokio::test]
async fn a_maintenance_under_way_means_what_the_check_says() {
    let bench = bench().await;
    for (meaning, wanted) in [
        (None, Status::Healthy),
        (Some("healthy"), Status::Healthy),
        (Some("degraded"), Status::Degraded),
        (Some("unhealthy"), Status::Unhealthy),
    ] {
        let more = meaning.map_or(json!({}), |meaning| json!({ "maintenance": meaning }));
        let page = summary("none", "under_maintenance", "in_progress");
        let finding = check(&bench, page, more).await;
        assert_eq!(finding.status(), wanted, "{meaning:?}: {finding:?}");
    }
}

#[tokio::test]
async fn a_page_of_instatus_is_read_with_its_components() {
    let page = json!({
        "page": { "name": "Acme", "url": "https://acme.instatus.test", "status": "HASISSUES" },
        "components": [
            { "id": "i1", "name": "API", "status": "MAJOROUTAGE" },
            { "id": "i2", "name": "Website", "status": "OPERATIONAL" },
        ],
        "activeIncidents": [{
            "name": "API is down", "status": "INVESTIGATING", "impact": "MAJOROUTAGE",
            "url": "https://acme.instatus.test/incident/1",
        }],
    });
    let body = page.to_string();
    let head = format!("content-type: application/json\r\ncontent-length: {}", body.len());
    let server = raw_server(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")).await;
    let url = format!("http://{}", server.address);
    let bench = bench().await;
    for (component, wanted) in [("API", Status::Unhealthy), ("i2", Status::Healthy)] {
        let params = json!({ "url": url, "format": "instatus", "component": component });
        let finding = bench.check(KIND, params).await;
        assert_eq!(finding.status(), wanted, "{component}: {finding:?}");
    }
    let params = json!({ "url": url, "format": "instatus", "component": "Billing" });
    let finding = bench.check(KIND, params).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ResourceNotFound);
    assert!(message.contains("no component `Billing`; it has API, Website"), "{message}");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_no_failure_of_the_vendor() {
    let bench = bench().await;
    let url = bench.simulator.http_url("/svc");
    let old = BTreeMap::from([
        ("age".to_owned(), "90000".to_owned()),
        ("cache-control".to_owned(), "max-age=60".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ]);
    let page = summary("none", "operational", "scheduled").to_string();
    for (behavior, reason, part) in [
        (Behavior::text(503, "overloaded"), Reason::HttpStatus, "the answer is 503"),
        (Behavior::text(429, ""), Reason::Throttled, "the answer is 429"),
        (Behavior::text(200, "<!doctype html>"), Reason::ResponseInvalid, "an HTML page"),
        (Behavior::text(200, "{}"), Reason::ResponseInvalid, "neither `status.indicator`"),
        (Behavior::Reset, Reason::ConnectionClosed, "cannot read the status page"),
        (
            Behavior::Status { code: 200, headers: old, body: page },
            Reason::ResponseInvalid,
            "a copy of 90000 s ago, and may be used for 60 s",
        ),
    ] {
        bench.simulator.set("svc", behavior);
        let finding = bench.check(KIND, json!({ "url": url })).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, reason);
        assert!(message.contains(part), "{message}");
    }
    bench.simulator.set("svc", Behavior::Hang);
    let finding = bench.check_within(SHORT, KIND, json!({ "url": url })).await;
    finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::Timeout);
    // A page that does not exist is a mistake in the config.
    bench.simulator.set("svc", Behavior::text(404, ""));
    let finding = bench.check(KIND, json!({ "url": url })).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::EndpointNotFound);
}
