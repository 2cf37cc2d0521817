//! HTTPS: the same endpoints with a certificate.
//!
//! Each handshake is a full one, because there are no tickets and no session cache, so that a
//! benchmark measures full handshakes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::NoServerSessionStorage;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Authorities, Identity, TlsFault};
use crate::listener::Listener;
use crate::lock::lock;
use crate::world::World;
use crate::{SimulatorError, http};

/// The listeners with a certificate, each started at its first use.
#[derive(Debug)]
pub(crate) struct TlsListeners {
    authorities: Authorities,
    by_fault: Mutex<HashMap<TlsFault, (Listener, String)>>,
}

impl TlsListeners {
    pub(crate) fn new(world: &World) -> Result<Self, SimulatorError> {
        Ok(Self { authorities: Authorities::new(world.clock.now())?, by_fault: Mutex::default() })
    }

    pub(crate) fn ca_pem(&self) -> String {
        self.authorities.ca_pem()
    }

    /// Starts the listener with the valid certificate.
    pub(crate) fn good(
        &self,
        world: &Arc<World>,
        port: u16,
        protocols: Protocols,
    ) -> Result<Listener, SimulatorError> {
        serve("https", port, self.authorities.issue(None)?, world, protocols)
    }

    /// Returns the address of the fault, and its certificate as PEM.
    pub(crate) fn faulty(
        &self,
        world: &Arc<World>,
        fault: TlsFault,
    ) -> Result<(SocketAddr, String), SimulatorError> {
        let mut by_fault = lock(&self.by_fault);
        if let Some((listener, pem)) = by_fault.get(&fault) {
            return Ok((listener.address, pem.clone()));
        }
        let identity = self.authorities.issue(Some(fault))?;
        let pem = identity.pem.clone();
        let listener = serve(fault.name(), 0, identity, world, Protocols::Http1)?;
        let address = listener.address;
        by_fault.insert(fault, (listener, pem.clone()));
        Ok((address, pem))
    }

    /// Returns the number of connections that the fault's listener accepted, regardless of their
    /// handshakes.
    pub(crate) fn connections(&self, fault: TlsFault) -> u64 {
        lock(&self.by_fault).get(&fault).map_or(0, |(listener, _)| listener.accepted())
    }
}

/// The protocols that ALPN offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocols {
    Http1,
    Http2,
}

fn serve(
    service: &'static str,
    port: u16,
    identity: Identity,
    world: &Arc<World>,
    protocols: Protocols,
) -> Result<Listener, SimulatorError> {
    let acceptor = TlsAcceptor::from(Arc::new(config(identity, protocols)?));
    let world = Arc::clone(world);
    Listener::serve(service, port, move |stream| {
        let (acceptor, world) = (acceptor.clone(), Arc::clone(&world));
        async move {
            // Boxed, because the state of a handshake is large and a plain connection must not
            // allocate it.
            Box::pin(connection(stream, acceptor, world, protocols)).await;
        }
    })
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    world: Arc<World>,
    protocols: Protocols,
) {
    // Most of these listeners exist for clients that refuse the certificate, so errors are ignored.
    if let Ok(stream) = acceptor.accept(stream).await {
        match protocols {
            Protocols::Http1 => http::serve(stream, &world).await,
            Protocols::Http2 => http::serve_http2(stream, world).await,
        }
    }
}

fn config(identity: Identity, protocols: Protocols) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], identity.key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = match protocols {
        Protocols::Http1 => vec![b"http/1.1".to_vec()],
        Protocols::Http2 => vec![b"h2".to_vec()],
    };
    Ok(config)
}
