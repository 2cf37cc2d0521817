//! A simulator, and checks that trust its authority and use its name server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::budget::NoBudget;
use allclear_core::checker::{CheckContext, CheckKinds, Checker, ParamProblem, PriorState};
use allclear_core::id::SecretName;
use allclear_core::monitor::CheckSpec;
use allclear_core::outcome::{Cause, Finding};
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_core::status::{Fault, Status};
use allclear_probes::{ProbeSettings, Probes, ProxySettings};
use allclear_simulator::{Config, Received, Simulator};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Long enough for any answer, on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Long enough for a local target that answers, and short for targets that never do.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

pub(crate) struct CheckFixture {
    pub(crate) simulator: Simulator,
    pub(crate) probes: Probes,
}

pub(crate) async fn bench() -> CheckFixture {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(simulator.ca_pem().as_bytes()).unwrap()).unwrap();
    let settings = ProbeSettings {
        name_servers: vec![simulator.dns_address()],
        ..ProbeSettings::new(Arc::new(roots))
    };
    CheckFixture { simulator, probes: Probes::new(settings) }
}

impl CheckFixture {
    pub(crate) async fn check(&self, kind: &str, params: Value) -> Finding {
        self.check_within(LONG, kind, params).await
    }

    pub(crate) async fn check_within(
        &self,
        timeout: Duration,
        kind: &str,
        params: Value,
    ) -> Finding {
        let checker = build(&self.probes, kind, params).unwrap_or_else(|all| panic!("{all:?}"));
        declared(kind, make(checker.as_ref(), timeout, &Secrets::new()).await)
    }

    /// Sets these variables as the environment for proxies.
    pub(crate) fn with_environment(mut self, variables: &[(&str, &str)]) -> Self {
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let proxies = ProxySettings::from_environment(|name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        });
        let settings = ProbeSettings {
            name_servers: vec![self.simulator.dns_address()],
            proxies,
            ..ProbeSettings::new(Arc::new(RootCertStore::empty()))
        };
        self.probes = Probes::new(settings);
        self
    }

    pub(crate) async fn check_with(&self, secrets: &[(&str, &str)], params: Value) -> Finding {
        let checker = build(&self.probes, "http", params).unwrap_or_else(|all| panic!("{all:?}"));
        let secrets: Secrets = secrets
            .iter()
            .map(|(name, value)| (SecretName::new(name).unwrap(), SecretString::from(*value)))
            .collect();
        assert_eq!(checker.secrets(), secrets.keys().cloned().collect::<Vec<_>>());
        declared("http", make(checker.as_ref(), LONG, &secrets).await)
    }

    /// Returns the problems of invalid parameters, as `path: what`.
    pub(crate) fn problems(&self, kind: &str, params: Value) -> Vec<String> {
        let Err(problems) = build(&self.probes, kind, params) else { return Vec::new() };
        problems.iter().map(|one| format!("{}: {}", one.path.join("."), one.what)).collect()
    }
}

pub(crate) fn build(
    probes: &Probes,
    kind: &str,
    params: Value,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    probes.build(&CheckSpec { kind: kind.to_owned(), params })
}

#[expect(clippy::disallowed_methods, reason = "the certificates are made for today")]
pub(crate) async fn make(checker: &dyn Checker, timeout: Duration, secrets: &Secrets) -> Finding {
    let now = Timestamp::now();
    // The context is that of the prober. A checker that exceeds its deadline fails the test.
    let context = CheckContext {
        now,
        timeout,
        secrets,
        beat: None,
        listener_gap: None,
        prior_state: PriorState::Blank,
        budget: &NoBudget,
        interval: Duration::from_mins(1),
        force_all: false,
    };
    let checking = tokio::time::timeout(timeout, checker.check(context));
    checking.await.expect("ended by the prober")
}

/// Asserts that `kind` declares each metric and each label of the finding, and returns the finding.
pub(crate) fn declared(kind: &str, finding: Finding) -> Finding {
    let declared = allclear_probes::kinds().get(kind).unwrap();
    for name in finding.metrics.keys() {
        let is_declared = declared.metrics.iter().any(|metric| metric.is_named(name));
        assert!(is_declared, "`{kind}` does not declare the metric `{name}`");
    }
    for name in finding.labels.keys() {
        let is_declared = declared.labels.iter().any(|label| label.name() == name);
        assert!(is_declared, "`{kind}` does not declare the label `{name}`");
    }
    finding
}

pub(crate) trait FindingExt {
    fn status(&self) -> Status;
    fn cause(&self) -> &Cause;
    fn metric(&self, name: &str) -> Option<i64>;
    fn assert_healthy(&self);
    /// Asserts status, fault and reason, and returns the message.
    fn assert_cause(&self, status: Status, fault: Fault, reason: Reason) -> &str;
    /// Asserts an unhealthy status with the fault `target` and this reason.
    fn assert_down(&self, reason: Reason) -> &str;
}

impl FindingExt for Finding {
    fn status(&self) -> Status {
        self.verdict.status()
    }

    fn cause(&self) -> &Cause {
        self.verdict.cause().unwrap_or_else(|| panic!("healthy: {self:?}"))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the tests compare whole numbers")]
    fn metric(&self, name: &str) -> Option<i64> {
        self.metrics.get(name).map(|value| value.round() as i64)
    }

    fn assert_healthy(&self) {
        assert_eq!(self.status(), Status::Healthy, "{self:?}");
        assert!(self.latency.is_some());
    }

    fn assert_cause(&self, status: Status, fault: Fault, reason: Reason) -> &str {
        let cause = self.cause();
        assert_eq!((self.status(), cause.fault, cause.reason), (status, fault, reason), "{self:?}");
        &cause.message
    }

    fn assert_down(&self, reason: Reason) -> &str {
        self.assert_cause(Status::Unhealthy, Fault::Target, reason)
    }
}

/// Returns a header of a request that an inbox received.
pub(crate) fn sent_header<'a>(got: &'a Received, name: &str) -> Option<&'a str> {
    got.headers.get(name).map(String::as_str)
}

/// A server that reads once from each connection, sends these bytes and closes it.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    pub(crate) _task: JoinSet<()>,
}

pub(crate) async fn raw_server(answer: impl Into<Vec<u8>>) -> RawServer {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    RawServer { address, _task: task }
}

/// Starts a server that reads the head of a request on each connection, answers it, and closes.
pub(crate) async fn scripted_server(
    answer: impl Fn(&str) -> Vec<u8> + Send + 'static,
) -> RawServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = read_head(&mut stream).await;
            let _ = stream.write_all(&answer(&head)).await;
            let _ = stream.shutdown().await;
        }
    });
    RawServer { address, _task: task }
}

/// Reads up to the end of a request's head.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Returns an answer with these header lines and this body.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
