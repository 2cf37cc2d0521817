//! The DNS server, over UDP and TCP on one port. The zone decides the answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::{Edns, Message, Metadata, ResponseCode};
use hickory_proto::rr::{Name, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};

use crate::SimulatorError;
use crate::listener::Listener;
use crate::lock::lock;
use crate::world::World;
use crate::zone::Reply;

/// The time to live of an answer, in seconds.
const TTL: u32 = 1;
/// The size limit of a UDP answer if the client does not announce a larger one.
const UDP_LIMIT: usize = 512;
const GARBAGE: &[u8] = b"\xff\xfe this is no DNS message";

/// The two listeners of the DNS server. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct DnsServer {
    tcp: Listener,
    udp: Udp,
}

/// The task of the UDP side, aborted when dropped.
#[derive(Debug)]
struct Udp(JoinHandle<()>);

impl DnsServer {
    /// Starts the server. Must be called within a runtime.
    pub(crate) fn start(world: &Arc<World>, port: u16) -> Result<Self, SimulatorError> {
        let mut attempts = 0;
        loop {
            match Self::try_start(world, port) {
                // A port that is free for UDP may be in use for TCP.
                Err(SimulatorError::Listen { .. }) if port == 0 && attempts < 20 => attempts += 1,
                result => return result,
            }
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.tcp.address
    }

    /// Stops the server, and returns once its port is free.
    pub(crate) async fn stop(mut self) {
        self.tcp.stop().await;
        self.udp.0.abort();
        // The task was aborted, so its result does not matter.
        let _ = (&mut self.udp.0).await;
    }

    fn try_start(world: &Arc<World>, port: u16) -> Result<Self, SimulatorError> {
        let for_tcp = Arc::clone(world);
        let tcp = Listener::serve("dns", port, move |stream| {
            let world = Arc::clone(&for_tcp);
            async move {
                // A client that disconnects early is not an error of the server.
                let _ = serve_tcp(stream, &world).await;
            }
        })?;
        let failed = |source| SimulatorError::Listen { service: "dns", port, source };
        let socket =
            std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, tcp.address.port())).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let socket = UdpSocket::from_std(socket).map_err(failed)?;
        let udp = Udp(tokio::spawn(serve_udp(Arc::new(socket), Arc::clone(world))));
        Ok(Self { tcp, udp })
    }
}

impl Drop for Udp {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, world: Arc<World>) {
    // Owned by this task, so that aborting it also ends the delayed answers.
    let mut answers = JoinSet::new();
    let mut buffer = vec![0; 4096];
    loop {
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                // An error here reports that an earlier answer was not delivered.
                let Ok((n, client)) = received else { continue };
                let question = buffer.get(..n).unwrap_or_default().to_vec();
                let (socket, world) = (Arc::clone(&socket), Arc::clone(&world));
                answers.spawn(async move {
                    if let Some(answer) = answer(&question, &world, Transport::Udp).await {
                        // The client may have disconnected.
                        let _ = socket.send_to(&answer, client).await;
                    }
                });
            }
            Some(_) = answers.join_next() => {}
        }
    }
}

async fn serve_tcp(mut stream: TcpStream, world: &World) -> io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut question = vec![0; usize::from(length)];
        stream.read_exact(&mut question).await?;
        if let Some(answer) = answer(&question, world, Transport::Tcp).await {
            let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
            let mut framed = length.to_be_bytes().to_vec();
            framed.extend_from_slice(answer.get(..usize::from(length)).unwrap_or_default());
            stream.write_all(&framed).await?;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Udp,
    Tcp,
}

/// Returns the bytes of the answer; `None` if no answer must be sent.
async fn answer(question: &[u8], world: &World, transport: Transport) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?;
    let (delay, reply) =
        lock(&world.zone).ask(&query.name().to_ascii(), query.query_type(), world.clock.elapsed());
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let mut message = Message::query();
    message.metadata = Metadata::response_from_request(&question.metadata);
    message.metadata.authoritative = true;
    message.metadata.recursion_available = true;
    message.add_query(query.clone());
    if question.edns.is_some() {
        message.edns = Some(Edns::new());
    }
    match reply {
        Reply::Found { only_tcp: true, .. } if transport == Transport::Udp => {
            message.metadata.truncation = true;
        }
        Reply::Found { records, .. } => {
            for (name, data) in records {
                message.add_answer(Record::from_rdata(Name::from_ascii(&name).ok()?, TTL, data));
            }
        }
        Reply::NxDomain => message.metadata.response_code = ResponseCode::NXDomain,
        Reply::ServFail => message.metadata.response_code = ResponseCode::ServFail,
        Reply::Refused => message.metadata.response_code = ResponseCode::Refused,
        Reply::Silent => return None,
        Reply::WrongId => message.metadata.id = question.metadata.id.wrapping_add(1),
        Reply::Garbage => return Some(GARBAGE.to_vec()),
    }
    let bytes = message.to_vec().ok()?;
    let limit = question
        .edns
        .as_ref()
        .map_or(UDP_LIMIT, |edns| usize::from(edns.max_payload()).max(UDP_LIMIT));
    if transport == Transport::Udp && bytes.len() > limit {
        return message.truncate().to_vec().ok();
    }
    Some(bytes)
}
