//! The `command` check with the plugins of Debian.

use std::net::{Ipv4Addr, TcpListener};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::json;

use crate::support::{assert_cause, assert_healthy, check, free_port};

async fn plugin(name: &str, arguments: &[&str]) -> Finding {
    let mut argv = vec![format!("/usr/lib/nagios/plugins/{name}")];
    argv.extend(arguments.iter().map(|&one| one.to_owned()));
    check("command", json!({ "argv": argv })).await
}

#[tokio::test]
async fn each_state_of_a_plugin_has_its_status() {
    for (state, status) in [
        ("0", Status::Healthy),
        ("1", Status::Degraded),
        ("2", Status::Unhealthy),
        ("3", Status::Unknown),
        // The plugin itself refuses this one.
        ("9", Status::Unknown),
    ] {
        let finding = plugin("check_dummy", &[state, "hello"]).await;
        assert_eq!(finding.verdict.status(), status, "{finding:?}");
    }
    let finding = plugin("check_dummy", &["2", "disk full"]).await;
    let message = assert_cause(&finding, Fault::Target, Reason::PluginCritical);
    assert!(message.ends_with("reports a failure: CRITICAL: disk full"), "{message}");
    let finding = plugin("check_load", &["--no-such-option"]).await;
    assert_cause(&finding, Fault::Monitor, Reason::PluginUnknown);
}

#[tokio::test]
async fn performance_data_of_plugins_are_metrics() {
    let finding = plugin("check_disk", &["-w", "0%", "-c", "0%", "-p", "/"]).await;
    assert_healthy(&finding);
    assert!(finding.metrics["perf_root_bytes"] > 1_000_000.0, "{finding:?}");
    let high = "100000,100000,100000";
    let finding = plugin("check_load", &["-w", high, "-c", high]).await;
    assert_healthy(&finding);
    for name in ["perf_load1", "perf_load5", "perf_load15"] {
        assert!(finding.metrics.contains_key(name), "{finding:?}");
    }
    let finding = plugin("check_procs", &["-w", "0"]).await;
    assert_cause(&finding, Fault::Target, Reason::PluginWarning);
    assert!(finding.metrics["perf_procs"] > 0.0, "{finding:?}");
}

#[tokio::test]
async fn plugins_for_the_network_see_an_open_and_a_closed_port() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let finding = plugin("check_tcp", &["-H", "127.0.0.1", "-p", &port]).await;
    assert_healthy(&finding);
    assert!((0.0..10.0).contains(&finding.metrics["perf_time_seconds"]), "{finding:?}");
    let closed = free_port().to_string();
    for name in ["check_tcp", "check_http"] {
        let finding = plugin(name, &["-H", "127.0.0.1", "-p", &closed]).await;
        let message = assert_cause(&finding, Fault::Target, Reason::PluginCritical);
        assert!(message.contains("refused"), "{message}");
    }
}
