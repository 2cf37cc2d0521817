//! A client that returns the exact bytes of the response.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use allclear_simulator::{Config, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A response, split at the empty line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn code(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(crate) async fn simulator() -> Simulator {
    Simulator::start(Config::default()).await.unwrap()
}

/// Panics if the future is not ready after a generous timeout.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("nothing came within 20 s")
}

/// Returns whether the future is still pending after a tenth of a second.
pub(crate) async fn stays_silent(future: impl Future) -> bool {
    tokio::time::timeout(Duration::from_millis(100), future).await.is_err()
}

pub(crate) async fn get(simulator: &Simulator, path: &str) -> Answer {
    send(simulator, "GET", path, "").await
}

pub(crate) async fn send(simulator: &Simulator, method: &str, path: &str, body: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let bytes = exchange(simulator.http_address(), request.as_bytes()).await.unwrap();
    cut(&bytes)
}

/// Sends the bytes, and returns all received data until the connection is closed.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    soon(stream.read_to_end(&mut bytes)).await?;
    Ok(bytes)
}

/// Returns a connection on which a plain request for the path was sent.
pub(crate) async fn asked(simulator: &Simulator, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(simulator.http_address()).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())
        .await
        .unwrap();
    stream
}

pub(crate) fn cut(bytes: &[u8]) -> Answer {
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an empty line") + 4;
    let (head, body) = bytes.split_at(at);
    Answer { head: String::from_utf8(head.to_vec()).unwrap(), body: body.to_vec() }
}
