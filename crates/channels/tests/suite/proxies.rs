//! Tests of messages through an HTTP proxy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_channels::{ChannelSettings, Channels, ProxySettings};
use allclear_core::channel::{ChannelKinds, SendSpec};
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_simulator::{Config, Simulator};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::notices;
use crate::sending::{deliver, secrets};

const PASSWORD: &str = "Tr0ub4dor-and-3";
/// `monitor:Tr0ub4dor-and-3` in base64.
const CREDENTIALS: &str = "bW9uaXRvcjpUcjB1YjRkb3ItYW5kLTM=";

/// A proxy that requires a password and records the heads of the requests.
struct Proxy {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let asked = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tunnel(client, Arc::clone(&asked)));
            }
        });
        Self { address, heads }
    }

    fn url(&self) -> String {
        format!("http://monitor:{PASSWORD}@{}", self.address)
    }

    fn n_asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

async fn tunnel(mut client: TcpStream, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(head.clone());
    if !head.contains(CREDENTIALS) {
        let refusal = format!("HTTP/1.1 407 No {PASSWORD}\r\ncontent-length: 0\r\n\r\n");
        client.write_all(refusal.as_bytes()).await.unwrap();
        return;
    }
    let target = head.split(' ').nth(1).unwrap();
    assert!(head.starts_with("CONNECT "), "{head}");
    // The proxy resolves the host names of the test.
    let port = target.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

/// Returns the URL of the inbox under a name that only the proxy resolves.
fn behind_the_proxy(simulator: &Simulator) -> String {
    format!("https://hook.simulator.test:{}/hook/x", simulator.https_address().port())
}

async fn sent(
    simulator: &Simulator,
    url: &str,
    environment: &[(&str, &str)],
    proxy: Option<&str>,
    values: &Secrets,
) -> Result<(), SendError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(simulator.ca_pem().as_bytes()).unwrap()).unwrap();
    let mut settings = ChannelSettings::new(Arc::new(roots));
    settings.try_timeout = Duration::from_secs(5);
    settings.proxies = ProxySettings::from_environment(|name| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    });
    let mut params = json!({ "url": url });
    if let Some(proxy) = proxy {
        params["proxy"] = Value::from(proxy);
    }
    let spec = SendSpec { kind: "webhook".to_owned(), params };
    let sender = Channels::new(settings).unwrap().build(&spec).unwrap();
    deliver(&*sender, &notices::down(), values).await
}

#[tokio::test]
async fn a_message_is_sent_through_the_proxy_of_the_environment_or_the_channel() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let proxy = Proxy::start().await;
    let url = proxy.url();
    let in_secret = secrets([("proxy", &url)]);
    let none = Secrets::new();
    let (far, near) = (behind_the_proxy(&simulator), simulator.https_url("/hook/x"));
    for (to, environment, key, values, n_more) in [
        (&far, &[("HTTPS_PROXY", url.as_str())][..], None, &none, 1),
        (&far, &[("https_proxy", &url)], None, &none, 1),
        (&far, &[("ALL_PROXY", &url)], None, &none, 1),
        (&near, &[("HTTP_PROXY", &url)], None, &none, 0),
        (&near, &[("ALL_PROXY", &url)], None, &none, 0),
        (&near, &[("ALL_PROXY", &url)], Some("none"), &none, 0),
        (&far, &[], Some("secret:proxy"), &in_secret, 1),
        (&far, &[("NO_PROXY", "*")], Some("secret:proxy"), &in_secret, 1),
        (&near, &[("NO_PROXY", "*")], Some("secret:proxy"), &in_secret, 1),
    ] {
        let before = proxy.n_asked();
        let result = sent(&simulator, to, environment, key, values).await;
        assert_eq!(result, Ok(()), "{to} {environment:?} {key:?}");
        assert_eq!(proxy.n_asked() - before, n_more, "{to} {environment:?} {key:?}");
    }
}

#[tokio::test]
async fn a_failing_proxy_is_reported_without_its_password() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let proxy = Proxy::start().await;
    let refused = simulator.refused_address().to_string();
    let wrong = format!("http://monitor:{PASSWORD}-not@{}", proxy.address);
    let dead = format!("http://monitor:{PASSWORD}@{refused}");
    for (url, address) in [(&wrong, &proxy.address), (&dead, &refused)] {
        let values = secrets([("proxy", url)]);
        let to = behind_the_proxy(&simulator);
        let error = sent(&simulator, &to, &[], Some("secret:proxy"), &values).await.unwrap_err();
        let wanted = format!("no connection through the proxy {address}: ");
        assert!(error.message.starts_with(&wanted), "{error:?}");
        assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
        assert!(!error.is_permanent() && !error.may_have_arrived);
    }
}

#[test]
fn a_proxy_with_a_password_in_a_config_is_refused() {
    let settings = ChannelSettings::new(Arc::new(RootCertStore::empty()));
    let channels = Channels::new(settings).unwrap();
    for (proxy, what) in [
        ("http://a:b@proxy.example", "the URL of the proxy contains a password"),
        ("socks5://x.example", "invalid `proxy`: `socks5` proxies are not supported"),
        ("http://", "invalid `proxy`: not a URL: empty host"),
    ] {
        for (kind, key) in [("webhook", "url"), ("slack", "webhook_url")] {
            let params = json!({ key: "secret:hook", "proxy": proxy });
            let spec = SendSpec { kind: kind.to_owned(), params };
            let problems = channels.build(&spec).err().unwrap();
            let found: Vec<&str> = problems.iter().map(|one| one.what.as_str()).collect();
            assert_eq!(found, [what]);
        }
    }
}
