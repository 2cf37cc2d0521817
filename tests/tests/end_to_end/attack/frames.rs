//! Hostile HTTP/2 servers: floods of frames over real TLS (frame layout of RFC 9113, section 4.1).

use std::sync::Arc;

use rcgen::generate_simple_self_signed;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use crate::stage::Stage;

use super::server::{Hostile, repeat, serve};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

/// Length of the client's preface.
const PREFACE_BYTES: usize = 24;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn acceptor(stage: &Stage) -> TlsAcceptor {
    let certified = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(stage.path("attack.pem"), certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// Starts a server that sends `start` after its settings and then repeats `part`.
async fn flood(id: &'static str, tls: &TlsAcceptor, start: Vec<u8>, part: Vec<u8>) -> Hostile {
    let tls = tls.clone();
    let check = |address: std::net::SocketAddr| {
        let url = format!("https://localhost:{}/", address.port());
        format!(
            "check.http = {{ url = \"{url}\", tls = {{ ca = \"attack.pem\" }}, expect = \"body != 'x'\" }}"
        )
    };
    let (start, part): (Arc<[u8]>, Arc<[u8]>) = (start.into(), part.into());
    serve(id, check, move |stream| {
        let (tls, start, part) = (tls.clone(), Arc::clone(&start), Arc::clone(&part));
        async move {
            let mut stream = tls.accept(stream).await?;
            stream.read_exact(&mut [0; PREFACE_BYTES]).await?;
            stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
            stream.write_all(&start).await?;
            let (mut reader, mut writer) = tokio::io::split(stream);
            // If the client's frames were not read, they would fill the connection.
            let reads = async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await };
            tokio::select! {
                result = repeat(&mut writer, &part) => result,
                result = reads => result.map(drop),
            }
        }
    })
    .await
}

pub(super) async fn attacks(stage: &Stage) -> Vec<Hostile> {
    let tls = acceptor(stage);
    // `:status: 200` is entry 8 of the static table of RFC 7541.
    let ok = frame(HEADERS, 4, 1, &[0x88]);
    // An unfinished head, continued by literal fields without indexing.
    let head = frame(HEADERS, 0, 1, &[0x88]);
    let field = [&[0x00, 1, b'a', 100][..], &[b'v'; 100]].concat();
    vec![
        flood("h2-settings", &tls, Vec::new(), frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])).await,
        flood("h2-pings", &tls, Vec::new(), frame(PING, 0, 0, &[7; 8])).await,
        flood("h2-continuation", &tls, head, frame(CONTINUATION, 0, 1, &field)).await,
        flood("h2-empty-data", &tls, ok.clone(), frame(DATA, 0, 1, &[])).await,
        flood(
            "h2-padded-data",
            &tls,
            ok.clone(),
            frame(DATA, 8, 1, &[[255; 1], [0; 1]].concat().repeat(128)),
        )
        .await,
        flood("h2-window", &tls, ok, frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes()))
            .await,
    ]
}
