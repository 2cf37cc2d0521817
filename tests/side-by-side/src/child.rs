//! A process that ends with this one.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// The time limit for a process to become ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// The password of all servers, in the secret `probe`.
pub(crate) const PASSWORD: &str = "correct-horse";

/// A running process. It is killed when this value is dropped.
pub(crate) struct Running {
    name: String,
    child: Child,
    pid: u32,
    log: PathBuf,
}

impl Running {
    /// Starts `program`, with its output in a file in `folder`.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let name =
            program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env("ALLCLEAR_LOG", "warn")
            .env("ALLCLEAR_SECRET_PROBE", PASSWORD)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let pid = child.id().with_context(|| format!("`{name}` ended at once"))?;
        Ok(Self { name, child, pid, log })
    }

    /// Runs a program to its end.
    pub(crate) async fn to_end(mut command: Command) -> anyhow::Result<()> {
        let output = command.output().await.with_context(|| format!("cannot start {command:?}"))?;
        if !output.status.success() {
            bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Returns the process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until `find` finds a value in the output.
    pub(crate) async fn written<T>(
        &mut self,
        find: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&self.log)?;
            if let Some(found) = find(&text) {
                return Ok(found);
            }
            self.check()?;
            if Instant::now() > deadline {
                bail!("`{}` is not ready after {PATIENCE:?}; it wrote:\n{text}", self.name);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Checks that the process has not ended.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            let text = std::fs::read_to_string(&self.log)?;
            bail!("`{}` ended ({status}); it wrote:\n{text}", self.name);
        }
        Ok(())
    }

    /// Kills the process and waits until it has ended.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.check()?;
        self.child.kill().await.with_context(|| format!("cannot end `{}`", self.name))
    }
}
