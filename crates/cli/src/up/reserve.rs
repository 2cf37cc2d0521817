//! One process on one data folder, and taking it over from the process that has it.
//!
//! Everything that can be checked while the other process works is checked before it is asked to
//! end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use allclear_local::{DataLock, DataLockError};
use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use crate::arguments::{Paths, Up};
use crate::local;
use crate::output;

/// The time that the other process gets to end: more than it waits for at its end.
const END_WITHIN: Duration = Duration::from_secs(30);

/// The time in which the address of a process that has ended becomes free.
const FREE_WITHIN: Duration = Duration::from_secs(2);

/// The time between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// The folder and the socket that only one process can have.
pub(crate) struct ReservedPlaces {
    pub(crate) folder: DataLock,
    /// `None` if nothing is served.
    pub(crate) listener: Option<TcpListener>,
}

/// Listens at the address.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| unusable(address))
}

fn unusable(address: SocketAddr) -> String {
    format!("cannot listen on {address}; choose another address with `--listen`")
}

/// Reserves the data folder and the address for this process.
pub(crate) async fn reserve(place: &Paths, options: &Up) -> anyhow::Result<ReservedPlaces> {
    let bound = if options.once { None } else { Some(TcpListener::bind(options.listen).await) };
    match DataLock::acquire(&place.data, Duration::ZERO) {
        Ok(folder) => {
            let listener = bound.transpose().with_context(|| unusable(options.listen))?;
            Ok(ReservedPlaces { folder, listener })
        }
        Err(DataLockError::InUse { holder: Some(holder), address, .. }) if options.takeover => {
            let other = Other { id: holder, address };
            take_over(place, options, bound, other).await
        }
        Err(error @ DataLockError::InUse { .. }) if options.takeover => {
            Err(anyhow::anyhow!("{error}; its process is not visible from here: end it by hand"))
        }
        Err(error @ DataLockError::InUse { .. }) => {
            Err(anyhow::anyhow!("{error}; end it first, or start with `--takeover`"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The process that works in the data folder.
#[derive(Debug, Clone, Copy)]
struct Other {
    id: u32,
    /// The address at which it serves, if known.
    address: Option<SocketAddr>,
}

async fn take_over(
    place: &Paths,
    options: &Up,
    bound: Option<io::Result<TcpListener>>,
    other: Other,
) -> anyhow::Result<ReservedPlaces> {
    let id = other.id;
    let untouched =
        || format!("cannot take over `{}`; process {id} continues", place.data.display());
    let bound = match bound {
        // Its address becomes free with its end.
        Some(Err(error))
            if error.kind() == io::ErrorKind::AddrInUse
                && other.address.is_some_and(|address| is_same(address, options.listen)) =>
        {
            None
        }
        Some(bound) => {
            let bound = bound.with_context(|| unusable(options.listen));
            Some(bound.with_context(untouched)?)
        }
        None => None,
    };
    local::check_store(place).with_context(untouched)?;
    output::note(&format!("asking process {id} to end, to take over `{}`", place.data.display()));
    ask_to_end(id)?;
    let folder = acquire_after_end(place, id).await?;
    let listener = match bound {
        Some(listener) => Some(listener),
        None if options.once => None,
        None => Some(listen_when_free(options.listen).await?),
    };
    Ok(ReservedPlaces { folder, listener })
}

/// Returns whether a process that listens at one address keeps another from listening at the other.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = |a: SocketAddr, b: SocketAddr| a.ip().is_unspecified() || a.ip() == b.ip();
    one.port() == other.port() && (covers(one, other) || covers(other, one))
}

/// Waits for the data folder. The signals of this process are received meanwhile.
async fn acquire_after_end(place: &Paths, id: u32) -> anyhow::Result<DataLock> {
    let until = Instant::now() + END_WITHIN;
    loop {
        match DataLock::acquire(&place.data, Duration::ZERO) {
            Ok(folder) => return Ok(folder),
            Err(DataLockError::InUse { .. }) if Instant::now() < until => sleep(PAUSE).await,
            Err(DataLockError::InUse { .. }) => {
                let waited = END_WITHIN.as_secs();
                anyhow::bail!("process {id} has not ended within {waited} s; end it by hand")
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn listen_when_free(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let until = Instant::now() + FREE_WITHIN;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < until => {
                sleep(PAUSE).await;
            }
            bound => return bound.with_context(|| unusable(address)),
        }
    }
}

#[cfg(unix)]
fn ask_to_end(id: u32) -> anyhow::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};

    // The id may be of a container that shares the folder, and be another program's here.
    let name = |id: &str| std::fs::read_to_string(format!("/proc/{id}/comm")).ok();
    anyhow::ensure!(
        name(&id.to_string()) == name("self"),
        "process {id} is not an `allclear` of this machine; end the other one by hand"
    );
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    let pid = pid.with_context(|| format!("invalid process id {id}"))?;
    kill_process(pid, Signal::TERM).with_context(|| format!("cannot send a signal to process {id}"))
}

#[cfg(not(unix))]
fn ask_to_end(id: u32) -> anyhow::Result<()> {
    anyhow::bail!("end process {id} by hand")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_conflicts_with_itself_and_with_the_wildcard_of_its_port() {
        for (one, other, same) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "[::]:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
        ] {
            assert_eq!(
                is_same(one.parse().unwrap(), other.parse().unwrap()),
                same,
                "{one} {other}"
            );
        }
    }
}
