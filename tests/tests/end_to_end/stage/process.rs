//! A process that is killed when its value is dropped, also if the test fails.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::waiting::eventually;

/// A running process. Its output goes to files, so that it never blocks on a reader.
pub(crate) struct Process {
    child: Child,
    stdout: File,
    stderr: File,
}

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

impl Process {
    pub(crate) fn start(command: Command) -> Self {
        let what = format!("{command:?}");
        Self::try_start(command).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Starts the process with `input` on its standard input.
    pub(crate) fn start_with_input(command: Command, input: &str) -> Self {
        let mut process = Self::spawn(command, Stdio::piped()).unwrap();
        let mut pipe = process.child.stdin.take().unwrap();
        // A process that exits without reading reports the cause itself.
        let _ = pipe.write_all(input.as_bytes());
        process
    }

    pub(crate) fn try_start(command: Command) -> std::io::Result<Self> {
        Self::spawn(command, Stdio::null())
    }

    fn spawn(mut command: Command, stdin: Stdio) -> std::io::Result<Self> {
        let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
        command.stdin(stdin).stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
        Ok(Self { child: command.spawn()?, stdout, stderr })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process exits.
    pub(crate) async fn finished(mut self, limit: Duration) -> Finished {
        let status = self.status(limit).await;
        Finished { code: status.code(), stdout: text(&self.stdout), stderr: self.stderr() }
    }

    /// Waits until the process has printed a text to standard error, and returns the line.
    pub(crate) async fn said(&mut self, wanted: &str, limit: Duration) -> String {
        eventually(&format!("`{wanted}` on standard error"), limit, async || {
            let said = self.stderr();
            if let Some(line) = said.lines().find(|line| line.contains(wanted)) {
                return Some(line.to_owned());
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended with {ended:?} and without `{wanted}`:\n{said}");
            None
        })
        .await
    }

    /// Returns the standard error so far.
    pub(crate) fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// Sends SIGTERM, as a service manager does, and waits for the exit.
    pub(crate) async fn terminated(self, limit: Duration) -> Finished {
        // `kill` is built into the shell; a program of this name does not exist everywhere.
        let kill = format!("kill -TERM {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "`{kill}`");
        self.finished(limit).await
    }

    /// Kills the process immediately, like a power failure. It must still be running.
    pub(crate) fn killed(mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "it ended by itself with {ended:?}:\n{}", self.stderr());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the exit for at most `limit`.
    pub(crate) async fn status(&mut self, limit: Duration) -> ExitStatus {
        eventually("the end of a process", limit, async || self.child.try_wait().unwrap()).await
    }

    /// Checks whether the process still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Returns the peak memory so far, in kB; `None` if the process has exited.
    pub(crate) fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("process {} said:\n{}", self.id(), self.stderr());
        }
        // Killing fails if the process has already exited, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the content of a file without moving the position at which the process writes.
fn text(file: &File) -> String {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
