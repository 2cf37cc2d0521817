//! Servers on the loopback interface that run an attack on every connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The longest time that an attack holds one connection.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// A monitor with a hostile target, and the server behind it. Dropping the value stops the server.
pub(super) struct Hostile {
    pub(super) id: &'static str,
    /// The line `check.... = ...` of the monitor.
    pub(super) check: String,
    n_connections: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Hostile {
    pub(super) fn new(
        id: &'static str,
        check: String,
        n_connections: Arc<AtomicUsize>,
        server: JoinHandle<()>,
    ) -> Self {
        Self { id, check, n_connections, server }
    }

    /// Returns the number of connections or datagrams received so far.
    pub(super) fn n_connections(&self) -> usize {
        self.n_connections.load(Ordering::Relaxed)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Starts a server that runs `attack` on each connection, each at most for [`LIMIT`].
pub(super) async fn serve<F>(
    id: &'static str,
    check: impl FnOnce(SocketAddr) -> String,
    attack: impl Fn(TcpStream) -> F + Send + 'static,
) -> Hostile
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let n_connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_connections);
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            let attack = attack(stream);
            // If the client closes the connection, the attack has ended.
            tokio::spawn(async move { tokio::time::timeout(LIMIT, attack).await });
        }
    });
    Hostile::new(id, check(address), n_connections, server)
}

/// Starts an HTTP server that answers each request with these bytes and closes the connection.
pub(super) async fn answer(id: &'static str, check: &str, answer: Vec<u8>) -> Hostile {
    let answer: Arc<[u8]> = answer.into();
    let check = check.to_owned();
    serve(
        id,
        |address| check.replace("URL", &format!("\"http://{address}/\"")),
        move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                read_head(&mut stream).await?;
                stream.write_all(&answer).await?;
                stream.shutdown().await?;
                drain(&mut stream).await
            }
        },
    )
    .await
}

/// Starts an HTTP server that sends `start` and then repeats `part` until the client closes the
/// connection.
pub(super) async fn endless(
    id: &'static str,
    check: &str,
    start: &'static [u8],
    part: &'static [u8],
) -> Hostile {
    let check = check.to_owned();
    serve(
        id,
        |address| check.replace("URL", &format!("\"http://{address}/\"")),
        move |mut stream| async move {
            read_head(&mut stream).await?;
            stream.write_all(start).await?;
            repeat(&mut stream, part).await
        },
    )
    .await
}

/// Writes `part` until the other side closes the connection.
pub(super) async fn repeat(
    stream: &mut (impl AsyncWrite + Unpin),
    part: &[u8],
) -> std::io::Result<()> {
    let parts = part.repeat((4_096 / part.len()).max(1));
    loop {
        stream.write_all(&parts).await?;
        // The attacker shares the cores with the process under test. It must not win by CPU load
        // alone.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reads the head of a request.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(())
}

/// Reads until the other side closes the connection.
pub(super) async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}
