//! The `ntp` check against Debian's chrony.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};

use crate::support::{
    LocalServer, PASSWORD, SHORT, assert_cause, assert_healthy, check, check_within, free_port,
    open_folder,
};

/// The clock that a server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServerClock {
    Right,
    HourAhead,
}

/// Starts a server with these settings.
fn server(settings: &str, clock: ServerClock) -> LocalServer {
    let (folder, port) = (open_folder(), free_port());
    let path = folder.path().display();
    let config = format!(
        "port {port}\ncmdport 0\nbindaddress 127.0.0.1\nallow\npidfile {path}/chrony.pid\n\
         driftfile {path}/drift\n{settings}\n"
    );
    let file = folder.path().join("chrony.conf");
    std::fs::write(&file, config).unwrap();
    // Without `-x`, it would set the clock of this machine.
    let mut command = Command::new("/usr/sbin/chronyd");
    command.args(["-U", "-x", "-d", "-f"]).arg(file);
    if clock == ServerClock::HourAhead {
        // `faketime` itself would stay between the server and the test that ends it.
        let library =
            Command::new("faketime").args(["-f", "+1h", "printenv", "LD_PRELOAD"]).output();
        let library = String::from_utf8(library.unwrap().stdout).unwrap();
        command.env("LD_PRELOAD", library.trim()).env("FAKETIME", "+1h");
    }
    LocalServer::start_until(command, folder, port, || answers(port))
}

/// Returns true if the server answers, with whatever it has.
fn answers(port: u16) -> bool {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut packet = [0; 48];
    packet[0] = 0x23;
    socket.send_to(&packet, (Ipv4Addr::LOCALHOST, port)).is_ok() && socket.recv(&mut packet).is_ok()
}

fn params(server: &LocalServer, more: Value) -> Value {
    let mut params = more;
    params["address"] = json!(server.address());
    params
}

#[tokio::test]
async fn a_server_reports_its_offset_and_its_stratum() {
    let server = server("local stratum 3", ServerClock::Right);
    let expect = json!({ "expect": "stratum == 3 && leap == 'none' && root_dispersion_ms < 1000" });
    let finding = check("ntp", params(&server, expect)).await;
    assert_healthy(&finding);
    let offset = finding.metrics["clock_offset_ms"];
    assert!(offset.abs() < 500.0, "{offset}");
    assert!(finding.parts.first_byte.is_some());
    let strict = params(&server, json!({ "max_offset": "0s" }));
    assert_cause(&check("ntp", strict).await, Fault::Target, Reason::ClockOffset);
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_flaw() {
    let server = server("local stratum 3", ServerClock::HourAhead);
    let finding = check("ntp", params(&server, json!({}))).await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
    let message = assert_cause(&finding, Fault::Target, Reason::ClockOffset);
    assert!(message.contains("s ahead of that of this machine, more than 1s"), "{message}");
    let offset = finding.metrics["clock_offset_ms"];
    assert!((1_700_000.0..3_700_000.0).contains(&offset), "{offset}");
    let tolerant = params(&server, json!({ "max_offset": "2h" }));
    assert_healthy(&check("ntp", tolerant).await);
}

#[tokio::test]
async fn a_server_without_a_time_is_not_ready() {
    let server = server("", ServerClock::Right);
    let finding = check("ntp", params(&server, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::NotReady);
    assert_eq!(message, "the server is not synchronized, and has no time to give");
}

#[tokio::test]
async fn a_silent_and_an_absent_server_are_told_apart() {
    let mut server = server("local stratum 3", ServerClock::Right);
    server.freeze();
    let finding = check_within(SHORT, PASSWORD, "ntp", params(&server, json!({}))).await;
    let message = assert_cause(&finding, Fault::Target, Reason::Timeout);
    assert!(message.ends_with("waiting for the first byte"), "{message}");
    server.resume();
    assert_healthy(&check("ntp", params(&server, json!({}))).await);
    server.kill();
    let finding = check("ntp", params(&server, json!({}))).await;
    assert_cause(&finding, Fault::Target, Reason::ConnectRefused);
}
