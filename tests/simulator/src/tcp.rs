//! TCP services that do not use HTTP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::SimulatorError;
use crate::http::wait_for_close;
use crate::listener::Listener;
use crate::lock::lock;

/// The behavior of a TCP service for each connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TcpBehavior {
    /// Sends this text, then waits for the client to close.
    Banner(String),
    /// Sends back all received data.
    Echo,
    /// Sends nothing, and waits for the client to close.
    Hang,
    /// Resets the connection (RST) at once.
    Reset,
    /// Closes the connection (FIN) at once.
    Close,
}

/// The TCP services, each started at its first use.
#[derive(Debug, Default)]
pub(crate) struct TcpServices(Mutex<HashMap<TcpBehavior, Listener>>);

impl TcpServices {
    pub(crate) fn address(&self, behavior: TcpBehavior) -> Result<SocketAddr, SimulatorError> {
        let mut services = lock(&self.0);
        if let Some(listener) = services.get(&behavior) {
            return Ok(listener.address);
        }
        let served = behavior.clone();
        let listener = Listener::serve("tcp", 0, move |stream| {
            let behavior = served.clone();
            async move {
                // Clients of a fault server are expected to disconnect early.
                let _ = connection(stream, behavior).await;
            }
        })?;
        let address = listener.address;
        services.insert(behavior, listener);
        Ok(address)
    }

    pub(crate) fn connections(&self, behavior: &TcpBehavior) -> u64 {
        lock(&self.0).get(behavior).map_or(0, Listener::accepted)
    }
}

async fn connection(mut stream: TcpStream, behavior: TcpBehavior) -> std::io::Result<()> {
    match behavior {
        TcpBehavior::Banner(text) => {
            stream.write_all(text.as_bytes()).await?;
            wait_for_close(&mut stream).await
        }
        TcpBehavior::Echo => {
            let mut buffer = vec![0; 4096];
            loop {
                let n = stream.read(&mut buffer).await?;
                match buffer.get(..n) {
                    Some([]) | None => return Ok(()),
                    Some(bytes) => stream.write_all(bytes).await?,
                }
            }
        }
        TcpBehavior::Hang => wait_for_close(&mut stream).await,
        TcpBehavior::Reset => stream.set_zero_linger(),
        TcpBehavior::Close => Ok(()),
    }
}
