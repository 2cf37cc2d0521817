//! A process, its share of a core, and what it used.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// Over which time a quota counts, in microseconds, as on Lambda.
const PERIOD_US: u32 = 20_000;

/// A group of processes with a share of a core.
pub(crate) struct Group {
    folder: PathBuf,
}

impl Group {
    /// A new group with `percent` of a core. Fails where groups cannot be written.
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

/// A process that was started.
pub(crate) struct Sandbox {
    child: Child,
    pid: u32,
    began: Instant,
    /// What the process had used before it became the program.
    used_before: Duration,
}

impl Sandbox {
    /// Starts `program` with `environment` and nothing else, in `group`. Time counts from the moment
    /// at which the program takes the place of a shell that waits for it.
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
            .with_context(|| format!("`{}` cannot be started", program.display()))?;
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

    /// How long after its start `at` is.
    pub(crate) fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began)
    }

    /// The CPU time that it has used.
    pub(crate) fn used(&self) -> anyhow::Result<Duration> {
        Ok(cpu(self.pid)?.saturating_sub(self.used_before))
    }

    /// The most memory that it had resident, in kilobytes.
    pub(crate) fn peak_kb(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.context("the system does not say how much memory a process had")
    }

    /// Ends it.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

/// The CPU time of all threads of a process, to the nanosecond.
fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let schedstat = fs::read_to_string(thread?.path().join("schedstat"))?;
        let on_cpu = schedstat.split_whitespace().next().and_then(|ns| ns.parse::<u64>().ok());
        total += on_cpu.context("the kernel does not count CPU time by thread")?;
    }
    Ok(Duration::from_nanos(total))
}
