//! The redirects that the `http` check follows, and the credentials that it sends there.

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::{Behavior, DnsAnswer, Simulator};
use serde_json::json;

use crate::support::{FindingExt, answer, bench, scripted_server, sent_header};

fn redirect(to: impl Into<String>) -> Behavior {
    Behavior::Redirect { to: to.into() }
}

/// Returns the same answer with another status.
fn redirect_with(code: u16, to: &str) -> Behavior {
    Behavior::status(code).with_header("location", to)
}

#[tokio::test]
async fn a_redirect_is_followed_and_counted() {
    let bench = bench().await;
    bench.simulator.set("a", redirect("/b"));
    bench.simulator.set("b", redirect("/c"));
    let finding = bench
        .check("http", json!({ "url": bench.simulator.http_url("/a"), "expect": "status == 200" }))
        .await;
    finding.assert_healthy();
    assert_eq!(finding.metric("redirects"), Some(2));
    assert_eq!(bench.simulator.hits("c").len(), 1);
}

#[tokio::test]
async fn with_a_redirect_limit_of_zero_a_redirect_is_the_answer() {
    let bench = bench().await;
    bench.simulator.set("a", redirect("/b"));
    let finding = bench
        .check(
            "http",
            json!({
                "url": bench.simulator.http_url("/a"),
                "redirects": { "follow": 0 },
                "expect": "status == 302 && headers.location.endsWith('/b')",
            }),
        )
        .await;
    finding.assert_healthy();
    assert!(bench.simulator.hits("b").is_empty());
}

#[tokio::test]
async fn a_post_is_not_repeated_elsewhere_unless_asked_for() {
    let bench = bench().await;
    bench.simulator.set("a", redirect_with(307, "/_inbox/in"));
    let url = bench.simulator.http_url("/a");
    let params = json!({ "url": url, "method": "POST", "body": "x" });
    bench.check("http", params.clone()).await.assert_healthy();
    assert!(bench.simulator.inbox("in").is_empty());
    let mut params = params;
    params["redirects"] = json!({ "follow": 1 });
    bench.check("http", params.clone()).await.assert_healthy();
    bench.simulator.set("a", redirect_with(303, "/_inbox/in"));
    bench.check("http", params).await.assert_healthy();
    let got = bench.simulator.inbox("in");
    let sent: Vec<(&str, &[u8])> =
        got.iter().map(|one| (one.method.as_str(), one.body.as_slice())).collect();
    assert_eq!(sent, [("POST", &b"x"[..]), ("GET", &b""[..])]);
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let bench = bench().await;
    let other = Simulator::start(allclear_simulator::Config::default()).await.unwrap();
    let params = json!({
        "url": bench.simulator.http_url("/a"),
        "auth": { "bearer": "secret:key" },
        "headers": { "x-key": "secret:key", "cookie": "session=1", "x-plain": "p" },
    });
    bench.simulator.set("a", redirect(bench.simulator.inbox_url("own")));
    bench.check_with(&[("key", "k1")], params.clone()).await.assert_healthy();
    let got = bench.simulator.inbox("own").remove(0);
    assert_eq!(sent_header(&got, "authorization"), Some("Bearer k1"));
    bench.simulator.set("a", redirect(other.inbox_url("in")));
    bench.check_with(&[("key", "k1")], params.clone()).await.assert_healthy();
    let got = other.inbox("in").remove(0);
    assert_eq!(sent_header(&got, "x-plain"), Some("p"));
    for name in ["authorization", "x-key", "cookie"] {
        assert_eq!(sent_header(&got, name), None, "{name} left its origin");
    }
    // The target is not at fault if it demands credentials that were dropped.
    for code in [401, 403] {
        other.set_inbox("in", Behavior::status(code));
        let finding = bench.check_with(&[("key", "k1")], params.clone()).await;
        let message = finding.assert_cause(Status::Unhealthy, Fault::Request, Reason::ProbeInvalid);
        let to = other.http_address();
        let expected = "the credentials were not sent, because a redirect led from http://";
        assert!(
            message.contains(expected) && message.contains(&format!("to http://{to}")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_body_is_not_sent_to_another_server() {
    let bench = bench().await;
    let other = Simulator::start(allclear_simulator::Config::default()).await.unwrap();
    bench.simulator.set("a", redirect_with(308, &other.inbox_url("in")));
    let params = json!({
        "url": bench.simulator.http_url("/a"),
        "method": "PUT",
        "body": "confidential",
        "redirects": { "follow": 3 },
    });
    bench.check("http", params).await.assert_down(Reason::RedirectRefused);
    assert!(other.inbox("in").is_empty());
}

#[tokio::test]
async fn a_redirect_can_be_limited_to_its_host() {
    let bench = bench().await;
    let port = bench.simulator.http_address().port();
    bench.simulator.set("a", redirect(format!("http://other.simulator.test:{port}/b")));
    let url = format!("http://api.simulator.test:{port}/a");
    bench.check("http", json!({ "url": url })).await.assert_healthy();
    let params = json!({ "url": url, "redirects": { "same_host": true } });
    let finding = bench.check("http", params).await;
    assert!(finding.assert_down(Reason::RedirectRefused).contains("same_host"));
    bench.simulator.set("a", redirect("/b"));
    let params = json!({ "url": url, "redirects": { "same_host": true } });
    bench.check("http", params).await.assert_healthy();
}

#[tokio::test]
async fn a_redirect_to_an_invalid_url_is_refused() {
    let bench = bench().await;
    for to in ["ftp://127.0.0.1/x", "http://[nonsense", "javascript:alert(1)"] {
        bench.simulator.set("a", redirect_with(302, to));
        let finding = bench.check("http", json!({ "url": bench.simulator.http_url("/a") })).await;
        finding.assert_down(Reason::RedirectRefused);
    }
}

#[tokio::test]
async fn a_status_of_redirection_without_a_location_is_an_answer() {
    let bench = bench().await;
    bench.simulator.set("a", Behavior::status(302));
    bench.check("http", json!({ "url": bench.simulator.http_url("/a") })).await.assert_healthy();
}

#[tokio::test]
async fn the_parts_of_the_time_are_those_of_the_last_hop() {
    let bench = bench().await;
    let port = bench.simulator.http_address().port();
    let to = bench.simulator.http_url("/b");
    bench.simulator.set("a", redirect(to));
    let records = vec![("A".to_owned(), "127.0.0.1".to_owned())];
    bench.simulator.set_dns("first.simulator.test", DnsAnswer::Records(records)).unwrap();
    let url = format!("http://first.simulator.test:{port}/a");
    let finding = bench.check("http", json!({ "url": url })).await;
    finding.assert_healthy();
    assert_eq!(finding.parts.dns, None, "the last hop goes to an address");
}

#[tokio::test]
async fn a_location_keeps_bytes_beyond_ascii() {
    let bench = bench().await;
    let server = scripted_server(|head| match head.split(' ').nth(1) {
        Some("/") => {
            b"HTTP/1.1 302 Found\r\nlocation: /caf\xe9\r\ncontent-length: 0\r\n\r\n".to_vec()
        }
        Some("/caf%E9") => answer("200 OK", "", b"found"),
        _ => answer("404 Not Found", "", b""),
    })
    .await;
    let params =
        json!({ "url": format!("http://{}/", server.address), "expect": "body == 'found'" });
    bench.check("http", params).await.assert_healthy();
}
