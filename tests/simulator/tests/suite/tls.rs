use std::net::SocketAddr;
use std::sync::Arc;

use allclear_simulator::{Behavior, Simulator, TlsFault};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, Error, HandshakeKind, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::client::{cut, simulator, soon};

fn config(pem: &str, protocol: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

async fn connect(
    address: SocketAddr,
    name: &str,
    config: Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await.unwrap();
    soon(TlsConnector::from(config).connect(ServerName::try_from(name.to_owned()).unwrap(), stream))
        .await
}

async fn refusal(simulator: &Simulator, fault: TlsFault, trusted: &str) -> Error {
    let address = simulator.tls_address(fault).unwrap();
    let error = connect(address, "localhost", config(trusted, b"http/1.1")).await.unwrap_err();
    error.downcast::<Error>().unwrap()
}

#[tokio::test]
async fn valid_certificate_matches_each_of_its_names() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::text(200, "safe"));
    for name in ["localhost", "127.0.0.1", "svc.simulator.test", "simulator.test"] {
        let config = config(&simulator.ca_pem(), b"http/1.1");
        let mut stream = connect(simulator.https_address(), name, config).await.unwrap();
        stream
            .write_all(b"GET /svc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut bytes = Vec::new();
        soon(stream.read_to_end(&mut bytes)).await.unwrap();
        assert_eq!(cut(&bytes).text(), "safe");
    }
}

#[tokio::test]
async fn each_handshake_is_a_full_one() {
    let simulator = simulator().await;
    let config = config(&simulator.ca_pem(), b"http/1.1");
    for _ in 0..2 {
        let mut stream =
            connect(simulator.https_address(), "localhost", Arc::clone(&config)).await.unwrap();
        stream
            .write_all(b"GET /svc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        soon(stream.read_to_end(&mut Vec::new())).await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
    }
}

#[tokio::test]
async fn each_fault_is_refused_for_its_own_reason() {
    let simulator = simulator().await;
    let ca = simulator.ca_pem();
    let reason = async |fault| {
        let error = refusal(&simulator, fault, &ca).await;
        let Error::InvalidCertificate(reason) = error else { panic!("{fault:?}: {error}") };
        reason
    };
    let wrong_name = reason(TlsFault::WrongName).await;
    assert!(
        matches!(wrong_name, CertificateError::NotValidForNameContext { .. }),
        "{wrong_name:?}"
    );
    let expired = reason(TlsFault::Expired).await;
    assert!(matches!(expired, CertificateError::ExpiredContext { .. }), "{expired:?}");
    let not_yet_valid = reason(TlsFault::NotYetValid).await;
    assert!(
        matches!(not_yet_valid, CertificateError::NotValidYetContext { .. }),
        "{not_yet_valid:?}"
    );
    for fault in [TlsFault::SelfSigned, TlsFault::Untrusted, TlsFault::MissingIntermediate] {
        let unknown = reason(fault).await;
        assert!(matches!(unknown, CertificateError::UnknownIssuer), "{fault:?}: {unknown:?}");
    }
    assert_eq!(simulator.tls_connections(TlsFault::Expired), 1);
}

#[tokio::test]
async fn an_authority_certificate_as_a_server_certificate_is_refused_by_rustls() {
    let simulator = simulator().await;
    let pem = simulator.certificate_pem(TlsFault::SelfSignedCa).unwrap();
    for trusted in [pem, simulator.ca_pem()] {
        let error = format!("{:?}", refusal(&simulator, TlsFault::SelfSignedCa, &trusted).await);
        assert!(error.contains("CaUsedAsEndEntity"), "{error}");
    }
}

#[tokio::test]
async fn self_signed_certificate_is_accepted_if_trusted() {
    let simulator = simulator().await;
    let pem = simulator.certificate_pem(TlsFault::SelfSigned).unwrap();
    let address = simulator.tls_address(TlsFault::SelfSigned).unwrap();
    connect(address, "localhost", config(&pem, b"http/1.1")).await.unwrap();
}

#[tokio::test]
async fn expiring_certificate_has_its_days_left() {
    let simulator = simulator().await;
    for days in [1, 10, u16::MAX] {
        let address = simulator.tls_address(TlsFault::Expiring(days)).unwrap();
        let stream =
            connect(address, "localhost", config(&simulator.ca_pem(), b"http/1.1")).await.unwrap();
        let certificate = &stream.get_ref().1.peer_certificates().unwrap()[0];
        let (_, certificate) = X509Certificate::from_der(certificate).unwrap();
        let left = certificate.validity().time_to_expiration().unwrap();
        assert_eq!(left.whole_days(), i64::from(days));
    }
}

#[tokio::test]
async fn http2_is_used_on_its_own_port() {
    let simulator = simulator().await;
    simulator.set("svc", Behavior::text(503, "two"));
    simulator.set("broken", Behavior::Reset);
    let url: hyper::Uri = simulator.http2_url("/svc").parse().unwrap();
    let address = url.authority().unwrap().as_str().parse().unwrap();
    let stream = connect(address, "localhost", config(&simulator.ca_pem(), b"h2")).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = |url: &str| hyper::Request::get(url).body(Empty::<Bytes>::new()).unwrap();
    let answer = soon(sender.send_request(request(&simulator.http2_url("/svc")))).await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (hyper::Version::HTTP_2, 503));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "two");
    assert!(soon(sender.send_request(request(&simulator.http2_url("/broken")))).await.is_err());
    assert_eq!(simulator.hits("broken").len(), 1);
    connection.abort();
}
