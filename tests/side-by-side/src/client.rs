//! A client for one server, with a persistent connection.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::header::HOST;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to a server.
pub(crate) struct Client {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to a server.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { address, sender: connect(address).await? })
    }

    /// Sends a request and returns the body of the response, whose status must be a success.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Bytes> {
        // The server may have closed the connection after the last response.
        if self.sender.ready().await.is_err() {
            self.sender = connect(self.address).await?;
        }
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .body(Full::new(body))?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{path} was answered with {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    /// Gets a path.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Bytes> {
        self.ask(Method::GET, path, Bytes::new()).await
    }
}

async fn connect(address: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(address).await.with_context(|| format!("no connection to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // An error of the connection appears in the next request.
    tokio::spawn(connection);
    Ok(sender)
}
