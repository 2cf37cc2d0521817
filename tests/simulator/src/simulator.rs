//! Starting and controlling a simulator within the same process.

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

/// The settings of a simulator. The default is any free ports, and endpoints without faults.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The port for HTTP; 0 selects a free one.
    pub port: u16,
    /// The port for HTTPS with the valid certificate; 0 selects a free one.
    pub tls_port: u16,
    /// The port for DNS over UDP and TCP; 0 selects a free one.
    pub dns_port: u16,
    /// The initial behavior of endpoints, inboxes and names.
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
    /// Starts the listeners on the runtime of the caller.
    ///
    /// # Errors
    ///
    /// Fails if an address cannot be bound, or a certificate cannot be made.
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

    /// Stops the simulator, and returns once its HTTP, HTTPS and DNS ports are free.
    pub async fn stop(self) {
        self.http.stop().await;
        self.https.stop().await;
        self.dns.stop().await;
    }

    /// Returns the address of HTTP.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http.address
    }

    /// Returns the address of HTTPS with the valid certificate. ALPN offers `http/1.1`.
    #[must_use]
    pub fn https_address(&self) -> SocketAddr {
        self.https.address
    }

    /// Returns the URL of a path such as `/svc-1/health`.
    #[must_use]
    pub fn http_url(&self, path: &str) -> String {
        url("http", self.http.address, path)
    }

    /// Returns the HTTPS URL of a path on 127.0.0.1. The certificate is also valid for `localhost`
    /// and `*.simulator.test`.
    #[must_use]
    pub fn https_url(&self, path: &str) -> String {
        url("https", self.https.address, path)
    }

    /// Returns the HTTPS URL of a path on a port where ALPN offers `h2` only. Faults below the
    /// level of a complete response reset the stream there.
    #[must_use]
    pub fn http2_url(&self, path: &str) -> String {
        url("https", self.http2.address, path)
    }

    /// Returns the URL of an inbox, which records the requests to it.
    #[must_use]
    pub fn inbox_url(&self, name: &str) -> String {
        self.http_url(&format!("/_inbox/{name}"))
    }

    /// Returns the certificate of the authority that signed the valid certificates, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.tls.ca_pem()
    }

    /// Returns the address of the same endpoints over HTTPS with a faulty certificate.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be started.
    pub fn tls_address(&self, fault: TlsFault) -> Result<SocketAddr, SimulatorError> {
        let _within = self.runtime.enter();
        self.tls.faulty(&self.world, fault).map(|(address, _)| address)
    }

    /// Returns the faulty certificate as PEM, for a client that is configured to trust it.
    ///
    /// # Errors
    ///
    /// Fails if the certificate cannot be made.
    pub fn certificate_pem(&self, fault: TlsFault) -> Result<String, SimulatorError> {
        let _within = self.runtime.enter();
        self.tls.faulty(&self.world, fault).map(|(_, pem)| pem)
    }

    /// Returns the address of a TCP service that does not use HTTP.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be started.
    pub fn tcp_address(&self, behavior: TcpBehavior) -> Result<SocketAddr, SimulatorError> {
        let _within = self.runtime.enter();
        self.tcp.address(behavior)
    }

    /// Returns a port that refuses connections. No other socket can take it while the simulator
    /// runs.
    #[must_use]
    pub fn refused_address(&self) -> SocketAddr {
        self.refused.address
    }

    /// Returns a port that does not answer a connection attempt, so that only a timeout ends the
    /// attempt. On Linux only.
    #[must_use]
    pub fn unanswered_address(&self) -> SocketAddr {
        self.unanswered.address
    }

    /// Returns the address of the DNS server, over UDP and TCP.
    #[must_use]
    pub fn dns_address(&self) -> SocketAddr {
        self.dns.address()
    }

    /// Sets the behavior of an endpoint from the next request on.
    pub fn set(&self, endpoint: &str, behavior: Behavior) {
        self.world.play_endpoint(endpoint, behavior.into());
    }

    /// Starts a script on an endpoint; its time begins now.
    pub fn script(&self, endpoint: &str, steps: Vec<Step>) {
        self.world.play_endpoint(endpoint, steps.into());
    }

    /// Sets the behavior of an inbox from the next request on.
    pub fn set_inbox(&self, name: &str, behavior: Behavior) {
        self.world.play_inbox(name, behavior.into());
    }

    /// Starts a script on an inbox; its time begins now.
    pub fn script_inbox(&self, name: &str, steps: Vec<Step>) {
        self.world.play_inbox(name, Script::from(steps));
    }

    /// Sets the answer of the DNS server for a name.
    ///
    /// # Errors
    ///
    /// Fails if the answer is a record that cannot be parsed.
    pub fn set_dns(&self, name: &str, answer: DnsAnswer) -> Result<(), SimulatorError> {
        lock(&self.world.zone).set(name, answer)
    }

    /// Starts all scripts of a scenario. Endpoints that it does not name keep their scripts.
    ///
    /// # Errors
    ///
    /// Fails at the first action of the script that cannot be applied.
    pub fn play(&self, scenario: Scenario) -> Result<(), SimulatorError> {
        self.world.play(scenario)
    }

    /// Returns the base URL of a provider, or of a host of it: `llm_url("openai/v1")`.
    #[must_use]
    pub fn llm_url(&self, path: &str) -> String {
        self.http_url(&format!("/llm/{path}"))
    }

    /// Makes every provider refuse exactly these keys.
    pub fn revoke_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        *lock(&self.world.revoked_keys) = keys.into_iter().map(Into::into).collect();
    }

    /// Returns the requests to a provider's endpoint such as `openai.completion`, in order.
    #[must_use]
    pub fn llm_requests(&self, endpoint: &str) -> Vec<Received> {
        self.world.endpoints.find(endpoint).map(|it| it.received()).unwrap_or_default()
    }

    /// Returns the times at which the requests to an endpoint were read completely, in order.
    #[must_use]
    pub fn hits(&self, endpoint: &str) -> Vec<Timestamp> {
        self.timestamps(
            self.world.endpoints.find(endpoint).map(|endpoint| endpoint.hits()).unwrap_or_default(),
        )
    }

    /// Returns the times of the DNS queries for a name.
    #[must_use]
    pub fn dns_queries(&self, name: &str) -> Vec<Timestamp> {
        let queries = lock(&self.world.zone).queries(name);
        self.timestamps(queries)
    }

    /// Returns the requests to an inbox, in order.
    #[must_use]
    pub fn inbox(&self, name: &str) -> Vec<Received> {
        self.world.inboxes.find(name).map(|inbox| inbox.received()).unwrap_or_default()
    }

    /// Waits until an endpoint got `n` requests. Has no timeout of its own.
    pub async fn wait_for_hits(&self, endpoint: &str, n: usize) -> Vec<Timestamp> {
        self.world.endpoints.get(&self.world.clock, endpoint).wait_for(n).await;
        self.hits(endpoint)
    }

    /// Waits until an inbox got `n` requests. Has no timeout of its own.
    pub async fn wait_for_inbox(&self, name: &str, n: usize) -> Vec<Received> {
        self.world.inboxes.get(&self.world.clock, name).wait_for(n).await;
        self.inbox(name)
    }

    /// Deletes recorded hits, inboxes and DNS queries; scripts continue.
    pub fn clear(&self) {
        self.world.clear();
    }

    /// Returns the number of connections accepted over HTTP and over HTTPS with the valid
    /// certificate.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.http.accepted() + self.https.accepted() + self.http2.accepted()
    }

    /// Returns the number of connections accepted with a faulty certificate, regardless of the
    /// handshake.
    #[must_use]
    pub fn tls_connections(&self, fault: TlsFault) -> u64 {
        self.tls.connections(fault)
    }

    /// Returns the number of connections that a TCP service accepted.
    #[must_use]
    pub fn tcp_connections(&self, behavior: &TcpBehavior) -> u64 {
        self.tcp.connections(behavior)
    }

    /// Returns every address, as the command prints it. Starts each faulty certificate and each TCP
    /// service.
    ///
    /// # Errors
    ///
    /// Fails if the server has no address of this kind, or cannot be started.
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
