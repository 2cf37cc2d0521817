//! Answers with endless framing and no content: each check ends long before its timeout.

use std::time::{Duration, Instant};

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::http2_frames::{
    CONTINUATION, DATA, END_HEADERS, FrameServer, HEADERS, PING, Reply, SETTINGS, STATUS_200,
    Script, WINDOW_UPDATE, frame,
};
use crate::support::{FindingExt, LONG, RawServer, bench, raw_server, read_head};

/// Starts a server that sends `first` and then repeats `again` endlessly.
async fn endless(first: &'static str, again: &'static str) -> RawServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            let _ = stream.write_all(first.as_bytes()).await;
            let again = again.repeat(8192 / again.len() + 1);
            while stream.write_all(again.as_bytes()).await.is_ok() {}
        }
    });
    RawServer { address, _task: task }
}

/// Runs a check and asserts that it took far less than the timeout.
async fn check(params: Value) -> Finding {
    let bench = bench().await;
    let begun = Instant::now();
    let finding = bench.check_within(LONG * 3, "http", params).await;
    assert!(begun.elapsed() < LONG, "{:?}", begun.elapsed());
    finding
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const ASKS: &str = "body == 'ok'";

#[tokio::test]
async fn interim_answers_without_end_are_cut_off() {
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n",
    ] {
        let server = endless("", interim).await;
        let finding = check(json!({ "url": format!("http://{}/", server.address) })).await;
        let message = finding.assert_down(Reason::ResponseTooLarge);
        assert_eq!(message, "no end of the headers within 512 KiB");
    }
}

#[tokio::test]
async fn some_interim_answers_are_skipped() {
    let head = "HTTP/1.1 100 Continue\r\n\r\n".repeat(3);
    let server = raw_server(format!("{head}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")).await;
    let url = format!("http://{}/", server.address);
    check(json!({ "url": url, "expect": ASKS })).await.assert_healthy();
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    for (first, again) in [
        ("HTTP/1.1 200 OK\r\nx: ", "yyyyyyyy"),
        ("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        ("HTTP/1.1 200 OK\r\nx: y\r\n", " folded\r\n"),
        ("HTTP/1.1 200 ", "OK "),
    ] {
        let server = endless(first, again).await;
        let finding = check(json!({ "url": format!("http://{}/", server.address) })).await;
        let message = finding.assert_down(Reason::ResponseTooLarge);
        assert!(message.contains("64 KiB or more than 100"), "{message}");
    }
    let server = endless("", "\r\n").await;
    let finding = check(json!({ "url": format!("http://{}/", server.address) })).await;
    assert!(finding.verdict.cause().is_some());
}

#[tokio::test]
async fn a_body_of_framing_without_content_is_cut_off() {
    // An endless extension, endless trailers, and more extensions than content.
    for (first, again) in [
        ("1;", "extension"),
        ("2\r\nok\r\n0\r\n", "x: y\r\n"),
        ("", "1;abcdefghijklmnop\r\nx\r\n"),
        ("", "000000000000000000000000001\r\nx\r\n"),
    ] {
        for expect in [json!(ASKS), json!("status == 200")] {
            let first: &'static str = Box::leak(format!("{CHUNKED}{first}").into_boxed_str());
            let server = endless(first, again).await;
            let url = format!("http://{}/", server.address);
            let params = json!({ "url": url, "expect": expect, "max_body_bytes": 65536 });
            let finding = check(params).await;
            let is_expected = finding.verdict.cause().is_some() || expect != json!(ASKS);
            assert!(is_expected, "{again}: {finding:?}");
        }
    }
}

#[tokio::test]
async fn a_content_length_out_of_range_is_named() {
    for length in ["18446744073709551615", "18446744073709551614"] {
        let server =
            raw_server(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\nok")).await;
        let finding = check(json!({ "url": format!("http://{}/", server.address) })).await;
        let message = finding.assert_down(Reason::ResponseInvalid);
        assert_eq!(message, "the `content-length` of the answer is out of range");
    }
    let many = "x: y\r\n".repeat(101);
    let server = raw_server(format!("HTTP/1.1 200 OK\r\n{many}\r\n")).await;
    let finding = check(json!({ "url": format!("http://{}/", server.address) })).await;
    assert!(finding.assert_down(Reason::ResponseTooLarge).contains("headers"));
}

async fn check_frames(script: Script, more: Value) -> Finding {
    let server = FrameServer::plain(script).await;
    let mut params = json!({ "url": format!("http://{}/", server.address), "http_version": "2" });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    check(params).await
}

#[tokio::test]
async fn http2_frames_without_an_answer_are_cut_off() {
    let scripts: [(&str, Script); 6] = [
        ("ping", |_| Reply::Endless(Vec::new(), frame(PING, 0, 0, &[0; 8]))),
        ("settings", |_| Reply::Endless(Vec::new(), frame(SETTINGS, 0, 0, &[]))),
        ("window", |_| Reply::Endless(Vec::new(), frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]))),
        ("unknown", |_| Reply::Endless(Vec::new(), frame(0xbb, 0, 0, &[0; 64]))),
        ("continuation", |_| {
            let head = frame(HEADERS, 0, 1, STATUS_200);
            Reply::Endless(head, frame(CONTINUATION, 0, 1, &[]))
        }),
        ("header", |_| {
            // A literal field that is never added to the table.
            let field = [&[0x00, 1, b'x', 0x7f, 0x81, 0x01][..], &[b'y'; 256]].concat();
            let head = frame(HEADERS, 0, 1, STATUS_200);
            Reply::Endless(head, frame(CONTINUATION, 0, 1, &field))
        }),
    ];
    for (name, script) in scripts {
        let finding = check_frames(script, json!({})).await;
        assert!(finding.verdict.cause().is_some(), "{name}: {finding:?}");
    }
}

#[tokio::test]
async fn http2_frames_without_content_are_cut_off() {
    let scripts: [(&str, Script); 4] = [
        ("empty data", |_| {
            let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
            Reply::Endless(head, frame(DATA, 0, 1, &[]))
        }),
        ("padding", |_| {
            let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
            Reply::Endless(head, frame(DATA, 8, 1, &[255; 256]))
        }),
        ("ping", |_| {
            let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
            Reply::Endless(head, frame(PING, 0, 0, &[0; 8]))
        }),
        ("resets of other streams", |_| {
            let head = frame(HEADERS, END_HEADERS, 1, STATUS_200);
            Reply::Endless(head, frame(3, 0, 1, &[0, 0, 0, 5]))
        }),
    ];
    for (name, script) in scripts {
        let more = json!({ "expect": ASKS, "max_body_bytes": 65536 });
        let finding = check_frames(script, more).await;
        assert!(finding.verdict.cause().is_some(), "{name}: {finding:?}");
    }
}

#[tokio::test]
async fn slowly_sent_headers_end_at_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            while stream.write_all(b"H").await.is_ok() {
                ticks.tick().await;
            }
        }
    });
    let bench = bench().await;
    let url = format!("http://{address}/");
    let finding = bench.check_within(crate::support::SHORT, "http", json!({ "url": url })).await;
    assert!(finding.verdict.cause().is_some());
}
