//! Custom certificates, and a TLS server that presents them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The validity of a certificate, in hours from now.
#[derive(Clone, Copy)]
pub(crate) struct Hours(pub(crate) i64, pub(crate) i64);

impl Hours {
    /// Returns a validity from yesterday until an hour after the given number of days.
    pub(crate) fn days_left(days: i64) -> Self {
        Self(-24, days * 24 + 1)
    }
}

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

/// The certificate of a server or client.
pub(crate) struct Identity {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
}

pub(crate) fn root(name: &str) -> Authority {
    let params = authority(name, Hours::days_left(3_650));
    Authority::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn intermediate(name: &str, valid: Hours, issuer: &Authority) -> Authority {
    intermediate_of_key(name, valid, KeyPair::generate().unwrap(), issuer)
}

/// Creates an intermediate certificate with a key that other certificates may share.
pub(crate) fn intermediate_of_key(
    name: &str,
    valid: Hours,
    key: KeyPair,
    issuer: &Authority,
) -> Authority {
    Authority::signed_by(authority(name, valid), key, issuer).unwrap()
}

pub(crate) fn leaf(names: &[&str], valid: Hours, issuer: &Authority) -> Identity {
    leaf_with(names, valid, issuer, |_| {})
}

pub(crate) fn leaf_with(
    names: &[&str],
    valid: Hours,
    issuer: &Authority,
    change: impl FnOnce(&mut CertificateParams),
) -> Identity {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    set_validity(&mut params, valid);
    params.distinguished_name = common_name("the server");
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    Identity { der: certificate.der().clone(), pem: certificate.pem(), key }
}

/// Returns the extension with the download address of the issuer's certificate.
pub(crate) fn where_the_issuer_is() -> CustomExtension {
    let ca_issuers =
        [&[0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 0x30, 2][..], b"\x86\x09http://a/"].concat();
    let content = [&[0x30, 0x17, 0x30, 0x15][..], &ca_issuers].concat();
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

fn authority(name: &str, valid: Hours) -> CertificateParams {
    let mut params = CertificateParams::default();
    set_validity(&mut params, valid);
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

#[expect(clippy::disallowed_methods, reason = "the certificates are made for today")]
fn set_validity(params: &mut CertificateParams, Hours(from, until): Hours) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = |hours: i64| {
        let distance = Duration::from_hours(hours.unsigned_abs());
        let since_1970 =
            if hours < 0 { now.checked_sub(distance).unwrap() } else { now + distance };
        date_time_ymd(1970, 1, 1) + Duration::from_secs(since_1970.as_secs())
    };
    (params.not_before, params.not_after) = (at(from), at(until));
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

/// The requirements of a server.
#[derive(Default)]
pub(crate) struct LeafOptions {
    /// The version of TLS; `None` for both.
    pub(crate) version: Option<&'static SupportedProtocolVersion>,
    /// The authority that must have issued the client certificate; `None` to request no
    /// certificate.
    pub(crate) clients_of: Option<CertificateDer<'static>>,
    pub(crate) http2: bool,
}

/// A server that answers every request with 200.
pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    _task: JoinSet<()>,
}

impl TlsServer {
    /// Starts a server that presents the certificate of `leaf`, followed by `others`.
    pub(crate) async fn start(leaf: &Identity, others: &[&Authority]) -> Self {
        Self::start_wanting(leaf, others, LeafOptions::default()).await
    }

    pub(crate) async fn start_wanting(
        leaf: &Identity,
        others: &[&Authority],
        wanted: LeafOptions,
    ) -> Self {
        let mut chain = vec![leaf.der.clone()];
        chain.extend(others.iter().map(|authority| authority.der().clone()));
        let provider = Arc::new(ring::default_provider());
        let versions =
            wanted.version.map_or_else(|| rustls::ALL_VERSIONS.to_vec(), |one| vec![one]);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .unwrap();
        let builder = match wanted.clients_of {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(leaf.key.serialize_der()).into();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        if wanted.http2 {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    // In these tests, a failed handshake is an expected result.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if stream.read(&mut [0; 4096]).await.is_ok_and(|n_bytes| n_bytes > 0) {
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                        let _ = stream.write_all(answer).await;
                    }
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { address, _task: task }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/", self.address.port())
    }

    pub(crate) fn named(&self) -> String {
        format!("localhost:{}", self.address.port())
    }
}
