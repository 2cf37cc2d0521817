//! The `supabase` check against answers in the form of Supabase's gateway and services.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    LONG, LocalServer, PASSWORD, assert_cause, assert_healthy, check, check_within, python_server,
};

const KIND: &str = "supabase";

fn server(changes: &Value) -> LocalServer {
    let mut routes = json!({
        "/auth/v1/health": [200, { "version": "v2.180.0", "name": "GoTrue" }],
        "/rest/v1/": [200, { "swagger": "2.0" }],
        "/rest/v1/orders?select=*&limit=0": [200, []],
        "/storage/v1/status": [200, {}],
        "/realtime/v1/websocket": [426, {}],
    });
    for (path, answer) in changes.as_object().unwrap() {
        routes[path] = answer.clone();
    }
    python_server("routes_server.py", &["apikey", PASSWORD, &routes.to_string()])
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["url"] = json!(format!("http://{}", server.address()));
    params["key"] = json!("secret:password");
    params
}

#[tokio::test]
async fn each_service_is_measured() {
    let server = server(&json!({}));
    for more in [json!({}), json!({ "table": "orders", "degraded": "rest_ms > 60000" })] {
        let finding = check(KIND, params(&server, more)).await;
        assert_healthy(&finding);
        for name in ["auth_ms", "rest_ms", "storage_ms", "realtime_ms"] {
            assert!(finding.metrics[name] > 0.0, "{name}");
        }
    }
    let finding = check(KIND, params(&server, json!({ "services": ["auth"] }))).await;
    assert_healthy(&finding);
    assert!(!finding.metrics.contains_key("rest_ms"));
}

#[tokio::test]
async fn the_message_has_a_row_for_each_service() {
    let server = server(&json!({
        "/rest/v1/": [503, { "code": "PGRST002", "message": "Could not query the database for the schema cache." }],
    }));
    let finding = check(KIND, params(&server, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::HttpStatus);
    let rows: Vec<&str> = message.split("; ").collect();
    assert_eq!(rows.len(), 4, "{message}");
    assert!(rows[0].starts_with("auth: works, "), "{message}");
    assert!(
        rows[1].starts_with("rest: the answer is 503") && rows[1].contains("PGRST002"),
        "{message}"
    );
    assert!(rows[3].starts_with("realtime: works, "), "{message}");
}

#[tokio::test]
async fn a_paused_project_a_wrong_key_and_an_unknown_table_are_told_apart() {
    let paused = server(&json!({ "/auth/v1/health": [540, { "message": "Project paused" }] }));
    let finding = check(KIND, params(&paused, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::NotReady);
    assert!(message.contains("the project is paused"), "{message}");
    let server = server(&json!({
        "/rest/v1/gone?select=*&limit=0": [404, { "code": "PGRST205", "message": "Could not find the table" }],
        "/storage/v1/status": [544, {}],
    }));
    let wrong = check_within(LONG, "wrong", KIND, params(&server, json!({}))).await;
    assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    let more = json!({ "table": "gone", "services": ["auth", "rest"] });
    let finding = check(KIND, params(&server, more)).await;
    assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
    // The failure of a service counts before the mistake in the check.
    let more = json!({ "table": "gone", "services": ["rest", "storage"] });
    let finding = check(KIND, params(&server, more)).await;
    assert_cause(&finding, Fault::Target, Reason::Timeout);
}
