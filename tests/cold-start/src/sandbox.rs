//! A process with a share of a core and its resource usage.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// The period of a CPU quota, in microseconds; the same as on Lambda.
const PERIOD_US: u32 = 20_000;

/// A group of processes with a share of a core.
pub(crate) struct Group {
    folder: PathBuf,
}

impl Group {
    /// Creates a group with `percent` of a core. Fails if cgroups cannot be written.
    pub(crate) fn with_share(percent: f64) -> anyhow::Result<Self> {
        let name = format!("allclear-cold-start-{}", std::process::id());
        let quota = (f64::from(PERIOD_US) * percent / 100.0).round();
        let first = Path::new("/sys/fs/cgroup/cpu");
        let group = if first.is_dir() {
            let group = Self { folder: first.join(name) };
            fs::create_dir_all(&group.folder)?;
            fs::write(group.folder.join("cpu.cfs_period_us"), PERIOD_US.to_string())?;
            fs::write(group.folder.join("cpu.cfs_quota_us"), format!("{quota}"))?;
            group
        } else {
            let group = Self { folder: Path::new("/sys/fs/cgroup").join(name) };
            fs::create_dir_all(&group.folder)?;
            fs::write(group.folder.join("cpu.max"), format!("{quota} {PERIOD_US}"))?;
            group
        };
        Ok(group)
    }

    fn add(&self, pid: u32) -> anyhow::Result<()> {
        Ok(fs::write(self.folder.join("cgroup.procs"), pid.to_string())?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}

/// A started process.
pub(crate) struct Sandbox {
    child: Child,
    pid: u32,
    began: Instant,
    /// The CPU time of the process before it became the program.
    used_before: Duration,
}

impl Sandbox {
    /// Starts `program` with only `environment`, in `group`. The measured time begins when the
    /// program replaces the shell that waits for it.
    pub(crate) async fn start(
        program: &Path,
        environment: &[(String, String)],
        group: Option<&Group>,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read -r _; exec \"$0\""])
            .arg(program)
            .env_clear()
            .envs(environment.iter().cloned())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start `{}`", program.display()))?;
        let pid = child.id().context("the process ended at once")?;
        if let Some(group) = group {
            group.add(pid)?;
        }
        let mut stdin = child.stdin.take().context("it has no input")?;
        let used_before = cpu(pid)?;
        let began = Instant::now();
        stdin.write_all(b"\n").await?;
        Ok(Self { child, pid, began, used_before })
    }

    /// Returns the time from the start to `at`.
    pub(crate) fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began)
    }

    /// Returns the CPU time of the program.
    pub(crate) fn used(&self) -> anyhow::Result<Duration> {
        Ok(cpu(self.pid)?.saturating_sub(self.used_before))
    }

    /// Returns the peak resident memory, in kilobytes.
    pub(crate) fn peak_kb(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.context("the system does not say how much memory a process had")
    }

    /// Ends the process.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

/// Returns the CPU time of all threads of a process, to the nanosecond.
fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let schedstat = fs::read_to_string(thread?.path().join("schedstat"))?;
        let on_cpu = schedstat.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok());
        total += on_cpu.context("the kernel does not count CPU time by thread")?;
    }
    Ok(Duration::from_nanos(total))
}
