//! Compressed answers of providers.

use crate::llm::BillingCheck;
use std::io::Write;

use allclear_core::checker::PriorState;
use allclear_core::reason::Reason;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{TestServer, merged, only};
use crate::encodings::{gzip, stored_brotli, zlib, zstd};
use crate::support::{FindingExt, RawServer, answer, bench, read_head, scripted_server};

/// Returns the headers of JSON in an encoding.
fn headers(encoding: &str) -> String {
    format!("content-type: application/json\r\ncontent-encoding: {encoding}\r\n")
}

fn at(server: &RawServer, steps: &[&str]) -> Value {
    let base_url = format!("http://{}/v1", server.address);
    merged(only(steps), json!({ "base_url": base_url, "api_key": null }))
}

/// Sends the events, each flushed separately, and then keeps the compressed stream open.
async fn streaming(events: Vec<String>) -> RawServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                        content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            for event in &events {
                encoder.write_all(event.as_bytes()).unwrap();
                encoder.flush().unwrap();
                let bytes = std::mem::take(encoder.get_mut());
                let chunk = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
                let _ = stream.write_all(&chunk).await;
            }
            open.push(stream);
        }
    });
    RawServer { address, _task: task }
}

fn event(content: &str, finish: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": { "content": content }, "finish_reason": finish });
    let chunk = json!({ "id": "c1", "object": "chat.completion.chunk", "model": "any-model", "choices": [choice] });
    format!("data: {chunk}\n\n")
}

#[tokio::test]
async fn a_compressed_list_of_models_is_read() {
    let body = json!({ "object": "list", "data": [{ "id": "any-model" }] }).to_string();
    let body = body.as_bytes();
    for (encoding, encoded) in [
        ("gzip", gzip(body)),
        ("deflate", zlib(body)),
        ("zstd", zstd(body)),
        ("br", stored_brotli(body)),
    ] {
        let server = scripted_server(move |_| answer("200 OK", &headers(encoding), &encoded)).await;
        let world =
            TestServer::on(bench().await, "openai-compatible", at(&server, &["reach", "models"]));
        let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
        finding.assert_healthy();
        assert_eq!(finding.metric("models_listed"), Some(1), "{encoding}");
    }
}

#[tokio::test]
async fn a_compressed_stream_is_decoded_as_it_comes() {
    let events = vec![event("pong", None), event("", Some("stop")), "data: [DONE]\n\n".to_owned()];
    let server = streaming(events).await;
    let world = TestServer::on(bench().await, "openai-compatible", at(&server, &["completion"]));
    let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    finding.assert_healthy();
    assert!(finding.metrics.contains_key("first_token_ms"), "{finding:?}");
}

#[tokio::test]
async fn a_stream_with_a_wrong_encoding_is_named() {
    let headers = "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n";
    let server = scripted_server(move |_| answer("200 OK", headers, b"data: {}\n\n")).await;
    let world = TestServer::on(bench().await, "openai-compatible", at(&server, &["completion"]));
    let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    let message = finding.assert_down(Reason::ResponseInvalid);
    assert!(message.contains("does not match its `content-encoding`, gzip"), "{message}");
}

#[tokio::test]
async fn a_compressed_bomb_is_cut() {
    // The list would be complete if all of it were read.
    let padding = " ".repeat(64 * 1024 * 1024);
    let list = format!(r#"{{"object":"list","data":[{{"id":"any-model"}}]{padding}}}"#);
    let bomb = gzip(list.as_bytes());
    let server = scripted_server(move |_| answer("200 OK", &headers("gzip"), &bomb)).await;
    let world = TestServer::on(bench().await, "openai-compatible", at(&server, &["models"]));
    let finding = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    finding.assert_down(Reason::ResponseTooLarge);
}
