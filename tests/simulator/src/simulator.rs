//! Starting, asking and steering a simulator from within the process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::runtime::Handle;

use crate::dns::DnsServer;
use crate::listener::{Listener, RefusedPort, UnansweredPort};
use crate::lock::lock;
use crate::tcp::TcpServices;
use crate::tls::{Protocols, TlsListeners};
use crate::world::World;
use crate::{
    Behavior, DnsAnswer, Received, Scenario, Script, SimulatorError, Step, TcpBehavior, TlsFault,
    http,
};

/// What a simulator is started with. The default is any free ports, and endpoints that behave well.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The port for HTTP; 0 is any free one.
    pub port: u16,
    /// The port for HTTPS with the good certificate; 0 is any free one.
    pub tls_port: u16,
    /// The port for DNS over UDP and TCP; 0 is any free one.
    pub dns_port: u16,
    /// What endpoints, inboxes and names do from the start on.
    pub scenario: Scenario,
}

/// A running simulator, on 127.0.0.1 only. Dropping it ends its listeners and their connections.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<World>,
    http: Listener,
    https: Listener,
    http2: Listener,
    tls: TlsListeners,
    tcp: TcpServices,
    dns: DnsServer,
    refused: RefusedPort,
    unanswered: UnansweredPort,
    runtime: Handle,
}

impl Simulator {
    /// Starts the listeners on the runtime that calls this.
    pub async fn start(config: Config) -> Result<Self, SimulatorError> {
        let world = Arc::new(World::new());
        world.play(config.scenario)?;
        let tls = TlsListeners::new(&world)?;
        let for_http = Arc::clone(&world);
        let http = Listener::serve("http", config.port, move |stream| {
            let world = Arc::clone(&for_http);
            async move { http::serve(stream, &world).await }
        })?;
        Ok(Self {
            http,
            https: tls.good(&world, config.tls_port, Protocols::Http1)?,
            http2: tls.good(&world, 0, Protocols::Http2)?,
            tls,
            tcp: TcpServices::default(),
            dns: DnsServer::start(&world, config.dns_port)?,
            refused: RefusedPort::take()?,
            unanswered: UnansweredPort::take().await?,
            runtime: Handle::current(),
            world,
        })
    }

    /// Ends it, and returns once its HTTP, HTTPS and DNS ports are free.
    pub async fn stop(self) {
        self.http.stop().await;
        self.https.stop().await;
        self.dns.stop().await;
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http.address
    }

    /// Where HTTPS is served, with the good certificate. ALPN offers `http/1.1`.
    #[must_use]
    pub fn https_address(&self) -> SocketAddr {
        self.https.address
    }

    /// The URL of a path such as `/svc-1/health`.
    #[must_use]
    pub fn http_url(&self, path: &str) -> String {
        url("http", self.http.address, path)
    }

    /// The same over HTTPS, for 127.0.0.1. The certificate is good for `localhost` and `*.simulator.test` as well.
    #[must_use]
    pub fn https_url(&self, path: &str) -> String {
        url("https", self.https.address, path)
    }

    /// The same where ALPN offers `h2` only. Faults below the level of a complete answer reset the stream there.
    #[must_use]
    pub fn http2_url(&self, path: &str) -> String {
        url("https", self.http2.address, path)
    }

    /// The URL of an inbox, which records what it gets.
    #[must_use]
    pub fn inbox_url(&self, name: &str) -> String {
        self.http_url(&format!("/_inbox/{name}"))
    }

    /// The certificate of the authority that signed the good certificates, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.tls.ca_pem()
    }

    /// Where the same endpoints are served over HTTPS behind a bad certificate.
    pub fn tls_address(&self, fault: TlsFault) -> Result<SocketAddr, SimulatorError> {
        let _within = self.runtime.enter();
        self.tls.faulty(&self.world, fault).map(|(address, _)| address)
    }

    /// That certificate itself as PEM, for a client that is told to trust it.
    pub fn certificate_pem(&self, fault: TlsFault) -> Result<String, SimulatorError> {
        let _within = self.runtime.enter();
        self.tls.faulty(&self.world, fault).map(|(_, pem)| pem)
    }

    /// Where a TCP service is, that does not speak HTTP.
    pub fn tcp_address(&self, behavior: TcpBehavior) -> Result<SocketAddr, SimulatorError> {
        let _within = self.runtime.enter();
        self.tcp.address(behavior)
    }

    /// A port where connections are refused. Nothing else can take it while the simulator runs.
    #[must_use]
    pub fn refused_address(&self) -> SocketAddr {
        self.refused.address
    }

    /// A port where a connection attempt gets no answer at all, so that only a timeout ends it. On Linux only.
    #[must_use]
    pub fn unanswered_address(&self) -> SocketAddr {
        self.unanswered.address
    }

    /// Where the DNS server is, over UDP and TCP.
    #[must_use]
    pub fn dns_address(&self) -> SocketAddr {
        self.dns.address()
    }

    /// Makes an endpoint do this from the next request on.
    pub fn set(&self, endpoint: &str, behavior: Behavior) {
        self.world.play_endpoint(endpoint, behavior.into());
    }

    /// Starts a script on an endpoint; its time begins here.
    pub fn script(&self, endpoint: &str, steps: Vec<Step>) {
        self.world.play_endpoint(endpoint, steps.into());
    }

    /// Makes an inbox do this from the next request on.
    pub fn set_inbox(&self, name: &str, behavior: Behavior) {
        self.world.play_inbox(name, behavior.into());
    }

    /// Starts a script on an inbox; its time begins here.
    pub fn script_inbox(&self, name: &str, steps: Vec<Step>) {
        self.world.play_inbox(name, Script::from(steps));
    }

    /// Makes the DNS server answer this for a name. Refuses a record that cannot be read.
    pub fn set_dns(&self, name: &str, answer: DnsAnswer) -> Result<(), SimulatorError> {
        lock(&self.world.zone).set(name, answer)
    }

    /// Starts all scripts of a scenario. Endpoints that it does not name go on as they are.
    pub fn play(&self, scenario: Scenario) -> Result<(), SimulatorError> {
        self.world.play(scenario)
    }

    /// The base URL of a provider, or of a host of it: `llm_url("openai/v1")`.
    #[must_use]
    pub fn llm_url(&self, path: &str) -> String {
        self.http_url(&format!("/llm/{path}"))
    }

    /// Makes every provider refuse these keys, and no others.
    pub fn revoke_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        *lock(&self.world.revoked_keys) = keys.into_iter().map(Into::into).collect();
    }

    /// What a provider's endpoint such as `openai.completion` was asked, in order.
    #[must_use]
    pub fn llm_requests(&self, endpoint: &str) -> Vec<Received> {
        self.world.endpoints.find(endpoint).map(|it| it.received()).unwrap_or_default()
    }

    /// When an endpoint was asked: the times at which its requests were read completely, in order.
    #[must_use]
    pub fn hits(&self, endpoint: &str) -> Vec<Timestamp> {
        self.timestamps(
            self.world.endpoints.find(endpoint).map(|endpoint| endpoint.hits()).unwrap_or_default(),
        )
    }

    /// When the DNS server was asked for a name.
    #[must_use]
    pub fn dns_queries(&self, name: &str) -> Vec<Timestamp> {
        let queries = lock(&self.world.zone).queries(name);
        self.timestamps(queries)
    }

    /// What an inbox has got, in order.
    #[must_use]
    pub fn inbox(&self, name: &str) -> Vec<Received> {
        self.world.inboxes.find(name).map(|inbox| inbox.received()).unwrap_or_default()
    }

    /// Waits until an endpoint was asked `n` times. Waits for ever if it never is: give it a timeout.
    pub async fn wait_for_hits(&self, endpoint: &str, n: usize) -> Vec<Timestamp> {
        self.world.endpoints.get(&self.world.clock, endpoint).wait_for(n).await;
        self.hits(endpoint)
    }

    /// Waits until an inbox has got `n` requests. Waits for ever if it never does: give it a timeout.
    pub async fn wait_for_inbox(&self, name: &str, n: usize) -> Vec<Received> {
        self.world.inboxes.get(&self.world.clock, name).wait_for(n).await;
        self.inbox(name)
    }

    /// Forgets hits, inboxes and DNS queries; scripts go on.
    pub fn clear(&self) {
        self.world.clear();
    }

    /// Connections that were accepted over HTTP and HTTPS with the good certificate.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.http.accepted() + self.https.accepted() + self.http2.accepted()
    }

    /// Connections that were accepted where the certificate is bad, however their handshake ended.
    #[must_use]
    pub fn tls_connections(&self, fault: TlsFault) -> u64 {
        self.tls.connections(fault)
    }

    /// Connections that a TCP service has accepted.
    #[must_use]
    pub fn tcp_connections(&self, behavior: &TcpBehavior) -> u64 {
        self.tcp.connections(behavior)
    }

    /// Every address, as the command prints it. Starts each bad certificate and each TCP service.
    pub fn addresses(&self) -> Result<serde_json::Value, SimulatorError> {
        let mut tls = serde_json::Map::new();
        for fault in TlsFault::ALL {
            tls.insert(fault.name().to_owned(), json!(url("https", self.tls_address(fault)?, "")));
        }
        let banner = TcpBehavior::Banner("220 simulator.test ready\r\n".to_owned());
        Ok(json!({
            "http": self.http_url(""),
            "https": self.https_url(""),
            "http2": self.http2_url(""),
            "dns": self.dns_address(),
            "refused": self.refused_address(),
            "unanswered": self.unanswered_address(),
            "tls": tls,
            "tcp": {
                "banner": self.tcp_address(banner)?,
                "echo": self.tcp_address(TcpBehavior::Echo)?,
                "hang": self.tcp_address(TcpBehavior::Hang)?,
                "reset": self.tcp_address(TcpBehavior::Reset)?,
                "close": self.tcp_address(TcpBehavior::Close)?,
            },
        }))
    }

    fn timestamps(&self, elapsed: Vec<Duration>) -> Vec<Timestamp> {
        elapsed.into_iter().map(|elapsed| self.world.clock.timestamp(elapsed)).collect()
    }
}

fn url(scheme: &str, address: SocketAddr, path: &str) -> String {
    format!("{scheme}://{address}{path}")
}
