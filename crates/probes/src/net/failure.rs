//! The meaning of errors of the operating system for a check.

use std::fmt::Display;
use std::io::{Error, ErrorKind};

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustix::io::Errno;

use crate::tls::refused_client;

/// Returns whether the error shows that this machine has run out of a resource, which is no target's fault.
pub(crate) fn is_local_shortage(error: &Error) -> bool {
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    error.kind() == ErrorKind::AddrNotAvailable
        || Errno::from_io_error(error).is_some_and(|errno| shortages.contains(&errno))
}

/// Returns the cause if the connection to `peer` failed.
pub(super) fn not_connected(error: &Error, peer: impl Display) -> Cause {
    if is_local_shortage(error) {
        return Cause::of(
            Reason::NotSent,
            format!(
                "cannot open a connection on this machine: {error}; raise its limits or check \
                 fewer targets at once"
            ),
        );
    }
    let kind = error.kind();
    if kind == ErrorKind::PermissionDenied {
        let what = format!("this machine does not allow a connection to {peer}: {error}");
        return Cause::of(Reason::NotSent, what);
    }
    let (reason, what) = if kind == ErrorKind::ConnectionRefused {
        (Reason::ConnectRefused, format!("connection refused by {peer}"))
    } else if kind == ErrorKind::TimedOut {
        (Reason::ConnectTimeout, format!("{peer} does not answer"))
    } else if matches!(kind, ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) {
        (Reason::ConnectionClosed, format!("{peer} closed the connection at once"))
    } else {
        (Reason::ConnectUnreachable, format!("no route to {peer}: {error}"))
    };
    Cause::of(reason, what)
}

/// Returns the cause if a connection broke. `doing` completes "the connection broke while …".
pub(crate) fn broken(error: &Error, doing: &str) -> Cause {
    if let Some(cause) = refused_client(error) {
        return cause;
    }
    let kind = error.kind();
    let what = if kind == ErrorKind::ConnectionReset {
        format!("the target reset the connection while {doing}")
    } else if matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe) {
        format!("the target closed the connection while {doing}")
    } else {
        format!("the connection broke while {doing}: {error}")
    };
    Cause::of(Reason::ConnectionClosed, what)
}

#[cfg(test)]
mod tests {
    use allclear_core::status::Fault;

    use super::*;

    #[test]
    fn a_shortage_on_this_machine_is_not_the_targets_fault() {
        for errno in [Errno::MFILE, Errno::NOBUFS, Errno::ADDRNOTAVAIL] {
            let cause = not_connected(&Error::from(errno), "192.0.2.1:80");
            assert_eq!((cause.fault, cause.reason), (Fault::Monitor, Reason::NotSent));
        }
        let cause = not_connected(&Error::from(Errno::NETUNREACH), "192.0.2.1:80");
        assert_eq!((cause.fault, cause.reason), (Fault::Target, Reason::ConnectUnreachable));
    }
}
