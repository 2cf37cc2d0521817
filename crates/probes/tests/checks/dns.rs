//! The `dns` check, and dishonest name servers.

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::DnsAnswer;
use serde_json::{Value, json};

use crate::support::{CheckFixture, FindingExt, LONG, SHORT, bench};

const NAME: &str = "api.simulator.test";

fn records(records: &[(&str, &str)]) -> Vec<(String, String)> {
    records.iter().map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned())).collect()
}

async fn check(bench: &CheckFixture, answer: DnsAnswer, mut params: Value) -> Finding {
    let never_ends = [DnsAnswer::Silent, DnsAnswer::WrongId, DnsAnswer::Garbage].contains(&answer);
    bench.simulator.set_dns(NAME, answer).unwrap();
    params["name"] = json!(NAME);
    params["resolver"] = json!(bench.simulator.dns_address().to_string());
    bench.check_within(if never_ends { SHORT } else { LONG }, "dns", params).await
}

#[tokio::test]
async fn the_expected_records_in_any_order_are_healthy() {
    let bench = bench().await;
    let two = DnsAnswer::Records(records(&[("A", "192.0.2.1"), ("A", "192.0.2.2")]));
    let finding =
        check(&bench, two.clone(), json!({ "answers": ["192.0.2.2", "192.0.2.1"] })).await;
    finding.assert_healthy();
    assert_eq!((finding.metric("dns_answers"), finding.metric("dns_rcode")), (Some(2), Some(0)));
    assert!(finding.metric("dns_ttl_seconds").is_some());
    check(&bench, two.clone(), json!({})).await.assert_healthy();
    check(&bench, two.clone(), json!({ "answers": ["192.0.2.1"] })).await.assert_healthy();
    let params = json!({ "answers": ["192.0.2.1"], "exactly": true });
    let finding = check(&bench, two, params).await;
    assert!(finding.assert_down(Reason::UnexpectedAnswer).contains("`192.0.2.2`"));
}

#[tokio::test]
async fn each_type_of_record_is_compared_as_dig_prints_it() {
    let bench = bench().await;
    for (record, written, expected) in [
        ("AAAA", "2001:db8::1", "2001:DB8:0:0::1"),
        ("MX", "10 mail.simulator.test", "10 Mail.simulator.test."),
        ("TXT", "v=spf1 -all", "v=spf1 -all"),
        ("NS", "ns1.simulator.test", "ns1.simulator.test."),
        ("CNAME", "www.simulator.test", "www.simulator.test"),
        ("SRV", "10 5 443 a.simulator.test", "10 5 443 a.simulator.test"),
        ("CAA", "0 issue \"ca.example\"", "0 issue \"ca.example\""),
    ] {
        let answer = DnsAnswer::Records(records(&[(record, written)]));
        let finding =
            check(&bench, answer, json!({ "record": record, "answers": [expected] })).await;
        finding.assert_healthy();
    }
}

#[tokio::test]
async fn a_false_address_is_detected() {
    let bench = bench().await;
    let false_address = DnsAnswer::FalseAddress("203.0.113.66".parse().unwrap());
    let finding = check(&bench, false_address, json!({ "answers": ["192.0.2.1"] })).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("203.0.113.66") && message.contains("`192.0.2.1`"), "{message}");
}

#[tokio::test]
async fn a_name_without_the_record_is_unhealthy() {
    let bench = bench().await;
    let finding = check(&bench, DnsAnswer::Records(Vec::new()), json!({ "record": "MX" })).await;
    assert!(finding.assert_down(Reason::UnexpectedAnswer).contains("no MX record"));
}

#[tokio::test]
async fn the_code_can_be_expected() {
    let bench = bench().await;
    let finding = check(&bench, DnsAnswer::NxDomain, json!({})).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("is NXDOMAIN, not NOERROR"), "{message}");
    for (answer, code) in [
        (DnsAnswer::NxDomain, "NXDOMAIN"),
        (DnsAnswer::ServFail, "SERVFAIL"),
        (DnsAnswer::Refused, "REFUSED"),
    ] {
        check(&bench, answer, json!({ "rcode": code })).await.assert_healthy();
    }
    let existing = DnsAnswer::Records(records(&[("A", "192.0.2.1")]));
    let finding = check(&bench, existing, json!({ "rcode": "NXDOMAIN" })).await;
    finding.assert_down(Reason::UnexpectedAnswer);
}

#[tokio::test]
async fn an_answer_to_another_question_is_ignored() {
    let bench = bench().await;
    let finding = check(&bench, DnsAnswer::WrongId, json!({})).await;
    assert!(finding.assert_down(Reason::ResponseInvalid).contains("its id is"));
    let finding = check(&bench, DnsAnswer::Garbage, json!({})).await;
    assert!(finding.assert_down(Reason::ResponseInvalid).contains("not DNS"));
}

#[tokio::test]
async fn a_silent_server_is_queried_twice() {
    let bench = bench().await;
    let finding = check(&bench, DnsAnswer::Silent, json!({})).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.contains("no answer"), "{message}");
    assert!(bench.simulator.dns_queries(NAME).len() > 1);
}

#[tokio::test]
async fn a_truncated_answer_is_repeated_over_tcp() {
    let bench = bench().await;
    let many: Vec<(String, String)> =
        (0..60).map(|n| ("TXT".to_owned(), format!("{n} {}", "x".repeat(100)))).collect();
    let last = many[59].1.clone();
    let params = json!({ "record": "TXT", "answers": [last] });
    let finding = check(&bench, DnsAnswer::Truncated(many), params).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("dns_answers"), Some(60));
}

#[tokio::test]
async fn a_port_without_a_server_is_refused() {
    let bench = bench().await;
    let resolver = bench.simulator.refused_address().to_string();
    let finding = bench.check("dns", json!({ "name": NAME, "resolver": resolver })).await;
    finding.assert_down(Reason::ConnectRefused);
}

#[tokio::test]
async fn without_a_resolver_the_system_name_servers_are_queried() {
    let bench = bench().await;
    bench.check("dns", json!({ "name": NAME })).await.assert_healthy();
    bench.simulator.set_dns(NAME, DnsAnswer::Silent).unwrap();
    let finding = bench.check_within(SHORT, "dns", json!({ "name": NAME })).await;
    finding.assert_down(Reason::DnsFailed);
}

#[tokio::test]
async fn a_slow_answer_can_be_degraded() {
    let bench = bench().await;
    let answer = DnsAnswer::Records(records(&[("A", "192.0.2.1")]));
    let finding = check(&bench, answer, json!({ "degraded": "response_time_ms >= 0" })).await;
    finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
}

/// A condition whose cost grows with the third power of the number of records.
const CUBIC: &str = "records.all(a, records.all(b, records.all(c, size(a + b + c) > 0)))";

#[tokio::test]
async fn a_condition_over_its_budget_is_the_fault_of_the_request() {
    let bench = bench().await;
    let addresses: Vec<String> = (0..60).map(|n| format!("192.0.2.{n}")).collect();
    let many: Vec<(&str, &str)> = addresses.iter().map(|address| ("A", address.as_str())).collect();
    let answer = DnsAnswer::Records(records(&many));
    let finding = check(&bench, answer.clone(), json!({ "expect": CUBIC })).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
    let wanted = format!(
        "`{CUBIC}` exceeds its cost limit for this answer of 60 records; write it more simply"
    );
    assert_eq!(message, wanted);
    // `expect` holds, and only `degraded` is undecided.
    let params = json!({ "expect": "count == 60", "degraded": CUBIC });
    let finding = check(&bench, answer, params).await;
    finding.assert_cause(Status::Degraded, Fault::Request, Reason::ConditionLimit);
}

#[tokio::test]
async fn a_value_that_does_not_exist_is_named_once() {
    let bench = bench().await;
    let none = DnsAnswer::Records(Vec::new());
    for (condition, values) in [
        ("ttl > 60", ""),
        ("count == 0 && ttl > 60", "; count = 0"),
        ("ttl > 60 || size(records) > 0", "; records = none"),
    ] {
        let finding = check(&bench, none.clone(), json!({ "expect": condition })).await;
        let message = finding.assert_down(Reason::UnexpectedAnswer);
        assert_eq!(message, format!("`{condition}` does not hold: no `ttl`{values}"));
    }
    let condition = "count == 1 && ttl > 60";
    let finding = check(&bench, none, json!({ "expect": condition })).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert_eq!(message, format!("`{condition}` does not hold; count = 0, no `ttl`"));
}
