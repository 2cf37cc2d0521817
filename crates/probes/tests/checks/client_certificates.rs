//! Servers that demand a client certificate, in both versions of TLS.

use allclear_core::id::SecretName;
use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::authority::{Authority, Hours, Identity, LeafOptions, TlsServer, leaf, root};
use crate::support::{CheckFixture, FindingExt, LONG, bench, build, declared, make};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

struct Site {
    bench: CheckFixture,
    root: Authority,
    client: Identity,
}

async fn site() -> Site {
    let root = root("Root");
    let client = leaf(&["client.test"], Hours::days_left(90), &root);
    Site { bench: bench().await, root, client }
}

impl Site {
    async fn server(&self, version: &'static SupportedProtocolVersion) -> TlsServer {
        self.server_with(LeafOptions { version: Some(version), ..LeafOptions::default() }).await
    }

    async fn server_with(&self, wanted: LeafOptions) -> TlsServer {
        let leaf = leaf(&["localhost"], Hours::days_left(90), &self.root);
        let clients_of = Some(self.root.der().clone());
        let wanted = LeafOptions { clients_of, ..wanted };
        TlsServer::start_wanting(&leaf, &[], wanted).await
    }

    /// Returns the findings of `tls` and `http` with these secrets, or without a client certificate
    /// if there are none.
    async fn check(&self, server: &TlsServer, secrets: &[(&str, &str)]) -> [Finding; 2] {
        let mut tls = json!({ "ca": self.root.pem() });
        if !secrets.is_empty() {
            let last = secrets.len() - 1;
            tls["client_certificate"] = json!(format!("secret:{}", secrets[0].0));
            tls["client_key"] = json!(format!("secret:{}", secrets[last].0));
        }
        let http = json!({ "url": server.url(), "tls": tls });
        tls["address"] = json!(server.named());
        [self.check_one("tls", tls, secrets).await, self.check_one("http", http, secrets).await]
    }

    async fn check_one(&self, kind: &str, params: Value, secrets: &[(&str, &str)]) -> Finding {
        let checker =
            build(&self.bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
        let secrets: Secrets = secrets
            .iter()
            .map(|(name, value)| (SecretName::new(name).unwrap(), SecretString::from(*value)))
            .collect();
        assert_eq!(checker.secrets(), secrets.keys().cloned().collect::<Vec<_>>());
        declared(kind, make(checker.as_ref(), LONG, &secrets).await)
    }

    async fn local_message(&self, server: &TlsServer, secrets: &[(&str, &str)]) -> String {
        let [tls, http] = self.check(server, secrets).await;
        let (status, fault) = (Status::Unknown, Fault::Monitor);
        let message = tls.assert_cause(status, fault, Reason::SecretUnreadable).to_owned();
        assert_eq!(http.assert_cause(status, fault, Reason::SecretUnreadable), message);
        message
    }
}

#[tokio::test]
async fn the_client_certificate_is_accepted() {
    let site = site().await;
    let key = site.client.key.serialize_pem();
    let both = format!("{}{key}", site.client.pem);
    let with_escapes = both.replace("\r\n", "\\n").replace('\n', "\\n");
    for version in VERSIONS {
        let server = site.server(version).await;
        for secrets in [
            vec![("cert", site.client.pem.as_str()), ("key", key.as_str())],
            vec![("pem", both.as_str())],
            vec![("pem", with_escapes.as_str())],
        ] {
            for finding in site.check(&server, &secrets).await {
                finding.assert_healthy();
            }
        }
    }
}

#[tokio::test]
async fn a_key_in_sec1_is_read() {
    let site = site().await;
    // The inner key of a P-256 key in PKCS#8 format.
    let pkcs8 = site.client.key.serialize_der();
    let begin = pkcs8.windows(7).position(|window| window == [0x30, 0x6b, 2, 1, 1, 4, 0x20]);
    let sec1 = STANDARD.encode(&pkcs8[begin.unwrap()..]);
    let pem = format!("-----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n");
    let server = site.server(&TLS13).await;
    for finding in site.check(&server, &[("cert", &site.client.pem), ("key", &pem)]).await {
        finding.assert_healthy();
    }
}

#[tokio::test]
async fn without_a_certificate_the_fault_is_that_of_the_credentials() {
    let site = site().await;
    for (version, http2) in [(&TLS12, false), (&TLS13, false), (&TLS13, true)] {
        let server = site
            .server_with(LeafOptions { version: Some(version), http2, ..LeafOptions::default() })
            .await;
        for finding in site.check(&server, &[]).await {
            let message =
                finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
            assert!(message.contains("demands a client certificate"), "{message}");
            // In the check `http`, these parameters are in the table `tls`.
            let hint = message.replace("`tls.", "`");
            assert!(hint.contains("set `client_certificate` and `client_key`"), "{message}");
        }
    }
}

#[tokio::test]
async fn a_refused_certificate_is_a_credentials_fault() {
    let site = site().await;
    let stranger = leaf(&["client.test"], Hours::days_left(90), &root("Foreign"));
    let pem = format!("{}{}", stranger.pem, stranger.key.serialize_pem());
    for (version, http2) in [(&TLS12, false), (&TLS13, false), (&TLS13, true)] {
        let server = site
            .server_with(LeafOptions { version: Some(version), http2, ..LeafOptions::default() })
            .await;
        for finding in site.check(&server, &[("pem", &pem)]).await {
            let message =
                finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
            assert!(message.contains("refuses the client certificate"), "{message}");
        }
    }
}

#[tokio::test]
async fn a_secret_without_certificate_or_key_is_a_fault_of_the_monitor() {
    let site = site().await;
    let server = site.server(&TLS13).await;
    let (cert, key) = (&site.client.pem, &site.client.key.serialize_pem());
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (cert, key, expected) in [
        (key, key, "the secret `cert` does not hold a client certificate in PEM"),
        (cert, cert, "the secret `key` does not hold a private key in PEM: it has no key"),
        (cert, &encrypted, "it is encrypted; decrypt it with `openssl pkey`"),
        (cert, &other, "`key` does not belong to the certificate in the secret `cert`"),
        (&"hunter2".to_owned(), key, "it has no `-----BEGIN CERTIFICATE-----`"),
    ] {
        let message = site.local_message(&server, &[("cert", cert), ("key", key)]).await;
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn certificate_and_key_are_set_together_and_by_secret() {
    let site = site().await;
    let problems =
        |tls: Value| site.bench.problems("http", json!({ "url": "https://a.test", "tls": tls }));
    let found = problems(json!({ "client_certificate": "secret:cert" }));
    assert_eq!(found, ["tls.client_key: a client certificate needs `client_key` too"]);
    let found = problems(json!({ "client_certificate": "secret:a", "client_key": "-----BEGIN" }));
    assert_eq!(found, ["tls.client_key: the config contains a secret"]);
    let found = site.bench.problems("tls", json!({ "address": "a:1", "client_key": "secret:k" }));
    assert!(found[0].starts_with("client_certificate: "), "{found:?}");
}

#[tokio::test]
async fn a_server_that_requests_no_certificate_is_checked() {
    let site = site().await;
    let leaf = leaf(&["localhost"], Hours::days_left(90), &site.root);
    let server = TlsServer::start(&leaf, &[]).await;
    let pem = format!("{}{}", site.client.pem, site.client.key.serialize_pem());
    for finding in site.check(&server, &[("pem", &pem)]).await {
        finding.assert_healthy();
    }
}
