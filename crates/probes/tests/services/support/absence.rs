//! The ways in which any server can be absent, and what a check finds.

use allclear_core::reason::Reason;
use allclear_core::status::Fault;
use serde_json::Value;

use super::{
    LONG, LocalServer, PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within,
};

/// Asserts the causes of a server that hangs, that is killed while it is connected, and that is not running.
pub(crate) async fn assert_absences(mut server: LocalServer, kind: &str, params: Value) {
    assert_healthy(&check(kind, params.clone()).await);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, kind, params.clone()).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.contains("waiting for the "), "{message}");
    let port = server.port;
    let killing = async {
        while !has_connection_to(port) {
            tokio::task::yield_now().await;
        }
        server.kill();
    };
    let (finding, ()) = tokio::join!(check_within(LONG, PASSWORD, kind, params.clone()), killing);
    assert_cause(&finding, Fault::Target, Reason::ConnectionClosed);
    let finding = check(kind, params).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}

/// Returns true if a client on this machine holds an open connection to the port.
fn has_connection_to(port: u16) -> bool {
    const ESTABLISHED: &str = "01";
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{port:04X}");
    table.lines().skip(1).any(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        fields[2].ends_with(&port) && fields[3] == ESTABLISHED
    })
}
