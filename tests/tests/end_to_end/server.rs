//! The server of `allclear up` over raw sockets: the headers of its responses, and its answers to
//! invalid requests.

use crate::stage::{PATIENCE, Response, Stage, Up, exchange, monitor};

pub(crate) const TOKEN: &str = "0123456789abcdef-nightly";

/// Starts a server whose page has one monitor and which accepts heartbeats.
pub(crate) async fn served() -> (Stage, Up) {
    let stage = Stage::new().await;
    let heartbeat = format!(
        "\n[[monitor]]\nid = \"nightly\"\n\
         check.heartbeat = {{ token = \"{TOKEN}\", period = \"1d\", grace = \"1h\" }}\n"
    );
    let page = "[page]\nembed_origins = [\"https://www.example.com\"]\n";
    stage.config(&(page.to_owned() + &monitor(&stage.simulator, "shop", "") + &heartbeat));
    let up = stage.up().await;
    (stage, up)
}

/// Sends a request with additional header lines.
async fn ask(up: &Up, method: &str, path: &str, headers: &[&str]) -> Response {
    let first = format!("{method} {path} HTTP/1.1");
    let lines = [&[first.as_str(), "host: a", "connection: close"], headers, &["", ""]].concat();
    let head = lines.join("\r\n");
    exchange(up.address(), head.as_bytes()).await
}

#[tokio::test]
async fn a_request_needs_one_host() {
    let (_stage, up) = served().await;
    for (lines, status) in [
        ("GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\n", 400),
        ("POST /heartbeat/x HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n", 200),
        ("GET http://a/ HTTP/1.1\r\nhost: a\r\n", 200),
        ("GET / HTTP/1.0\r\n", 200),
    ] {
        let request = format!("{lines}connection: close\r\n\r\n");
        assert_eq!(exchange(up.address(), request.as_bytes()).await.status, status, "{lines:?}");
    }
}

#[tokio::test]
async fn long_targets_and_heads_are_refused() {
    let (_stage, up) = served().await;
    assert_eq!(ask(&up, "GET", &format!("/?{}", "x".repeat(2_000)), &[]).await.status, 200);
    assert_eq!(ask(&up, "GET", &format!("/?{}", "x".repeat(2_100)), &[]).await.status, 414);
    assert_eq!(ask(&up, "GET", &format!("/{}", "x".repeat(9_000)), &[]).await.status, 414);
    let long = format!("x-long: {}", "x".repeat(20_000));
    assert_eq!(ask(&up, "GET", "/", &[&long]).await.status, 431);
    let many = vec!["x-many: 1"; 200];
    assert_eq!(ask(&up, "GET", "/", &many).await.status, 431);
}

#[tokio::test]
async fn each_method_is_answered_as_its_path_allows() {
    let (_stage, up) = served().await;
    let get = ask(&up, "GET", "/api/v2/status.json", &[]).await;
    let head = ask(&up, "HEAD", "/api/v2/status.json", &[]).await;
    assert_eq!((get.status, head.status), (200, 200));
    assert!(!get.body.is_empty() && head.body.is_empty());
    for name in ["content-length", "content-type", "etag", "cache-control", "vary"] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(get.header(name), head.header(name), "{name}");
    }
    assert_eq!(get.header("content-length").unwrap(), get.body.len().to_string());

    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let refused = ask(&up, method, "/", &[]).await;
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    }
    let path = format!("/heartbeat/{TOKEN}");
    let heartbeat = Some("GET, POST, OPTIONS");
    let refused = ask(&up, "DELETE", &path, &[]).await;
    assert_eq!((refused.status, refused.header("allow")), (405, heartbeat));
    let options = ask(&up, "OPTIONS", &path, &["origin: https://a.example"]).await;
    assert_eq!((options.status, options.header("allow")), (204, heartbeat));
    assert_eq!(options.header("access-control-allow-origin"), None);
    let options = ask(&up, "OPTIONS", "*", &[]).await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
}

#[tokio::test]
async fn no_path_escapes_the_site() {
    let (stage, up) = served().await;
    assert!(stage.database().exists());
    for path in [
        "/../allclear.db",
        "/..%2fallclear.db",
        "/%2e%2e/allclear.db",
        "/%2e%2e%2fallclear.db",
        "/api/../../allclear.db",
        "/api/%2e%2e/%2e%2e/allclear.db",
        "/..\\allclear.db",
        "/..%5callclear.db",
        "/%252e%252e/allclear.db",
        "/%c0%ae%c0%ae/allclear.db",
        "//etc/passwd",
        "/./../allclear.db",
        "/.publishing/0",
        "/index.html%00",
        "/api",
        "/api/",
        "http://a/../allclear.db",
    ] {
        let response = ask(&up, "GET", path, &[]).await;
        assert!([400, 404].contains(&response.status), "{path}: {}", response.status);
        assert!(!response.body.starts_with(b"SQLite"), "{path}");
    }
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let (_stage, up) = served().await;
    let wrong = "/heartbeat/0123456789abcdef-wrong";
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/status.txt", 200),
        ("GET", "/api/v2/summary.json", 200),
        ("GET", "/nothing", 404),
        ("POST", "/", 405),
        ("OPTIONS", "/", 204),
        ("POST", wrong, 404),
        ("POST", &format!("/heartbeat/{TOKEN}"), 200),
    ] {
        let response = ask(&up, method, path, &[]).await;
        assert_eq!(response.status, status, "{method} {path}");
        let header = |name: &str| response.header(name).unwrap_or_default().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("x-frame-options"), "DENY", "{path}");
        assert_eq!(header("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
        assert!(!header("cross-origin-resource-policy").is_empty(), "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn only_the_sites_of_the_config_may_frame_the_widget() {
    let (_stage, up) = served().await;
    let widget = ask(&up, "GET", "/embed.html", &[]).await;
    let policy = widget.header("content-security-policy").unwrap_or_default();
    assert!(policy.ends_with("; frame-ancestors https://www.example.com"), "{policy}");
    assert_eq!(widget.header("x-frame-options"), None);
    assert_eq!(widget.header("cross-origin-resource-policy"), Some("cross-origin"));
    let loader = ask(&up, "GET", "/embed.js", &[]).await;
    assert_eq!(loader.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(loader.header("cross-origin-resource-policy"), Some("cross-origin"));
    let metrics = ask(&up, "GET", "/metrics", &[]).await;
    assert_eq!(
        metrics.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let page = ask(&up, "GET", "/", &[]).await;
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

#[tokio::test]
async fn a_missing_path_gets_the_404_page() {
    let (_stage, up) = served().await;
    for path in ["/nothing", "/service/none", "/%2e%2e/allclear.db"] {
        let response = ask(&up, "GET", path, &["if-none-match: *"]).await;
        assert_eq!(response.status, 404, "{path}");
        let response = ask(&up, "GET", path, &[]).await;
        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{path}");
        assert!(response.text().contains("There is no page at this address"), "{path}");
    }
}

#[tokio::test]
async fn pages_are_restricted_to_their_origin_and_data_is_not() {
    let (_stage, up) = served().await;
    let page = ask(&up, "GET", "/", &["origin: https://a.example"]).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(page.header("access-control-allow-origin"), None);
    // A browser enforces both policies: that of the page has the hashes, and that of the header forbids frames.
    let meta = page.text().split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    let meta = meta.split('"').next().unwrap().replace("&#39;", "'");
    assert!(meta.contains("style-src 'sha256-") && meta.contains("script-src 'sha256-"), "{meta}");
    let policy = page.header("content-security-policy").unwrap();
    let of_every_page = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    assert_eq!(policy, of_every_page);

    for (path, media) in
        [("/api/v2/summary.json", "application/json"), ("/status.txt", "text/plain; charset=utf-8")]
    {
        let file = ask(&up, "GET", path, &["origin: https://a.example"]).await;
        assert_eq!(file.header("content-type"), Some(media));
        assert_eq!(file.header("cache-control"), Some("public, max-age=15, must-revalidate"));
        assert_eq!(file.header("access-control-allow-origin"), Some("*"));
        assert_eq!(file.header("cross-origin-resource-policy"), Some("cross-origin"));
        let preflight = ask(&up, "OPTIONS", path, &["origin: https://a.example"]).await;
        assert_eq!(preflight.status, 204);
        assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, HEAD"));
    }
}

#[tokio::test]
async fn files_are_compressed_and_cached_by_version() {
    let (_stage, up) = served().await;
    // The JSON does not change after the first check.
    up.page_says("No data for nightly", PATIENCE).await;
    let plain = ask(&up, "GET", "/", &[]).await;
    let gzip = ask(&up, "GET", "/", &["accept-encoding: br;q=1.0, gzip;q=0.8, *;q=0.1"]).await;
    let refused = ask(&up, "GET", "/", &["accept-encoding: gzip;q=0"]).await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(refused.header("content-encoding"), None);
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    assert!(gzip.body.starts_with(&[0x1f, 0x8b]) && gzip.body.len() * 2 < plain.body.len());
    assert_eq!(gzip.header("content-length").unwrap(), gzip.body.len().to_string());
    for response in [&plain, &gzip] {
        assert_eq!(response.header("vary"), Some("accept-encoding"));
    }

    let path = "/api/v2/incidents.json";
    let file = ask(&up, "GET", path, &[]).await;
    let tag = file.header("etag").unwrap();
    let again = ask(&up, "GET", path, &[&format!("if-none-match: \"other\", W/{tag}")]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag));
    for name in ["cache-control", "vary", "access-control-allow-origin"] {
        assert_eq!(again.header(name), file.header(name), "{name}");
    }
    let changed = ask(&up, "GET", path, &["if-none-match: \"other\""]).await;
    assert_eq!((changed.status, &changed.body), (200, &file.body));
    let (plain, gzip) = (plain.header("etag").unwrap(), gzip.header("etag").unwrap());
    assert!(plain != gzip && !plain.starts_with("W/") && !gzip.starts_with("W/"), "{plain} {gzip}");
}
