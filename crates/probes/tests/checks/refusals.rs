//! Servers that demand a client certificate.

use std::sync::Arc;

use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::support::{FindingExt, answer, bench, read_head};

#[tokio::test]
async fn a_web_server_that_demands_a_client_certificate_names_it() {
    let bench = bench().await;
    let url = bench.simulator.https_url("/svc");
    let nginx = "<html><center>No required SSL certificate was sent</center></html>";
    for (code, body) in
        [(400, nginx), (403, "403.7 - Client Certificate Required"), (495, ""), (496, "")]
    {
        bench.simulator.set("svc", Behavior::text(code, body));
        for params in [
            json!({ "url": url }),
            json!({ "url": url, "expect": "status == 200" }),
            json!({ "url": url, "expect": "body == 'ok'" }),
        ] {
            let finding = bench.check("http", params).await;
            let message =
                finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
            assert!(message.contains("`tls.client_certificate`"), "{message}");
        }
    }
    // Any other rejection is the fault of the target.
    for code in [400, 403] {
        bench.simulator.set("svc", Behavior::text(code, "<html>Bad Request</html>"));
        let finding = bench.check("http", json!({ "url": url })).await;
        finding.assert_down(Reason::HttpStatus);
    }
    // Without TLS, a server cannot demand a certificate.
    bench.simulator.set("svc", Behavior::text(400, nginx));
    let finding = bench.check("http", json!({ "url": bench.simulator.http_url("/svc") })).await;
    finding.assert_down(Reason::HttpStatus);
}

#[tokio::test]
async fn a_handshake_that_demands_a_client_certificate_is_not_the_targets_fault() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut refused = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            match acceptor.accept(stream).into_fallible().await {
                Ok(mut stream) => {
                    read_head(&mut stream).await;
                    let _ = stream.write_all(&answer("200 OK", "", b"ok")).await;
                }
                // Closing the connection with the request unread would reset it, and the alert
                // would be lost.
                Err((_, stream)) => refused.push(stream),
            }
        }
    });
    let params = json!({ "url": url, "tls": { "verify": false } });
    let finding = bench().await.check("http", params).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
    assert!(message.contains("demands a client certificate"), "{message}");
}
