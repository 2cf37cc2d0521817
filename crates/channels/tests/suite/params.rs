//! Tests of wrong parameters and their error messages.

use allclear_core::channel::{ChannelKinds, ChannelSchemas as _};
use serde_json::{Value, json};

use crate::sending::{build, channels};

fn problems(kind: &str, params: Value) -> Vec<(String, String)> {
    let Err(problems) = build(kind, params) else { return Vec::new() };
    let words = |hint: Option<String>| hint.map(|hint| format!(": {hint}")).unwrap_or_default();
    problems.into_iter().map(|one| (one.path.join("."), one.what + &words(one.hint))).collect()
}

fn only_problem(kind: &str, params: Value) -> (String, String) {
    let mut problems = problems(kind, params);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn each_schema_has_exactly_the_parameters_of_its_kind() {
    let channels = channels();
    assert_eq!(channels.names()[..3], ["slack", "webhook", "log"]);
    for kind in channels.names() {
        let schema = channels.schema(kind).unwrap();
        assert_eq!(schema["additionalProperties"], false, "{kind}");
        assert!(schema["description"].is_string(), "{kind}");
        assert!(!schema.to_string().contains("$ref"), "{kind}");
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (name, property) in properties {
            assert!(property["description"].is_string(), "{kind} does not describe `{name}`");
        }
    }
    let slack = channels.schema("slack").unwrap();
    assert_eq!(slack["properties"]["webhook_url"]["format"], "secret");
    assert_eq!(slack["required"], json!(["webhook_url"]));
    let webhook = channels.schema("webhook").unwrap();
    assert_eq!(webhook["properties"]["url"]["format"], "url");
    assert_eq!(webhook["properties"]["secret"]["format"], "secret");
    assert_eq!(channels.schema("pager"), None);
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    let (path, what) = only_problem("pager", json!({}));
    assert_eq!(path, "");
    let known = "unknown kind of channel `pager`: known: slack, webhook, log, ";
    assert!(what.starts_with(known), "{what}");
}

#[test]
fn a_slack_url_in_a_config_is_refused() {
    let url = "https://hooks.slack.com/services/T0/B0/x";
    let (path, what) = only_problem("slack", json!({ "webhook_url": url }));
    assert_eq!(path, "webhook_url");
    assert_eq!(
        what,
        "`webhook_url` is a secret and must not be in the config: store the value as a secret and refer to it: `webhook_url = \"secret:NAME\"`"
    );
}

#[test]
fn unknown_and_mistyped_parameters_are_reported_at_their_places() {
    let (path, what) = only_problem("slack", json!({ "webhook_url": "secret:a", "chanel": "#x" }));
    assert_eq!(path, "chanel");
    assert!(what.starts_with("unknown field `chanel`, expected one of"), "{what}");
    let headers = json!({ "url": "https://example.com", "headers": { "x-a": 5 } });
    assert_eq!(only_problem("webhook", headers).0, "headers.x-a");
    assert!(only_problem("slack", json!({})).1.contains("webhook_url"));
    assert_eq!(problems("log", json!({ "level": "info" })).len(), 1);
    assert_eq!(problems("log", json!("info")).len(), 1);
}

#[test]
fn all_errors_are_reported_together() {
    let wrong = json!({
        "url": "ftp://example.com/hook",
        "secret": "hunter2",
        "headers": { "Authorization": "Bearer x", "Host": "a", "x-allclear-a": "b", "bad name": "" },
    });
    let paths: Vec<String> = problems("webhook", wrong).into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "url",
            "headers.Authorization",
            "headers.Host",
            "headers.bad name",
            "headers.x-allclear-a",
            "secret"
        ]
    );
    let wrong = json!({ "webhook_url": "x", "mention": "@here" });
    assert_eq!(problems("slack", wrong).len(), 2);
}

#[test]
fn a_password_in_a_url_and_a_bad_secret_name_are_refused() {
    let (_, what) = only_problem("webhook", json!({ "url": "https://ann:pass@example.com/" }));
    assert!(what.starts_with("`url` contains a password"), "{what}");
    let (_, what) = only_problem("webhook", json!({ "url": "secret:No Name" }));
    assert!(what.starts_with("`No Name` is not a valid name of a secret"), "{what}");
    let headers = json!({ "Authorization": "Bearer secret:token" });
    let params = json!({ "url": "https://example.com/", "headers": headers });
    let (path, what) = only_problem("webhook", params);
    assert_eq!(path, "headers.Authorization");
    assert!(what.starts_with("`Authorization` refers to a secret within a text"), "{what}");
    let (_, what) = only_problem("webhook", json!({ "url": "example.com/hook" }));
    assert!(what.contains("write it as `https://example.com/hook`"), "{what}");
}
