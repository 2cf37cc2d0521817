//! The `clerk` check against answers in the form of Clerk's reference.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy, check,
    check_within, python_server,
};

const KIND: &str = "clerk";

fn server(instance: &Value, keys: &Value) -> LocalServer {
    let routes = json!({ "/v1/instance": instance, "/v1/jwks": keys }).to_string();
    python_server("routes_server.py", &["authorization", &format!("Bearer {PASSWORD}"), &routes])
}

fn instance() -> Value {
    json!([200, { "object": "instance", "id": "ins_1", "environment_type": "production" }])
}

fn keys() -> Value {
    json!([200, { "keys": [{ "kty": "RSA", "kid": "ins_1", "use": "sig", "alg": "RS256", "n": "AQ", "e": "AQAB" }] }])
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["url"] = json!(format!("http://{}", server.address()));
    params["secret_key"] = json!("secret:password");
    params
}

#[tokio::test]
async fn an_instance_with_signing_keys_is_healthy() {
    let mut server = server(&instance(), &keys());
    let more = json!({ "expect": "environment == 'production'" });
    let finding = check(KIND, params(&server, more)).await;
    assert_healthy(&finding);
    assert_count(&finding, "signing_key_count", 1);
    assert!(finding.metrics["instance_ms"] > 0.0 && finding.metrics["jwks_ms"] > 0.0);
    let wrong = check_within(LONG, "wrong", KIND, params(&server, json!({}))).await;
    assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, KIND, params(&server, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
    server.resume();
    server.kill();
    let finding = check(KIND, params(&server, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}

#[tokio::test]
async fn refusals_are_told_apart_and_explained_by_clerk() {
    let error = |message: &str| json!({ "errors": [{ "message": message, "code": "x" }] });
    for (instance, keys, fault, reason, part) in [
        (
            json!([403, error("not allowed")]),
            keys(),
            Fault::Credentials,
            Reason::Permission,
            "not allowed",
        ),
        (
            json!([429, error("too many")]),
            keys(),
            Fault::Throttled,
            Reason::Throttled,
            "`retry-after: 10`",
        ),
        (json!([402, error("pay")]), keys(), Fault::Quota, Reason::Billing, "pay"),
        (
            json!([500, error("oops")]),
            keys(),
            Fault::Target,
            Reason::HttpStatus,
            "the instance: the answer is 500",
        ),
        (json!([200, {}]), keys(), Fault::Target, Reason::ResponseInvalid, "describes no instance"),
        (
            instance(),
            json!([200, { "keys": [] }]),
            Fault::Target,
            Reason::UnexpectedAnswer,
            "is empty",
        ),
        (
            instance(),
            json!([503, {}]),
            Fault::Target,
            Reason::HttpStatus,
            "the signing keys: the answer is 503",
        ),
    ] {
        let server = server(&instance, &keys);
        let finding = check(KIND, params(&server, json!({}))).await;
        let message = assert_cause(&finding, fault, reason);
        assert!(message.contains(part), "{message}");
    }
}
