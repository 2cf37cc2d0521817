//! A scenario: starts the processes, lets them settle, and measures them over a window.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::arguments::{Arguments, Scenario};
use crate::blackbox::Blackbox;
use crate::child::Running;
use crate::interval_stats::{IntervalStats, busiest_second, rhythm};
use crate::simulator::Simulator;
use crate::targets::{INTERVAL, target_name};
use crate::usage::{Memory, cpu_time, memory};
use crate::{allclear, pace, progress};

/// The result of one scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) scenario: Scenario,
    /// The length of the window, in seconds.
    pub(crate) window_s: f64,
    pub(crate) allclear: Load,
    /// The gaps of the targets that respond.
    pub(crate) rhythm: IntervalStats,
    /// The largest number of checks in a second, divided by the mean.
    pub(crate) busiest_second: f64,
    /// The load of `blackbox_exporter` in the same window.
    pub(crate) peer: Option<Load>,
    /// The load of `blackbox_exporter` afterwards, with requests without a pause.
    pub(crate) peer_saturated: Option<Load>,
}

/// The work and the resource usage of a process.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Load {
    pub(crate) n_checks: usize,
    pub(crate) checks_per_s: f64,
    /// The CPU time of the whole process per check, in milliseconds.
    pub(crate) cpu_ms_per_check: f64,
    pub(crate) memory: Memory,
}

/// Measures one scenario with fresh processes.
pub(crate) async fn measure(scenario: Scenario, arguments: &Arguments) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let (settling, window) = (arguments.settling(), arguments.window());
    progress(&format!(
        "{}: {} monitors, {} s to settle and {} s measured",
        scenario.title(),
        arguments.monitors,
        settling.as_secs(),
        window.as_secs()
    ));
    let mut simulator = Simulator::start(&absolute(&arguments.simulator)?, folder.path()).await?;
    let config = allclear::config(scenario, arguments.monitors, &simulator)?;
    let process = allclear::start(&absolute(&arguments.allclear)?, &config, folder.path()).await?;
    let peer = if scenario.has_peer() {
        let program = &arguments.blackbox;
        let start =
            Blackbox::start(program, scenario, arguments.monitors, &simulator, folder.path());
        Some(start.await?)
    } else {
        None
    };
    tokio::time::sleep(settling).await;

    let names = || (0..arguments.monitors).map(target_name);
    let hanging = (0..arguments.monitors).filter(|n| scenario.hangs(*n)).map(target_name);
    simulator.hang(hanging).await?;
    simulator.clear_hits().await?;
    let meter = Meter::start(&process)?;
    let (peer_load, ()) = tokio::try_join!(asking_the_peer(peer.as_ref(), arguments), async {
        tokio::time::sleep(window).await;
        Ok(())
    })?;
    let reading = meter.read()?;
    let mut hits = simulator.hits().await?;
    hits.retain(|name, _| name.starts_with("service-"));
    let load = reading.over(hits.values().map(Vec::len).sum());
    process.end().await?;

    let answering: BTreeMap<String, Vec<i64>> = names()
        .enumerate()
        .filter(|(n, _)| !scenario.hangs(*n))
        .map(|(_, name)| (name.clone(), hits.get(&name).cloned().unwrap_or_default()))
        .collect();
    let peer_saturated = match peer {
        Some(peer) => Some(run_saturated_peer(peer, arguments).await?),
        None => None,
    };
    simulator.end().await?;
    Ok(Measured {
        scenario,
        window_s: reading.elapsed.as_secs_f64(),
        allclear: load,
        rhythm: rhythm(answering.values().map(Vec::as_slice), INTERVAL.as_secs_f64())
            .context("no target was checked twice within the window")?,
        busiest_second: busiest_second(hits.values().flatten().copied(), window.as_secs())
            .context("nothing was checked within the window")?,
        peer: peer_load,
        peer_saturated,
    })
}

/// Requests as many checks as allclear makes, over the whole window.
async fn asking_the_peer(
    peer: Option<&Blackbox>,
    arguments: &Arguments,
) -> anyhow::Result<Option<Load>> {
    let Some(peer) = peer else { return Ok(None) };
    let interval = INTERVAL / u32::try_from(arguments.monitors)?;
    let meter = Meter::start(&peer.running)?;
    let window = arguments.window();
    let n = pace::at_a_rate(peer.address, &peer.paths, interval, window).await?;
    Ok(Some(meter.read()?.over(usize::try_from(n)?)))
}

async fn run_saturated_peer(peer: Blackbox, arguments: &Arguments) -> anyhow::Result<Load> {
    let length = arguments.saturation();
    progress(&format!("blackbox_exporter without a pause: {} s", length.as_secs()));
    let meter = Meter::start(&peer.running)?;
    let n = pace::without_a_pause(peer.address, &peer.paths, length).await?;
    let load = meter.read()?.over(usize::try_from(n)?);
    peer.running.end().await?;
    Ok(load)
}

/// A measured process.
pub(crate) struct Meter {
    pid: u32,
    began: Instant,
    cpu: Duration,
}

/// The resource usage of a process since the measurement began.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) elapsed: Duration,
    cpu: Duration,
    memory: Memory,
}

impl Meter {
    pub(crate) fn start(process: &Running) -> anyhow::Result<Self> {
        let pid = process.pid();
        Ok(Self { pid, began: Instant::now(), cpu: cpu_time(pid)? })
    }

    pub(crate) fn read(&self) -> anyhow::Result<Reading> {
        Ok(Reading {
            elapsed: self.began.elapsed(),
            cpu: cpu_time(self.pid)?.saturating_sub(self.cpu),
            memory: memory(self.pid)?,
        })
    }
}

impl Reading {
    /// Converts the usage to the load of `n_checks`.
    pub(crate) fn over(self, n_checks: usize) -> Load {
        Load {
            n_checks,
            checks_per_s: n_checks as f64 / self.elapsed.as_secs_f64(),
            cpu_ms_per_check: self.cpu.as_secs_f64() * 1000.0 / n_checks as f64,
            memory: self.memory,
        }
    }
}

/// Returns the absolute path of the program, because each process runs in its own folder.
pub(crate) fn absolute(program: &Path) -> anyhow::Result<std::path::PathBuf> {
    program
        .canonicalize()
        .with_context(|| format!("no program `{}`: `scripts/bench` builds it", program.display()))
}
