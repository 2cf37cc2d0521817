//! TLS to a target: its settings, the handshake, and what the certificate says.

mod certificate;
mod configs;
mod failure;
mod settings;
mod verify;

use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::outcome::Cause;
use rustls::ProtocolVersion;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

pub(crate) use configs::{ClientConfigs, Protocols};
pub(crate) use settings::{TlsParams, TlsSettings};

use crate::attempt::{Attempt, Phase};

/// The metric with the days until the certificate expires.
pub(crate) const CERTIFICATE_DAYS: &str = "certificate_days";

/// One way of connecting with TLS: a client configuration, shared among the checks that want the
/// same, and the name that the certificate must be for.
#[derive(Debug, Clone)]
pub(crate) struct TlsClient {
    pub(crate) config: Arc<rustls::ClientConfig>,
    pub(crate) server_name: ServerName<'static>,
    pub(crate) verifies: bool,
}

/// The name that the certificate of `host` must be for.
pub(crate) fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
        Host::Ipv4(ip) => Some(ServerName::from(std::net::IpAddr::from(*ip))),
        Host::Ipv6(ip) => Some(ServerName::from(std::net::IpAddr::from(*ip))),
    }
}

/// Makes a full handshake, and measures the version and the days left of the certificate.
pub(crate) async fn handshake(
    stream: TcpStream,
    client: &TlsClient,
    now: Timestamp,
    attempt: &mut Attempt,
) -> Result<TlsStream<TcpStream>, Cause> {
    attempt.enter(Phase::Tls);
    let connector = TlsConnector::from(Arc::clone(&client.config));
    let stream = match connector.connect(client.server_name.clone(), stream).await {
        Ok(stream) => stream,
        Err(error) => {
            let (cause, expired_at) = failure::cause(&error, &client.server_name);
            if let Some(expired_at) = expired_at {
                let days = certificate::days_between(now, expired_at);
                attempt.measure(CERTIFICATE_DAYS, f64::from(days));
            }
            return Err(cause);
        }
    };
    let (_, connection) = stream.get_ref();
    match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => attempt.measure("tls_version", 1.2),
        Some(ProtocolVersion::TLSv1_3) => attempt.measure("tls_version", 1.3),
        Some(_) | None => {}
    }
    if !client.verifies {
        attempt.measure("certificate_verified", 0.0);
    }
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    if let Some(expires_at) = leaf.and_then(|leaf| certificate::expires_at(leaf)) {
        attempt.measure(CERTIFICATE_DAYS, f64::from(certificate::days_between(now, expires_at)));
    }
    Ok(stream)
}
