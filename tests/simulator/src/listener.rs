//! Listening on a port of 127.0.0.1, and ending every connection with the listener.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::SimulatorError;

/// A port that is being served. Dropping it ends the listener and its connections.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Serves each connection in a task of its own. Must be called within a runtime.
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

    /// How many connections were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Ends the listener and its connections, and returns once the port is free.
    pub(crate) async fn stop(mut self) {
        self.task.abort();
        // It was aborted: there is no result to look at.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A port of 127.0.0.1 where connections are refused: bound, so that no other socket can take it, and never
/// listened on.
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

/// A port of 127.0.0.1 where a connection attempt gets no answer, as behind a firewall that drops packets:
/// nobody accepts, and the queue for accepting is full. Linux drops what does not fit; other systems may refuse it.
#[derive(Debug)]
pub(crate) struct UnansweredPort {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    /// Fills the queue.
    _filler: TcpStream,
}

impl UnansweredPort {
    pub(crate) async fn take() -> Result<Self, SimulatorError> {
        let failed = |source| SimulatorError::Listen { service: "unanswered", port: 0, source };
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(failed)?;
        // A queue of length 0 holds one.
        let listener = socket.listen(0).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let filler = TcpStream::connect(address).await.map_err(failed)?;
        Ok(Self { address, _listener: listener, _filler: filler })
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // The port must be free again at once after a restart, whatever its last connections still do.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    // A thousand clients may connect in the same millisecond.
    socket.listen(4096)
}

async fn accept<F, S>(listener: TcpListener, accepted: Arc<AtomicU64>, serve: F)
where
    F: Fn(TcpStream) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    // Owned by this task, so that aborting it ends the connections as well.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => match connection {
                Ok((stream, _)) => {
                    accepted.fetch_add(1, Ordering::Relaxed);
                    connections.spawn(serve(stream));
                }
                // Out of file descriptors, most likely: trying again at once would only burn the processor.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
