//! The `websocket` check against a server of the library `websockets` from the package index.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, SHORT, assert_absences, assert_cause,
    assert_healthy, check, check_within, free_port, open_folder, python,
};

fn server() -> LocalServer {
    let port = free_port();
    let mut command = python("websocket.py");
    command.arg(port.to_string());
    LocalServer::start(command, open_folder(), port)
}

fn at(server: &LocalServer, path: &str, more: Value) -> Value {
    let mut params = more;
    params["url"] = json!(format!("ws://{}{path}", server.address()));
    params
}

#[tokio::test]
async fn a_server_answers_with_a_pong_or_with_the_message() {
    let server = server();
    for params in [
        json!({}),
        json!({ "send": "hello" }),
        json!({ "send": "hello", "expect": "message == 'hello'" }),
        json!({ "send_json": { "op": "ping" }, "expect": "json.op == 'ping'" }),
        json!({ "degraded": "response_time_ms > 10000" }),
    ] {
        let finding = check("websocket", at(&server, "/echo", params)).await;
        assert_healthy(&finding);
        assert!(finding.parts.first_byte.is_some() && finding.parts.transfer.is_some());
    }
}

#[tokio::test]
async fn one_of_several_messages_must_meet_the_condition() {
    let server = server();
    let expect = json!({ "expect": "json.price > 100", "degraded": "json.price > 200" });
    assert_healthy(&check("websocket", at(&server, "/prices", expect)).await);
    let degraded = json!({ "degraded": "json.price < 90" });
    let finding = check("websocket", at(&server, "/prices", degraded)).await;
    assert_eq!(finding.verdict.status(), Status::Degraded, "the first message decides");
    let binary = json!({ "expect": "json.price == 7" });
    assert_healthy(&check("websocket", at(&server, "/binary", binary)).await);
    let never = json!({ "expect": "json.price > 1000" });
    let finding = check_within(SHORT, PASSWORD, "websocket", at(&server, "/prices", never)).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("the last message: `json.price > 1000` does not hold"), "{message}");
}

#[tokio::test]
async fn a_server_without_a_message_is_cut_off() {
    let server = server();
    let params = at(&server, "/quiet", json!({ "send": "hello" }));
    let finding = check_within(SHORT, PASSWORD, "websocket", params).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.ends_with("no message has come"), "{message}");
}

#[tokio::test]
async fn a_close_is_told_apart_by_its_code() {
    let server = server();
    for (code, fault, reason) in [
        (1001, Fault::Target, Reason::NotReady),
        (1008, Fault::Credentials, Reason::Permission),
        (1011, Fault::Target, Reason::ServerError),
        (1013, Fault::Target, Reason::Overloaded),
        (4401, Fault::Credentials, Reason::AuthInvalid),
        (4429, Fault::Throttled, Reason::Throttled),
    ] {
        let params = at(&server, &format!("/close/{code}"), json!({ "expect": "message == 'x'" }));
        let message = assert_cause(&check("websocket", params).await, fault, reason);
        assert!(message.ends_with(&format!("with code {code}: `as asked`")), "{message}");
    }
}

#[tokio::test]
async fn a_refused_handshake_is_told_apart() {
    let server = server();
    let headers = json!({ "headers": { "authorization": "secret:password" } });
    let private = at(&server, "/private", headers);
    let key = format!("Bearer {PASSWORD}");
    assert_healthy(&check_within(LONG, &key, "websocket", private.clone()).await);
    let finding = check_within(LONG, "wrong", "websocket", private).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("401 Unauthorized and not with 101: `who are you?"), "{message}");
    let finding = check("websocket", at(&server, "/absent", json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::HttpStatus);
}

#[tokio::test]
async fn a_subprotocol_must_be_selected() {
    let server = server();
    let known = json!({ "subprotocol": "chat" });
    assert_healthy(&check("websocket", at(&server, "/echo", known)).await);
    let unknown = json!({ "subprotocol": "graphql-transport-ws" });
    let finding = check("websocket", at(&server, "/echo", unknown)).await;
    let message = assert_cause(&finding, Fault::Target, Reason::CapabilityMissing);
    assert_eq!(message, "the server does not select the subprotocol");
}

#[tokio::test]
async fn a_large_message_and_a_flood_are_cut_off() {
    let server = server();
    let expect = || json!({ "expect": "message == 'hello'" });
    let finding = check("websocket", at(&server, "/large", expect())).await;
    assert_cause(&finding, Fault::Target, Reason::ResponseTooLarge);
    let finding = check("websocket", at(&server, "/flood", expect())).await;
    let message = assert_cause(&finding, Fault::Target, Reason::AssertionFailed);
    assert!(message.contains("none of 1000 messages meets the condition"), "{message}");
}

#[tokio::test]
async fn a_server_with_tls_is_verified() {
    let (folder, port) = (open_folder(), free_port());
    let certificates = Certificates::new();
    certificates.write_to(folder.path());
    let mut command = python("websocket.py");
    command.arg(port.to_string());
    command.arg(folder.path().join("server.crt")).arg(folder.path().join("server.key"));
    let server = LocalServer::start(command, folder, port);
    let url = format!("wss://{}/echo", server.address());
    let trusting = json!({ "url": url, "tls": { "ca": certificates.authority } });
    let finding = check("websocket", trusting).await;
    assert_healthy(&finding);
    assert!(finding.metrics["certificate_days"] > 14.0);
    let finding = check("websocket", json!({ "url": url })).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = check("websocket", at(&server, "/echo", json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectionClosed);
}

#[tokio::test]
async fn a_failed_proxy_is_not_the_fault_of_the_server() {
    let server = server();
    let proxy = json!({ "proxy": format!("http://127.0.0.1:{}", free_port()) });
    let finding = check("websocket", at(&server, "/echo", proxy)).await;
    assert_cause(&finding, Fault::Monitor, Reason::ProxyFailed);
}

#[tokio::test]
async fn an_absent_server_is_told_apart() {
    let server = server();
    let params = at(&server, "/echo", json!({}));
    assert_absences(server, "websocket", params).await;
}
