//! The `http` check against hostile targets: each check ends within the timeout, with bounded
//! memory.

use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use serde_json::{Value, json};

use crate::http2_server::{Http2Body, Http2Server};
use crate::support::{CheckFixture, FindingExt, SHORT, bench, raw_server};

const KEEPS_THE_BODY: &str = "body.contains('ok')";

async fn check(bench: &CheckFixture, behavior: Behavior, mut params: Value) -> Finding {
    bench.simulator.set("svc", behavior);
    params["url"] = json!(bench.simulator.http_url("/svc"));
    bench.check("http", params).await
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::EndlessBody);
    let server = Http2Server::start(Http2Body::Endless).await;
    for (url, tls) in
        [(bench.simulator.http_url("/svc"), json!({})), (server.url(), json!({ "verify": false }))]
    {
        let finding =
            bench.check("http", json!({ "url": url, "tls": tls, "expect": KEEPS_THE_BODY })).await;
        let message = finding.assert_down(Reason::ResponseTooLarge);
        assert!(message.contains("1048576") && message.contains("max_body_bytes"), "{message}");
        // No condition uses the body, so it does not have to be read to its end.
        let finding = bench.check("http", json!({ "url": url, "tls": tls })).await;
        finding.assert_healthy();
        assert_eq!(finding.metric("body_bytes"), Some(1_048_576));
    }
}

#[tokio::test]
async fn with_a_limit_of_zero_only_the_headers_are_read() {
    let bench = bench().await;
    let behavior = Behavior::Drip { bytes: 10, bytes_per_second: 0 };
    let finding = check(&bench, behavior, json!({ "max_body_bytes": 0 })).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("body_bytes"), Some(0));
}

#[tokio::test]
async fn a_header_of_ten_megabytes_is_refused() {
    let bench = bench().await;
    let behavior = Behavior::HugeHeader { bytes: 10_000_000 };
    let finding = check(&bench, behavior, json!({})).await;
    assert!(finding.assert_down(Reason::ResponseTooLarge).contains("64 KiB"));
}

#[tokio::test]
async fn a_huge_header_over_http2_ends_in_a_finding() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::HugeHeader { bytes: 10_000_000 });
    let finding = bench.check("http", json!({ "url": bench.simulator.http2_url("/svc") })).await;
    assert!(finding.verdict.cause().is_some(), "{finding:?}");
}

#[tokio::test]
async fn a_thousand_headers_are_refused() {
    let bench = bench().await;
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1_000));
    let server = raw_server(head).await;
    let url = format!("http://{}/", server.address);
    bench.check("http", json!({ "url": url })).await.assert_down(Reason::ResponseTooLarge);
}

#[tokio::test]
async fn invalid_utf8_is_text_all_the_same_and_no_json() {
    let bench = bench().await;
    let finding = check(&bench, Behavior::InvalidUtf8, json!({ "expect": "size(body) > 0" })).await;
    finding.assert_healthy();
    let finding =
        check(&bench, Behavior::InvalidUtf8, json!({ "expect": "json.ok == true" })).await;
    assert!(finding.assert_down(Reason::AssertionFailed).contains("not JSON"));
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let bench = bench().await;
    let finding = check(&bench, Behavior::RedirectLoop, json!({})).await;
    let message = finding.assert_down(Reason::RedirectRefused);
    assert!(message.starts_with("more than 5 redirects"), "{message}");
    assert_eq!(bench.simulator.hits("svc").len(), 6);
}

#[tokio::test]
async fn an_unused_gzip_bomb_stays_compressed() {
    let bench = bench().await;
    let finding = check(&bench, Behavior::GzipBomb, json!({ "expect": "status == 200" })).await;
    finding.assert_healthy();
    assert!(finding.metric("body_bytes").unwrap() <= 1_048_576);
}

#[tokio::test]
async fn garbage_is_an_invalid_answer() {
    let bench = bench().await;
    let finding = check(&bench, Behavior::Garbage, json!({})).await;
    assert!(finding.assert_down(Reason::ResponseInvalid).contains("not HTTP"));
}

#[tokio::test]
async fn half_a_body_is_truncated_even_if_no_condition_uses_it() {
    let bench = bench().await;
    for params in [json!({}), json!({ "expect": KEEPS_THE_BODY })] {
        let finding = check(&bench, Behavior::HalfBody, params).await;
        let message = finding.assert_down(Reason::ResponseTruncated);
        assert!(message.contains("after 500 bytes"), "{message}");
        assert_eq!(finding.metric("status_code"), Some(200));
    }
    let url = bench.simulator.https_url("/svc");
    bench.check("http", json!({ "url": url })).await.assert_down(Reason::ResponseTruncated);
    let server = Http2Server::start(Http2Body::Broken).await;
    let params = json!({ "url": server.url(), "tls": { "verify": false } });
    let finding = bench.check("http", params).await;
    finding.assert_down(Reason::ResponseTruncated);
    assert_eq!(finding.metric("http_version"), Some(2));
}

#[tokio::test]
async fn an_invalid_chunk_is_an_invalid_answer() {
    let bench = bench().await;
    let server =
        raw_server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n").await;
    let url = format!("http://{}/", server.address);
    bench.check("http", json!({ "url": url })).await.assert_down(Reason::ResponseInvalid);
}

#[tokio::test]
async fn a_slowly_sent_body_ends_at_the_timeout() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::Drip { bytes: 1_000_000, bytes_per_second: 10 });
    let url = bench.simulator.http_url("/svc");
    let finding = bench.check_within(SHORT, "http", json!({ "url": url })).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.contains("first byte after "), "{message}");
    let hint = "waiting for the rest of the answer; if the body is an endless stream, set `max_body_bytes = 0`";
    assert!(message.ends_with(hint), "{message}");
    // The message contains no such advice if a condition uses the body.
    let params = json!({ "url": url, "expect": KEEPS_THE_BODY });
    let finding = bench.check_within(SHORT, "http", params).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.ends_with("waiting for the rest of the answer"), "{message}");
}

#[tokio::test]
async fn json_nested_without_end_is_beyond_the_limits() {
    let bench = bench().await;
    let behavior = Behavior::text(200, &"[".repeat(500_000));
    let finding = check(&bench, behavior, json!({ "expect": "json.ok == true" })).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ConditionLimit);
    assert!(message.contains("nested deeper than 127 levels"), "{message}");
}
