//! A fake of AWS with the services that a first invocation needs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// An observed step of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// The first request to AWS.
    Call,
    /// The first request for an event.
    Next,
    /// The response to the event.
    Answer,
    /// The request for a further event, which must not get the event of the next function.
    Again,
}

/// The servers and the observed steps.
pub(crate) struct Fake {
    /// The address of the Runtime API, without a scheme.
    pub(crate) runtime: String,
    /// The address of AWS over TLS, for functions.
    pub(crate) tls: String,
    /// The address of AWS without TLS, for the setup.
    pub(crate) plain: String,
    /// The authority that signed the server's certificate.
    pub(crate) authority_pem: String,
    seen: Arc<RuntimeCalls>,
}

#[derive(Default)]
struct RuntimeCalls {
    /// The items by their keys.
    table: Mutex<HashMap<String, Value>>,
    event: Mutex<Option<Value>>,
    steps: Mutex<HashMap<Step, Instant>>,
    answer: Mutex<Option<(String, Vec<u8>)>>,
    answered: Notify,
    stepped: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fake {
    /// Starts the servers on free ports.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = vec!["localhost".to_owned()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));

        let seen = Arc::new(RuntimeCalls::default());
        let runtime = TcpListener::bind("127.0.0.1:0").await?;
        let tls = TcpListener::bind("127.0.0.1:0").await?;
        let plain = TcpListener::bind("127.0.0.1:0").await?;
        let fake = Self {
            runtime: runtime.local_addr()?.to_string(),
            tls: format!("https://localhost:{}", tls.local_addr()?.port()),
            plain: format!("http://{}", plain.local_addr()?),
            authority_pem: authority.pem(),
            seen: Arc::clone(&seen),
        };
        tokio::spawn(serve(runtime, None, Arc::clone(&seen), Calls::Measured));
        tokio::spawn(serve(plain, None, Arc::clone(&seen), Calls::Unmeasured));
        tokio::spawn(serve(tls, Some(acceptor), seen, Calls::Measured));
        Ok(fake)
    }

    /// Deletes the observed steps, and provides one event for the next function.
    pub(crate) fn expect(&self, event: Value) {
        lock(&self.seen.steps).clear();
        *lock(&self.seen.answer) = None;
        *lock(&self.seen.event) = Some(event);
    }

    /// Waits for a step; returns its time.
    pub(crate) async fn step(&self, step: Step) -> Instant {
        loop {
            let stepped = self.seen.stepped.notified();
            if let Some(at) = lock(&self.seen.steps).get(&step) {
                return *at;
            }
            stepped.await;
        }
    }

    /// Waits for the response to the event.
    pub(crate) async fn answer(&self) -> anyhow::Result<Value> {
        self.step(Step::Answer).await;
        let (path, body) = lock(&self.seen.answer).take().context("no answer")?;
        let body = String::from_utf8_lossy(&body).into_owned();
        anyhow::ensure!(path.ends_with("/response"), "the function failed: {body}");
        Ok(serde_json::from_str(&body)?)
    }

    /// Returns the number of runs in the table.
    pub(crate) fn n_runs(&self) -> usize {
        lock(&self.seen.table).keys().filter(|key| key.starts_with("run#")).count()
    }
}

/// The calls of AWS at a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// Their time is noted.
    Measured,
    /// They are answered alone.
    Unmeasured,
}

async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    seen: Arc<RuntimeCalls>,
    calls: Calls,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
        let _ = stream.set_nodelay(true);
        tokio::spawn(async move {
            match acceptor {
                None => converse(stream, &seen, calls).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => converse(stream, &seen, calls).await,
                    Err(_) => None,
                },
            }
        });
    }
}

/// Responds to requests until the other side closes.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    seen: &RuntimeCalls,
    calls: Calls,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let path = line.split(' ').nth(1)?.to_owned();
        let (mut n_bytes, mut target) = (0, String::new());
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok()?;
            let Some((name, value)) = header.trim().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => n_bytes = value.trim().parse().ok()?,
                "x-amz-target" => value.trim().clone_into(&mut target),
                _ => {}
            }
        }
        let mut body = vec![0; n_bytes];
        stream.read_exact(&mut body).await.ok()?;
        let (head, answer) = seen.answer(&path, &target, body, calls).await;
        let length = answer.len();
        let response = format!("HTTP/1.1 200 OK\r\n{head}content-length: {length}\r\n\r\n{answer}");
        stream.write_all(response.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

impl RuntimeCalls {
    /// Returns the additional headers and the body of a response.
    async fn answer(
        &self,
        path: &str,
        target: &str,
        body: Vec<u8>,
        calls: Calls,
    ) -> (String, String) {
        const EVENT_HEADERS: &str = "lambda-runtime-aws-request-id: 1\r\n\
            lambda-runtime-deadline-ms: 99999999999999\r\n\
            lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-central-1:1:function:f\r\n";
        let json = "content-type: application/x-amz-json-1.0\r\n".to_owned();
        if path.ends_with("/invocation/next") {
            self.step(Step::Next);
            let event = lock(&self.event).take();
            let Some(event) = event else {
                // A warm function waits here, because there is no second event.
                self.step(Step::Again);
                self.answered.notified().await;
                return (String::new(), String::new());
            };
            return (EVENT_HEADERS.to_owned(), event.to_string());
        }
        if path.contains("/runtime/") {
            *lock(&self.answer) = Some((path.to_owned(), body));
            self.step(Step::Answer);
            return (String::new(), "{}".to_owned());
        }
        if target.is_empty() {
            return ("content-type: text/plain\r\n".to_owned(), "ok".to_owned());
        }
        if calls == Calls::Measured {
            self.step(Step::Call);
        }
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        (json, self.aws(target, &request).to_string())
    }

    fn step(&self, step: Step) {
        lock(&self.steps).entry(step).or_insert_with(Instant::now);
        self.stepped.notify_waiters();
    }

    fn aws(&self, target: &str, request: &Value) -> Value {
        let mut table = lock(&self.table);
        match target.split('.').next_back().unwrap_or_default() {
            "GetItem" => match request.get("Key").and_then(|keys| table.get(&place(keys))) {
                Some(item) => json!({ "Item": item }),
                None => json!({}),
            },
            "PutItem" => {
                table.extend(request.get("Item").map(|item| (place(item), item.clone())));
                json!({})
            }
            "TransactWriteItems" => {
                let writes = request.get("TransactItems").and_then(Value::as_array);
                let items = writes.into_iter().flatten().filter_map(|one| one.pointer("/Put/Item"));
                table.extend(items.map(|item| (place(item), item.clone())));
                json!({})
            }
            "GetSecretValue" => json!({
                "ARN": "arn:aws:secretsmanager:eu-central-1:1:secret:allclear",
                "Name": "allclear",
                "SecretString": "{\"api-key\":\"0123456789abcdef\"}",
            }),
            _ => json!({}),
        }
    }
}

/// Returns the keys of an item as text.
fn place(item: &Value) -> String {
    let text = |key: &str| item.pointer(key).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("/pk/S"), text("/sk/S"))
}
