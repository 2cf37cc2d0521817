//! The `mcp` check against servers with the official SDK.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_count, assert_healthy,
    check, check_within, free_port, python_server,
};

const KIND: &str = "mcp";

fn server(options: &[&str]) -> LocalServer {
    python_server("mcp_server.py", options)
}

fn params(server: &LocalServer, path: &str, more: Value) -> Value {
    let mut params = more;
    params["url"] = json!(format!("http://{}{path}", server.address()));
    params
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({ "call": { "tool": tool, "arguments": arguments } })
}

#[tokio::test]
async fn a_server_lists_its_tools_and_calls_one_over_each_transport() {
    for (options, path) in [
        (&["http"][..], "/mcp"),
        (&["http", "json"], "/mcp"),
        (&["http", "stateless"], "/mcp"),
        (&["sse"], "/sse"),
    ] {
        let server = server(options);
        let more = json!({
            "transport": options[0],
            "expected_tools": ["add", "forecast"],
            "call": { "tool": "forecast", "arguments": { "city": "Oslo" }, "contains": "clear" },
            "expect": "call_json.city == 'Oslo' && server_name == 'weather' && 'add' in tools",
        });
        let finding = check(KIND, params(&server, path, more)).await;
        assert_healthy(&finding);
        assert_count(&finding, "tool_count", 3);
        for name in ["initialize_ms", "tools_list_ms", "tool_call_ms"] {
            assert!(finding.metrics[name] > 0.0, "{options:?}: {name}");
        }
        assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
    }
}

#[tokio::test]
async fn a_server_without_handshake_is_spoken_to_in_its_version() {
    let server = server(&["http", "modern"]);
    let mut more = call("add", &json!({ "a": 2, "b": 3 }));
    more["expect"] = json!("protocol_version == '2026-07-28' && call_text == '5'");
    assert_healthy(&check(KIND, params(&server, "/mcp", more)).await);
    let more = json!({ "expect": "protocol_version == '2025-11-25'" });
    let finding = check(KIND, params(&server, "/mcp", more)).await;
    assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
}

#[tokio::test]
async fn the_list_of_tools_is_read_on_all_its_pages() {
    let server = server(&["http", "paged"]);
    let more = json!({ "expected_tools": ["tool-0", "tool-2"] });
    let finding = check(KIND, params(&server, "/mcp", more)).await;
    assert_healthy(&finding);
    assert_count(&finding, "tool_count", 3);
}

#[tokio::test]
async fn a_check_ends_its_session() {
    let server = server(&["http", "one-session"]);
    for _ in 0..3 {
        assert_healthy(&check(KIND, params(&server, "/mcp", json!({}))).await);
    }
    // Also after a failure.
    let failing = params(&server, "/mcp", call("fail", &json!({})));
    assert_cause(&check(KIND, failing).await, Fault::Target, Reason::UnexpectedAnswer);
    assert_healthy(&check(KIND, params(&server, "/mcp", json!({}))).await);
}

#[tokio::test]
async fn faults_of_tools_are_told_apart() {
    let server = server(&["http"]);
    for (more, fault, reason, part) in [
        (
            json!({ "expected_tools": ["subtract"] }),
            Fault::Target,
            Reason::CapabilityMissing,
            "does not offer `subtract`; it offers add, fail, forecast",
        ),
        (
            call("fail", &json!({})),
            Fault::Target,
            Reason::UnexpectedAnswer,
            "the tool `fail` reports an error: ",
        ),
        (
            json!({ "call": { "tool": "add", "arguments": { "a": 1, "b": 1 }, "contains": "3" } }),
            Fault::Target,
            Reason::UnexpectedAnswer,
            "does not contain `3`; it is `2`",
        ),
    ] {
        let finding = check(KIND, params(&server, "/mcp", more)).await;
        let message = assert_cause(&finding, fault, reason);
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_wrong_path_or_transport_is_the_fault_of_the_request() {
    let server = server(&["http"]);
    let finding = check(KIND, params(&server, "/wrong", json!({}))).await;
    let message = assert_cause(&finding, Fault::Request, Reason::EndpointNotFound);
    assert!(
        message.contains("initialize: the answer is 404") && message.contains("`/wrong`"),
        "{message}"
    );
    let finding = check(KIND, params(&server, "/sse", json!({ "transport": "sse" }))).await;
    let message = assert_cause(&finding, Fault::Request, Reason::EndpointNotFound);
    assert!(message.contains("often `/sse`"), "{message}");
}

#[tokio::test]
async fn a_server_that_forgets_its_session_is_at_fault() {
    let server = server(&["http", "forgetful"]);
    let finding = check(KIND, params(&server, "/mcp", json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::UnexpectedAnswer);
    assert!(message.contains("does not know the session"), "{message}");
}

#[tokio::test]
async fn credentials_are_sent_and_their_refusal_is_theirs() {
    for (transport, path) in [("http", "/mcp"), ("sse", "/sse")] {
        let server = server(&[transport, &format!("bearer={PASSWORD}")]);
        let with = json!({ "transport": transport, "auth": { "bearer": "secret:password" } });
        assert_healthy(&check(KIND, params(&server, path, with.clone())).await);
        let wrong = check_within(LONG, "wrong", KIND, params(&server, path, with)).await;
        assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
        let without = check(KIND, params(&server, path, json!({ "transport": transport }))).await;
        let message = assert_cause(&without, Fault::Credentials, Reason::AuthInvalid);
        assert!(message.contains("sends no credentials"), "{message}");
    }
}

#[tokio::test]
async fn a_frozen_and_a_stopped_server_are_told_apart() {
    for (transport, path) in [("http", "/mcp"), ("sse", "/sse")] {
        let mut server = server(&[transport]);
        let more = json!({ "transport": transport });
        server.freeze();
        let finding =
            check_within(SHORT, PASSWORD, KIND, params(&server, path, more.clone())).await;
        let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
        assert!(message.contains("waiting for the first byte in the step"), "{message}");
        server.resume();
        assert_healthy(&check(KIND, params(&server, path, more.clone())).await);
        server.kill();
        let finding = check(KIND, params(&server, path, more)).await;
        assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
    }
}

#[tokio::test]
async fn a_server_with_tls_is_verified() {
    let (folder, certificates) = (TempDir::new().unwrap(), Certificates::new());
    certificates.write_to(folder.path());
    let server = server(&["http", &format!("tls={}", folder.path().display())]);
    let url = format!("https://{}/mcp", server.address());
    let trusting = json!({ "url": url, "tls": { "ca": certificates.authority } });
    let finding = check(KIND, trusting).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days"));
    let finding = check(KIND, json!({ "url": url })).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let closed = format!("http://127.0.0.1:{}/mcp", free_port());
    assert_cause(
        &check(KIND, json!({ "url": closed })).await,
        Fault::Target,
        Reason::ConnectRefused,
    );
}
