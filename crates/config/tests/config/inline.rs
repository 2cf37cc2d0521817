//! Tests of a single monitor that is given as JSON.

use std::time::Duration;

use allclear_config::{Kinds, monitor_from_json, schema};
use allclear_core::monitor::Monitor;
use serde_json::{Map, Value, json};

use crate::kinds::{Actions, Channels, Checks};

fn read(value: &Value) -> Result<Monitor, Vec<String>> {
    monitor_from_json(value.as_object().unwrap(), &Checks)
}

#[test]
fn a_table_of_a_monitor_reads_as_in_the_config() {
    let monitor = read(&json!({
        "id": "shop",
        "timeout": "3s",
        "recheck": false,
        "check": { "web": { "url": "https://shop.example", "headers": { "x": "1" } } },
    }))
    .unwrap();
    assert_eq!((monitor.id.as_str(), monitor.timeout), ("shop", Duration::from_secs(3)));
    assert!(!monitor.recheck);
    assert_eq!(monitor.check.params["headers"]["x"], "1");
    let nameless = read(&json!({ "check": { "port": { "number": 1 } } })).unwrap();
    assert_eq!(nameless.id.as_str(), "ad-hoc");
    assert_eq!((nameless.timeout, nameless.recheck), (Duration::from_secs(10), true));
}

#[test]
fn all_errors_are_reported_at_once() {
    let wrong = read(&json!({
        "id": "A B",
        "timeout": "soon",
        "intervall": "1m",
        "recheck": "no",
        "check": { "web": { "url": "shop" } },
    }));
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.len(), 5, "{wrong:#?}");
    for name in ["`A B`", "`soon`", "`intervall`", "`recheck`", "`check.web.url`: `shop`"] {
        assert!(wrong.iter().any(|one| one.contains(name)), "{name}: {wrong:#?}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_key() {
    let check = json!({ "port": { "number": 1 } });
    for (key, said) in [
        ("intervall", "unknown key `intervall`: did you mean `interval`?"),
        ("Time-out", "unknown key `Time-out`: did you mean `timeout`?"),
        ("labels", "unknown key `labels`: did you mean `tags`?"),
    ] {
        let wrong = read(&json!({ "check": check, key: "1m" })).unwrap_err();
        assert_eq!(wrong, [said]);
    }
}

#[test]
fn every_key_of_a_monitor_is_accepted_and_no_other() {
    let schema = schema(&Kinds { checks: &Checks, channels: &Channels, actions: &Actions });
    let monitor = &schema["properties"]["monitor"]["items"]["properties"];
    let keys: Vec<&String> = monitor.as_object().unwrap().keys().collect();
    assert!(keys.len() > 10, "{keys:?}");
    let mut table: Map<String, Value> =
        keys.into_iter().map(|key| (key.clone(), json!("1s"))).collect();
    table.insert("id".to_owned(), json!("shop"));
    table.insert("recheck".to_owned(), json!(true));
    table.insert("check".to_owned(), json!({ "port": { "number": 1 } }));
    read(&Value::Object(table.clone())).unwrap();

    let refused = monitor_from_json(&[("?".to_owned(), json!(1))].into_iter().collect(), &Checks);
    let refused = refused.unwrap_err().join("\n");
    assert!(refused.contains("unknown key `?`"), "{refused}");
    let listed = table.keys().filter(|key| refused.contains(&format!("`{key}`"))).count();
    assert_eq!(listed, table.len(), "{refused}");
}

#[test]
fn a_pasted_secret_is_refused_and_not_quoted() {
    const KEY: &str = "sk-proj-abcdefghij1234567890";
    for params in [
        json!({ "url": KEY }),
        json!({ "url": "https://shop.example", "headers": { "authorization": KEY } }),
        json!({ "url": ["https://shop.example", KEY] }),
    ] {
        let wrong = read(&json!({ "check": { "web": params } })).unwrap_err();
        let said = wrong.join("\n");
        assert!(said.contains("holds a secret") && said.contains("`secret:a-name`"), "{said}");
        assert!(!said.contains(KEY), "{said}");
    }
    let named =
        json!({ "url": "https://shop.example", "headers": { "authorization": "secret:x" } });
    read(&json!({ "check": { "web": named } })).unwrap();
}

#[test]
fn a_table_that_is_not_a_monitor_is_rejected() {
    for (value, said) in [
        (json!({}), "one kind of check"),
        (json!({ "check": 7 }), "one kind of check"),
        (json!({ "check": { "port": {}, "web": {} } }), "one kind of check"),
        (json!({ "check": { "carrier-pigeon": {} } }), "unknown kind of check `carrier-pigeon`"),
        (json!({ "check": { "web": {} } }), "`check.web`: missing field `url`"),
        (json!({ "check": { "port": {} }, "id": "A B" }), "`A B` is not an id"),
        (json!({ "check": { "port": {} }, "id": 7 }), "`id` is not a string"),
        (json!({ "check": { "port": {} }, "timeout": "0s" }), "at most `50s`"),
        (json!({ "check": { "port": {} }, "timeout": "51s" }), "at most `50s`"),
        (json!({ "check": { "port": {} }, "timeout": 5 }), "`timeout` is not a string"),
    ] {
        let wrong = read(&value).unwrap_err().join("\n");
        assert!(wrong.contains(said), "{value}: {wrong}");
    }
}
