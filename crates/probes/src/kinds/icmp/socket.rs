//! The socket of echo requests, of the kind that needs no rights of root.

use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::net::is_local_shortage;

/// The remedy if the kernel permits no echo requests.
const REMEDY: &str = "; permit it with `sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"`, which is \
                      for IPv6 too";

/// Opens a socket to the first address to which there is a route.
pub(super) fn open(addresses: &[IpAddr]) -> Result<(UdpSocket, IpAddr), Cause> {
    let mut unreachable = None;
    for address in addresses {
        let socket = create(*address).map_err(|error| not_permitted(&error))?;
        match socket.connect(&SocketAddr::new(*address, 0).into()) {
            Ok(()) => return Ok((registered(socket)?, *address)),
            Err(error) => unreachable = unreachable.or(Some((*address, error))),
        }
    }
    let what = match unreachable {
        Some((address, error)) => format!("no route to {address}: {error}"),
        None => "the name has no address".to_owned(),
    };
    Err(Cause::of(Reason::ConnectUnreachable, what))
}

fn create(address: IpAddr) -> Result<Socket, Error> {
    let (domain, protocol) = match address {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Returns the socket for the runtime. A socket of echo requests works as one of datagrams does.
fn registered(socket: Socket) -> Result<UdpSocket, Cause> {
    UdpSocket::from_std(socket.into()).map_err(|error| not_permitted(&error))
}

/// Returns the cause if this machine makes no socket: the monitor's fault.
fn not_permitted(error: &Error) -> Cause {
    if is_local_shortage(error) {
        let what = format!("cannot open a socket on this machine: {error}; raise its limits");
        return Cause::of(Reason::NotSent, what);
    }
    let remedy = if error.kind() == ErrorKind::PermissionDenied { REMEDY } else { "" };
    let what = format!("this machine permits no echo requests to Allclear: {error}{remedy}");
    Cause::of(Reason::CheckFailed, what)
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_machine_that_permits_no_requests_is_told_how_to() {
        for errno in [Errno::ACCESS, Errno::PERM] {
            let cause = not_permitted(&Error::from(errno));
            assert_eq!((cause.fault, cause.reason), (Fault::Monitor, Reason::CheckFailed));
            assert!(cause.message.contains("sysctl -w net.ipv4.ping_group_range"));
        }
        let cause = not_permitted(&Error::from(Errno::MFILE));
        assert_eq!((cause.fault, cause.reason), (Fault::Monitor, Reason::NotSent));
    }
}
