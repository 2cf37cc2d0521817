//! The `tcp` check.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::{DnsAnswer, TcpBehavior};
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, LONG, SHORT, bench};

fn params(bench: &CheckFixture, behavior: &TcpBehavior, mut others: Value) -> Value {
    others["address"] = json!(bench.simulator.tcp_address(behavior.clone()).unwrap().to_string());
    others
}

#[tokio::test]
async fn a_connection_is_enough() {
    let bench = bench().await;
    let finding = bench.check("tcp", params(&bench, &TcpBehavior::Hang, json!({}))).await;
    finding.assert_healthy();
    assert!(finding.parts.connect.is_some() && finding.parts.first_byte.is_none());
}

#[tokio::test]
async fn an_answer_can_be_expected() {
    let bench = bench().await;
    let banner = TcpBehavior::Banner("220 mail.example.com ESMTP\r\n".to_owned());
    bench
        .check("tcp", params(&bench, &banner, json!({ "expect": "ESMTP" })))
        .await
        .assert_healthy();
    let echoed = json!({ "send": "PING\r\n", "expect": "PING\r\n" });
    let finding = bench.check("tcp", params(&bench, &TcpBehavior::Echo, echoed)).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("body_bytes"), Some(6));
}

#[tokio::test]
async fn another_answer_is_shown() {
    let bench = bench().await;
    let banner = TcpBehavior::Banner("554 go away\r\n".to_owned());
    let params = params(&bench, &banner, json!({ "expect": "220" }));
    let finding = bench.check_within(SHORT, "tcp", params).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("without `220`") && message.contains("554 go away"), "{message}");
}

#[tokio::test]
async fn an_endless_answer_is_read_up_to_the_limit() {
    let bench = bench().await;
    let banner = TcpBehavior::Banner("x".repeat(3_000_000));
    let finding = bench.check("tcp", params(&bench, &banner, json!({ "expect": "220" }))).await;
    assert!(finding.assert_down(Reason::UnexpectedAnswer).starts_with("64 KiB came"));
    assert!(finding.metric("body_bytes").unwrap() < 200_000);
}

#[tokio::test]
async fn silence_resets_and_closed_ports_have_their_reasons() {
    let bench = bench().await;
    let expecting = json!({ "expect": "220" });
    let silent = params(&bench, &TcpBehavior::Hang, expecting.clone());
    let finding = bench.check_within(SHORT, "tcp", silent).await;
    assert!(finding.assert_down(Reason::Timeout).ends_with("waiting for the first byte"));
    let reset = params(&bench, &TcpBehavior::Reset, expecting.clone());
    bench.check("tcp", reset).await.assert_down(Reason::ConnectionClosed);
    let closed = params(&bench, &TcpBehavior::Close, expecting);
    bench.check("tcp", closed).await.assert_down(Reason::UnexpectedAnswer);
    let refused = json!({ "address": bench.simulator.refused_address().to_string() });
    let finding = bench.check("tcp", refused).await;
    assert!(
        finding.assert_down(Reason::ConnectRefused).starts_with("connection refused by 127.0.0.1:")
    );
}

#[tokio::test]
async fn a_slow_connection_can_be_degraded() {
    let bench = bench().await;
    let params = params(&bench, &TcpBehavior::Echo, json!({ "degraded": "response_time_ms >= 0" }));
    let finding = bench.check("tcp", params).await;
    finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
}

#[tokio::test]
async fn names_that_do_not_resolve_say_why() {
    let bench = bench().await;
    let check = async |answer, expected: &str| {
        let never_ends = [DnsAnswer::Silent, DnsAnswer::WrongId].contains(&answer);
        bench.simulator.set_dns("db.simulator.test", answer).unwrap();
        let params = json!({ "address": "db.simulator.test:5432" });
        let timeout = if never_ends { SHORT } else { LONG };
        let finding = bench.check_within(timeout, "tcp", params).await;
        let message = finding.assert_down(Reason::DnsFailed);
        assert!(message.contains(expected), "{message}");
    };
    check(DnsAnswer::NxDomain, "`db.simulator.test` does not exist (NXDOMAIN)").await;
    check(DnsAnswer::ServFail, "answered SERVFAIL").await;
    check(DnsAnswer::Refused, "answered REFUSED").await;
    check(DnsAnswer::Silent, "waiting for the name to resolve").await;
    check(DnsAnswer::WrongId, "waiting for the name to resolve").await;
    check(DnsAnswer::Records(Vec::new()), "has no address").await;
    let only_v4 = vec![("A".to_owned(), "127.0.0.1".to_owned())];
    bench.simulator.set_dns("db.simulator.test", DnsAnswer::Records(only_v4)).unwrap();
    let params = json!({ "address": "db.simulator.test:5432", "ip": "v6" });
    let finding = bench.check("tcp", params).await;
    assert!(finding.assert_down(Reason::DnsFailed).contains("no address"));
}

#[tokio::test]
async fn a_truncated_dns_answer_is_repeated_over_tcp() {
    let bench = bench().await;
    let records = vec![("A".to_owned(), "127.0.0.1".to_owned())];
    bench.simulator.set_dns("db.simulator.test", DnsAnswer::Truncated(records)).unwrap();
    let port = bench.simulator.tcp_address(TcpBehavior::Echo).unwrap().port();
    let params = json!({ "address": format!("db.simulator.test:{port}") });
    bench.check("tcp", params).await.assert_healthy();
}

#[tokio::test]
async fn localhost_needs_no_name_server() {
    let bench = bench().await;
    let port = bench.simulator.tcp_address(TcpBehavior::Echo).unwrap().port();
    let finding = bench.check("tcp", json!({ "address": format!("localhost:{port}") })).await;
    finding.assert_healthy();
    assert_eq!(finding.parts.dns, None);
}
