//! The messages of all sorts of failures are readable and contain no debug format of Rust.

use allclear_core::outcome::Finding;
use allclear_simulator::{Behavior, DnsAnswer, TcpBehavior, TlsFault};
use serde_json::json;

use crate::authority::{Hours, LeafOptions, TlsServer, leaf, root};
use crate::support::{CheckFixture, FindingExt, SHORT, bench, raw_server};

/// Pieces that occur only in debug output.
const DEBUG_FORMS: [&str; 14] = [
    "DnsName(",
    "IpAddress(",
    "Some(",
    "None",
    "Ok(",
    "Err(",
    "Os {",
    "Custom {",
    "kind:",
    "Error {",
    "Context",
    "Kind(",
    "::",
    "UnixTime",
];

async fn tls_failures(bench: &CheckFixture) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fault in TlsFault::ALL {
        let address = bench.simulator.tls_address(fault).unwrap().to_string();
        findings.push(bench.check("tls", json!({ "address": address })).await);
        let url = format!("https://{address}/");
        findings.push(bench.check("http", json!({ "url": url })).await);
    }
    let root = root("Root");
    for wanted in [
        LeafOptions {
            version: Some(&rustls::version::TLS12),
            clients_of: Some(root.der().clone()),
            http2: false,
        },
        LeafOptions {
            version: Some(&rustls::version::TLS13),
            clients_of: Some(root.der().clone()),
            http2: true,
        },
    ] {
        let identity = leaf(&["localhost"], Hours::days_left(9), &root);
        let server = TlsServer::start_wanting(&identity, &[], wanted).await;
        let tls = json!({ "ca": root.pem() });
        findings.push(bench.check("http", json!({ "url": server.url(), "tls": tls })).await);
    }
    // An alert, a broken record, a message out of order and a greeting of another protocol.
    for answer in [
        &b"\x15\x03\x03\x00\x02\x02\x28"[..],
        b"\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00",
        b"\x17\x03\x03\x00\x05hello",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
    ] {
        let server = raw_server(answer).await;
        let address = server.address.to_string();
        findings.push(bench.check("tls", json!({ "address": address })).await);
        let url = format!("https://{address}/");
        findings.push(bench.check("http", json!({ "url": url })).await);
    }
    findings
}

async fn net_failures(bench: &CheckFixture) -> Vec<Finding> {
    let mut findings = Vec::new();
    for behavior in
        [TcpBehavior::Reset, TcpBehavior::Close, TcpBehavior::Banner("no\r\n".to_owned())]
    {
        let address = bench.simulator.tcp_address(behavior).unwrap().to_string();
        let params = json!({ "address": address, "expect": "220" });
        findings.push(bench.check_within(SHORT, "tcp", params).await);
        findings.push(bench.check_within(SHORT, "tls", json!({ "address": address })).await);
        let url = format!("http://{address}/");
        findings.push(bench.check_within(SHORT, "http", json!({ "url": url })).await);
    }
    let refused = bench.simulator.refused_address().to_string();
    for address in [refused.as_str(), "255.255.255.255:9", "[::ffff:0:0]:1"] {
        findings.push(bench.check_within(SHORT, "tcp", json!({ "address": address })).await);
    }
    for answer in [
        DnsAnswer::NxDomain,
        DnsAnswer::ServFail,
        DnsAnswer::Refused,
        DnsAnswer::Silent,
        DnsAnswer::WrongId,
        DnsAnswer::Garbage,
        DnsAnswer::Records(Vec::new()),
    ] {
        bench.simulator.set_dns("x.simulator.test", answer).unwrap();
        let resolver = bench.simulator.dns_address().to_string();
        let params = json!({ "name": "x.simulator.test", "resolver": resolver });
        findings.push(bench.check_within(SHORT, "dns", params).await);
        let params = json!({ "address": "x.simulator.test:80" });
        findings.push(bench.check_within(SHORT, "tcp", params).await);
    }
    findings
}

async fn http_failures(bench: &CheckFixture) -> Vec<Finding> {
    let mut findings = Vec::new();
    for behavior in [Behavior::Reset, Behavior::Close, Behavior::HugeHeader { bytes: 10_000_000 }] {
        bench.simulator.set("svc", behavior);
        for url in [bench.simulator.http_url("/svc"), bench.simulator.http2_url("/svc")] {
            findings.push(bench.check_within(SHORT, "http", json!({ "url": url })).await);
        }
    }
    findings
}

#[tokio::test]
async fn no_message_has_debug_text() {
    let bench = bench().await;
    let mut findings = tls_failures(&bench).await;
    findings.extend(net_failures(&bench).await);
    findings.extend(http_failures(&bench).await);
    assert!(findings.len() > 50);
    for finding in &findings {
        let message = &finding.cause().message;
        // IPv6 addresses contain colons, too.
        let text = message.replace("[::", "[");
        for form in DEBUG_FORMS {
            assert!(!text.contains(form), "`{form}` in: {message}");
        }
    }
}
