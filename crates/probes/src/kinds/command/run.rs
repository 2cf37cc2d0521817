//! One run of a program: in a process group of its own, limited in time and output.

use std::io::{Error, ErrorKind};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::output::PluginOutput;
use crate::net::is_local_shortage;

/// The time for which the output of a program that has ended is read. A process that left its group may keep the output
/// open.
const DRAIN_FOR: Duration = Duration::from_millis(200);

/// The time for which the end of a killed program is awaited.
const REAP_FOR: Duration = Duration::from_millis(5);

/// A running program.
#[derive(Debug)]
pub(super) struct PluginProcess {
    child: Child,
    group: PluginGroup,
    output: PluginOutput,
}

/// The end of a program.
#[derive(Debug)]
pub(super) enum PluginEnd {
    Exited(ExitStatus),
    /// Its time was over, and it was killed.
    OutOfTime,
    /// It wrote more than it may, and was killed.
    TooMuchOutput,
    /// The system does not tell its end.
    Lost(Error),
}

impl PluginProcess {
    /// Starts a program without standard input.
    pub(super) fn start(mut command: Command) -> Result<Self, Error> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let group = PluginGroup::of(&child);
        let output = PluginOutput::of(&mut child);
        Ok(Self { child, group, output })
    }

    /// Waits until the program ends, and kills all that is left of its group.
    pub(super) async fn wait(self, limit: Duration) -> (PluginEnd, PluginOutput) {
        let Self { mut child, mut group, mut output } = self;
        let waiting = async {
            tokio::select! {
                status = child.wait() => status.map_or_else(PluginEnd::Lost, PluginEnd::Exited),
                () = output.read_to_limit() => PluginEnd::TooMuchOutput,
            }
        };
        let end = timeout(limit, waiting).await.unwrap_or(PluginEnd::OutOfTime);
        // A process of the group in the background would otherwise stay, and could keep the output open. The number of
        // the group is not given to another one so soon, because the system counts up.
        group.kill();
        match end {
            PluginEnd::Exited(_) => {
                let _ = timeout(DRAIN_FOR.min(limit / 10), output.read_to_end()).await;
            }
            PluginEnd::OutOfTime | PluginEnd::TooMuchOutput | PluginEnd::Lost(_) => {
                // A process that the kernel does not let end yet is reaped by the runtime later.
                let _ = timeout(REAP_FOR, child.wait()).await;
            }
        }
        (end, output)
    }
}

/// The process group of a program. All its processes are killed when this is dropped, because a check may be cut off at any
/// time.
#[derive(Debug)]
struct PluginGroup(Option<Pid>);

impl PluginGroup {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    fn kill(&mut self) {
        if let Some(id) = self.0.take() {
            // Fails if the group has ended. `TERM` could be ignored.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for PluginGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns the cause if the system does not start a program.
pub(super) fn not_started(program: &Path, directory: &Path, error: &Error) -> Cause {
    let (program, shown) = (program.display(), directory.display());
    let is_limit = Errno::from_io_error(error) == Some(Errno::AGAIN);
    if is_local_shortage(error) || is_limit {
        let what = format!("this machine cannot start `{program}` now: {error}; raise its limits");
        return Cause::of(Reason::NotSent, what);
    }
    let kind = error.kind();
    let what = if kind == ErrorKind::NotFound && !directory.is_dir() {
        format!("the directory `{shown}` does not exist")
    } else if kind == ErrorKind::NotFound {
        format!("`{program}`, or the interpreter in its first line, does not exist on this machine")
    } else if kind == ErrorKind::PermissionDenied {
        format!("the user of Allclear may not execute `{program}` in `{shown}`")
    } else {
        format!("`{program}` cannot be started: {error}")
    };
    Cause::of(Reason::PluginUnknown, what)
}
