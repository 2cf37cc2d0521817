//! Name servers that reject EDNS, answer for other names or send too much, and the expectations of
//! a `dns` check about records.

use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_simulator::{DnsAnswer, TcpBehavior};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};
use serde_json::{Value, json};

use crate::name_server::{DnsTransport, NameServer, answer_to, with_address, with_code};
use crate::support::{CheckFixture, FindingExt, LONG, SHORT, bench, build, declared, make};

async fn ask(server: &NameServer, mut params: Value) -> Finding {
    params["name"] = json!("a.test");
    params["resolver"] = json!(server.address.to_string());
    let checker = build(&server.probes(), "dns", params).unwrap_or_else(|all| panic!("{all:?}"));
    declared("dns", make(checker.as_ref(), LONG, &Secrets::new()).await)
}

/// Returns the finding of a connection to `a.test`, a name that `server` resolves.
async fn connect(server: &NameServer, timeout: Duration) -> Finding {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let params = json!({ "address": format!("a.test:{port}") });
    let checker = build(&server.probes(), "tcp", params).unwrap_or_else(|all| panic!("{all:?}"));
    declared("tcp", make(checker.as_ref(), timeout, &Secrets::new()).await)
}

/// Returns the bytes of an answer that consists only of its header.
fn bare(question: &Message, code: ResponseCode) -> Vec<u8> {
    let mut answer = with_code(question, code);
    answer.queries.clear();
    answer.edns = None;
    answer.to_vec().unwrap()
}

#[tokio::test]
async fn a_server_that_refuses_edns_is_asked_again_without_it() {
    type Refusal = fn(&Message) -> Vec<u8>;
    let refusals: [Refusal; 4] = [
        |question| bare(question, ResponseCode::FormErr),
        |question| with_code(question, ResponseCode::NotImp).to_vec().unwrap(),
        |question| with_code(question, ResponseCode::ServFail).to_vec().unwrap(),
        |question| with_code(question, ResponseCode::BADVERS).to_vec().unwrap(),
    ];
    for refusal in refusals {
        let server = NameServer::start(move |question, _| {
            let is_refused = question.edns.is_some();
            Some(if is_refused { refusal(question) } else { with_address(question, None) })
        })
        .await;
        ask(&server, json!({ "answers": ["127.0.0.1"] })).await.assert_healthy();
        connect(&server, LONG).await.assert_healthy();
    }
}

#[tokio::test]
async fn the_edns_answer_counts_if_the_server_fails_without_edns() {
    let server = NameServer::start(|question, _| {
        question.edns.as_ref().map(|_| bare(question, ResponseCode::NotImp))
    })
    .await;
    ask(&server, json!({ "rcode": "NOTIMP" })).await.assert_healthy();
    assert_eq!(server.n_questions(), 2);
}

#[tokio::test]
async fn a_failure_unrelated_to_edns_remains_a_failure() {
    let server =
        NameServer::start(|question, _| Some(bare(question, ResponseCode::ServFail))).await;
    let finding = ask(&server, json!({})).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("is SERVFAIL, not NOERROR"), "{message}");
    let finding = connect(&server, LONG).await;
    assert!(finding.assert_down(Reason::DnsFailed).contains("answered SERVFAIL"));
}

#[tokio::test]
async fn a_truncated_answer_without_edns_is_repeated_over_tcp() {
    let server = NameServer::start(|question, over| {
        if question.edns.is_some() {
            return Some(bare(question, ResponseCode::FormErr));
        }
        if over == DnsTransport::Tcp {
            return Some(with_address(question, None));
        }
        let mut cut = answer_to(question);
        cut.metadata.truncation = true;
        Some(cut.to_vec().unwrap())
    })
    .await;
    ask(&server, json!({ "answers": ["127.0.0.1"] })).await.assert_healthy();
    connect(&server, LONG).await.assert_healthy();
}

#[tokio::test]
async fn the_address_of_another_name_is_refused() {
    let server =
        NameServer::start(|question, _| Some(with_address(question, Some("b.test.")))).await;
    let finding = ask(&server, json!({})).await;
    let message = finding.assert_down(Reason::ResponseInvalid);
    assert!(message.contains("unexpected records of `b.test`"), "{message}");
    let finding = connect(&server, LONG).await;
    let message = finding.assert_down(Reason::DnsFailed);
    assert!(message.contains("`b.test`"), "{message}");
}

#[tokio::test]
async fn an_answer_that_names_another_question_or_none_is_refused() {
    for (change, expected) in [
        (
            (|answer: &mut Message| {
                answer.queries[0].set_name("b.test.".parse().unwrap());
            }) as fn(&mut Message),
            "an unexpected answer for `b.test`",
        ),
        (|answer| answer.queries.clear(), "without its question"),
        (
            |answer| answer.metadata.message_type = hickory_proto::op::MessageType::Query,
            "a question",
        ),
        (|answer| answer.metadata.id = answer.metadata.id.wrapping_add(1), "its id is"),
    ] {
        let server = NameServer::start(move |question, _| {
            let mut answer = Message::from_vec(&with_address(question, None)).unwrap();
            change(&mut answer);
            Some(answer.to_vec().unwrap())
        })
        .await;
        let resolver = server.address.to_string();
        let params = json!({ "name": "a.test", "resolver": resolver });
        let checker =
            build(&server.probes(), "dns", params).unwrap_or_else(|all| panic!("{all:?}"));
        let finding = declared("dns", make(checker.as_ref(), SHORT, &Secrets::new()).await);
        let message = finding.assert_down(Reason::ResponseInvalid);
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn names_are_the_same_in_either_case() {
    let server = NameServer::start(|question, _| {
        let mut answer = Message::from_vec(&with_address(question, Some("A.TEST."))).unwrap();
        answer.queries[0].set_name("A.Test.".parse().unwrap());
        Some(answer.to_vec().unwrap())
    })
    .await;
    ask(&server, json!({ "answers": ["127.0.0.1"] })).await.assert_healthy();
}

#[tokio::test]
async fn an_answer_from_another_address_is_ignored() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = socket.local_addr().unwrap().to_string();
    let serving = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let (n_bytes, client) = socket.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..n_bytes]).unwrap();
        let mut forged = answer_to(&question);
        let data = RData::try_from_str(RecordType::A, "192.0.2.66").unwrap();
        forged.add_answer(Record::from_rdata(question.queries[0].name().clone(), 60, data));
        stranger.send_to(&forged.to_vec().unwrap(), client).await.unwrap();
        socket.send_to(&with_address(&question, None), client).await.unwrap();
    });
    let bench = bench().await;
    let params = json!({
        "name": "a.test", "resolver": resolver, "answers": ["127.0.0.1"], "exactly": true,
    });
    bench.check("dns", params).await.assert_healthy();
    serving.await.unwrap();
}

#[tokio::test]
async fn validation_by_the_name_server_can_be_required() {
    for is_verified in [true, false] {
        let server = NameServer::start(move |question, _| {
            assert!(question.metadata.authentic_data, "the question asks for it");
            let mut answer = Message::from_vec(&with_address(question, None)).unwrap();
            answer.metadata.authentic_data = is_verified;
            Some(answer.to_vec().unwrap())
        })
        .await;
        let finding = ask(&server, json!({ "expect": "authenticated" })).await;
        if is_verified {
            finding.assert_healthy();
        } else {
            let message = finding.assert_down(Reason::UnexpectedAnswer);
            assert!(message.ends_with("does not hold; authenticated = false"), "{message}");
        }
    }
}

/// Returns an answer of 64 KiB whose names are chains of pointers, each to the previous one.
fn pointer_cycle(question: &Message) -> Vec<u8> {
    let mut bytes = answer_to(question).to_vec().unwrap();
    let first = bytes.len();
    bytes.extend([1, b'x', 0]);
    while bytes.len() < 0x3ff0 {
        let to =
            u16::try_from(if bytes.len() == first + 3 { first } else { bytes.len() - 2 }).unwrap();
        bytes.extend((to | 0xc000).to_be_bytes());
    }
    let last = u16::try_from(bytes.len() - 2).unwrap();
    // The whole chain is the data of one record, and the other records begin with a pointer to its
    // end.
    let head = bytes[..first].to_vec();
    let pointers = bytes[first..].to_vec();
    let mut all = head;
    let mut n_records: u16 = 1;
    all.extend([0, 0, 10, 0, 1, 0, 0, 0, 60]);
    all.extend(u16::try_from(pointers.len()).unwrap().to_be_bytes());
    all.extend(pointers);
    while all.len() + 12 < 65_000 {
        all.extend((last | 0xc000).to_be_bytes());
        all.extend([0, 10, 0, 1, 0, 0, 0, 60, 0, 0]);
        n_records += 1;
    }
    all[6..8].copy_from_slice(&n_records.to_be_bytes());
    all[10..12].copy_from_slice(&[0, 0]);
    all
}

#[tokio::test]
async fn a_hostile_answer_costs_little_time() {
    let bombs: [fn(&Message) -> Vec<u8>; 3] = [
        pointer_cycle,
        |question| {
            let mut answer = answer_to(question);
            answer.edns = None;
            let mut bytes = answer.to_vec().unwrap();
            // A name that points to itself.
            let own = u16::try_from(bytes.len()).unwrap() | 0xc000;
            bytes.extend(own.to_be_bytes());
            bytes.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            bytes[6..8].copy_from_slice(&[0, 1]);
            bytes
        },
        |question| {
            let mut answer = answer_to(question);
            let name = question.queries[0].name().clone();
            for n in 0..240 {
                let data = RData::TXT(TXT::new(vec![format!("{n:0250}")]));
                answer.add_answer(Record::from_rdata(name.clone(), 60, data));
            }
            answer.to_vec().unwrap()
        },
    ];
    for bomb in bombs {
        let server = NameServer::start(move |question, over| {
            if over == DnsTransport::Tcp {
                return Some(bomb(question));
            }
            let mut cut = answer_to(question);
            cut.metadata.truncation = true;
            Some(cut.to_vec().unwrap())
        })
        .await;
        let began = Instant::now();
        let finding = ask(&server, json!({ "record": "TXT", "answers": ["nothing"] })).await;
        assert_eq!(finding.cause().fault, Fault::Target);
        assert!(finding.cause().message.len() < 500, "{}", finding.cause().message);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

async fn check(bench: &CheckFixture, answer: DnsAnswer, mut params: Value) -> Finding {
    bench.simulator.set_dns("api.simulator.test", answer).unwrap();
    params["name"] = json!("api.simulator.test");
    params["resolver"] = json!(bench.simulator.dns_address().to_string());
    bench.check("dns", params).await
}

fn records(records: &[(&str, &str)]) -> DnsAnswer {
    let owned = |(kind, value): &(&str, &str)| ((*kind).to_owned(), (*value).to_owned());
    DnsAnswer::Records(records.iter().map(owned).collect())
}

#[tokio::test]
async fn texts_are_compared_in_the_form_of_dig() {
    let bench = bench().await;
    for (record, written) in [
        ("v=spf1 include:mail.test ~all", "\"v=spf1 include:mail.test ~all\""),
        ("v=spf1 include:mail.test ~all", "\"v=spf1 include:mail\" \".test ~all\""),
        ("ä", "\"\\195\\164\""),
        ("a \"b\"", "\"a \\\"b\\\"\""),
    ] {
        let params = json!({ "record": "TXT", "answers": [written], "exactly": true });
        check(&bench, records(&[("TXT", record)]), params).await.assert_healthy();
    }
    let params = json!({ "record": "SOA", "answers": ["ns.test. root.test. 1 2 3 4 5"] });
    let soa = records(&[("SOA", "ns.test. root.test. 1 2 3 4 5")]);
    check(&bench, soa, params).await.assert_healthy();
}

#[tokio::test]
async fn records_can_be_forbidden() {
    let bench = bench().await;
    let two = records(&[("A", "192.0.2.1"), ("A", "192.0.2.2")]);
    let params = json!({ "not_answers": ["192.0.2.2", "192.0.2.3"] });
    let finding = check(&bench, two.clone(), params).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("`192.0.2.2` is among the A records"), "{message}");
    check(&bench, two, json!({ "not_answers": ["192.0.2.3"] })).await.assert_healthy();
    let problems = bench.problems(
        "dns",
        json!({ "name": "a", "answers": ["192.0.2.1"], "not_answers": ["192.0.2.1", "x"] }),
    );
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[tokio::test]
async fn a_record_can_be_searched_for_a_text() {
    let bench = bench().await;
    let spf = records(&[("TXT", "v=spf1 include:mail.test ~all"), ("TXT", "other")]);
    let finding =
        |text: &str| check(&bench, spf.clone(), json!({ "record": "TXT", "contains": [text] }));
    finding("include:mail.test").await.assert_healthy();
    let missing = finding("include:else.test").await;
    let message = missing.assert_down(Reason::UnexpectedAnswer);
    assert!(message.starts_with("`include:else.test` is in none of the TXT records"), "{message}");
}

#[tokio::test]
async fn the_records_are_a_variable_of_conditions() {
    let bench = bench().await;
    let two = records(&[("A", "192.0.2.1"), ("A", "192.0.2.2")]);
    for expect in [
        "\"192.0.2.1\" in records",
        "size(records) == 2",
        "count == 2 && rcode == \"NOERROR\" && ttl > 0",
        "records.all(one, one.startsWith(\"192.0.2.\"))",
        "!records.exists(one, one == \"192.0.2.3\")",
    ] {
        check(&bench, two.clone(), json!({ "expect": expect })).await.assert_healthy();
    }
    let finding = check(&bench, two.clone(), json!({ "expect": "count == 1" })).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert_eq!(message, "`count == 1` does not hold; count = 2");
    let finding = check(&bench, two, json!({ "degraded": "ttl < 60" })).await;
    finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
    let problems = bench.problems("dns", json!({ "name": "a", "expect": "body == \"\"" }));
    assert!(problems[0].starts_with("expect: "), "{problems:?}");
}

#[tokio::test]
async fn an_absent_record_or_name_can_be_expected() {
    let bench = bench().await;
    let only_v4 = records(&[("A", "192.0.2.1")]);
    for expect in ["size(records) == 0", "count == 0 && rcode == \"NOERROR\""] {
        let params = json!({ "record": "AAAA", "expect": expect });
        check(&bench, only_v4.clone(), params).await.assert_healthy();
    }
    let both = records(&[("A", "192.0.2.1"), ("AAAA", "2001:db8::1")]);
    let params = json!({ "record": "AAAA", "expect": "size(records) == 0" });
    let finding = check(&bench, both, params).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.ends_with("records = 2001:db8::1"), "{message}");
    for params in [json!({ "rcode": "NXDOMAIN" }), json!({ "expect": "rcode == \"NXDOMAIN\"" })] {
        check(&bench, DnsAnswer::NxDomain, params).await.assert_healthy();
    }
    let params = json!({ "rcode": "NOERROR", "expect": "count == 0" });
    let finding = check(&bench, DnsAnswer::NxDomain, params).await;
    assert!(finding.assert_down(Reason::UnexpectedAnswer).contains("is NXDOMAIN, not NOERROR"));
}

#[tokio::test]
async fn international_names_are_asked_for_and_shown_as_they_are_written() {
    let bench = bench().await;
    let resolver = bench.simulator.dns_address().to_string();
    let name = "Bücher.simulator.test";
    let params = json!({ "name": name, "resolver": resolver });
    bench.check("dns", params.clone()).await.assert_healthy();
    let port = bench.simulator.tcp_address(TcpBehavior::Echo).unwrap().port();
    let address = json!({ "address": format!("{name}:{port}") });
    bench.check("tcp", address.clone()).await.assert_healthy();
    let set = |answer| bench.simulator.set_dns("xn--bcher-kva.simulator.test", answer).unwrap();
    set(DnsAnswer::NxDomain);
    let finding = bench.check("dns", params).await;
    let message = finding.assert_down(Reason::UnexpectedAnswer);
    assert!(message.contains("the answer for `Bücher.simulator.test` is NXDOMAIN"), "{message}");
    for kind in ["tcp", "tls"] {
        let finding = bench.check(kind, address.clone()).await;
        let message = finding.assert_down(Reason::DnsFailed);
        assert!(message.starts_with("`Bücher.simulator.test` does not exist"), "{message}");
    }
}
