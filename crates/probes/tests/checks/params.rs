//! Parameters: their schema, and all their errors at once.

use allclear_core::checker::{CheckKinds, CheckSchemas as _};
use serde_json::{Value, json};

use crate::support::{bench, build};

#[tokio::test]
async fn every_kind_has_a_closed_schema_with_documented_fields() {
    let bench = bench().await;
    let usual = ["http", "tcp", "dns", "tls", "heartbeat", "llm"];
    assert!(bench.probes.names().starts_with(&usual), "{:?}", bench.probes.names());
    for kind in bench.probes.names() {
        let schema = bench.probes.schema(kind).unwrap();
        assert_eq!(schema.get("$defs"), None, "{kind} refers elsewhere");
        assert_closed_and_documented(kind, &schema);
    }
    assert_eq!(bench.probes.schema("no-such-kind"), None);
}

fn assert_closed_and_documented(path: &str, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    assert_eq!(schema.get("additionalProperties"), Some(&json!(false)), "{path}");
    for (name, property) in properties {
        let path = format!("{path}.{name}");
        assert!(property["description"].is_string(), "{path} has no description: {property}");
        assert_closed_and_documented(&path, property);
        for elements in ["items", "additionalProperties"] {
            assert_closed_and_documented(&path, &property[elements]);
        }
        for one in property["anyOf"].as_array().into_iter().flatten() {
            assert_closed_and_documented(&path, one);
        }
    }
}

#[tokio::test]
async fn text_formats_are_recognized() {
    let bench = bench().await;
    let format = |kind: &str, pointer: &str| {
        let schema = bench.probes.schema(kind).unwrap();
        schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {schema}")).clone()
    };
    assert_eq!(format("http", "/properties/url/format"), "url");
    assert_eq!(format("http", "/properties/expect/format"), "cel-check");
    assert_eq!(format("heartbeat", "/properties/period/format"), "duration");
    let schema = bench.probes.schema("http").unwrap().to_string();
    assert_eq!(schema.matches("\"format\":\"secret\"").count(), 6);
}

#[tokio::test]
async fn all_problems_are_reported_at_once_with_their_position() {
    let bench = bench().await;
    let problems = bench.problems(
        "http",
        json!({
            "url": "http://ann:pw@example.com/",
            "method": "get",
            "headers": { "bad name": "x", "content-length": "5", "x-key": "Bearer secret:key" },
            "auth": { "bearer": "sk-live-123" },
            "tls": { "verify": false, "accept_ca_certificate": true },
            "redirects": { "follow": 21 },
            "expect": "statuss == 200",
            "degraded": "response_time_ms > ",
        }),
    );
    let places: Vec<&str> =
        problems.iter().map(|problem| problem.split_once(": ").unwrap().0).collect();
    assert_eq!(
        places,
        [
            "tls.verify",
            "url",
            "method",
            "redirects.follow",
            "headers.bad name",
            "headers.content-length",
            "headers.x-key",
            "auth.bearer",
            "expect",
            "degraded",
        ],
        "{problems:#?}"
    );
    assert!(!format!("{problems:?}").contains("sk-live-123"), "a secret is not repeated");
}

#[tokio::test]
async fn a_condition_error_has_its_position() {
    let bench = bench().await;
    let expect = "status == 200 && jsn.ok";
    let Err(problems) =
        build(&bench.probes, "http", json!({ "url": "https://example.com", "expect": expect }))
    else {
        panic!("it was taken");
    };
    assert_eq!(&expect[problems[0].range.clone().unwrap()], "jsn");
    assert_eq!(problems[0].hint.as_deref(), Some("did you mean `json`?"));
}

#[tokio::test]
async fn each_wrong_value_of_an_http_check_has_its_problem() {
    assert_problems(&[
        ("http", json!({ "url": "example.com" }), "url: `example.com` is not a URL"),
        ("http", json!({ "url": "ftp://example.com" }), "url: `ftp` is neither"),
        ("http", json!({}), "missing field `url`"),
        (
            "http",
            json!({ "url": "https://a.test", "tls": { "verifi": true } }),
            "tls.verifi: unknown field",
        ),
        (
            "http",
            json!({ "url": "https://a.test", "max_body_bytes": "1MB" }),
            "max_body_bytes: invalid type",
        ),
        (
            "http",
            json!({ "url": "https://a.test", "max_body_bytes": 99_999_999 }),
            "max_body_bytes: ",
        ),
        (
            "http",
            json!({ "url": "https://a.test", "tls": { "ca": "/nowhere.pem" } }),
            "tls.ca: cannot read `/nowhere.pem`",
        ),
        (
            "http",
            json!({ "url": "https://a.test", "tls": { "ca": "-----BEGIN nonsense" } }),
            "tls.ca: ",
        ),
        ("http", json!({ "url": "https://a.test", "auth": {} }), "auth: exactly one"),
        (
            "http",
            json!({ "url": "https://a.test", "headers": { "Authorization": "Bearer sk-1" } }),
            "headers.Authorization: the config contains a secret",
        ),
        (
            "http",
            json!({ "url": "https://a.test", "auth": { "bearer": "secret:UPPER" } }),
            "auth.bearer: `UPPER` does not name",
        ),
        ("http", json!({ "url": "https://a.test", "ip": "v5" }), "ip: unknown variant"),
        (
            "http",
            json!({ "url": "http://a.test", "expect": "certificate_days > 1" }),
            "expect: `certificate_days`",
        ),
        (
            "http",
            json!({ "url": "http://a.test", "max_body_bytes": 0, "expect": "body == ''" }),
            "expect: the body",
        ),
    ])
    .await;
}

#[tokio::test]
async fn each_wrong_value_of_the_other_kinds_has_its_problem() {
    assert_problems(&[
        ("tcp", json!({ "address": "example.com" }), "address: `example.com` has no port"),
        (
            "tcp",
            json!({ "address": "tcp://example.com:5" }),
            "address: `tcp://example.com:5` is a URL",
        ),
        ("tcp", json!({ "address": "a b:5" }), "address: `a b` is not a host"),
        ("tcp", json!({ "address": "a.test:0" }), "has no port"),
        ("tcp", json!({ "address": "a.test:1", "expect": "" }), "expect: an empty text"),
        (
            "tcp",
            json!({ "address": "a.test:1", "degraded": "status == 200" }),
            "degraded: unknown variable `status`",
        ),
        ("dns", json!({ "name": "192.0.2.1" }), "name: `192.0.2.1` is an IP address"),
        ("dns", json!({ "name": "" }), "name: the name is empty"),
        ("dns", json!({ "name": "a.test", "record": "B" }), "record: unknown variant"),
        ("dns", json!({ "name": "a.test", "resolver": "dns.example" }), "resolver: `dns.example`"),
        (
            "dns",
            json!({ "name": "a.test", "answers": ["192.0.2.1", "x"] }),
            "answers.1: `x` is not",
        ),
        ("dns", json!({ "name": "a.test", "exactly": true }), "exactly: "),
        (
            "dns",
            json!({ "name": "a.test", "rcode": "NXDOMAIN", "answers": ["192.0.2.1"] }),
            "answers: ",
        ),
        (
            "tls",
            json!({ "address": "a.test:443", "warning_days": 5, "critical_days": 9 }),
            "critical_days: ",
        ),
        (
            "heartbeat",
            json!({ "token": "short", "period": "1h" }),
            "token: the token has 5 characters",
        ),
        (
            "heartbeat",
            json!({ "token": "0123456789abcde/", "period": "1h" }),
            "token: the token has characters",
        ),
        (
            "heartbeat",
            json!({ "token": "secret:heartbeat-token", "period": "1h" }),
            "token: the token cannot",
        ),
        (
            "heartbeat",
            json!({ "token": "0123456789abcdef", "period": "60" }),
            "period: `60` has no unit",
        ),
        (
            "heartbeat",
            json!({ "token": "0123456789abcdef", "period": "0s" }),
            "period: the period is zero",
        ),
        ("htpp", json!({}), "unknown kind of check `htpp`"),
    ])
    .await;
}

/// Asserts that each of these parameters has exactly one problem with this text.
async fn assert_problems(wrong: &[(&str, Value, &str)]) {
    let bench = bench().await;
    for (kind, params, expected) in wrong {
        let problems = bench.problems(kind, params.clone());
        assert_eq!(problems.len(), 1, "{kind}, {expected}: {problems:?}");
        assert!(problems[0].contains(expected), "{expected}: {problems:?}");
    }
}

#[tokio::test]
async fn a_check_names_its_host_and_its_secrets() {
    let bench = bench().await;
    let host = |kind: &str, params: Value| {
        let checker = build(&bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
        checker.host().map(str::to_owned)
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(host("http", json!({ "url": "https://a.test:8443/x" })), named("a.test"));
    assert_eq!(host("tcp", json!({ "address": "[::1]:25" })), named("[::1]"));
    assert_eq!(host("tls", json!({ "address": "a.test:443" })), named("a.test"));
    assert_eq!(host("dns", json!({ "name": "a.test" })), named("a.test"));
    assert_eq!(
        host("dns", json!({ "name": "a.test", "resolver": "192.0.2.53" })),
        named("192.0.2.53")
    );
    let params = json!({ "token": "0123456789abcdef", "period": "1h" });
    assert_eq!(host("heartbeat", params), None);
}
