//! `api/v1/summary.json` and its schema.

use serde_json::{Value, json};

use super::{every_snapshot, snapshot, text};

fn parsed(snapshot: &allclear_status_site::Snapshot, path: &str) -> Value {
    serde_json::from_str(&text(snapshot, path)).unwrap()
}

#[test]
fn every_summary_fits_the_published_schema() {
    for (name, snapshot) in every_snapshot() {
        let schema = parsed(&snapshot, "api/v1/summary.schema.json");
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let summary = parsed(&snapshot, "api/v1/summary.json");
        let errors: Vec<String> =
            validator.iter_errors(&summary).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        assert_eq!(summary["$schema"], schema["$id"]);

        for (pointer, wrong) in [
            ("/generated_at", json!("yesterday")),
            ("/stale_after_seconds", json!("900")),
            ("/status/state", json!("fine")),
            ("/services/0/uptimes/0/percent", json!("99 %")),
        ] {
            let mut summary = summary.clone();
            *summary.pointer_mut(pointer).unwrap() = wrong;
            assert!(!validator.is_valid(&summary), "{name}: {pointer}");
        }
    }
}

#[test]
fn each_field_of_the_schema_is_described() {
    fn visit(place: &str, value: &Value, n_fields: &mut usize) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                assert!(property.get("description").is_some(), "{place}/{name}");
                *n_fields += 1;
            }
        }
        for (name, inner) in value.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            visit(&format!("{place}/{name}"), inner, n_fields);
        }
    }
    let mut n_fields = 0;
    visit("", &parsed(&snapshot("all-ok"), "api/v1/summary.schema.json"), &mut n_fields);
    assert!(n_fields > 50, "{n_fields}");
}

#[test]
fn the_summary_states_the_facts_of_the_page() {
    let summary = parsed(&snapshot("one-outage"), "api/v1/summary.json");
    assert_eq!(summary["status"]["state"], "outage");
    assert_eq!(summary["status"]["headline"], "Checkout is down");
    assert_eq!(summary["generated_at"], "2026-03-10T12:00:00Z");
    assert_eq!(summary["last_checked_at"], "2026-03-10T11:59:30Z");
    assert_eq!(summary["stale_after_seconds"], 900);
    let checkout = &summary["services"][2];
    assert_eq!((&checkout["id"], &checkout["state"]), (&json!("checkout"), &json!("outage")));
    assert_eq!(checkout["badge_url"], "https://status.acme.example/badge/checkout.svg");
    assert_eq!(checkout["uptimes"][2], json!({ "days": 90, "percent": 99.95 }));
    let incident = &summary["incidents"][0];
    assert_eq!(incident["phase"], "monitoring");
    assert_eq!(incident["affected"], json!(["checkout"]));
    assert_eq!(incident["updates"].as_array().unwrap().len(), 3);
}

#[test]
fn outdated_data_states_nothing_about_the_present() {
    for scenario in ["stale", "first-deploy"] {
        let summary = parsed(&snapshot(scenario), "api/v1/summary.json");
        assert_eq!(summary["status"]["state"], "no_data");
        for service in summary["services"].as_array().unwrap() {
            assert_eq!(service["state"], "no_data", "{service}");
            assert_eq!(service["response_time_seconds"], Value::Null, "{service}");
            assert_eq!(service["since"], Value::Null, "{service}");
        }
    }
}

#[test]
fn the_next_update_is_stated_until_its_time() {
    let mut snapshot = snapshot("one-outage");
    let stated = |snapshot: &allclear_status_site::Snapshot| {
        let summary: Value = serde_json::from_str(&text(snapshot, "api/v1/summary.json")).unwrap();
        let incidents = summary["incidents"].as_array().unwrap();
        incidents.iter().map(|one| one["next_update_at"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(stated(&snapshot), [Value::from("2026-03-10T12:30:00Z"), Value::Null]);
    snapshot.generated_at = "2026-03-10T12:30:00Z".parse().unwrap();
    assert_eq!(stated(&snapshot), [Value::Null, Value::Null]);
}
