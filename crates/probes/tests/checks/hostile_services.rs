//! Servers that break the protocol of a service: an outcome within the deadline, and the target's fault.

use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::Fault;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::support::{FindingExt, bench, build, make};

/// The time limit of a check.
pub(crate) const LIMIT: Duration = Duration::from_millis(500);

/// The kinds with a service protocol of their own, with their parameters for a server.
fn kinds(address: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("redis", json!({ "address": address, "write": true })),
        ("smtp", json!({ "address": address })),
        ("imap", json!({ "address": address })),
        ("ssh", json!({ "address": address })),
        ("websocket", json!({ "url": format!("ws://{address}"), "send": "hello" })),
        ("grpc", json!({ "address": address })),
        ("postgres", json!({ "address": address, "user": "watcher", "rows": ["orders"] })),
        ("mysql", json!({ "address": address, "user": "watcher", "rows": ["orders"] })),
        (
            "kafka",
            json!({
                "address": address, "user": "watcher", "password": "secret:token", "topics": ["orders"],
            }),
        ),
        ("kafka", json!({ "address": address, "topics": ["orders"], "group": "billing" })),
        (
            "amqp",
            json!({
                "address": address, "user": "watcher", "password": "secret:token", "queues": ["mails"],
            }),
        ),
    ]
}

/// A way to break a protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hostility {
    Silence,
    ClosesAtOnce,
    ClosesAfterReading,
    Zeros,
    HighBytes,
    /// Lines of digits, which text protocols may take for lengths.
    HugeLengths,
    EndlessLine,
    OneByteAtATime,
}

pub(crate) const ALL: [Hostility; 8] = [
    Hostility::Silence,
    Hostility::ClosesAtOnce,
    Hostility::ClosesAfterReading,
    Hostility::Zeros,
    Hostility::HighBytes,
    Hostility::HugeLengths,
    Hostility::EndlessLine,
    Hostility::OneByteAtATime,
];

impl Hostility {
    async fn serve(self, mut stream: TcpStream) {
        let endless = match self {
            Self::Silence => return std::future::pending().await,
            Self::ClosesAtOnce => return,
            Self::ClosesAfterReading => {
                let _ = stream.read(&mut [0; 4096]).await;
                return;
            }
            Self::OneByteAtATime => {
                while stream.write_all(b"+").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                return;
            }
            Self::Zeros => vec![0; 65_536],
            Self::HighBytes => vec![0xff; 65_536],
            Self::HugeLengths => b"$99999999999\r\n*99999999\r\n".repeat(2_000),
            Self::EndlessLine => vec![b'a'; 65_536],
        };
        while stream.write_all(&endless).await.is_ok() {}
    }
}

pub(crate) async fn server(hostility: Hostility) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(hostility.serve(stream));
        }
    });
    (address, tasks)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_breaks_the_protocol_is_at_fault_within_the_deadline() {
    let bench = bench().await;
    for hostility in ALL {
        let (address, _server) = server(hostility).await;
        for (kind, params) in kinds(&address) {
            let checker =
                build(&bench.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
            let names = checker.secrets().into_iter();
            let secrets: Secrets = names.map(|name| (name, SecretString::from("token"))).collect();
            // `make` fails if the prober would have to end the attempt.
            let finding = make(checker.as_ref(), LIMIT, &secrets).await;
            let cause = finding.cause();
            assert_eq!(cause.fault, Fault::Target, "{kind}, {hostility:?}: {cause:?}");
            assert!(cause.message.len() < 1_000, "{kind}, {hostility:?}: {cause:?}");
        }
    }
}

#[tokio::test]
async fn a_time_server_that_sends_other_packets_is_at_fault_within_the_deadline() {
    let bench = bench().await;
    for other in [vec![], vec![0; 48], vec![0xff; 48], vec![0x24; 48], vec![0x24; 1_400]] {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let mut tasks = JoinSet::new();
        let packet = other.clone();
        tasks.spawn(async move {
            while let Ok((_, client)) = socket.recv_from(&mut [0; 48]).await {
                for _ in 0..100 {
                    let _ = socket.send_to(&packet, client).await;
                }
            }
        });
        let finding = bench.check_within(LIMIT, "ntp", json!({ "address": address })).await;
        finding.assert_down(Reason::Timeout);
    }
}
