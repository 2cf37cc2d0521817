//! The `http` check with steps against the login of Django.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy, check,
    check_within, python_server,
};

fn server() -> LocalServer {
    python_server("django_server.py", &[])
}

/// Opens the form, sends it, and asks for a page that only a user sees.
fn login(server: &LocalServer) -> Value {
    let url = |path: &str| format!("http://{}/admin/{path}", server.address());
    let form = "username=probe&password={{secret:password}}&csrfmiddlewaretoken={{csrf}}";
    json!({ "steps": [
        {
            "name": "form",
            "url": url("login/"),
            "capture": { "csrf": { "regex": r#"name="csrfmiddlewaretoken" value="(\w+)""# } },
        },
        {
            "name": "login",
            "url": url("login/?next=/admin/"),
            "method": "POST",
            "headers": { "content-type": "application/x-www-form-urlencoded" },
            "body": form,
            "expect": "status == 302",
            "capture": { "session": { "cookie": "sessionid" } },
        },
        { "name": "users", "url": url("auth/user/"), "expect": "body.contains('probe</a>')" },
    ] })
}

#[tokio::test]
async fn a_login_is_made_with_its_form_and_its_session() {
    let server = server();
    let finding = check("http", login(&server)).await;
    assert_healthy(&finding);
    assert_count(&finding, "status_code", 200);
    for name in ["step_ms_form", "step_ms_login", "step_ms_users"] {
        assert!(finding.metrics[name] > 0.0, "{name}");
    }
}

#[tokio::test]
async fn a_refused_login_is_a_failure_of_its_step() {
    let server = server();
    let mut params = login(&server);
    let finding = check_within(LONG, "wrong", "http", params.clone()).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert_eq!(message, "step `login`: `status == 302` does not hold; status = 200");
    // Without the token of the form, Django refuses the request itself.
    params["steps"][1]["body"] = json!("username=probe&password={{secret:password}}");
    let finding = check_within(LONG, PASSWORD, "http", params.clone()).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::Permission);
    assert!(message.starts_with("step `login`: "), "{message}");
    // Without the login, the page leads to the form.
    params["steps"].as_array_mut().unwrap().remove(1);
    params["steps"][0]["capture"] = json!({});
    let finding = check_within(LONG, PASSWORD, "http", params).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.starts_with("step `users`: "), "{message}");
}

#[tokio::test]
async fn a_hanging_server_is_named_with_the_step_that_waits() {
    let server = server();
    let params = login(&server);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, "http", params).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.starts_with("step `form`: no complete answer within "), "{message}");
    server.resume();
}
