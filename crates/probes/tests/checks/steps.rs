//! The `http` check with steps: captured values, their places, and the step that fails.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::{Behavior, Simulator};
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, SHORT, bench, sent_header};

/// A value that a server gives out, with characters that have a meaning at each place.
const TOKEN: &str = "t0k3n/9f\"8e&d=?";

/// The same as a part of a URL.
const ESCAPED_TOKEN: &str = "t0k3n%2F9f%228e%26d%3D%3F";

/// A login that gives a token and a cookie, and a request with both.
fn login_and_query(bench: &CheckFixture) -> Value {
    let document = json!({ "access": { "token": TOKEN }, "user": 7 });
    let login = Behavior::text(200, &document.to_string())
        .with_header("set-cookie", "sid=c00kie-0f-the-session");
    bench.simulator.set_inbox("login", login);
    bench.simulator.set_inbox("query", Behavior::json(json!({ "rows": [1, 2] })));
    json!({ "steps": [
        {
            "name": "login",
            "url": bench.simulator.inbox_url("login"),
            "method": "POST",
            "headers": { "content-type": "application/json" },
            "body": r#"{"user": "probe", "password": "{{secret:password}}"}"#,
            "expect": "json.user == 7",
            "capture": {
                "token": { "json": "/access/token" },
                "user": { "json": "/user" },
            },
        },
        {
            "name": "query",
            "url": format!("{}?user={{{{user}}}}&token={{{{token}}}}", bench.simulator.inbox_url("query")),
            "method": "POST",
            "headers": {
                "authorization": "Bearer {{token}}",
                "content-type": "application/json",
            },
            "body": r#"{"user": {{user}}, "token": "{{token}}"}"#,
            "expect": "size(json.rows) == 2",
        },
    ] })
}

const SECRETS: [(&str, &str); 1] = [("password", "p\"ss-w0rd-of-the-probe")];

#[tokio::test]
async fn captured_values_are_sent_as_their_places_demand() {
    let bench = bench().await;
    let finding = bench.check_with(&SECRETS, login_and_query(&bench)).await;
    finding.assert_healthy();
    let login = bench.simulator.inbox("login").remove(0);
    assert_eq!(login.json().unwrap()["password"], SECRETS[0].1);
    assert_eq!(sent_header(&login, "cookie"), None);
    let query = bench.simulator.inbox("query").remove(0);
    assert!(query.path.ends_with(&format!("?user=7&token={ESCAPED_TOKEN}")), "{}", query.path);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(sent_header(&query, "authorization"), Some(bearer.as_str()));
    assert_eq!(sent_header(&query, "cookie"), Some("sid=c00kie-0f-the-session"));
    assert_eq!(query.json().unwrap(), json!({ "user": 7, "token": TOKEN }));
    assert!(finding.metrics["step_ms_login"] > 0.0 && finding.metrics["step_ms_query"] > 0.0);
    let sum = finding.metrics["step_ms_login"] + finding.metrics["step_ms_query"];
    assert!((finding.latency.unwrap().as_secs_f64() * 1000.0 - sum).abs() < 0.01);
}

#[tokio::test]
async fn each_check_begins_without_the_values_of_the_one_before() {
    let bench = bench().await;
    let params = login_and_query(&bench);
    bench.check_with(&SECRETS, params.clone()).await.assert_healthy();
    bench.check_with(&SECRETS, params).await.assert_healthy();
    let logins = bench.simulator.inbox("login");
    assert_eq!(logins.len(), 2);
    assert!(logins.iter().all(|login| sent_header(login, "cookie").is_none()));
}

#[tokio::test]
async fn a_failing_step_is_named_and_ends_the_check() {
    let bench = bench().await;
    let params = login_and_query(&bench);
    for (code, fault, reason, what) in [
        (401, Fault::Credentials, Reason::AuthInvalid, "does not hold"),
        (403, Fault::Credentials, Reason::Permission, "does not hold"),
        (429, Fault::Throttled, Reason::Throttled, "does not hold"),
        (503, Fault::Target, Reason::HttpStatus, "does not hold"),
    ] {
        bench.simulator.set_inbox("login", Behavior::status(code));
        let finding = bench.check_with(&SECRETS, params.clone()).await;
        let message = finding.assert_cause(Status::Unhealthy, fault, reason);
        assert!(message.starts_with("step `login`: ") && message.contains(what), "{message}");
    }
    assert!(bench.simulator.inbox("query").is_empty());
}

#[tokio::test]
async fn a_refused_token_is_the_targets_fault_and_a_refused_account_is_not() {
    let bench = bench().await;
    let mut params = login_and_query(&bench);
    params["steps"][1].as_object_mut().unwrap().remove("expect");
    for (code, fault, reason) in [
        (401, Fault::Target, Reason::HttpStatus),
        (403, Fault::Credentials, Reason::Permission),
        (500, Fault::Target, Reason::HttpStatus),
    ] {
        bench.simulator.set_inbox("query", Behavior::status(code));
        let finding = bench.check_with(&SECRETS, params.clone()).await;
        let message = finding.assert_cause(Status::Unhealthy, fault, reason);
        assert!(message.starts_with("step `query`: the answer is "), "{message}");
        assert!(finding.metrics.contains_key("step_ms_login"));
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_captured_fails_the_step_that_lacks_it() {
    let bench = bench().await;
    let params = login_and_query(&bench);
    bench.simulator.set_inbox("login", Behavior::json(json!({ "user": 7 })));
    let finding = bench.check_with(&SECRETS, params).await;
    let message = finding.assert_down(Reason::AssertionFailed);
    let wanted = "step `login`: the answer, 200 OK, has no `/access/token` in its JSON; `token` is captured there";
    assert_eq!(message, wanted);
}

/// Asserts that nothing that leaves the check contains a planted value, in whole or in part.
fn assert_redacted(finding: &allclear_core::outcome::Finding) {
    let texts = format!("{finding:?}");
    for planted in ["t0k3n", "9f", "c00kie-0f-the-session", "w0rd-of-the-probe"] {
        assert!(!texts.contains(planted), "{planted}: {texts}");
    }
}

#[tokio::test]
async fn captured_values_and_cookies_are_in_no_message() {
    let bench = bench().await;
    // A step shows the answer that has the values: as degraded, as failed, and before it captures them.
    let mut params = login_and_query(&bench);
    params["steps"][0]["degraded"] = json!("json.user == 7 && headers['set-cookie'] != ''");
    let finding = bench.check_with(&SECRETS, params.clone()).await;
    finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
    assert!(finding.cause().message.contains("[redacted]"), "{finding:?}");
    assert_redacted(&finding);
    params["steps"][0]["expect"] = json!("json.user == 8 && headers['set-cookie'] != ''");
    let finding = bench.check_with(&SECRETS, params).await;
    assert!(finding.assert_down(Reason::AssertionFailed).contains("[redacted]"), "{finding:?}");
    assert_redacted(&finding);
    // A later answer repeats them, in other forms.
    let params = login_and_query(&bench);
    let echo = format!("<p>{ESCAPED_TOKEN} {TOKEN} c00kie-0f-the-session</p>");
    bench.simulator.set_inbox("query", Behavior::text(200, &echo));
    let finding = bench.check_with(&SECRETS, params.clone()).await;
    assert!(finding.assert_down(Reason::AssertionFailed).contains("[redacted]"), "{finding:?}");
    assert_redacted(&finding);
    // A redirect leads to an address that has one in it.
    let mut params = params;
    params["steps"][1]["redirects"] = json!({ "follow": 5 });
    let refused = Behavior::Redirect { to: format!("ftp://127.0.0.1/{ESCAPED_TOKEN}") };
    bench.simulator.set_inbox("query", refused);
    let finding = bench.check_with(&SECRETS, params).await;
    assert!(finding.assert_down(Reason::RedirectRefused).contains("[redacted]"), "{finding:?}");
    assert_redacted(&finding);
}

#[tokio::test]
async fn captured_values_follow_no_redirect_to_another_server() {
    let bench = bench().await;
    let other = Simulator::start(allclear_simulator::Config::default()).await.unwrap();
    let mut params = login_and_query(&bench);
    params["steps"][1] = json!({
        "name": "query",
        "url": bench.simulator.inbox_url("query"),
        "headers": { "authorization": "Bearer {{token}}", "x-token": "{{token}}" },
    });
    bench.simulator.set_inbox("query", Behavior::Redirect { to: other.inbox_url("in") });
    bench.check_with(&SECRETS, params.clone()).await.assert_healthy();
    let got = other.inbox("in").remove(0);
    for name in ["authorization", "x-token", "cookie"] {
        assert_eq!(sent_header(&got, name), None, "{name} left its server");
    }
    other.set_inbox("in", Behavior::status(401));
    let finding = bench.check_with(&SECRETS, params.clone()).await;
    finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ProbeInvalid);
    // The config itself may send a value to another server. Cookies stay with theirs.
    other.set_inbox("in", Behavior::Ok);
    params["steps"][1]["url"] = json!(other.inbox_url("in"));
    bench.check_with(&SECRETS, params).await.assert_healthy();
    let got = other.inbox("in").pop().unwrap();
    assert!(sent_header(&got, "authorization").is_some_and(|value| value.ends_with(TOKEN)));
    assert_eq!(sent_header(&got, "cookie"), None);
}

#[tokio::test]
async fn a_hostile_value_is_sent_within_its_place_or_not_at_all() {
    let bench = bench().await;
    for (value, place, what) in [
        ("a\r\nx-injected: 1", "headers", "has characters that no header can carry"),
        ("..", "url", "cannot be a part of a path"),
        ("1, \"admin\": true", "body", "is neither a number nor `true` or `false`"),
    ] {
        bench.simulator.set_inbox("first", Behavior::json(json!({ "v": value })));
        let mut second = json!({
            "name": "second",
            "url": bench.simulator.inbox_url("second"),
            "method": "POST",
            "headers": { "content-type": "application/json" },
        });
        match place {
            "headers" => second["headers"]["x-v"] = json!("{{v}}"),
            "url" => second["url"] = json!(bench.simulator.http_url("/_inbox/{{v}}/second")),
            _ => second["body"] = json!("{\"v\": {{v}}}"),
        }
        let first = json!({
            "name": "first",
            "url": bench.simulator.inbox_url("first"),
            "capture": { "v": { "json": "/v" } },
        });
        let finding = bench.check("http", json!({ "steps": [first, second] })).await;
        let message = finding.assert_down(Reason::AssertionFailed);
        let begin = "step `second`: the value that was captured as `v` ";
        assert!(message.starts_with(begin) && message.contains(what), "{message}");
    }
    assert!(bench.simulator.inbox("second").is_empty());
}

#[tokio::test]
async fn the_time_limit_is_for_all_steps() {
    let bench = bench().await;
    bench.simulator.set("slow", Behavior::Delay { ms: 700, then: Box::new(Behavior::Ok) });
    bench.simulator.set("hanging", Behavior::Hang);
    let params = json!({ "steps": [
        { "name": "slow", "url": bench.simulator.http_url("/slow") },
        { "name": "hanging", "url": bench.simulator.http_url("/hanging") },
    ] });
    let finding = bench.check_within(SHORT, "http", params).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.starts_with("step `hanging`: no complete answer within "), "{message}");
    assert!(message.contains("the steps before took 7"), "{message}");
    assert_eq!(finding.latency, None);
    assert!(finding.metrics.contains_key("step_ms_slow"));
}

#[tokio::test]
async fn the_time_of_all_steps_can_be_a_reason_for_degraded() {
    let bench = bench().await;
    let mut params = login_and_query(&bench);
    params["degraded"] = json!("response_time_ms >= 0");
    let finding = bench.check_with(&SECRETS, params).await;
    finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
}

fn problems(bench: &CheckFixture, steps: &Value) -> Vec<String> {
    bench.problems("http", json!({ "steps": steps }))
}

#[tokio::test]
async fn wrong_steps_are_reported_at_their_places() {
    let bench = bench().await;
    let step = |name: &str, more: Value| {
        let mut step = json!({ "name": name, "url": "https://a.example.com/" });
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        step
    };
    let capture = || json!({ "capture": { "v": { "json": "/v" } } });
    for (steps, wanted) in [
        (json!([]), "steps: 0 steps; 1 to 10 are allowed"),
        (
            json!([step("a", capture()), step("a", json!({}))]),
            "steps.1.name: another step has the name `a`",
        ),
        (
            json!([step("a", capture()), step("b", capture())]),
            "steps.1.capture.v: another step captures `v`",
        ),
        (
            json!([step("a", json!({ "headers": { "x": "{{v}}" } })), step("b", capture())]),
            "steps.0.headers.x: no step before captures `v`",
        ),
        (
            json!([step("a", json!({ "url": "https://a.example.com/{{v}}" }))]),
            "steps.0.url: no step before captures `v`",
        ),
        (
            json!([step("a", capture()), step("b", json!({ "url": "https://{{v}}/" }))]),
            "steps.1.url: scheme, host and port of a step must stand in the config, so that values \
             go only where it sends them",
        ),
        (
            json!([step("a", capture()), step("b", json!({ "body": "{{v}}" }))]),
            "steps.1.body: the header `content-type` does not tell how a value is written in this \
             body",
        ),
        (
            json!([step("a", json!({ "body": "{\"password\": \"secret:p\"}" }))]),
            "steps.0.body: a secret's name is part of a longer text, which would be sent unchanged",
        ),
        (
            json!([step("Log in", json!({}))]),
            "steps.0.name: `Log in` is not a name of a step or a value",
        ),
        (
            json!([step("a", json!({ "capture": { "v": { "json": "data.id" } } }))]),
            "steps.0.capture.v.json: `data.id` is not a JSON Pointer, which begins with `/`",
        ),
        (
            json!([step("a", json!({ "capture": { "v": {} } }))]),
            "steps.0.capture.v: exactly one of `json`, `header` and `cookie` is needed, or `regex` \
             alone",
        ),
        (
            json!([step("a", json!({ "capture": { "v": { "regex": "(a)(b)" } } }))]),
            "steps.0.capture.v.regex: the regular expression has more than one group",
        ),
        (
            json!([step(
                "a",
                json!({ "capture": { "v": { "json": "/v" } }, "max_body_bytes": 0 })
            )]),
            "steps.0.capture.v: the body is used, and `max_body_bytes = 0` leaves it unread",
        ),
        (
            json!([step("a", json!({ "expect": "state == 1" }))]),
            "steps.0.expect: unknown variable `state`",
        ),
    ] {
        let found = problems(&bench, &steps);
        assert_eq!(found, [wanted]);
    }
}

#[tokio::test]
async fn keys_of_one_request_and_steps_exclude_each_other() {
    let bench = bench().await;
    let step = json!({ "name": "a", "url": "https://a.example.com/" });
    let params = json!({ "url": "https://a.example.com/", "body": "x", "steps": [step] });
    let found = bench.problems("http", params);
    let wanted =
        ["url", "body"].map(|key| format!("{key}: a check with `steps` has `{key}` in each step"));
    assert_eq!(found, wanted);
    assert_eq!(bench.problems("http", json!({})), [": missing field `url`"]);
}

#[tokio::test]
async fn a_hostile_answer_ends_its_step_in_time() {
    let bench = bench().await;
    for behavior in [
        Behavior::EndlessBody,
        Behavior::GzipBomb,
        Behavior::HalfBody,
        Behavior::Drip { bytes: 1_000_000, bytes_per_second: 10 },
        Behavior::InvalidUtf8,
        Behavior::HugeHeader { bytes: 1_000_000 },
        Behavior::RedirectLoop,
        Behavior::Close,
    ] {
        let shown = format!("{behavior:?}");
        bench.simulator.set("svc", behavior);
        let url = bench.simulator.http_url("/svc");
        let capture = json!({
            "text": { "regex": "(?:a|b|ab){1,20}(never)$" },
            "id": { "json": "/id" },
            "sid": { "cookie": "sid" },
        });
        let params = json!({ "steps": [
            { "name": "first", "url": url, "capture": capture },
            { "name": "second", "url": format!("{url}/{{{{id}}}}") },
        ] });
        let finding = bench.check_within(SHORT, "http", params).await;
        let cause = finding.cause();
        assert_eq!(finding.status(), Status::Unhealthy, "{shown}");
        assert!(cause.message.starts_with("step `first`: "), "{shown}: {}", cause.message);
        assert!(cause.fault == Fault::Target, "{shown}: {cause:?}");
    }
}
