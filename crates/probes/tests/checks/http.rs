//! The `http` check against well-behaved targets: measurements, expectations and faults.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::{Behavior, TcpBehavior};
use serde_json::json;

use crate::http2_server::{Http2Body, Http2Server};
use crate::support::{FindingExt, SHORT, bench, raw_server, sent_header};

#[tokio::test]
async fn a_plain_answer_is_healthy_and_measured() {
    let bench = bench().await;
    let finding =
        bench.check("http", json!({ "url": bench.simulator.http_url("/svc/health") })).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("status_code"), Some(200));
    assert_eq!(finding.metric("body_bytes"), Some(2));
    assert_eq!(finding.metrics.get("http_version"), Some(&1.1));
    assert_eq!(finding.metric("redirects"), None);
    let parts = finding.parts;
    assert!(parts.connect.is_some() && parts.first_byte.is_some() && parts.transfer.is_some());
    assert!(parts.dns.is_none() && parts.tls.is_none());
    assert!(parts.first_byte <= finding.latency);
}

#[tokio::test]
async fn each_check_opens_a_connection_of_its_own_and_leaves_none() {
    let bench = bench().await;
    for _ in 0..3 {
        bench
            .check("http", json!({ "url": bench.simulator.https_url("/svc") }))
            .await
            .assert_healthy();
    }
    assert_eq!(bench.simulator.connections(), 3);
}

#[tokio::test]
async fn https_is_measured_on_the_same_connection() {
    let bench = bench().await;
    let finding = bench
        .check(
            "http",
            json!({
                "url": bench.simulator.https_url("/svc"),
                "expect": "status == 200 && certificate_days > 5",
            }),
        )
        .await;
    finding.assert_healthy();
    assert!(finding.metric("certificate_days").unwrap() > 5);
    assert_eq!(finding.metrics.get("tls_version"), Some(&1.3));
    assert_eq!(finding.metric("certificate_verified"), None);
    assert!(finding.parts.tls.is_some());
    assert_eq!(bench.simulator.connections(), 1);
}

#[tokio::test]
async fn http2_is_used_where_the_server_chooses_it() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::json(json!({ "status": "ok" })));
    let finding = bench
        .check(
            "http",
            json!({
                "url": bench.simulator.http2_url("/svc"),
                "headers": { "x-one": "1" },
                "expect": "json.status == 'ok'",
            }),
        )
        .await;
    finding.assert_healthy();
    assert_eq!(finding.metric("http_version"), Some(2));
}

#[tokio::test]
async fn a_name_is_resolved_through_the_name_server() {
    let bench = bench().await;
    let port = bench.simulator.https_address().port();
    let url = format!("https://api.simulator.test:{port}/svc");
    let finding = bench.check("http", json!({ "url": url })).await;
    finding.assert_healthy();
    assert!(finding.parts.dns.is_some());
    assert!(!bench.simulator.dns_queries("api.simulator.test").is_empty());
}

#[tokio::test]
async fn by_default_only_2xx_and_3xx_are_healthy() {
    let bench = bench().await;
    for code in [200, 204, 304] {
        bench.simulator.set("svc", Behavior::status(code));
        bench
            .check("http", json!({ "url": bench.simulator.http_url("/svc") }))
            .await
            .assert_healthy();
    }
    for code in [400, 404, 500, 503, 529] {
        bench.simulator.set("svc", Behavior::status(code));
        let finding = bench.check("http", json!({ "url": bench.simulator.http_url("/svc") })).await;
        let message = finding.assert_down(Reason::HttpStatus);
        assert!(message.contains(&code.to_string()), "{message}");
        assert!(finding.latency.is_some(), "an error is an answer");
    }
}

#[tokio::test]
async fn the_status_decides_the_fault_of_a_refusal() {
    let bench = bench().await;
    let url = bench.simulator.http_url("/svc");
    for (code, fault, reason) in [
        (429, Fault::Throttled, Reason::Throttled),
        (402, Fault::Quota, Reason::Billing),
        (401, Fault::Target, Reason::HttpStatus),
        (403, Fault::Target, Reason::HttpStatus),
    ] {
        bench.simulator.set("svc", Behavior::status(code));
        let finding = bench.check("http", json!({ "url": url })).await;
        finding.assert_cause(Status::Unhealthy, fault, reason);
    }
    for (code, reason) in [(401, Reason::AuthInvalid), (403, Reason::Permission)] {
        bench.simulator.set("svc", Behavior::status(code));
        for params in [
            json!({ "url": url, "auth": { "bearer": "secret:key" } }),
            json!({ "url": url, "headers": { "x-api-key": "secret:key" }, "expect": "status == 200" }),
        ] {
            let finding = bench.check_with(&[("key", "k-123")], params).await;
            finding.assert_cause(Status::Unhealthy, Fault::Credentials, reason);
        }
    }
}

#[tokio::test]
async fn an_expected_refusal_is_healthy() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::status(401));
    let url = bench.simulator.http_url("/svc");
    bench.check("http", json!({ "url": url, "expect": "status == 401" })).await.assert_healthy();
}

#[tokio::test]
async fn a_failed_assertion_shows_the_values_it_used() {
    let bench = bench().await;
    let long = "x".repeat(5_000);
    bench.simulator.set("svc", Behavior::json(json!({ "status": "failing", "long": long })));
    let url = bench.simulator.http_url("/svc");
    let expect = "status == 200 && json.status == \"ok\"";
    let finding = bench.check("http", json!({ "url": url, "expect": expect })).await;
    let message = finding.assert_down(Reason::AssertionFailed);
    assert!(
        message.starts_with(&format!("`{expect}` does not hold; status = 200, body = ")),
        "{message}"
    );
    assert!(message.chars().count() < 400, "{message}");
}

#[tokio::test]
async fn a_json_assertion_over_another_body_is_explained() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::text(200, "<html>"));
    let url = bench.simulator.http_url("/svc");
    let finding = bench.check("http", json!({ "url": url, "expect": "json.ok == true" })).await;
    let message = finding.assert_down(Reason::AssertionFailed);
    assert!(message.contains("the body is not JSON") && message.contains("<html>"), "{message}");
    let finding =
        bench.check("http", json!({ "url": url, "expect": "headers['x-none'] == '1'" })).await;
    assert!(finding.assert_down(Reason::AssertionFailed).contains("x-none"));
}

#[tokio::test]
async fn a_server_error_is_one_whatever_was_expected_of_the_body() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::status(503));
    let url = bench.simulator.http_url("/svc");
    let finding = bench.check("http", json!({ "url": url, "expect": "body.contains('ok')" })).await;
    finding.assert_down(Reason::HttpStatus);
}

#[tokio::test]
async fn headers_and_body_can_be_asserted() {
    let bench = bench().await;
    let behavior = Behavior::text(200, "all systems go").with_header("x-region", "eu");
    bench.simulator.set("svc", behavior);
    let url = bench.simulator.http_url("/svc");
    let expect = "headers['x-region'] == 'eu' && body.contains('systems go')";
    bench.check("http", json!({ "url": url, "expect": expect })).await.assert_healthy();
}

#[tokio::test]
async fn a_degradation_condition_makes_a_good_answer_degraded() {
    let bench = bench().await;
    let url = bench.simulator.http_url("/svc");
    let finding =
        bench.check("http", json!({ "url": url, "degraded": "response_time_ms >= 0" })).await;
    let message = finding.assert_cause(Status::Degraded, Fault::Target, Reason::Degraded);
    assert!(message.contains("response_time_ms = "), "{message}");
    bench
        .check("http", json!({ "url": url, "degraded": "response_time_ms > 3600000" }))
        .await
        .assert_healthy();
}

#[tokio::test]
async fn method_headers_body_and_auth_are_sent() {
    let bench = bench().await;
    let params = json!({
        "url": bench.simulator.inbox_url("in"),
        "method": "POST",
        "headers": { "x-plain": "p", "x-key": "secret:key", "user-agent": "me" },
        "body": "hello",
        "auth": { "basic": { "user": "ann", "password": "secret:password" } },
    });
    bench.check_with(&[("key", "k1"), ("password", "pw")], params).await.assert_healthy();
    let got = bench.simulator.inbox("in").remove(0);
    assert_eq!((got.method.as_str(), got.body.as_slice()), ("POST", &b"hello"[..]));
    let header = |name| sent_header(&got, name);
    assert_eq!(header("authorization"), Some("Basic YW5uOnB3"));
    assert_eq!((header("x-plain"), header("x-key")), (Some("p"), Some("k1")));
    assert_eq!((header("user-agent"), header("connection")), (Some("me"), Some("close")));
    assert_eq!(header("content-length"), Some("5"));
    assert_eq!(header("accept-encoding"), None, "a compressed body could be a bomb");
}

#[tokio::test]
async fn a_configured_host_header_is_sent_over_both_versions() {
    let bench = bench().await;
    let headers = json!({ "host": "virtual.test" });
    let url = bench.simulator.inbox_url("in");
    bench.check("http", json!({ "url": url, "headers": headers })).await.assert_healthy();
    let got = bench.simulator.inbox("in").remove(0);
    assert_eq!(sent_header(&got, "host"), Some("virtual.test"));
    // Together with an authority it would be a contradiction.
    let server = Http2Server::start(Http2Body::Endless).await;
    let params = json!({
        "url": server.url(),
        "headers": headers,
        "tls": { "verify": false },
        "expect": "headers['x-authority'] == 'virtual.test' && !('x-host' in headers)",
    });
    bench.check("http", params).await.assert_healthy();
}

#[tokio::test]
async fn a_secret_with_invalid_header_characters_is_a_fault_of_the_monitor() {
    let bench = bench().await;
    let params =
        json!({ "url": bench.simulator.http_url("/svc"), "auth": { "bearer": "secret:key" } });
    let finding = bench.check_with(&[("key", "line\nend")], params).await;
    let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::SecretUnreadable);
    assert!(message.contains("`key`") && !message.contains("line\n"), "{message}");
    assert!(bench.simulator.hits("svc").is_empty());
}

#[tokio::test]
async fn a_head_request_has_no_body_to_wait_for() {
    let bench = bench().await;
    let server = raw_server("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n").await;
    let url = format!("http://{}/", server.address);
    let finding = bench.check("http", json!({ "url": url, "method": "HEAD" })).await;
    finding.assert_healthy();
    assert_eq!(finding.metric("body_bytes"), Some(0));
}

#[tokio::test]
async fn failures_before_http_are_named() {
    let bench = bench().await;
    let url = format!("http://{}/", bench.simulator.refused_address());
    let finding = bench.check("http", json!({ "url": url })).await;
    finding.assert_down(Reason::ConnectRefused);
    assert_eq!(finding.latency, None);
    for (behavior, reason) in
        [(Behavior::Reset, Reason::ConnectionClosed), (Behavior::Close, Reason::ConnectionClosed)]
    {
        bench.simulator.set("svc", behavior);
        let finding = bench.check("http", json!({ "url": bench.simulator.http_url("/svc") })).await;
        finding.assert_down(reason);
    }
    let unanswered = bench.simulator.unanswered_address();
    let url = format!("http://{unanswered}/");
    let finding = bench.check_within(SHORT, "http", json!({ "url": url })).await;
    let message = finding.assert_down(Reason::ConnectTimeout);
    assert!(message.ends_with("waiting for the connection"), "{message}");
}

#[tokio::test]
async fn a_target_that_hangs_is_named_with_its_phase() {
    let bench = bench().await;
    bench.simulator.set("svc", Behavior::Hang);
    let url = bench.simulator.https_url("/svc");
    let finding = bench.check_within(SHORT, "http", json!({ "url": url })).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.starts_with("no complete answer within 1s: connected in "), "{message}");
    assert!(
        message.contains("TLS in ") && message.ends_with("waiting for the first byte"),
        "{message}"
    );
    let address = bench.simulator.tcp_address(TcpBehavior::Hang).unwrap();
    let url = format!("https://{address}/");
    let finding = bench.check_within(SHORT, "http", json!({ "url": url })).await;
    let message = finding.assert_down(Reason::Timeout);
    assert!(message.ends_with("waiting for the TLS handshake"), "{message}");
}
