//! A process that ends with the value that started it, also when the test fails.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::waiting::eventually;

/// A running process. What it prints goes to files, so that it never waits for a reader.
pub(crate) struct Process {
    child: Child,
    stdout: File,
    stderr: File,
}

/// What is left of a process that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// What it printed, as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Process {
    pub(crate) fn start(command: Command) -> Self {
        let what = format!("{command:?}");
        Self::try_start(command).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Starts it with a pipe at its standard input, through which comes this text.
    pub(crate) fn start_with_input(command: Command, input: &str) -> Self {
        let mut process = Self::spawn(command, Stdio::piped()).unwrap();
        let mut pipe = process.child.stdin.take().unwrap();
        // One that ends without reading says why.
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

    /// Waits for its end by itself.
    pub(crate) async fn finished(mut self, limit: Duration) -> Finished {
        let status = self.status(limit).await;
        Finished { code: status.code(), stdout: text(&self.stdout), stderr: self.stderr() }
    }

    /// Waits until it has printed a text to standard error, and returns the line.
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

    /// What it has printed to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// Ends it as a service manager does, and waits.
    pub(crate) async fn terminated(self, limit: Duration) -> Finished {
        // The shell has this built in; a program of this name is not everywhere.
        let kill = format!("kill -TERM {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "`{kill}`");
        self.finished(limit).await
    }

    /// Ends it at once, as a power cut does. It must not have ended before.
    pub(crate) fn killed(mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "it ended by itself with {ended:?}:\n{}", self.stderr());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end, at most so long.
    pub(crate) async fn status(&mut self, limit: Duration) -> ExitStatus {
        eventually("the end of a process", limit, async || self.child.try_wait().unwrap()).await
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The most memory that it has had at once so far, in kB; `None` once it has ended.
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
        // Where it has ended already there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The content of a file, read without moving the position at which the process writes.
fn text(file: &File) -> String {
    let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
