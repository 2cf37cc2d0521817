//! A listener on a port of 127.0.0.1 that ends all its connections when it ends.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::SimulatorError;

/// A served port. Dropping it ends the listener and its connections.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Serves each connection in a separate task. Must be called within a runtime.
    pub(crate) fn serve<F, S>(
        service: &'static str,
        port: u16,
        serve: F,
    ) -> Result<Self, SimulatorError>
    where
        F: Fn(TcpStream) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let failed = |source| SimulatorError::Listen { service, port, source };
        let listener = listen(port).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let accepted = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(accept(listener, Arc::clone(&accepted), serve));
        Ok(Self { address, accepted, task })
    }

    /// Returns the number of accepted connections.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Stops the listener and its connections, and returns once the port is free.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // The task was aborted, so its result does not matter.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port of 127.0.0.1 that refuses connections. It is bound, so that no other socket can take it,
/// and never listened on.
#[derive(Debug)]
pub(crate) struct RefusedPort {
    pub(crate) address: SocketAddr,
    _socket: TcpSocket,
}

impl RefusedPort {
    pub(crate) fn take() -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen { service: "refused", port: 0, source };
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(failed)?;
        Ok(Self { address: socket.local_addr().map_err(failed)?, _socket: socket })
    }
}

/// A port of 127.0.0.1 that does not answer a connection attempt, like a firewall that drops
/// packets. The accept queue is full and is never emptied. Linux drops further attempts; other
/// systems may refuse them.
#[derive(Debug)]
pub(crate) struct UnansweredPort {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    /// The connection that fills the queue.
    _filler: TcpStream,
}

impl UnansweredPort {
    pub(crate) async fn take() -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen { service: "unanswered", port: 0, source };
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(failed)?;
        // A queue of length 0 holds one connection.
        let listener = socket.listen(0).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let filler = TcpStream::connect(address).await.map_err(failed)?;
        Ok(Self { address, _listener: listener, _filler: filler })
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // The port must be available at once after a restart, even while its last connections are
    // closing.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    // A thousand clients may connect within the same millisecond.
    socket.listen(4096)
}

async fn accept<F, S>(listener: TcpListener, accepted: Arc<AtomicU64>, serve: F)
where
    F: Fn(TcpStream) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    // Owned by this task, so that aborting it also ends the connections.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => match connection {
                Ok((stream, _)) => {
                    accepted.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(serve(stream));
                }
                // Probably out of file descriptors: an immediate retry would only use processor
                // time.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
