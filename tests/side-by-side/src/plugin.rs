//! A plugin of the Monitoring Plugins project: a process for each check.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::usage::cpu_time_of_ended_children;

/// The work of a plugin, one process after the other.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PluginLoad {
    pub(crate) name: &'static str,
    pub(crate) n_checks: u32,
    pub(crate) cpu_ms_per_check: f64,
}

/// Runs the plugin again and again for the time `length`. No other child of this process may end meanwhile.
pub(crate) fn measure(
    folder: &Path,
    (name, arguments): (&'static str, &[String]),
    length: Duration,
) -> anyhow::Result<PluginLoad> {
    let program = ["lib/nagios/plugins", ""].map(|within| folder.join(within).join(name));
    let program = program.into_iter().find(|program| program.exists());
    let program =
        program.with_context(|| format!("no plugin `{name}` in `{}`", folder.display()))?;
    let before = cpu_time_of_ended_children()?;
    let start = Instant::now();
    let mut n_checks = 0;
    while start.elapsed() < length {
        let mut command = Command::new(&program);
        command.args(arguments);
        let output = command.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot start `{}`", program.display()))?;
        if !output.status.success() {
            let text = [output.stdout, output.stderr].concat();
            bail!("`{name}` failed: {}", String::from_utf8_lossy(&text));
        }
        n_checks += 1;
    }
    let cpu = cpu_time_of_ended_children()?.saturating_sub(before);
    Ok(PluginLoad {
        name,
        n_checks,
        cpu_ms_per_check: cpu.as_secs_f64() * 1000.0 / f64::from(n_checks),
    })
}
