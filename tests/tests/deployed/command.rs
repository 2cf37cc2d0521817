//! Running commands until they exit.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::waiting::eventually;

/// The result of a process that has exited.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; `None` if a signal ended the process.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Parses the standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs a command until it exits, within a time limit. The servers of the tests keep running
/// meanwhile.
pub(crate) async fn finished(mut command: Command, limit: Duration) -> Finished {
    let (mut stdout, mut stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.stdin(Stdio::null());
    command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
    let mut child = Ended(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")));
    let what = format!("the end of {command:?}");
    let status = eventually(&what, limit, async || child.0.try_wait().unwrap()).await;
    Finished { code: status.code(), stdout: text(&mut stdout), stderr: text(&mut stderr) }
}

/// A process that is killed on drop, so that a failed test ends it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Killing fails if the process has already exited, which is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
