//! TLS to a target: its settings, the handshake, and the content of the certificate.

mod certificate;
mod chain;
mod client_alert;
mod configs;
mod descriptions;
mod failure;
mod identity;
mod session;
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

pub(crate) use chain::Expiry;
pub(crate) use client_alert::refused_client;
pub(crate) use configs::{ClientConfigs, ClientTls, Protocols};
pub(crate) use identity::ClientIdentity;
pub(crate) use settings::{TlsParams, TlsSettings};

use crate::attempt::{Attempt, AttemptPhase};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use session::Session;

/// One way of connecting with TLS: a client configuration, shared among the checks that want the
/// same, and the name that the certificate must be for.
#[derive(Debug, Clone)]
pub(crate) struct TlsClient {
    pub(crate) config: Arc<ClientTls>,
    pub(crate) server_name: PeerName,
    pub(crate) verifies: bool,
    /// Returns whether this server may see the client certificate of the check.
    pub(crate) presents_certificate: bool,
}

/// The name that a certificate must be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerName {
    name: ServerName<'static>,
    /// As messages show it.
    pub(crate) shown: Arc<str>,
}

impl PeerName {
    /// Returns the name of `host`, which messages show as `shown`; `None` if no certificate can be
    /// for it.
    pub(crate) fn of(host: &Host, shown: &str) -> Option<Self> {
        let name = match host {
            Host::Domain(name) => {
                ServerName::try_from(name.trim_end_matches('.').to_owned()).ok()?
            }
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::from(*ip)),
        };
        Some(Self { name, shown: Arc::from(shown.trim_end_matches('.')) })
    }
}

/// Returns the name that the certificate of `host` must be for.
pub(crate) fn server_name(host: &Host) -> Option<PeerName> {
    let shown = host.to_string();
    PeerName::of(host, shown.trim_start_matches('[').trim_end_matches(']'))
}

/// A connection whose handshake is over.
pub(crate) struct Secured {
    pub(crate) stream: TlsStream<TcpStream>,
    /// The certificate on the verified path that expires first.
    pub(crate) expiry: Option<Expiry>,
    /// True if the server asked for a client certificate in TLS 1.3, in which it refuses one only
    /// after the handshake.
    pub(crate) may_still_refuse_the_client: bool,
}

/// Makes a full handshake, and measures the version and the days left of the certificates.
pub(crate) async fn handshake(
    stream: TcpStream,
    client: &TlsClient,
    now: Timestamp,
    attempt: &mut Attempt,
) -> Result<TlsStream<TcpStream>, Cause> {
    secure(stream, client, now, attempt).await.map(|secured| secured.stream)
}

/// Makes a full handshake like [`handshake`], and returns more details of it.
pub(crate) async fn secure(
    stream: TcpStream,
    client: &TlsClient,
    now: Timestamp,
    attempt: &mut Attempt,
) -> Result<Secured, Cause> {
    attempt.enter(AttemptPhase::Tls);
    let certificate = attempt.certificate().filter(|_| client.presents_certificate).cloned();
    let verifier = Arc::clone(&client.config.verifier);
    let shown = Arc::clone(&client.server_name.shown);
    let session = Arc::new(Session::new(verifier, shown, certificate));
    let connector = TlsConnector::from(Arc::new(client.config.for_session(&session)));
    let connected = connector.connect(client.server_name.name.clone(), stream).await;
    let result = session.take_result();
    if result.is_some() {
        attempt.note_certificate(session.leaf_digest());
    }
    let expiry = match &result {
        Some(Ok(expiry)) => expiry.clone(),
        Some(Err(flaw)) => flaw.expiry.clone(),
        None => None,
    };
    if let Some(expiry) = &expiry {
        let days = certificate::days_between(now, expiry.at);
        attempt.measure(CERTIFICATE_DAYS, f64::from(days));
        if let Some(name) = &expiry.intermediate {
            let remark = format!("the intermediate certificate `{name}` expires first");
            attempt.add_measurement(CERTIFICATE_DAYS, remark);
        }
    }
    let stream = match (connected, result) {
        (Ok(stream), _) => stream,
        (Err(_), Some(Err(flaw))) => return Err(Cause::of(flaw.reason, flaw.what)),
        (Err(error), Some(Ok(_)) | None) => return Err(failure::cause(&error, &session)),
    };
    let (_, connection) = stream.get_ref();
    let version = connection.protocol_version();
    match version {
        Some(ProtocolVersion::TLSv1_2) => attempt.measure(TLS_VERSION, 1.2),
        Some(ProtocolVersion::TLSv1_3) => attempt.measure(TLS_VERSION, 1.3),
        Some(_) | None => {}
    }
    if !client.verifies {
        attempt.measure(CERTIFICATE_VERIFIED, 0.0);
    }
    let may_still_refuse_the_client =
        session.was_asked_for_a_certificate() && version == Some(ProtocolVersion::TLSv1_3);
    Ok(Secured { stream, expiry, may_still_refuse_the_client })
}
