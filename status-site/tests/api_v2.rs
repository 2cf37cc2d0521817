//! Tests of `api/v2/` as a Statuspage client reads it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use allclear_status_site::{Snapshot, render};
use serde_json::Value;

fn scenario(name: &str) -> Snapshot {
    scenarios::all().into_iter().find(|scenario| scenario.name == name).unwrap().snapshot
}

fn file(snapshot: &Snapshot, name: &str) -> Value {
    let path = format!("api/v2/{name}.json");
    let file = render(snapshot).into_iter().find(|file| file.path == path).unwrap();
    assert_eq!(file.content_type, "application/json");
    serde_json::from_slice(&file.bytes).unwrap()
}

fn component(summary: &Value, id: &str) -> Value {
    let components = summary["components"].as_array().unwrap();
    components.iter().find(|component| component["id"] == id).unwrap().clone()
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|value| value[key].as_str().unwrap()).collect()
}

#[test]
fn the_summary_has_every_field_that_clients_read() {
    let summary = file(&scenario("one-outage"), "summary");
    let top = ["components", "incidents", "page", "scheduled_maintenances", "status"];
    assert_eq!(keys(&summary), top);
    assert_eq!(keys(&summary["page"]), ["id", "name", "time_zone", "updated_at", "url"]);
    let expected = [
        "created_at",
        "description",
        "group",
        "group_id",
        "id",
        "name",
        "only_show_if_degraded",
        "page_id",
        "position",
        "showcase",
        "start_date",
        "status",
        "updated_at",
    ];
    assert_eq!(keys(&component(&summary, "api")), expected);
    let expected = [
        "components",
        "created_at",
        "id",
        "impact",
        "incident_updates",
        "monitoring_at",
        "name",
        "page_id",
        "resolved_at",
        "shortlink",
        "started_at",
        "status",
        "updated_at",
    ];
    assert_eq!(keys(&summary["incidents"][0]), expected);
    let expected = [
        "affected_components",
        "body",
        "created_at",
        "display_at",
        "id",
        "incident_id",
        "status",
        "updated_at",
    ];
    assert_eq!(keys(&summary["incidents"][0]["incident_updates"][0]), expected);
}

#[test]
fn states_map_to_the_terms_of_statuspage() {
    for (name, id, word, indicator, description) in [
        ("all-ok", "api", "operational", "none", "All Systems Operational"),
        (
            "one-degraded",
            "search",
            "degraded_performance",
            "minor",
            "Search is slow or failing in part",
        ),
        ("one-outage", "checkout", "major_outage", "major", "Checkout is down"),
        ("maintenance", "database", "under_maintenance", "none", "Database is under maintenance"),
        ("unknown-service", "gemini", "degraded_performance", "minor", "No data for Gemini API"),
        (
            "stale",
            "api",
            "degraded_performance",
            "minor",
            "Status unknown: the data is 42 minutes old",
        ),
    ] {
        let snapshot = scenario(name);
        let summary = file(&snapshot, "summary");
        assert_eq!(component(&summary, id)["status"], word, "{name}");
        assert_eq!(summary["status"]["indicator"], indicator, "{name}");
        assert_eq!(summary["status"]["description"], description, "{name}");
        assert_eq!(file(&snapshot, "status")["status"], summary["status"]);
        assert_eq!(file(&snapshot, "components")["components"], summary["components"]);
    }
}

#[test]
fn an_outage_of_everything_is_critical() {
    let mut snapshot = scenario("all-ok");
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        service.state = allclear_status_site::snapshot::ServiceState::Outage;
    }
    assert_eq!(file(&snapshot, "status")["status"]["indicator"], "critical");
}

#[test]
fn a_service_without_data_is_described_as_such() {
    let summary = file(&scenario("unknown-service"), "summary");
    let description = component(&summary, "gemini")["description"].clone();
    assert_eq!(description, "No data: the service is not measured.");
    assert_eq!(component(&summary, "api")["description"], Value::Null);
}

#[test]
fn a_group_lists_its_members_and_has_the_worst_of_their_states() {
    let summary = file(&scenario("one-outage"), "summary");
    let group = component(&summary, "group-product");
    assert_eq!(group["group"], true);
    assert_eq!(group["status"], "major_outage");
    let members = ["website", "api", "checkout", "webhooks"];
    assert_eq!(group["components"], Value::from(members.to_vec()));
    for id in members {
        assert_eq!(component(&summary, id)["group_id"], "group-product");
    }
}

#[test]
fn the_summary_holds_open_incidents_and_the_list_holds_all() {
    let snapshot = scenario("one-outage");
    let summary = file(&snapshot, "summary");
    assert_eq!(texts(&summary["incidents"], "id"), ["checkout-down"]);
    assert_eq!(file(&snapshot, "incidents/unresolved")["incidents"], summary["incidents"]);
    let all = file(&snapshot, "incidents");
    assert_eq!(texts(&all["incidents"], "id"), ["checkout-down", "webhooks-late"]);
    assert_eq!(all["incidents"][1]["resolved_at"], "2026-03-06T09:02:00Z");
}

#[test]
fn updates_are_newest_first_with_stable_ids() {
    let mut snapshot = scenario("one-outage");
    let open = file(&snapshot, "incidents")["incidents"][0].clone();
    let updates = open["incident_updates"].clone();
    let ids = ["checkout-down-3", "checkout-down-2", "checkout-down-1"];
    assert_eq!(texts(&updates, "id"), ids);
    assert_eq!(texts(&updates, "status"), ["monitoring", "identified", "investigating"]);
    assert_eq!(open["status"], "monitoring");
    assert_eq!(open["monitoring_at"], "2026-03-10T11:55:00Z");
    let link = "https://status.acme.example/#incident-checkout-down";
    assert_eq!(open["shortlink"], link);

    let incident = snapshot.incidents.iter_mut().find(|i| i.id == "checkout-down").unwrap();
    let mut fourth = incident.updates[2].clone();
    fourth.at = "2026-03-10T11:59:00Z".parse().unwrap();
    incident.updates.push(fourth);
    let longer = file(&snapshot, "incidents")["incidents"][0]["incident_updates"].clone();
    assert_eq!(longer[1], updates[0]);
}

#[test]
fn windows_are_sorted_into_their_files() {
    let snapshot = scenario("maintenance");
    let ids = |name: &str| {
        let file = file(&snapshot, name);
        let windows = &file["scheduled_maintenances"];
        texts(windows, "id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["database-upgrade", "search-index", "old"];
    assert_eq!(ids("scheduled-maintenances"), all);
    assert_eq!(ids("scheduled-maintenances/active"), ["database-upgrade"]);
    assert_eq!(ids("scheduled-maintenances/upcoming"), ["search-index"]);
    assert_eq!(ids("summary"), ["database-upgrade", "search-index"]);

    let window =
        file(&snapshot, "scheduled-maintenances/active")["scheduled_maintenances"][0].clone();
    assert_eq!(window["status"], "in_progress");
    assert_eq!(window["impact"], "maintenance");
    assert_eq!(window["scheduled_for"], "2026-03-10T11:30:00Z");
    assert_eq!(window["scheduled_until"], "2026-03-10T13:00:00Z");
    assert_eq!(texts(&window["components"], "id"), ["database"]);
}
