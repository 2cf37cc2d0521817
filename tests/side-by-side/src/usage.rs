//! The resource usage of a process, from `/proc` of Linux.

use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

/// The unit of CPU times in `/proc`: always hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// The places of `utime` and of `cutime`, the 14th and the 16th field, after the name.
const OWN_TIME: usize = 11;
const CHILDREN_TIME: usize = 13;

/// Returns the CPU time of a process, in user and kernel mode.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = read(pid, "stat")?;
    ticks(&stat, OWN_TIME)
        .map(|ticks| TICK.saturating_mul(ticks))
        .with_context(|| format!("`/proc/{pid}/stat` is not as expected: {stat}"))
}

/// Returns the CPU time of the children of this process that have ended.
pub(crate) fn cpu_time_of_ended_children() -> anyhow::Result<Duration> {
    let stat = read(std::process::id(), "stat")?;
    ticks(&stat, CHILDREN_TIME)
        .map(|ticks| TICK.saturating_mul(ticks))
        .with_context(|| format!("`/proc/self/stat` is not as expected: {stat}"))
}

/// The present and the peak memory of a process, in MB of a million bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Memory {
    /// The peak, `VmHWM`.
    pub(crate) peak: f64,
    /// The present memory, `VmRSS`.
    pub(crate) resident: f64,
    /// The part of the present memory that is not backed by files, `RssAnon`.
    pub(crate) anonymous: f64,
}

/// Returns the memory of a process.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = read(pid, "status")?;
    let field = |name| {
        megabytes(&status, name).with_context(|| format!("`/proc/{pid}/status` has no `{name}`"))
    };
    Ok(Memory { peak: field("VmHWM:")?, resident: field("VmRSS:")?, anonymous: field("RssAnon:")? })
}

fn read(pid: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{pid}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read `{path}`"))
}

/// Returns the sum of a field after the name, such as `utime`, and the next one, such as `stime`. The second field,
/// the name, may contain spaces.
fn ticks(stat: &str, field: usize) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(field);
    let mut field = || fields.next()?.parse::<u32>().ok();
    Some(field()? + field()?)
}

fn megabytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_a_name_with_spaces_and_parentheses() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 31 11 5 2 20 0 5 0 99";
        assert_eq!(ticks(stat, OWN_TIME), Some(42));
        assert_eq!(ticks(stat, CHILDREN_TIME), Some(7));
        assert_eq!(ticks("7 (short) S 1", OWN_TIME), None);
    }

    #[test]
    fn memory_is_given_in_millions_of_bytes() {
        let status = "VmPeak:\t  9999 kB\nVmHWM:\t    1000 kB\n";
        assert_eq!(megabytes(status, "VmHWM:"), Some(1.024));
        assert_eq!(megabytes(status, "VmRSS:"), None);
    }

    #[test]
    fn the_usage_of_this_process_is_measured() {
        assert!(memory(std::process::id()).unwrap().peak > 0.1);
        assert!(cpu_time(std::process::id()).is_ok());
    }
}
