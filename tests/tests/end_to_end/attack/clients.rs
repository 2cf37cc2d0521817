//! Hostile clients of the server of `allclear up`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// A separate loopback address for the attackers, so that limits per address do not affect the
/// reader of the page.
const ADDRESS: &str = "127.0.0.2:0";

/// The number of connections that are held open by an unfinished request or an unread answer.
const N_SLOW: usize = 100;

/// The running clients. Dropping the value ends them.
pub(super) struct Clients {
    tasks: JoinSet<()>,
    n_guesses: Arc<AtomicUsize>,
}

impl Clients {
    /// Ends the clients and reports how many heartbeat tokens were tried.
    pub(super) async fn stopped(mut self) -> String {
        self.tasks.shutdown().await;
        format!("{} tokens guessed", self.n_guesses.load(Ordering::Relaxed))
    }
}

async fn connect(address: &str) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(ADDRESS.parse().unwrap())?;
    socket.connect(address.parse().unwrap()).await
}

/// Sends half a request and keeps the connection open.
async fn half_request(address: &str) -> std::io::Result<()> {
    let mut stream = connect(address).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: ").await?;
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}

/// Requests the page repeatedly on one connection and reads no answer.
async fn never_reads(address: &str) -> std::io::Result<()> {
    let mut stream = connect(address).await?;
    loop {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn guess(address: &str, number: usize) -> std::io::Result<()> {
    let mut stream = connect(address).await?;
    let head = format!(
        "POST /heartbeat/guess-{number:030} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}

/// Starts all clients against the server at `address`.
pub(super) fn start(address: &str) -> Clients {
    let mut tasks = JoinSet::new();
    for index in 0..N_SLOW {
        let address = address.to_owned();
        tasks.spawn(async move {
            loop {
                // If the server refuses or closes the connection, the attack continues on another
                // one.
                let _ = if index % 2 == 0 {
                    half_request(&address).await
                } else {
                    never_reads(&address).await
                };
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
    }
    let n_guesses = Arc::new(AtomicUsize::new(0));
    let (address, counter) = (address.to_owned(), Arc::clone(&n_guesses));
    tasks.spawn(async move {
        for number in 0.. {
            let _ = guess(&address, number).await;
            counter.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    Clients { tasks, n_guesses }
}
