//! The `icmp` check against this machine, in a network namespace of its own, whose settings the tests change.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::json;

use crate::support::{
    Namespace, SHORT, assert_cause, assert_healthy, check, check_within, namespace,
};

/// Permits echo requests to all users of the namespace.
const PERMITTED: &str = "echo 0 0 > /proc/sys/net/ipv4/ping_group_range";

#[tokio::test]
async fn a_host_that_answers_has_times_and_no_loss() {
    let test = "servers::icmp::a_host_that_answers_has_times_and_no_loss";
    if namespace(test, PERMITTED) == Namespace::Outside {
        return;
    }
    for address in ["127.0.0.1", "::1", "localhost"] {
        let finding = check("icmp", json!({ "address": address, "spacing": "20ms" })).await;
        assert_healthy(&finding);
        assert!(finding.metrics["packet_loss_percent"] < 0.1);
        let (shortest, longest) =
            (finding.metrics["round_trip_min_ms"], finding.metrics["round_trip_max_ms"]);
        let mean = finding.latency.unwrap().as_secs_f64() * 1000.0;
        assert!(0.0 < shortest && shortest <= mean + 0.001 && mean <= longest + 0.001);
        assert!(finding.metrics["jitter_ms"] <= longest);
    }
    let params =
        json!({ "address": "127.0.0.1", "packets": 1, "expect": "packet_loss_percent > 5" });
    assert_cause(&check("icmp", params).await, Fault::Target, Reason::AssertionFailed);
}

#[tokio::test]
async fn a_part_of_the_answers_is_a_loss() {
    let test = "servers::icmp::a_part_of_the_answers_is_a_loss";
    // The system limits its answers: two at once, and one in each second.
    let limited = "cd /proc/sys/net/ipv4; echo 1 > icmp_ratemask; echo 1 > icmp_msgs_per_sec; \
                   echo 2 > icmp_msgs_burst";
    if namespace(test, &format!("{PERMITTED}; {limited}")) == Namespace::Outside {
        return;
    }
    let params =
        json!({ "address": "127.0.0.1", "packets": 20, "spacing": "10ms", "wait": "100ms" });
    let finding = check("icmp", params).await;
    assert_eq!(finding.verdict.status(), Status::Degraded);
    let message = assert_cause(&finding, Fault::Target, Reason::PacketLoss);
    assert!(message.ends_with("answers to 20 echo requests from 127.0.0.1"), "{message}");
    let loss = finding.metrics["packet_loss_percent"];
    assert!((5.0..100.0).contains(&loss), "{loss}");
    let tolerant = json!({
        "address": "127.0.0.1", "packets": 20, "spacing": "100ms", "max_loss_percent": 99,
    });
    assert_healthy(&check("icmp", tolerant).await);
}

#[tokio::test]
async fn silence_and_a_missing_route_are_told_apart() {
    let test = "servers::icmp::silence_and_a_missing_route_are_told_apart";
    let silent = "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all";
    if namespace(test, &format!("{PERMITTED}; {silent}")) == Namespace::Outside {
        return;
    }
    let silence = json!({ "address": "127.0.0.1", "wait": "100ms", "spacing": "10ms" });
    let finding = check("icmp", silence).await;
    let message = assert_cause(&finding, Fault::Target, Reason::ConnectTimeout);
    assert_eq!(message, "no answer to 4 echo requests from 127.0.0.1");
    assert!(finding.metrics["packet_loss_percent"] > 99.9);
    // Requests that would last longer than the attempt end with it.
    let long = json!({ "address": "127.0.0.1", "spacing": "300ms", "wait": "10s" });
    let finding = check_within(SHORT, "", "icmp", long).await;
    let message = assert_cause(&finding, Fault::Target, Reason::ConnectTimeout);
    assert_eq!(message, "no answer to 3 echo requests from 127.0.0.1");
    let finding = check("icmp", json!({ "address": "192.0.2.1" })).await;
    let message = assert_cause(&finding, Fault::Target, Reason::ConnectUnreachable);
    assert!(message.starts_with("no route to 192.0.2.1"), "{message}");
}

#[tokio::test]
async fn a_machine_that_permits_no_echo_requests_is_told_how_to() {
    let test = "servers::icmp::a_machine_that_permits_no_echo_requests_is_told_how_to";
    // A new namespace permits them to no user.
    if namespace(test, "true") == Namespace::Outside {
        return;
    }
    let finding = check("icmp", json!({ "address": "127.0.0.1" })).await;
    let message = assert_cause(&finding, Fault::Monitor, Reason::CheckFailed);
    assert!(message.contains("sysctl -w net.ipv4.ping_group_range"), "{message}");
}
