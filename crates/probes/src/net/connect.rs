//! Opening a TCP connection: to one address, or to the first of several that answers.

use std::collections::VecDeque;
use std::io::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use allclear_core::outcome::Cause;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use url::Host;

use super::Resolver;
use super::failure::not_connected;
use super::family::AddressFamily;
use crate::attempt::{Attempt, AttemptPhase};

/// The time that an address has before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// The most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Resolves the host and opens a connection to it.
pub(crate) async fn connect(
    resolver: &Resolver,
    host: &Host,
    port: u16,
    family: AddressFamily,
    attempt: &mut Attempt,
) -> Result<TcpStream, Cause> {
    let addresses = resolver.addresses(host, family, attempt).await?;
    connect_to(&addresses, port, attempt).await
}

/// Opens a connection to the first of the addresses that answers. Each has a head start over the
/// next; one that fails hands over at once.
pub(crate) async fn connect_to(
    addresses: &[IpAddr],
    port: u16,
    attempt: &mut Attempt,
) -> Result<TcpStream, Cause> {
    attempt.enter(AttemptPhase::Connect);
    attempt.note_addresses(addresses);
    let stream = match addresses {
        [only] => {
            let address = SocketAddr::new(*only, port);
            TcpStream::connect(address).await.map_err(|error| not_connected(&error, address))?
        }
        several => race(several, port).await?,
    };
    // Requests are written whole, so waiting for more to send with them only costs time.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn race(addresses: &[IpAddr], port: u16) -> Result<TcpStream, Cause> {
    let mut waiting: VecDeque<SocketAddr> = alternate(addresses)
        .into_iter()
        .take(MAX_ADDRESSES)
        .map(|ip| SocketAddr::new(ip, port))
        .collect();
    let n_addresses = waiting.len();
    let mut running = FuturesUnordered::new();
    let mut last: Option<(SocketAddr, Error)> = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            running.push(async move { (address, TcpStream::connect(address).await) });
        }
        let next = if waiting.is_empty() {
            running.next().await
        } else {
            match tokio::time::timeout(HEAD_START, running.next()).await {
                Ok(next) => next,
                Err(_) => continue,
            }
        };
        match next {
            Some((_, Ok(stream))) => return Ok(stream),
            Some((address, Err(error))) => last = Some((address, error)),
            None if waiting.is_empty() => break,
            None => {}
        }
    }
    let (peer, error) = match last {
        Some((address, error)) if n_addresses > 1 => {
            (format!("{address} and {} other addresses", n_addresses - 1), error)
        }
        Some((address, error)) => (address.to_string(), error),
        None => ("a name without addresses".to_owned(), Error::other("no address")),
    };
    Err(not_connected(&error, peer))
}

/// Orders the addresses so that the families alternate, beginning with that of the first address.
fn alternate(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut first, mut second): (VecDeque<IpAddr>, VecDeque<IpAddr>) =
        addresses.iter().partition(|ip| ip.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(addresses.len());
    while !(first.is_empty() && second.is_empty()) {
        ordered.extend(first.pop_front());
        ordered.extend(second.pop_front());
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use allclear_core::reason::Reason;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    fn v4(last: u8) -> IpAddr {
        IpAddr::from(Ipv4Addr::new(127, 0, 0, last))
    }

    #[test]
    fn families_take_turns() {
        let v6 = IpAddr::from(Ipv6Addr::LOCALHOST);
        assert_eq!(alternate(&[v6, v4(1), v4(2)]), [v6, v4(1), v4(2)]);
        assert_eq!(alternate(&[v4(1), v4(2), v6]), [v4(1), v6, v4(2)]);
    }

    #[tokio::test]
    async fn a_refusing_address_is_followed_by_the_next() {
        let listener = TcpListener::bind((v4(1), 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stream = connect_to(&[v4(3), v4(2), v4(1)], port, &mut Attempt::start()).await;
        assert_eq!(stream.unwrap().peer_addr().unwrap().ip(), v4(1));
    }

    #[tokio::test]
    async fn if_all_addresses_refuse_the_cause_has_their_number() {
        let bound = TcpSocket::new_v4().unwrap();
        bound.bind(SocketAddr::new(v4(1), 0)).unwrap();
        let port = bound.local_addr().unwrap().port();
        let cause = connect_to(&[v4(1), v4(2)], port, &mut Attempt::start()).await.unwrap_err();
        assert_eq!(cause.reason, Reason::ConnectRefused);
        assert!(cause.message.ends_with("and 1 other addresses"), "{}", cause.message);
    }
}
