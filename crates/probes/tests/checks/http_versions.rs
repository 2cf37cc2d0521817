//! The HTTP version in use, and the requests that are repeated when a server rejects HTTP/2.

use allclear_core::reason::Reason;
use serde_json::{Value, json};

use crate::http2_frames::{FrameServer, GOAWAY, RST_STREAM, Reply, Script, frame, good_answer};
use crate::support::{FindingExt, answer, bench, scripted_server};

const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;
const HTTP_1_1_REQUIRED: u32 = 13;

fn reset(code: u32) -> Reply {
    Reply::Frames(frame(RST_STREAM, 0, 1, &code.to_be_bytes()))
}

fn go_away(last_stream: u32, code: u32) -> Reply {
    let payload = [last_stream.to_be_bytes(), code.to_be_bytes()].concat();
    Reply::Last(frame(GOAWAY, 0, 0, &payload))
}

/// Returns a script that answers the first request with `reply` and later ones with success.
macro_rules! first {
    ($reply:expr) => {
        (|n| if n == 0 { $reply } else { Reply::Frames(good_answer(1)) }) as Script
    };
}

async fn check(server: &FrameServer, more: Value) -> allclear_core::outcome::Finding {
    let mut params = json!({
        "url": format!("https://{}/", server.address),
        "tls": { "verify": false },
        "expect": "body == 'ok'",
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    bench().await.check("http", params).await
}

#[tokio::test]
async fn a_server_that_demands_http1_gets_it() {
    for script in [first!(reset(HTTP_1_1_REQUIRED)), first!(go_away(0, HTTP_1_1_REQUIRED))] {
        for method in ["GET", "POST"] {
            let server = FrameServer::tls(script).await;
            let finding = check(&server, json!({ "method": method })).await;
            finding.assert_healthy();
            assert_eq!(finding.metrics.get("http_version"), Some(&1.1));
            assert_eq!(server.counts(), [1, 1]);
        }
    }
}

#[tokio::test]
async fn a_refused_http2_stream_is_retried() {
    for script in [first!(reset(REFUSED_STREAM)), first!(go_away(0, 0))] {
        for method in ["GET", "POST"] {
            let server = FrameServer::tls(script).await;
            let finding = check(&server, json!({ "method": method })).await;
            finding.assert_healthy();
            assert_eq!(finding.metrics.get("http_version"), Some(&2.0));
            assert_eq!(server.counts(), [2, 0], "{method}");
        }
    }
}

#[tokio::test]
async fn a_request_is_sent_again_only_once() {
    let server = FrameServer::tls(|_| reset(REFUSED_STREAM)).await;
    let finding = check(&server, json!({})).await;
    assert!(finding.assert_down(Reason::ConnectionClosed).contains("refused"), "{finding:?}");
    assert_eq!(server.counts(), [2, 0]);
}

#[tokio::test]
async fn a_post_that_may_have_been_acted_on_is_not_sent_again() {
    let script = first!(go_away(1, ENHANCE_YOUR_CALM));
    let server = FrameServer::tls(script).await;
    check(&server, json!({ "method": "POST" })).await.assert_down(Reason::ConnectionClosed);
    assert_eq!(server.counts(), [1, 0]);
    let server = FrameServer::tls(script).await;
    check(&server, json!({ "method": "GET" })).await.assert_healthy();
    assert_eq!(server.counts(), [2, 0]);
    // A stream that was reset for a reason of its own would fail again.
    let server = FrameServer::tls(first!(reset(CANCEL))).await;
    check(&server, json!({ "method": "GET" })).await.assert_down(Reason::ConnectionClosed);
    assert_eq!(server.counts(), [1, 0]);
}

#[tokio::test]
async fn the_version_can_be_set() {
    let server = FrameServer::tls(|_| Reply::Frames(good_answer(1))).await;
    for (version, counts) in [("1.1", [0, 1]), ("2", [1, 1]), ("negotiated", [2, 1])] {
        check(&server, json!({ "http_version": version })).await.assert_healthy();
        assert_eq!(server.counts(), counts, "{version}");
    }
    let plain = FrameServer::plain(|_| Reply::Frames(good_answer(1))).await;
    let url = format!("http://{}/", plain.address);
    check(&plain, json!({ "url": url, "http_version": "2" })).await.assert_healthy();
    let server = FrameServer::tls(|_| reset(HTTP_1_1_REQUIRED)).await;
    let finding = check(&server, json!({ "http_version": "2" })).await;
    finding.assert_down(Reason::ConnectionClosed);
    assert_eq!(server.counts(), [1, 0]);
}

#[tokio::test]
async fn a_server_without_http2_is_named_if_http2_is_required() {
    let server = scripted_server(|_| answer("200 OK", "", b"ok")).await;
    let url = format!("http://{}/", server.address);
    let params = json!({ "url": url, "http_version": "2" });
    bench().await.check("http", params).await.assert_down(Reason::ConnectionClosed);
    let bench = bench().await;
    let params = json!({ "url": bench.simulator.https_url("/svc"), "http_version": "2" });
    let finding = bench.check("http", params).await;
    let reason = finding.cause().reason;
    assert!([Reason::TlsFailed, Reason::ResponseInvalid].contains(&reason), "{finding:?}");
    let problems = bench.problems("http", json!({ "url": url, "http_version": "3" }));
    assert!(problems[0].starts_with("http_version: "), "{problems:?}");
}
