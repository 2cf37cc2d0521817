//! A minimal implementation of HTTP/1.1. Most of the faults are bytes that an HTTP library would
//! refuse to send, and a benchmark must not wait for its own target.
//!
//! The first segment of the path names the endpoint. `_inbox` is the recorder, `_simulator` the
//! administration, and `llm` the prefix of the providers.

mod admin;
mod bomb;
mod http2;
mod reply;
mod request;
mod write;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::endpoint::ScriptTurn;
use crate::llm;
use crate::world::World;

pub(crate) use http2::serve_http2;
pub(crate) use reply::{Answer, Reply};
use request::{ReadError, Request};
pub(crate) use write::wait_for_close;

/// A connection that can be reset.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// Makes the next close abrupt: RST in place of FIN.
    fn reset_when_dropped(&self) -> io::Result<()>;
}

impl Wire for TcpStream {
    fn reset_when_dropped(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset_when_dropped(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}

/// Serves one connection until either side closes it.
pub(crate) async fn serve(wire: impl Wire, world: &Arc<World>) {
    // Clients of a fault server are expected to disconnect early.
    let _ = requests(wire, world).await;
}

/// The time that a refused request may take to arrive before the connection is cut.
const LINGER: Duration = Duration::from_secs(1);

async fn requests(mut wire: impl Wire, world: &World) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        let request = match Request::read(&mut wire, &mut buffer).await {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(ReadError::Io(error)) => return Err(error),
            Err(ReadError::Refused(code, why)) => {
                write::error(&mut wire, code, why).await?;
                // Closing with unread bytes would reset the connection and lose the response.
                let _ = tokio::time::timeout(LINGER, wait_for_close(&mut wire)).await;
                return Ok(());
            }
        };
        if buffer.is_empty() {
            // Releases the buffer, so that thousands of hanging connections do not keep one each.
            buffer = BytesMut::new();
        }
        let reply = reply(&request, world).await;
        if !write::reply(&mut wire, &request, reply).await? {
            return Ok(());
        }
    }
}

/// Records the request and returns the reply, after the delay of its behavior.
async fn reply(request: &Request, world: &World) -> Reply {
    let now = world.clock.elapsed();
    let turn: ScriptTurn = match request.endpoint() {
        "_simulator" => return admin::handle(request, world),
        "llm" => return llm::reply(request.received(world.clock.timestamp(now)), world).await,
        "_inbox" => {
            let received = request.received(world.clock.timestamp(now));
            world.inboxes.get(&world.clock, request.inbox()).hit(now, Some(received))
        }
        name => world.endpoints.get(&world.clock, name).hit(now, None),
    };
    Reply::to(turn, &request.target).await
}
