//! A minimal HTTP client for the local AWS, its proxy and the published page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The time limit of the longest invocation, which is longer than any other request takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// A request.
pub(crate) struct Request<'r> {
    pub(crate) method: &'r str,
    /// The path with the query.
    pub(crate) path: &'r str,
    pub(crate) headers: Vec<(&'r str, String)>,
    pub(crate) body: &'r [u8],
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers, with names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// Sends one request on a new connection. Panics if that fails.
pub(crate) async fn send(address: &str, request: Request<'_>) -> Answer {
    let (method, path) = (request.method, request.path);
    let asked = try_send(address, &request);
    let answer = timeout(PATIENCE, asked).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer to {method} {path}"));
    answer.unwrap_or_else(|error| panic!("{method} {path} at {address}: {error}"))
}

/// Sends one request on a new connection. The error is returned if the server is not available.
pub(crate) async fn try_send(address: &str, request: &Request<'_>) -> std::io::Result<Answer> {
    let mut head = format!("{} {} HTTP/1.0\r\nhost: {address}\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    write!(head, "content-length: {}\r\n\r\n", request.body.len()).unwrap();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(request.body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    read(&answer).ok_or_else(|| std::io::Error::other(String::from_utf8_lossy(&answer)))
}

fn read(answer: &[u8]) -> Option<Answer> {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..at]);
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let body = String::from_utf8_lossy(&answer[at + 4..]).into_owned();
    Some(Answer { status, headers, body })
}
