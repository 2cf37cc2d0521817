//! The `redis` check against Debian's Redis.

use std::process::Command;

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Certificates, LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_healthy, check,
    check_within, free_port, healthy_in_time, unhealthy_in_time,
};

fn server(settings: &[&str]) -> LocalServer {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    start(settings, folder, port, &["--port", &port.to_string()])
}

fn start(settings: &[&str], folder: TempDir, port: u16, listening: &[&str]) -> LocalServer {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
    command.args(listening).args(settings);
    LocalServer::start(command, folder, port)
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["address"] = json!(server.address());
    params
}

#[tokio::test]
async fn a_server_reports_its_memory_clients_and_role() {
    let server = server(&["--maxmemory", "100mb"]);
    let more = json!({ "expect": "role == 'master' && version.startsWith('7.')", "write": true });
    let finding = check("redis", params(&server, more)).await;
    assert_healthy(&finding);
    assert!(finding.metrics["connected_clients"] >= 1.0);
    let used = finding.metrics["memory_used_percent"];
    assert!((0.1..50.0).contains(&used), "{used}");
    let hits = finding.metrics["hit_percent"];
    assert!(hits > 99.0, "the check reads the key it wrote: {hits}");
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_some());
}

#[tokio::test]
async fn the_key_that_a_check_writes_is_deleted() {
    let server = server(&[]);
    check("redis", params(&server, json!({ "write": true }))).await;
    let cli = Command::new("redis-cli").args(["-p", &server.port.to_string(), "DBSIZE"]).output();
    assert_eq!(String::from_utf8(cli.unwrap().stdout).unwrap().trim(), "0");
}

#[tokio::test]
async fn logins_and_their_refusals_are_told_apart() {
    let server = server(&["--requirepass", PASSWORD, "--databases", "4"]);
    let secret = || json!({ "password": "secret:password" });
    assert_healthy(&check("redis", params(&server, secret())).await);
    let wrong = check_within(LONG, "wrong", "redis", params(&server, secret())).await;
    let message = assert_cause(&wrong, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("while logging in: WRONGPASS"), "{message}");
    let missing = check("redis", params(&server, json!({}))).await;
    assert_cause(&missing, Fault::Credentials, Reason::AuthInvalid);
    let mut other = secret();
    other["database"] = json!(9);
    let message = check("redis", params(&server, other)).await;
    assert_cause(&message, Fault::Request, Reason::ResourceNotFound);
}

#[tokio::test]
async fn a_user_needs_only_the_permissions_of_what_the_check_does() {
    let server = server(&[]);
    let port = server.port.to_string();
    let set = ["ACL", "SETUSER", "watcher", "on", &format!(">{PASSWORD}"), "+ping"];
    assert!(Command::new("redis-cli").args(["-p", &port]).args(set).status().unwrap().success());
    let user = json!({ "user": "watcher", "password": "secret:password" });
    let finding = check("redis", params(&server, user.clone())).await;
    assert_healthy(&finding);
    assert!(!finding.metrics.contains_key("connected_clients"));
    let mut writing = user;
    writing["write"] = json!(true);
    let finding = check("redis", params(&server, writing)).await;
    let message = assert_cause(&finding, Fault::Credentials, Reason::Permission);
    assert!(message.contains("writing a key"), "{message}");
}

#[tokio::test]
async fn a_full_a_read_only_and_an_orphaned_server_are_told_apart() {
    let full = server(&["--maxclients", "1"]);
    let _held = std::net::TcpStream::connect(full.address()).unwrap();
    let finding = check("redis", params(&full, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::TooManyConnections);
    let primary = server(&[]);
    let of = format!("127.0.0.1 {}", primary.port);
    let mut replica = server(&["--replicaof", &of]);
    let role = json!({ "expect": "role == 'slave'" });
    let finding = healthy_in_time("redis", &params(&replica, role)).await;
    assert!(finding.metrics["replication_lag_seconds"] < 60.0);
    let finding = check("redis", params(&replica, json!({ "write": true }))).await;
    assert_cause(&finding, Fault::Target, Reason::ReadOnly);
    drop(primary);
    let finding = unhealthy_in_time("redis", &params(&replica, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::NotReady);
    assert!(message.contains("lost the connection to its primary"), "{message}");
    replica.kill();
    let finding = check("redis", params(&replica, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}

#[tokio::test]
async fn a_frozen_server_is_cut_off_at_the_deadline() {
    let server = server(&[]);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, "redis", params(&server, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("waiting for the first byte"), "{message}");
    server.resume();
    assert_healthy(&check("redis", params(&server, json!({}))).await);
}

#[tokio::test]
async fn a_server_with_tls_is_verified() {
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let certificates = Certificates::new();
    certificates.write_to(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key, ca) = (path("server.crt"), path("server.key"), path("ca.crt"));
    let settings =
        ["--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &ca];
    let own = ["--tls-auth-clients", "no"];
    let port_text = port.to_string();
    let listening = ["--port", "0", "--tls-port", &port_text];
    let server = start(&[&settings[..], &own].concat(), folder, port, &listening);
    let trusting = json!({ "tls": { "ca": certificates.authority } });
    let finding = check("redis", params(&server, trusting)).await;
    assert_healthy(&finding);
    assert!(finding.metrics.contains_key("certificate_days"));
    let finding = check("redis", params(&server, json!({ "tls": {} }))).await;
    assert_cause(&finding, Fault::Target, Reason::CertificateInvalid);
    let finding = check("redis", params(&server, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectionClosed);
}
