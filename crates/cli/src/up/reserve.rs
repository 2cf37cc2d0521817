//! One process on one data folder, and taking it over from the process that has it.

use std::path::Path;
use std::time::Duration;

use allclear_local::{DataLock, DataLockError};

use crate::output;

/// The time that the other process gets to end: more than it waits for at its end.
const END_WITHIN: Duration = Duration::from_secs(30);

/// The reaction to another process that works in the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfInUse {
    /// Leave the folder to it.
    Refuse,
    /// Ask it to end, and wait until it has.
    TakeOver,
}

/// Reserves the data folder for this process.
pub(crate) fn reserve(folder: &Path, if_in_use: IfInUse) -> anyhow::Result<DataLock> {
    let holder = match (DataLock::acquire(folder, Duration::ZERO), if_in_use) {
        (Ok(lock), _) => return Ok(lock),
        (Err(DataLockError::InUse { holder: Some(holder), .. }), IfInUse::TakeOver) => holder,
        (Err(error @ DataLockError::InUse { .. }), IfInUse::Refuse) => {
            return Err(anyhow::anyhow!("{error}; end it first, or start with `--takeover`"));
        }
        (Err(error @ DataLockError::InUse { .. }), IfInUse::TakeOver) => {
            return Err(anyhow::anyhow!("{error}; it cannot be found from here: end it by hand"));
        }
        (Err(error @ DataLockError::Io { .. }), _) => return Err(error.into()),
    };
    output::note(&format!("asking process {holder} to end, to take over `{}`", folder.display()));
    ask_to_end(holder)?;
    DataLock::acquire(folder, END_WITHIN).map_err(|error| match error {
        DataLockError::InUse { .. } => {
            let waited = END_WITHIN.as_secs();
            anyhow::anyhow!("process {holder} has not ended within {waited} s; end it by hand")
        }
        DataLockError::Io { .. } => error.into(),
    })
}

#[cfg(unix)]
fn ask_to_end(id: u32) -> anyhow::Result<()> {
    use anyhow::Context as _;
    use rustix::process::{Pid, Signal, kill_process};

    // The id may be of a container that shares the folder, and be another program's here.
    let name = |id: &str| std::fs::read_to_string(format!("/proc/{id}/comm")).ok();
    anyhow::ensure!(
        name(&id.to_string()) == name("self"),
        "process {id} is not an `allclear` of this machine; end the other one by hand"
    );
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    let pid = pid.with_context(|| format!("{id} is no process id"))?;
    kill_process(pid, Signal::TERM).with_context(|| format!("process {id} cannot be asked to end"))
}

#[cfg(not(unix))]
fn ask_to_end(id: u32) -> anyhow::Result<()> {
    anyhow::bail!("end process {id} by hand")
}
