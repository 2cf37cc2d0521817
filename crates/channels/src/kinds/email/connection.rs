//! The connection to a mail server, with TLS over the trusted authorities of all channels.
//!
//! The library begins each connection with the greeting of the server. After STARTTLS the server sends none, so
//! [`SmtpStream`] repeats one.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use allclear_core::send_error::SendError;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::params::{MailSettings, MailTls};
use super::refusal::{self, SmtpStep};

/// The most bytes of a reply before the encryption.
const MAX_REPLY_BYTES: usize = 16 * 1024;

/// The greeting that the library reads after STARTTLS.
const GREETING: &[u8] = b"220 encrypted\r\n";

/// Opens a connection, up to the extensions that the server offers.
pub(super) async fn open(
    settings: &MailSettings,
    tls: Arc<ClientConfig>,
) -> Result<AsyncSmtpConnection, SendError> {
    let MailSettings { server, port, .. } = settings;
    let no_connection = |error: io::Error| {
        SendError::transient(format!("no connection to the mail server {server}:{port}: {error}"))
    };
    let mut tcp = TcpStream::connect((server.as_str(), *port)).await.map_err(no_connection)?;
    let peer = tcp.peer_addr().map_err(no_connection)?;
    let hello = client_id(tcp.local_addr().map_err(no_connection)?);
    let stream = match settings.tls {
        MailTls::None => SmtpStream { repeated: &[], peer, stream: Box::new(tcp) },
        MailTls::Implicit => {
            let stream = Box::new(encrypted(tcp, server, tls).await?);
            SmtpStream { repeated: &[], peer, stream }
        }
        MailTls::Starttls => {
            start_tls(&mut tcp, &hello, server).await?;
            let stream = Box::new(encrypted(tcp, server, tls).await?);
            SmtpStream { repeated: GREETING, peer, stream }
        }
    };
    let opened = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await;
    opened.map_err(|error| refusal::failed(SmtpStep::Greeting, &error))
}

/// Returns the name that the client gives: its address, because its host name may mean nothing to the server.
fn client_id(local: SocketAddr) -> ClientId {
    match local {
        SocketAddr::V4(local) => ClientId::Ipv4(*local.ip()),
        SocketAddr::V6(local) => ClientId::Ipv6(*local.ip()),
    }
}

async fn encrypted(
    tcp: TcpStream,
    server: &str,
    tls: Arc<ClientConfig>,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, SendError> {
    let failed = |why: String| {
        let what = format!("no encrypted connection to the mail server {server}: {why}");
        SendError::transient(what)
    };
    let name =
        ServerName::try_from(server.to_owned()).map_err(|error| failed(error.to_string()))?;
    let connected = TlsConnector::from(tls).connect(name, tcp).await;
    connected.map_err(|error| failed(error.to_string()))
}

/// Speaks the beginning of the dialog up to the reply to STARTTLS. Reads no byte beyond it, so that nothing that was
/// sent without encryption counts as encrypted.
async fn start_tls(tcp: &mut TcpStream, hello: &ClientId, server: &str) -> Result<(), SendError> {
    reply(tcp).await?;
    let offered = ask(tcp, &format!("EHLO {hello}\r\n")).await?;
    let is_starttls =
        |line: &str| line.get(4..).is_some_and(|it| it.trim().eq_ignore_ascii_case("STARTTLS"));
    if !offered.lines().any(is_starttls) {
        return Err(SendError::transient(format!(
            "the mail server {server} does not offer STARTTLS: set `tls = \"implicit\"` and its port"
        )));
    }
    ask(tcp, "STARTTLS\r\n").await.map(|_| ())
}

async fn ask(tcp: &mut TcpStream, command: &str) -> Result<String, SendError> {
    tcp.write_all(command.as_bytes()).await.map_err(|error| refusal::broken(&error))?;
    reply(tcp).await
}

/// Reads one reply of one or several lines. The last line has no `-` after its code.
async fn reply(tcp: &mut TcpStream) -> Result<String, SendError> {
    let mut reply = Vec::new();
    let mut line_start = 0;
    while reply.len() < MAX_REPLY_BYTES {
        reply.push(tcp.read_u8().await.map_err(|error| refusal::broken(&error))?);
        if !reply.ends_with(b"\n") {
            continue;
        }
        if reply.get(line_start + 3) != Some(&b'-') {
            return accepted(&String::from_utf8_lossy(&reply));
        }
        line_start = reply.len();
    }
    Err(SendError::transient("the mail server sent a reply without an end"))
}

/// Returns a positive reply. A negative one is an error.
fn accepted(reply: &str) -> Result<String, SendError> {
    let code = reply.get(..3).and_then(|code| code.parse::<u16>().ok());
    let text = reply.get(4..).unwrap_or_default();
    match code {
        Some(200..=399) => Ok(reply.to_owned()),
        Some(code) => Err(refusal::refused(SmtpStep::Greeting, code, text)),
        None => Err(SendError::transient(
            "the server does not speak SMTP: check `server`, `port` and `tls`",
        )),
    }
}

/// A TCP or TLS stream.
trait ByteStream: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> ByteStream for S {}

/// A stream that begins with bytes of the client.
#[derive(Debug)]
struct SmtpStream {
    /// The bytes that are read before those of the server.
    repeated: &'static [u8],
    peer: SocketAddr,
    stream: Box<dyn ByteStream>,
}

impl AsyncTokioStream for SmtpStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for SmtpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n_bytes = self.repeated.len().min(buffer.remaining());
        if n_bytes == 0 {
            return Pin::new(&mut *self.stream).poll_read(context, buffer);
        }
        let (now, later) = self.repeated.split_at(n_bytes);
        buffer.put_slice(now);
        self.repeated = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SmtpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(context)
    }
}
