//! Tests of a single monitor that is given as JSON.

use std::time::Duration;

use allclear_config::monitor_from_json;
use allclear_core::monitor::Monitor;
use serde_json::{Value, json};

use crate::kinds::Checks;

fn read(value: &Value) -> Result<Monitor, Vec<String>> {
    monitor_from_json(value.as_object().unwrap(), &Checks)
}

#[test]
fn a_table_of_a_monitor_reads_as_in_the_config() {
    let monitor = read(&json!({
        "id": "shop",
        "timeout": "3s",
        "check": { "web": { "url": "https://shop.example", "headers": { "x": "1" } } },
    }))
    .unwrap();
    assert_eq!((monitor.id.as_str(), monitor.timeout), ("shop", Duration::from_secs(3)));
    assert_eq!(monitor.check.params["headers"]["x"], "1");
    assert_eq!(
        read(&json!({ "check": { "port": { "number": 1 } } })).unwrap().id.as_str(),
        "ad-hoc"
    );
}

#[test]
fn all_errors_are_reported_at_once() {
    let wrong = read(&json!({
        "timeout": "soon",
        "intervall": "1m",
        "depends_on": ["other"],
        "check": { "web": { "url": "shop" } },
    }));
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.len(), 4, "{wrong:#?}");
    for name in ["`soon`", "`intervall`", "`other`", "`shop`"] {
        assert!(wrong.iter().any(|one| one.contains(name)), "{name}: {wrong:#?}");
    }
}

#[test]
fn a_table_that_is_not_a_monitor_is_rejected() {
    for value in [
        json!({}),
        json!({ "check": 7 }),
        json!({ "check": { "carrier-pigeon": {} } }),
        json!({ "check": { "port": null } }),
        json!({ "check": { "port": { "number": 1 } }, "id": "A B" }),
    ] {
        assert!(!read(&value).unwrap_err().is_empty(), "{value}");
    }
}
