//! A mail server whose replies a test scripts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The encryption that the server offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Nothing,
    Starttls,
    Implicit,
}

/// A part of the dialog. The server greets only at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DialogPart {
    Beginning,
    /// After STARTTLS.
    Encrypted,
}

/// The reply after which the server says nothing more.
pub(crate) const SILENCE: &str = "";

/// A running server.
pub(crate) struct SmtpServer {
    pub(crate) address: SocketAddr,
    pub(crate) roots: RootCertStore,
    state: Arc<ServerState>,
}

struct ServerState {
    offer: Offer,
    /// The beginning of a command, and the reply to it in place of the usual one. `greeting` and `.` stand for the
    /// greeting and the end of the content.
    replies: Vec<(&'static str, &'static str)>,
    acceptor: TlsAcceptor,
    mails: Mutex<Vec<Vec<u8>>>,
    commands: Mutex<Vec<String>>,
}

impl SmtpServer {
    pub(crate) async fn start(offer: Offer, replies: &[(&'static str, &'static str)]) -> Self {
        let (roots, acceptor) = identity();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let replies = replies.to_vec();
        let (mails, commands) = (Mutex::default(), Mutex::default());
        let state = Arc::new(ServerState { offer, replies, acceptor, mails, commands });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&shared).serve(client));
            }
        });
        Self { address, roots, state }
    }

    /// Returns the mails that were accepted, without the encoding of their lines.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        self.state.mails.lock().unwrap().clone()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.state.commands.lock().unwrap().clone()
    }
}

impl ServerState {
    async fn serve(self: Arc<Self>, client: TcpStream) {
        match self.offer {
            Offer::Implicit => {
                if let Ok(client) = self.acceptor.accept(client).await {
                    self.dialog(client, DialogPart::Beginning).await;
                }
            }
            Offer::Nothing | Offer::Starttls => {
                if let Some(client) = self.dialog(client, DialogPart::Beginning).await
                    && let Ok(client) = self.acceptor.accept(client).await
                {
                    self.dialog(client, DialogPart::Encrypted).await;
                }
            }
        }
    }

    /// Speaks until the client leaves; returns the stream after STARTTLS.
    async fn dialog<S>(&self, stream: S, part: DialogPart) -> Option<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut stream = BufReader::new(stream);
        if part == DialogPart::Beginning {
            self.reply(&mut stream, "greeting", "220 mail.example.com ESMTP").await?;
        }
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            let command = line.trim_end().to_owned();
            self.commands.lock().unwrap().push(command.clone());
            let verb = command.split(' ').next().unwrap().to_uppercase();
            let usual = match verb.as_str() {
                "EHLO" if self.offer == Offer::Starttls && part == DialogPart::Beginning => {
                    "250-mail.example.com\r\n250-STARTTLS\r\n250 8BITMIME"
                }
                "EHLO" => "250-mail.example.com\r\n250-AUTH LOGIN PLAIN\r\n250 8BITMIME",
                "AUTH" => "235 2.7.0 accepted",
                "DATA" => "354 go ahead",
                "STARTTLS" => "220 go ahead",
                "QUIT" => "221 bye",
                _ => "250 2.0.0 ok",
            };
            let reply = self.reply(&mut stream, &command, usual).await?;
            if verb == "STARTTLS" && reply.starts_with("220") {
                return Some(stream.into_inner());
            }
            if verb == "DATA" && reply.starts_with("354") {
                let mail = content(&mut stream).await?;
                if self.reply(&mut stream, ".", "250 2.0.0 queued").await?.starts_with("250") {
                    self.mails.lock().unwrap().push(mail);
                }
            }
        }
    }

    async fn reply<S>(&self, stream: &mut S, command: &str, usual: &'static str) -> Option<&str>
    where
        S: AsyncWrite + Unpin,
    {
        let scripted = self.replies.iter().find(|(begin, _)| command.starts_with(begin));
        let reply = scripted.map_or(usual, |(_, reply)| *reply);
        if reply == SILENCE {
            std::future::pending::<()>().await;
        }
        stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        Some(reply)
    }
}

/// Reads the content up to the line with a dot.
async fn content<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await.ok()?;
        match line.as_slice() {
            b"" => return None,
            b".\r\n" => return Some(content),
            _ => content.extend(line.strip_prefix(b".").unwrap_or(&line)),
        }
    }
}

/// Returns an authority, and the acceptor with its certificate for 127.0.0.1.
fn identity() -> (RootCertStore, TlsAcceptor) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> =
        names.signed_by(&key, &authority).unwrap().der().clone();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    (roots, TlsAcceptor::from(Arc::new(config)))
}
