//! The `grpc` check against the health service of `grpcio` from the package index.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, assert_absences, assert_cause, assert_healthy,
    check, check_within, free_port, open_folder, python,
};

fn server(arguments: &[&str]) -> LocalServer {
    let port = free_port();
    let mut command = python("grpc.py");
    command.arg(port.to_string()).args(arguments);
    LocalServer::start(command, open_folder(), port)
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["address"] = json!(server.address());
    params
}

#[tokio::test]
async fn a_server_states_its_health_and_that_of_its_services() {
    let server = server(&[]);
    let finding = check("grpc", params(&server, json!({}))).await;
    assert_healthy(&finding);
    assert!(finding.parts.connect.is_some() && finding.parts.transfer.is_some());
    let finding = check("grpc", params(&server, json!({ "service": "shop.Orders" }))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::NotReady);
    assert_eq!(message, "the server states NOT_SERVING about the service `shop.Orders`");
    let finding = check("grpc", params(&server, json!({ "service": "shop.Order" }))).await;
    let message = assert_cause(&finding, Fault::Request, Reason::ResourceNotFound);
    assert!(message.starts_with("the server does not know the service `shop.Order`"), "{message}");
}

#[tokio::test]
async fn a_key_in_the_metadata_is_a_secret() {
    let server = server(&[]);
    let metadata =
        json!({ "service": "private", "metadata": { "authorization": "secret:password" } });
    let private = params(&server, metadata);
    let key = format!("Bearer {PASSWORD}");
    assert_healthy(&check_within(LONG, &key, "grpc", private.clone()).await);
    let finding = check_within(LONG, "wrong", "grpc", private).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::AuthInvalid);
    assert_eq!(message, "the call failed: UNAUTHENTICATED, `who are you?`");
}

#[tokio::test]
async fn failed_calls_are_told_apart_by_their_status() {
    let server = server(&[]);
    for (code, text, fault, reason) in [
        (3, "x", Fault::Request, Reason::ProbeInvalid),
        (7, "x", Fault::Credentials, Reason::Permission),
        (8, "no threads left", Fault::Target, Reason::Overloaded),
        (8, "rate limit", Fault::Throttled, Reason::Throttled),
        (13, "x", Fault::Target, Reason::ServerError),
        (14, "x", Fault::Target, Reason::NotReady),
    ] {
        let service = json!({ "service": format!("code/{code}/{text}") });
        let finding = check("grpc", params(&server, service)).await;
        let message = assert_cause(&finding, fault, reason);
        assert!(message.contains(text), "{message}");
    }
}

#[tokio::test]
async fn a_server_without_the_health_service_and_one_of_http_are_told_apart() {
    let server = server(&["bare"]);
    let finding = check("grpc", params(&server, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::CapabilityMissing);
    assert!(message.contains("does not have the service `grpc.health.v1.Health`"), "{message}");
    let port = free_port();
    let mut command = python("websocket.py");
    command.arg(port.to_string());
    let other = LocalServer::start(command, open_folder(), port);
    let finding = check("grpc", params(&other, json!({}))).await;
    assert_eq!(finding.verdict.cause().unwrap().fault, Fault::Target, "{finding:?}");
}

#[tokio::test]
async fn a_server_with_tls_is_verified() {
    let (folder, port) = (open_folder(), free_port());
    let certificates = Certificates::new();
    certificates.write_to(folder.path());
    let mut command = python("grpc.py");
    command.arg(port.to_string());
    command.arg(folder.path().join("server.crt")).arg(folder.path().join("server.key"));
    let server = LocalServer::start(command, folder, port);
    let trusting = json!({
        "tls": { "ca": certificates.authority }, "expect": "certificate_days > 14",
    });
    let finding = check("grpc", params(&server, trusting)).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("tls_version"));
    let finding = check("grpc", params(&server, json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = check("grpc", params(&server, json!({}))).await;
    assert_eq!(finding.verdict.cause().unwrap().fault, Fault::Target, "{finding:?}");
}

#[tokio::test]
async fn an_absent_server_is_told_apart() {
    let server = server(&[]);
    let params = params(&server, json!({}));
    assert_absences(server, "grpc", params).await;
}
