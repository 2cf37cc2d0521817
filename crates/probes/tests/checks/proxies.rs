//! Requests through a proxy, and the fault if that fails.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{
    CheckFixture, FindingExt, SHORT, answer, bench, read_head, scripted_server, sent_header,
};

/// A proxy that connects all tunnels to one target, and answers plain requests itself.
struct Proxy {
    address: SocketAddr,
    /// The heads of the requests that it received.
    heads: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy. `answers` returns the answer to a request; `None` opens a tunnel to `to`.
    async fn start(
        to: SocketAddr,
        answers: impl Fn(&str) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut tunnels = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = read_head(&mut stream).await;
                let answer = answers(&head);
                seen.lock().unwrap().push(head);
                match answer {
                    Some(answer) => {
                        let _ = stream.write_all(&answer).await;
                        let _ = stream.shutdown().await;
                    }
                    None => {
                        tunnels.spawn(async move {
                            let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await;
                            let Ok(mut other) = TcpStream::connect(to).await else { return };
                            let _ = copy_bidirectional(&mut stream, &mut other).await;
                        });
                    }
                }
            }
        });
        Self { address, heads, _tasks: tasks }
    }

    /// Starts a proxy that refuses with this status line and these headers.
    async fn refusing(status: &'static str, headers: &'static str) -> Self {
        let nowhere = ([127, 0, 0, 1], 9).into();
        Self::start(nowhere, move |_| Some(answer(status, headers, b""))).await
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

const INSECURE: &str = "https://svc.simulator.invalid/_inbox/in";

fn through(proxy: &str, url: &str) -> Value {
    json!({ "url": url, "proxy": proxy, "tls": { "verify": false } })
}

async fn tunneling(bench: &CheckFixture) -> Proxy {
    Proxy::start(bench.simulator.https_address(), |head| {
        (!head.starts_with("CONNECT ")).then(|| answer("200 OK", "", b"from the proxy"))
    })
    .await
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_http_in_absolute_form() {
    let bench = bench().await;
    let proxy = tunneling(&bench).await;
    // The name does not exist, and the proxy resolves it.
    let finding = bench.check("http", through(&proxy.url(), INSECURE)).await;
    finding.assert_healthy();
    assert!(finding.parts.tls.is_some());
    assert_eq!(bench.simulator.inbox("in").len(), 1);
    let mut params = through(&proxy.url(), "http://svc.simulator.invalid/a?b=c");
    params["expect"] = json!("body == 'from the proxy'");
    bench.check("http", params).await.assert_healthy();
    let heads = proxy.heads();
    assert!(heads[0].starts_with("CONNECT svc.simulator.invalid:443 HTTP/1.1\r\n"), "{heads:?}");
    let absolute = "GET http://svc.simulator.invalid/a?b=c HTTP/1.1\r\n";
    assert!(heads[1].starts_with(absolute), "{heads:?}");
    assert!(heads[1].contains("host: svc.simulator.invalid\r\n"), "{heads:?}");
    assert!(!heads.concat().contains("proxy-authorization"));
}

#[tokio::test]
async fn a_websocket_goes_through_a_tunnel_also_without_tls() {
    let bench = bench().await;
    let server = scripted_server(|head| answer("418 I'm a teapot", "", head.as_bytes())).await;
    let proxy = Proxy::start(server.address, |_| None).await;
    let params = json!({ "url": "ws://svc.simulator.invalid/live?a=b", "proxy": proxy.url() });
    let finding = bench.check("websocket", params).await;
    let message = finding.assert_down(Reason::HttpStatus);
    assert!(message.contains("418 I'm a teapot and not with 101"), "{message}");
    assert!(message.contains("`GET /live?a=b HTTP/1.1  Host: svc.simulator.invalid"), "{message}");
    let heads = proxy.heads();
    assert!(heads[0].starts_with("CONNECT svc.simulator.invalid:80 HTTP/1.1\r\n"), "{heads:?}");
}

#[tokio::test]
async fn a_user_and_a_password_come_from_a_secret() {
    let bench = bench().await;
    let proxy = tunneling(&bench).await;
    let secret = format!("http://ann:p%40ss@{}", proxy.address);
    for url in [INSECURE, "http://svc.simulator.invalid/"] {
        let params = through("secret:proxy", url);
        bench.check_with(&[("proxy", &secret)], params).await.assert_healthy();
    }
    for head in proxy.heads() {
        assert!(head.contains("proxy-authorization: Basic YW5uOnBAc3M=\r\n"), "{head}");
    }
    let got = bench.simulator.inbox("in").remove(0);
    assert_eq!(sent_header(&got, "proxy-authorization"), None, "it is the proxy's alone");
    let params = through("secret:proxy", INSECURE);
    let finding = bench.check_with(&[("proxy", "ftp://ann:hidden@x")], params).await;
    let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::SecretUnreadable);
    assert!(!message.contains("hidden"), "{message}");
}

#[tokio::test]
async fn a_proxy_that_fails_or_refuses_is_the_monitors_fault() {
    let bench = bench().await;
    for (status, headers, expected) in [
        ("407 Proxy Authentication Required", "", "requires a user and a password"),
        ("403 Forbidden", "", "refused to connect to svc.simulator.invalid:443"),
        ("503 Service Unavailable", "", "`HTTP/1.1 503 Service Unavailable`"),
    ] {
        let proxy = Proxy::refusing(status, headers).await;
        let finding = bench.check("http", through(&proxy.url(), INSECURE)).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
        assert!(message.contains(expected), "{message}");
        assert!(message.contains(&proxy.address.to_string()), "{message}");
    }
    let proxy = Proxy::refusing("407 Proxy Authentication Required", "").await;
    let finding = bench.check("http", through(&proxy.url(), "http://svc.simulator.invalid/")).await;
    finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
    for (answer, expected) in
        [(&b""[..], "closed the connection"), (b"SSH-2.0-OpenSSH\r\n\r\n", "answer is not HTTP")]
    {
        let proxy = Proxy::start(([127, 0, 0, 1], 9).into(), move |_| Some(answer.to_vec())).await;
        let finding = bench.check("http", through(&proxy.url(), INSECURE)).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
        assert!(message.contains(expected), "{message}");
    }
    let refused = format!("http://{}", bench.simulator.refused_address());
    for proxy in [refused.as_str(), "http://proxy.simulator.invalid:3128"] {
        let finding = bench.check("http", through(proxy, INSECURE)).await;
        finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
    }
}

#[tokio::test]
async fn a_proxy_that_hangs_is_the_monitors_fault() {
    let bench = bench().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let finding = bench.check_within(SHORT, "http", through(&proxy, INSECURE)).await;
    let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
    assert!(message.contains("goes through the proxy 127.0.0.1:"), "{message}");
    // Once the tunnel is open, the check waits for the target.
    let proxy = Proxy::start(listener.local_addr().unwrap(), |_| None).await;
    let finding = bench.check_within(SHORT, "http", through(&proxy.url(), INSECURE)).await;
    finding.assert_cause(Status::Unhealthy, Fault::Target, Reason::Timeout);
}

#[tokio::test]
async fn a_target_that_the_proxy_cannot_reach_is_down() {
    let bench = bench().await;
    for (status, headers, reason) in [
        ("502 Bad Gateway", "", Reason::ConnectUnreachable),
        ("504 Gateway Timeout", "", Reason::ConnectTimeout),
        (
            "503 Service Unavailable",
            "X-Squid-Error: ERR_CONNECT_FAIL 111\r\n",
            Reason::ConnectUnreachable,
        ),
    ] {
        let proxy = Proxy::refusing(status, headers).await;
        let finding = bench.check("http", through(&proxy.url(), INSECURE)).await;
        assert!(finding.assert_down(reason).contains("cannot reach"), "{finding:?}");
    }
}

#[tokio::test]
async fn the_environment_decides_unless_the_check_does() {
    let bench = bench().await;
    let proxy = tunneling(&bench).await;
    let url = proxy.url();
    let bench = bench.with_environment(&[
        ("https_proxy", &url),
        ("HTTPS_PROXY", "http://proxy.simulator.invalid"),
        ("ALL_PROXY", &url),
        ("NO_PROXY", "direct.simulator.test, 192.0.2.0/24"),
    ]);
    let direct = json!({ "url": INSECURE, "tls": { "verify": false } });
    bench.check("http", direct.clone()).await.assert_healthy();
    let plain = json!({ "url": "http://svc.simulator.invalid/" });
    bench.check("http", plain).await.assert_healthy();
    assert_eq!(proxy.heads().len(), 2, "each through its proxy");
    let port = bench.simulator.http_address().port();
    for host in ["direct.simulator.test", "127.0.0.1"] {
        let url = format!("http://{host}:{port}/svc");
        bench.check("http", json!({ "url": url })).await.assert_healthy();
    }
    let mut none = direct;
    none["proxy"] = json!("none");
    bench.check("http", none).await.assert_down(Reason::DnsFailed);
    assert_eq!(proxy.heads().len(), 2, "none of these through it");
}

#[tokio::test]
async fn an_invalid_proxy_variable_is_a_fault_of_the_monitor() {
    for value in ["socks5://127.0.0.1:1080", "https://ann:hidden@127.0.0.1", "http://"] {
        let bench = bench().await.with_environment(&[("HTTPS_PROXY", value)]);
        let finding = bench.check("http", json!({ "url": INSECURE })).await;
        let message = finding.assert_cause(Status::Unknown, Fault::Monitor, Reason::ProxyFailed);
        assert!(message.contains("`HTTPS_PROXY`") && !message.contains("hidden"), "{message}");
    }
}

#[tokio::test]
async fn an_unusable_proxy_is_a_config_error() {
    let bench = bench().await;
    for (proxy, expected) in [
        ("socks5://127.0.0.1:1080", "`socks5` proxies are not supported"),
        ("http://ann:pw@proxy.test", "contains a password"),
        ("http://proxy.test/path", "a proxy URL has no path"),
        ("http://", "not a URL"),
    ] {
        for (kind, mut params) in [
            ("http", json!({ "url": INSECURE })),
            ("llm", json!({ "provider": "openai", "api_key": "secret:key" })),
        ] {
            params["proxy"] = json!(proxy);
            let problems = bench.problems(kind, params);
            assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
            assert!(problems[0].starts_with("proxy: "), "{problems:?}");
        }
    }
}

#[tokio::test]
async fn credentials_are_kept_where_http_leads_to_https_of_the_same_host() {
    let bench = bench().await;
    let redirecting = |to: &'static str| {
        Proxy::start(bench.simulator.https_address(), move |head| {
            let location = format!("location: {to}\r\nset-cookie: s=1; Path=/\r\n");
            (!head.starts_with("CONNECT ")).then(|| answer("301 Moved Permanently", &location, b""))
        })
    };
    for (to, is_kept) in [
        ("https://svc.simulator.invalid/_inbox/in", true),
        ("https://svc.simulator.invalid:8443/_inbox/in", false),
        ("https://other.simulator.invalid/_inbox/in", false),
    ] {
        let proxy = redirecting(to).await;
        let mut params = through(&proxy.url(), "http://svc.simulator.invalid/");
        params["auth"] = json!({ "bearer": "secret:key" });
        params["headers"] = json!({ "x-key": "secret:key" });
        bench.simulator.set_inbox("in", allclear_simulator::Behavior::status(200));
        bench.check_with(&[("key", "k1")], params).await.assert_healthy();
        let got = bench.simulator.inbox("in").pop().unwrap();
        assert_eq!(sent_header(&got, "authorization").is_some(), is_kept, "{to}");
        assert_eq!(sent_header(&got, "x-key").is_some(), is_kept, "{to}");
        assert_eq!(sent_header(&got, "cookie").is_some(), is_kept, "{to}");
    }
}

#[tokio::test]
async fn a_proxied_redirect_to_a_more_private_address_is_refused() {
    let bench = bench().await;
    for to in [
        "http://169.254.169.254/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://localhost/",
        "http://10.0.0.1/",
    ] {
        let location = format!("location: {to}\r\n");
        let proxy = Proxy::start(bench.simulator.https_address(), move |_| {
            Some(answer("302 Found", &location, b""))
        })
        .await;
        let params = through(&proxy.url(), "http://svc.simulator.invalid/");
        let finding = bench.check("http", params).await;
        let message = finding.assert_down(Reason::RedirectRefused);
        assert!(message.contains("leads into"), "{message}");
        assert_eq!(proxy.heads().len(), 1, "{to}");
    }
}

#[tokio::test]
async fn provider_requests_use_the_proxy() {
    let bench = bench().await;
    let proxy = Proxy::start(bench.simulator.https_address(), |_| None).await;
    let params = json!({
        "provider": "openai",
        "base_url": "https://api.simulator.invalid/llm/openai/v1",
        "proxy": proxy.url(),
        "tls": { "verify": false },
        "steps": { "completion": "off", "usage": "off", "status_page": "off", "key": "off", "models": "off" },
    });
    let finding = bench.check("llm", params).await;
    finding.assert_healthy();
    assert!(proxy.heads()[0].starts_with("CONNECT api.simulator.invalid:443 "));
}
