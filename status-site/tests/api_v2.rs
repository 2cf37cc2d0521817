//! Tests of `api/v2/` as a Statuspage client reads it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod scenarios;

use allclear_status_site::snapshot::{
    PublicIncidentImpact, PublicIncidentPhase, ServiceState, UpdateText,
};
use allclear_status_site::{Snapshot, render};
use serde_json::{Value, json};

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
    find_component(summary, id).unwrap()
}

fn find_component(summary: &Value, id: &str) -> Option<Value> {
    let components = summary["components"].as_array().unwrap();
    components.iter().find(|component| component["id"] == id).cloned()
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
    let update = &summary["incidents"][0]["incident_updates"][0];
    assert_eq!(keys(update), expected);
    let affected = json!([{
        "code": "checkout",
        "name": "Checkout",
        "old_status": "major_outage",
        "new_status": "degraded_performance",
    }]);
    assert_eq!(update["affected_components"], affected);
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
        service.state = ServiceState::Outage;
    }
    assert_eq!(file(&snapshot, "status")["status"]["indicator"], "critical");
}

#[test]
fn a_service_without_data_alarms_no_reader_and_is_not_operational() {
    let mut snapshot = scenario("unknown-service");
    let summary = file(&snapshot, "summary");
    assert_eq!(find_component(&summary, "gemini"), None);
    assert_eq!(component(&summary, "group-llm")["components"], json!(["anthropic", "openai"]));
    assert_eq!(component(&summary, "group-llm")["status"], "operational");
    assert_eq!(component(&summary, "api")["description"], Value::Null);
    let status = json!({ "indicator": "none", "description": "No data for Gemini API" });
    assert_eq!(summary["status"], status);

    // An open incident that names it keeps it in the list, for readers that look it up.
    let mut open = scenarios::one_outage().incidents.pop().unwrap();
    open.affected = vec!["gemini".to_owned()];
    snapshot.incidents.push(open);
    let summary = file(&snapshot, "summary");
    let gemini = component(&summary, "gemini");
    assert_eq!(gemini["status"], "degraded_performance");
    assert_eq!(gemini["description"], "No data: the service is not measured.");
    assert_eq!(summary["incidents"][0]["components"], json!([gemini]));
    assert_eq!(summary["status"]["indicator"], "major");
}

#[test]
fn a_page_that_knows_nothing_never_reads_as_healthy() {
    for (name, description) in [
        ("stale", "Status unknown: the data is 42 minutes old"),
        ("stale-for-days", "Status unknown: the data is 2 days old"),
        ("first-deploy", "Status unknown: nothing has been measured yet"),
    ] {
        let summary = file(&scenario(name), "summary");
        assert_eq!(summary["components"], json!([]), "{name}");
        let status = json!({ "indicator": "minor", "description": description });
        assert_eq!(summary["status"], status, "{name}");
    }
}

#[test]
fn the_indicator_is_at_least_the_impact_of_the_open_incidents() {
    let mut snapshot = scenario("lasting-trouble");
    assert_eq!(file(&snapshot, "status")["status"]["indicator"], "minor");
    for service in snapshot.groups.iter_mut().flat_map(|group| &mut group.services) {
        service.state = ServiceState::Operational;
    }
    for (impact, indicator) in [
        (PublicIncidentImpact::None, "none"),
        (PublicIncidentImpact::Minor, "minor"),
        (PublicIncidentImpact::Major, "major"),
        (PublicIncidentImpact::Critical, "critical"),
    ] {
        snapshot.incidents[0].impact = impact;
        assert_eq!(file(&snapshot, "status")["status"]["indicator"], indicator);
    }
}

#[test]
fn a_group_lists_its_members_and_sums_up_their_states() {
    let summary = file(&scenario("one-outage"), "summary");
    let group = component(&summary, "group-product");
    assert_eq!(group["group"], true);
    assert_eq!(group["status"], "partial_outage");
    let mut all_down = scenario("one-outage");
    for service in &mut all_down.groups[0].services {
        service.state = ServiceState::Outage;
    }
    let status = component(&file(&all_down, "summary"), "group-product")["status"].clone();
    assert_eq!(status, "major_outage");
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

#[test]
fn a_window_has_an_update_for_each_step_that_has_come() {
    let snapshot = scenario("maintenance");
    let all = file(&snapshot, "scheduled-maintenances")["scheduled_maintenances"].clone();
    let steps = |n: usize| texts(&all[n]["incident_updates"], "status");
    assert_eq!(steps(0), ["in_progress", "scheduled"]);
    assert_eq!(steps(1), ["scheduled"]);
    assert_eq!(steps(2), ["completed", "in_progress", "scheduled"]);
    assert_eq!(all[2]["status"], "completed");
    assert_eq!(all[2]["resolved_at"], "2026-03-02T04:00:00Z");
    let planned = &all[2]["incident_updates"][2];
    assert_eq!(planned["body"], "Planned from 2 March, 03:00 UTC to 04:00 UTC.");
    assert_eq!(all[1]["created_at"], "2026-03-08T22:00:00Z", "announced three days before");
    let change = &all[0]["incident_updates"][0]["affected_components"][0];
    let statuses = ["code", "old_status", "new_status"].map(|key| change[key].as_str().unwrap());
    assert_eq!(statuses, ["database", "operational", "under_maintenance"]);
}

/// Calls `visit` with each object in `value` and its path.
fn objects(
    path: &str,
    value: &Value,
    visit: &mut impl FnMut(&str, &serde_json::Map<String, Value>),
) {
    match value {
        Value::Object(object) => {
            visit(path, object);
            for (key, value) in object {
                objects(&format!("{path}.{key}"), value, visit);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| objects(path, value, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn no_link_or_body_is_empty_and_nothing_was_created_in_the_future() {
    let mut n_bodies = 0;
    for scenario in scenarios::all() {
        let now = scenario.snapshot.generated_at.to_string();
        for file in render(&scenario.snapshot) {
            if !file.path.starts_with("api/v2/") {
                continue;
            }
            let content: Value = serde_json::from_slice(&file.bytes).unwrap();
            objects(&file.path, &content, &mut |path, object| {
                for key in ["url", "shortlink"] {
                    let link = object.get(key).map(|link| link.as_str().unwrap());
                    assert!(
                        link.is_none_or(|link| link.starts_with("https://")),
                        "{path}: {link:?}"
                    );
                }
                for key in ["body", "id", "name", "code", "page_id"] {
                    let text = object.get(key).map(|text| text.as_str().unwrap());
                    assert!(text.is_none_or(|text| !text.trim().is_empty()), "{path}: {key}");
                    n_bodies += usize::from(key == "body" && text.is_some());
                }
                for key in ["created_at", "updated_at", "display_at", "started_at", "resolved_at"] {
                    let at = object.get(key).and_then(Value::as_str);
                    assert!(at.is_none_or(|at| at <= now.as_str()), "{path}: {key} {at:?}");
                }
                if let Some(Value::Array(updates)) = object.get("incident_updates") {
                    assert_eq!(updates[0]["status"], object["status"], "{path}");
                    let affected =
                        |update: &Value| texts(&update["affected_components"], "code").len();
                    let n = object["components"].as_array().unwrap().len();
                    assert!(updates.iter().all(|update| affected(update) == n), "{path}");
                }
            });
        }
    }
    assert!(n_bodies > 50);
}

#[test]
fn an_incident_without_words_gets_some() {
    let mut snapshot = scenario("one-outage");
    let incident = snapshot.incidents.iter_mut().find(|one| one.id == "webhooks-late").unwrap();
    incident.updates.clear();
    let updates = |snapshot: &Snapshot| {
        let incident = file(snapshot, "incidents")["incidents"][1].clone();
        assert_eq!(incident["status"], "resolved");
        let updates = incident["incident_updates"].clone();
        let pairs = texts(&updates, "status").into_iter().zip(texts(&updates, "body"));
        pairs.map(|(status, body)| format!("{status}: {body}")).collect::<Vec<_>>()
    };
    assert_eq!(updates(&snapshot), ["resolved: Resolved.", "investigating: Investigating."]);
    // Markdown without any text.
    let mut blank = scenarios::one_outage().incidents.pop().unwrap().updates.remove(0);
    blank.phase = PublicIncidentPhase::Identified;
    blank.text = UpdateText::Markdown(" \n".to_owned());
    let incident = snapshot.incidents.iter_mut().find(|one| one.id == "webhooks-late").unwrap();
    incident.updates.push(blank);
    assert_eq!(updates(&snapshot)[1..], ["identified: Identified."]);
}

#[test]
fn the_newest_fifty_incidents_are_listed() {
    let mut snapshot = scenario("one-outage");
    let closed = snapshot.incidents.iter().find(|one| one.id == "webhooks-late").unwrap().clone();
    snapshot.incidents.extend((0..80).map(|n| {
        let mut one = closed.clone();
        one.id = format!("older-{n:02}");
        one.started_at =
            one.started_at.saturating_sub(jiff::SignedDuration::from_hours(n + 1)).unwrap();
        one
    }));
    let all = file(&snapshot, "incidents");
    let ids = texts(&all["incidents"], "id");
    assert_eq!(ids.len(), 50);
    assert_eq!((ids[0], ids[49]), ("checkout-down", "older-47"));
}
