use std::time::{Duration, Instant};

use allclear_simulator::{DnsAnswer, Simulator};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::client::{simulator, soon, stays_silent};

fn question(name: &str, record_type: RecordType) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), record_type));
    message
}

async fn send_udp(simulator: &Simulator, question: &Message) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&question.to_vec().unwrap(), simulator.dns_address()).await.unwrap();
    socket
}

async fn ask_bytes(simulator: &Simulator, question: &Message) -> Vec<u8> {
    let socket = send_udp(simulator, question).await;
    let mut buffer = vec![0; 4096];
    let n = soon(socket.recv(&mut buffer)).await.unwrap();
    buffer.truncate(n);
    buffer
}

async fn ask(simulator: &Simulator, name: &str, record_type: RecordType) -> Message {
    let question = question(name, record_type);
    let answer = Message::from_vec(&ask_bytes(simulator, &question).await).unwrap();
    assert_eq!(answer.metadata.id, question.metadata.id);
    assert_eq!(answer.queries, question.queries);
    answer
}

async fn ask_tcp(simulator: &Simulator, question: &Message) -> Message {
    let mut stream = TcpStream::connect(simulator.dns_address()).await.unwrap();
    let bytes = question.to_vec().unwrap();
    stream.write_u16(u16::try_from(bytes.len()).unwrap()).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = vec![0; usize::from(soon(stream.read_u16()).await.unwrap())];
    soon(stream.read_exact(&mut answer)).await.unwrap();
    Message::from_vec(&answer).unwrap()
}

fn records(records: &[(&str, &str)]) -> Vec<(String, String)> {
    records.iter().map(|&(record_type, value)| (record_type.to_owned(), value.to_owned())).collect()
}

fn values(answer: &Message) -> Vec<String> {
    answer.answers.iter().map(|record| record.data.to_string()).collect()
}

#[tokio::test]
async fn names_of_the_simulator_lead_to_it_and_others_do_not_exist() {
    let simulator = simulator().await;
    let answer = ask(&simulator, "svc-1.simulator.test.", RecordType::A).await;
    assert_eq!(values(&answer), ["127.0.0.1"]);
    let answer = ask(&simulator, "elsewhere.test.", RecordType::A).await;
    assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(simulator.dns_queries("Elsewhere.test").len(), 1);
}

#[tokio::test]
async fn records_of_each_type_are_answered_under_any_case_of_the_name() {
    let simulator = simulator().await;
    let all = records(&[
        ("A", "192.0.2.1"),
        ("A", "192.0.2.2"),
        ("AAAA", "2001:db8::1"),
        ("MX", "10 mail.example.test."),
        ("TXT", "v=spf1 -all"),
        ("NS", "ns.example.test."),
    ]);
    simulator.set_dns("Example.test", DnsAnswer::Records(all)).unwrap();
    for (record_type, expected) in [
        (RecordType::A, &["192.0.2.1", "192.0.2.2"][..]),
        (RecordType::AAAA, &["2001:db8::1"]),
        (RecordType::MX, &["10 mail.example.test."]),
        (RecordType::TXT, &["v=spf1 -all"]),
        (RecordType::NS, &["ns.example.test."]),
        (RecordType::SRV, &[]),
    ] {
        let answer = ask(&simulator, "eXample.test.", record_type).await;
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
        assert_eq!(values(&answer), expected, "{record_type}");
    }
}

#[tokio::test]
async fn cname_brings_the_records_of_its_target() {
    let simulator = simulator().await;
    simulator
        .set_dns("www.test", DnsAnswer::Records(records(&[("CNAME", "svc.simulator.test.")])))
        .unwrap();
    let answer = ask(&simulator, "www.test.", RecordType::A).await;
    assert_eq!(values(&answer), ["svc.simulator.test.", "127.0.0.1"]);
    let answer = ask(&simulator, "www.test.", RecordType::CNAME).await;
    assert_eq!(values(&answer), ["svc.simulator.test."]);
}

#[tokio::test]
async fn a_cname_loop_ends() {
    let simulator = simulator().await;
    simulator
        .set_dns("loop.test", DnsAnswer::Records(records(&[("CNAME", "loop.test.")])))
        .unwrap();
    let answer = ask(&simulator, "loop.test.", RecordType::A).await;
    assert!(values(&answer).iter().all(|value| value == "loop.test."));
}

#[tokio::test]
async fn codes_are_answered_as_set() {
    let simulator = simulator().await;
    for (answer, code) in [
        (DnsAnswer::NxDomain, ResponseCode::NXDomain),
        (DnsAnswer::ServFail, ResponseCode::ServFail),
        (DnsAnswer::Refused, ResponseCode::Refused),
    ] {
        simulator.set_dns("svc.simulator.test", answer).unwrap();
        assert_eq!(
            ask(&simulator, "svc.simulator.test.", RecordType::A).await.metadata.response_code,
            code
        );
    }
}

#[tokio::test]
async fn false_address_is_returned_for_its_own_family_only() {
    let simulator = simulator().await;
    simulator
        .set_dns("svc.simulator.test", DnsAnswer::FalseAddress("203.0.113.9".parse().unwrap()))
        .unwrap();
    assert_eq!(
        values(&ask(&simulator, "svc.simulator.test.", RecordType::A).await),
        ["203.0.113.9"]
    );
    assert_eq!(values(&ask(&simulator, "svc.simulator.test.", RecordType::AAAA).await), [""; 0]);
}

#[tokio::test]
async fn a_silent_script_stays_silent() {
    let simulator = simulator().await;
    simulator.set_dns("svc.simulator.test", DnsAnswer::Silent).unwrap();
    let socket = send_udp(&simulator, &question("svc.simulator.test.", RecordType::A)).await;
    assert!(stays_silent(socket.recv(&mut [0; 512])).await);
    assert_eq!(simulator.dns_queries("svc.simulator.test").len(), 1);
}

#[tokio::test]
async fn wrong_id_is_not_that_of_the_question() {
    let simulator = simulator().await;
    simulator.set_dns("svc.simulator.test", DnsAnswer::WrongId).unwrap();
    let question = question("svc.simulator.test.", RecordType::A);
    let answer = Message::from_vec(&ask_bytes(&simulator, &question).await).unwrap();
    assert_ne!(answer.metadata.id, question.metadata.id);
}

#[tokio::test]
async fn garbage_is_no_message() {
    let simulator = simulator().await;
    simulator.set_dns("svc.simulator.test", DnsAnswer::Garbage).unwrap();
    let bytes = ask_bytes(&simulator, &question("svc.simulator.test.", RecordType::A)).await;
    assert!(Message::from_vec(&bytes).is_err());
}

#[tokio::test]
async fn truncated_answer_is_whole_over_tcp() {
    let simulator = simulator().await;
    let whole = DnsAnswer::Truncated(records(&[("A", "192.0.2.1")]));
    simulator.set_dns("svc.simulator.test", whole).unwrap();
    let udp = ask(&simulator, "svc.simulator.test.", RecordType::A).await;
    assert!(udp.metadata.truncation && udp.answers.is_empty());
    let tcp = ask_tcp(&simulator, &question("svc.simulator.test.", RecordType::A)).await;
    assert!(!tcp.metadata.truncation);
    assert_eq!(values(&tcp), ["192.0.2.1"]);
}

#[tokio::test]
async fn answer_that_is_too_long_for_udp_is_truncated() {
    let simulator = simulator().await;
    let many = (1..=60).map(|n| ("A".to_owned(), format!("192.0.2.{n}"))).collect();
    simulator.set_dns("many.test", DnsAnswer::Records(many)).unwrap();
    assert!(ask(&simulator, "many.test.", RecordType::A).await.metadata.truncation);
    assert_eq!(ask_tcp(&simulator, &question("many.test.", RecordType::A)).await.answers.len(), 60);
}

#[tokio::test]
async fn delayed_answer_comes_after_its_delay() {
    let simulator = simulator().await;
    let late = DnsAnswer::Delay { ms: 80, then: Box::new(DnsAnswer::ServFail) };
    simulator.set_dns("svc.simulator.test", late).unwrap();
    let began = Instant::now();
    let answer = ask(&simulator, "svc.simulator.test.", RecordType::A).await;
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(began.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn unreadable_record_is_refused() {
    let simulator = simulator().await;
    for (record_type, value) in
        [("A", "127.0.0.256"), ("MX", "mail.test."), ("AX", "1"), ("AAAA", "")]
    {
        let wrong = DnsAnswer::Records(records(&[(record_type, value)]));
        let error = simulator.set_dns("svc.simulator.test", wrong).unwrap_err().to_string();
        assert!(error.contains(&format!("`{record_type}`")), "{error}");
    }
    assert_eq!(values(&ask(&simulator, "svc.simulator.test.", RecordType::A).await), ["127.0.0.1"]);
}
