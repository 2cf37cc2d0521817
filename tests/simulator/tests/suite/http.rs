use std::io::ErrorKind;
use std::time::{Duration, Instant};

use allclear_simulator::{Behavior, Config, Simulator, Step};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{asked, cut, exchange, get, send, simulator, soon, stays_silent};

const PLAIN: &[u8] = b"GET /svc/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn unnamed_endpoint_answers_ok() {
    let simulator = simulator().await;
    let answer = get(&simulator, "/never/heard/of?it=1").await;
    assert_eq!((answer.code(), answer.text()), (200, "ok"));
    assert_eq!(simulator.hits("never").len(), 1);
}

#[tokio::test]
async fn connection_is_kept_unless_the_client_wants_it_closed() {
    let simulator = simulator().await;
    let request = [b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n", PLAIN].concat();
    let bytes = exchange(simulator.http_address(), &request).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 2);
    assert_eq!(text.matches("connection: close").count(), 1);
    assert_eq!(simulator.connections(), 1);
}

#[tokio::test]
async fn http10_connection_is_closed_after_the_answer() {
    let simulator = simulator().await;
    let bytes = exchange(simulator.http_address(), b"GET /a HTTP/1.0\r\n\r\n").await.unwrap();
    assert_eq!(cut(&bytes).text(), "ok");
}

#[tokio::test]
async fn status_headers_and_body_are_sent_as_given() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::text(429, "slow down").with_header("retry-after", "7"));
    let answer = get(&simulator, "/svc").await;
    assert!(answer.head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{}", answer.head);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("content-length"), Some("9"));
    assert_eq!(answer.text(), "slow down");
}

#[tokio::test]
async fn json_has_its_type() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::json(json!({ "status": "ok" })));
    let answer = get(&simulator, "/svc").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn head_and_no_content_have_no_body() {
    let simulator = simulator().await;
    let answer = send(&simulator, "HEAD", "/svc", "").await;
    assert_eq!(
        (answer.code(), answer.header("content-length"), answer.text()),
        (200, Some("2"), "")
    );
    simulator.set("svc", Behavior::status(204));
    let answer = get(&simulator, "/svc").await;
    assert_eq!((answer.code(), answer.header("content-length"), answer.text()), (204, None, ""));
}

#[tokio::test]
async fn delayed_answer_comes_after_its_delay() {
    let simulator = simulator().await;
    let delay = Duration::from_millis(80);
    simulator.set("svc", Behavior::status(503).after(delay));
    let began = Instant::now();
    assert_eq!(get(&simulator, "/svc").await.code(), 503);
    assert!(began.elapsed() >= delay);
}

#[tokio::test]
async fn hanging_endpoint_reads_the_request_and_sends_nothing() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Hang);
    let mut stream = asked(&simulator, "/svc").await;
    soon(simulator.wait_for_hits("svc", 1)).await;
    assert!(stays_silent(stream.read_u8()).await);
}

#[tokio::test]
async fn hanging_connections_disturb_no_other() {
    let simulator = simulator().await;
    simulator.set("stuck", Behavior::Hang);
    let mut held = Vec::new();
    for _ in 0..200 {
        held.push(asked(&simulator, "/stuck").await);
    }
    soon(simulator.wait_for_hits("stuck", 200)).await;
    assert_eq!(get(&simulator, "/svc").await.text(), "ok");
}

#[tokio::test]
async fn reset_reaches_the_client_as_a_reset() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Reset);
    let error = exchange(simulator.http_address(), PLAIN).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn closed_connection_ends_without_a_byte() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Close);
    assert_eq!(exchange(simulator.http_address(), PLAIN).await.unwrap(), b"");
}

#[tokio::test]
async fn half_body_ends_before_its_length() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::HalfBody);
    let answer = get(&simulator, "/svc").await;
    assert_eq!((answer.header("content-length"), answer.body.len()), (Some("1000"), 500));
}

#[tokio::test]
async fn dripping_body_is_sent_at_its_rate() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Drip { bytes: 5, bytes_per_second: 20 });
    let began = Instant::now();
    let answer = get(&simulator, "/svc").await;
    assert_eq!(answer.text(), "xxxxx");
    // The first byte is sent at once, and the other four 50 ms apart.
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn drip_without_a_rate_sends_the_head_only() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Drip { bytes: 5, bytes_per_second: 0 });
    let mut stream = asked(&simulator, "/svc").await;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(soon(stream.read_u8()).await.unwrap());
    }
    assert!(stays_silent(stream.read_u8()).await);
}

#[tokio::test]
async fn endless_body_goes_on_beyond_ten_megabytes() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::EndlessBody);
    let mut stream = asked(&simulator, "/svc").await.take(10_000_000);
    let n = soon(tokio::io::copy(&mut stream, &mut tokio::io::sink())).await.unwrap();
    assert_eq!(n, 10_000_000);
}

#[tokio::test]
async fn huge_header_has_the_size_asked_for() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::HugeHeader { bytes: 10_000_000 });
    let answer = get(&simulator, "/svc").await;
    assert_eq!(answer.header("x-huge").map(str::len), Some(10_000_000));
    assert_eq!(answer.header("content-length"), Some("2"));
}

#[tokio::test]
async fn invalid_utf8_is_not_utf8() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::InvalidUtf8);
    let answer = get(&simulator, "/svc").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(std::str::from_utf8(&answer.body).is_err());
}

#[tokio::test]
async fn redirect_loop_leads_to_where_it_began() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::RedirectLoop);
    let answer = get(&simulator, "/svc/a?b=1").await;
    assert_eq!((answer.code(), answer.header("location")), (302, Some("/svc/a?b=1")));
    simulator.set("svc", Behavior::Redirect { to: "/other".to_owned() });
    assert_eq!(get(&simulator, "/svc").await.header("location"), Some("/other"));
}

#[tokio::test]
async fn gzip_bomb_declares_its_encoding() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::GzipBomb);
    let answer = get(&simulator, "/svc").await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn garbage_is_no_http() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::Garbage);
    let bytes = exchange(simulator.http_address(), PLAIN).await.unwrap();
    assert!(!bytes.is_empty() && !bytes.starts_with(b"HTTP"));
}

#[tokio::test]
async fn flapping_endpoint_fails_every_fourth_request() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::status(500).one_in(4));
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(get(&simulator, "/svc").await.code());
    }
    assert_eq!(codes, [200, 200, 200, 500, 200, 200, 200, 500]);
}

#[tokio::test]
async fn script_is_followed_and_hits_are_recorded_in_order() {
    let simulator = simulator().await;
    let steps = vec![Step::requests(Behavior::status(503), 2), Step::forever(Behavior::Ok)];
    simulator.script("svc", steps);
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(get(&simulator, "/svc").await.code());
    }
    assert_eq!(codes, [503, 503, 200]);
    let hits = simulator.hits("svc");
    assert!(hits.len() == 3 && hits.is_sorted(), "{hits:?}");
    simulator.clear();
    assert_eq!(simulator.hits("svc"), []);
}

#[tokio::test]
async fn malformed_request_is_refused_with_the_reason() {
    let simulator = simulator().await;
    for (request, code) in [
        (&b"hello\r\n\r\n"[..], 400),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
    ] {
        let mut stream = TcpStream::connect(simulator.http_address()).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut bytes = Vec::new();
        soon(stream.read_to_end(&mut bytes)).await.unwrap();
        assert_eq!(cut(&bytes).code(), code, "{}", String::from_utf8_lossy(request));
    }
}

#[tokio::test]
async fn stopped_simulator_frees_its_port_and_ends_its_connections() {
    let first = simulator().await;
    first.set("svc", Behavior::Hang);
    let mut held = asked(&first, "/svc").await;
    soon(first.wait_for_hits("svc", 1)).await;
    let port = first.http_address().port();
    soon(first.stop()).await;
    assert_eq!(soon(held.read(&mut [0; 1])).await.unwrap_or(0), 0);
    let second = Simulator::start(Config { port, ..Config::default() }).await.unwrap();
    assert_eq!(get(&second, "/svc").await.text(), "ok");
}

#[tokio::test]
async fn port_in_use_is_named() {
    let simulator = simulator().await;
    let port = simulator.http_address().port();
    let error =
        Simulator::start(Config { port, ..Config::default() }).await.unwrap_err().to_string();
    assert!(error.contains(&port.to_string()), "{error}");
}
