//! Requests that the server of `up` rejects with a cause, and heartbeats with a body.

use std::process::Command;

use allclear_simulator::Behavior;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server::{TOKEN, served};
use crate::stage::{PATIENCE, Response, Stage, Up, eventually, exchange, monitor};

/// Checks that a request is rejected and that the response closes the connection, although the
/// request does not ask for that.
async fn refused(up: &Up, request: &str, status: u16, cause: &str) {
    let response = exchange(up.address(), request.as_bytes()).await;
    assert_eq!(response.status, status, "{request:?}: {response:?}");
    assert_eq!(response.header("connection"), Some("close"), "{request:?}: {response:?}");
    says(&response, cause);
}

fn says(response: &Response, cause: &str) {
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"), "{response:?}");
    let text = response.text();
    assert!(text.contains(cause) && !text.contains('\n') && text.len() < 200, "{text:?}");
}

#[tokio::test]
async fn an_ambiguous_head_is_refused_and_closes_the_connection() {
    let (_stage, up) = served().await;
    let beat = format!("POST /heartbeat/{TOKEN} HTTP/1.1\r\nhost: a\r\n");
    let (chunked, length) = ("transfer-encoding: chunked\r\n", "content-length: 5\r\n");
    for lines in [[chunked, length], [length, chunked]] {
        let request = format!("{beat}{}\r\n0\r\n\r\n", lines.concat());
        refused(&up, &request, 400, "both `Transfer-Encoding` and `Content-Length`").await;
    }
    refused(&up, &format!("{beat}{length}{length}\r\nhello"), 400, "`Content-Length`").await;
    refused(&up, &format!("{beat}transfer-encoding: gzip\r\n\r\n"), 400, "`chunked`").await;
    refused(&up, "GET / HTTP/1.1\r\n\r\n", 400, "one `Host`").await;
    refused(&up, "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", 400, "one `Host`").await;
    refused(&up, "nonsense\r\n\r\n", 400, "not valid HTTP").await;
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    refused(&up, &long, 431, "head of the request is too large").await;
    // The connection accepts no further request.
    let two = format!("{beat}{chunked}{length}\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let response = exchange(up.address(), two.as_bytes()).await;
    assert_eq!(response.text().matches("HTTP/1.1").count(), 0, "{response:?}");
    // A chunked body alone is accepted, and a valid request before an invalid one gets its own
    // answer.
    let alone = format!("{beat}{chunked}connection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    assert_eq!(exchange(up.address(), alone.as_bytes()).await.status, 200);
    let both = "HEAD / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    let response = exchange(up.address(), both.as_bytes()).await;
    assert_eq!(response.status, 200);
    assert!(response.text().starts_with("HTTP/1.1 400"), "{response:?}");
}

#[tokio::test]
async fn late_and_long_requests_are_refused_with_the_cause() {
    let (_stage, up) = served().await;
    refused(&up, "GET / HTTP/1.1\r\nhost: a\r\n", 408, "did not arrive in time").await;
    let beat = format!("POST /heartbeat/{TOKEN} HTTP/1.1\r\nhost: a\r\n");
    let form = format!("{beat}content-type: application/x-www-form-urlencoded\r\n");
    let short = format!("{form}content-length: 20\r\n\r\nstatus=");
    refused(&up, &short, 408, "the body did not arrive in time").await;
    let long = format!("{form}content-length: 150000\r\n\r\n{}", "x".repeat(150_000));
    refused(&up, &long, 413, "the body is longer than").await;
    // A heartbeat whose log is too long is still accepted.
    let text = format!("{beat}content-length: 150000\r\n\r\n{}", "x".repeat(150_000));
    assert_eq!(exchange(up.address(), text.as_bytes()).await.status, 200);
}

async fn n_beats(stage: &Stage) -> String {
    stage.query("SELECT count(*) FROM beats").await.trim().to_owned()
}

#[tokio::test]
async fn only_get_and_post_record_a_beat() {
    let (stage, up) = served().await;
    let path = format!("/heartbeat/{TOKEN}");
    for method in ["HEAD", "PUT", "DELETE", "PATCH"] {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let response = exchange(up.address(), request.as_bytes()).await;
        assert_eq!((response.status, response.header("allow")), (405, Some("GET, POST, OPTIONS")));
        if method != "HEAD" {
            says(&response, "POST or GET");
        }
    }
    assert_eq!(n_beats(&stage).await, "0");
    assert_eq!(up.get(&path).await.status, 200);
    assert_eq!(n_beats(&stage).await, "1");
    assert_eq!(up.post(&path, "").await.status, 200);
}

#[tokio::test]
async fn a_status_in_a_form_or_json_counts_as_in_the_query() {
    let (stage, up) = served().await;
    let post = async |query: &str, content_type: &str, body: &str| {
        let request = format!(
            "POST /heartbeat/{TOKEN}{query} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        exchange(up.address(), request.as_bytes()).await
    };
    let status = async || {
        let checked = stage.run(&["check", "nightly", "--json"]).await.json();
        checked[0]["status"].as_str().unwrap().to_owned()
    };
    let form = "application/x-www-form-urlencoded";
    for (query, content_type, body) in [
        ("?status=down&msg=disk+full", "text/plain", ""),
        ("", form, "status=down&msg=disk+full"),
        ("", "application/json", r#"{"status": "down", "msg": "disk full"}"#),
    ] {
        assert_eq!(post(query, content_type, body).await.status, 200, "{body}");
        assert_eq!(status().await, "unhealthy", "{query} {body}");
        assert_eq!(post("/0", "text/plain", "").await.status, 200);
    }
    says(&post("", form, "status=broken").await, "`up` or `down`");
    says(&post("?ping=1e3", "text/plain", "").await, "`ping=MILLISECONDS` such as `ping=123.5`");
}

fn hang_up(up: &Up) {
    let kill = format!("kill -HUP {}", up.process.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "`{kill}`");
}

#[tokio::test]
async fn a_reload_keeps_the_connections_of_the_server() {
    let (_stage, mut up) = served().await;
    let mut client = TcpStream::connect(up.address()).await.unwrap();
    let ask = format!("POST /heartbeat/{TOKEN} HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n");
    // A request in progress, whose body arrives after the reload.
    client.write_all(ask.as_bytes()).await.unwrap();
    hang_up(&up);
    up.process.said("reloaded `", PATIENCE).await;
    assert_eq!(up.get("/").await.status, 200);
    for body in ["hello", ""] {
        let request = if body.is_empty() { format!("{ask}again") } else { body.to_owned() };
        client.write_all(request.as_bytes()).await.unwrap();
        let mut response = vec![0; 2_000];
        let n = timeout(PATIENCE, client.read(&mut response)).await.unwrap().unwrap();
        let response = String::from_utf8_lossy(&response[..n]).into_owned();
        assert!(response.starts_with("HTTP/1.1 200"), "{response:?}");
    }
}

#[tokio::test]
async fn a_reload_completes_a_running_notification_once() {
    let mut stage = Stage::new().await;
    stage.inbox_as_secret("hook");
    let config = "[defaults]\ninterval = \"10s\"\nconfirm = { failures = 1 }\n\
                  [[rule]]\nid = \"service_down\"\nfor = \"0s\"\n\
                  [[channel]]\nid = \"hook\"\nsend.webhook = { url = \"secret:hook\" }\n";
    stage.config(&(config.to_owned() + &monitor(&stage.simulator, "doc_store", "")));
    stage.simulator.set("doc_store", Behavior::status(500));
    let slow = Behavior::Delay { ms: 3_000, then: Box::new(Behavior::Ok) };
    stage.simulator.set_inbox("hook", slow);
    let mut up = stage.up().await;
    eventually("the notification to be under way", PATIENCE, async || {
        (!stage.simulator.inbox("hook").is_empty()).then_some(())
    })
    .await;
    hang_up(&up);
    up.process.said("reloaded `", PATIENCE).await;
    let sent = "SELECT count(*) || ' ' || max(n_tries) FROM deliveries WHERE state = 'sent'";
    eventually("the record of the delivery", PATIENCE, async || {
        (stage.query(sent).await.trim() == "1 1").then_some(())
    })
    .await;
    assert_eq!(stage.simulator.inbox("hook").len(), 1);
}
