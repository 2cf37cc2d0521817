//! Checks of services beside `blackbox_exporter` and the Monitoring Plugins: the CPU time of each.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::blackbox::Blackbox;
use crate::client::Client;
use crate::plugin::{self, PluginLoad};
use crate::scenario::{Load, Meter, absolute};
use crate::servers::CheckedServer;
use crate::service::{PeerTarget, Service};
use crate::targets::INTERVAL;
use crate::{allclear, pace, progress};

/// The results of a run.
#[derive(Debug, Serialize)]
pub(crate) struct ServicesReport {
    n_monitors: usize,
    measured: Vec<MeasuredService>,
}

/// The result of one check.
#[derive(Debug, Serialize)]
struct MeasuredService {
    service: Service,
    allclear: Load,
    /// `blackbox_exporter` at the same rate and the same time.
    blackbox: Option<Load>,
    /// The plugin afterwards, without a pause.
    plugin: Option<PluginLoad>,
}

/// Measures each check with fresh processes.
pub(crate) async fn measure(
    arguments: &Arguments,
    plugins: &Path,
) -> anyhow::Result<ServicesReport> {
    let mut measured = Vec::new();
    let chosen = |one: &Service| arguments.services.is_empty() || arguments.services.contains(one);
    for service in Service::ALL.into_iter().filter(chosen) {
        let one = measure_one(service, arguments, plugins).await;
        measured.push(one.with_context(|| format!("the check `{}`", service.kind()))?);
    }
    Ok(ServicesReport { n_monitors: arguments.monitors, measured })
}

async fn measure_one(
    service: Service,
    arguments: &Arguments,
    plugins: &Path,
) -> anyhow::Result<MeasuredService> {
    let (settling, window) = (arguments.settling(), arguments.window_of_whole_intervals());
    progress(&format!("{}: {} s measured", service.kind(), window.as_secs()));
    let (folder, of_server) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let grpc = arguments.grpc_server.as_deref().unwrap_or_default();
    let server = CheckedServer::start(service, grpc, of_server.path()).await?;
    let config = allclear::config_of(&service.check(server.port), arguments.monitors);
    let program = absolute(&arguments.allclear)?;
    let mut process = allclear::start(&program, &config, folder.path()).await?;
    let page = allclear::page(&mut process).await?;
    let peer = blackbox(service, server.port, arguments, folder.path()).await?;
    tokio::time::sleep(settling).await;

    let meter = Meter::start(&process)?;
    let asking = async {
        let Some(peer) = &peer else { return Ok(None) };
        let interval = INTERVAL / u32::try_from(arguments.monitors)?;
        let meter = Meter::start(&peer.running)?;
        let n = pace::at_a_rate(peer.address, &peer.paths, interval, window).await?;
        Ok(Some(meter.read()?.over(usize::try_from(n)?)))
    };
    let waiting = async {
        tokio::time::sleep(window).await;
        meter.read()
    };
    let (blackbox, reading) = tokio::try_join!(asking, waiting)?;
    // Each monitor is checked once in each interval of the window.
    let n_intervals = usize::try_from(window.as_secs() / INTERVAL.as_secs())?;
    let allclear = reading.over(arguments.monitors * n_intervals);
    assert_all_healthy(page, arguments.monitors).await?;
    process.end().await?;
    if let Some(peer) = peer {
        peer.running.end().await?;
    }
    let plugin = match service.plugin(server.port) {
        Some((name, given)) => {
            Some(plugin::measure(plugins, (name, &given), arguments.saturation())?)
        }
        None => None,
    };
    server.end().await?;
    Ok(MeasuredService { service, allclear, blackbox, plugin })
}

async fn blackbox(
    service: Service,
    port: u16,
    arguments: &Arguments,
    folder: &Path,
) -> anyhow::Result<Option<Blackbox>> {
    let Some(module) = service.module() else { return Ok(None) };
    let target = match module.target {
        PeerTarget::Host => "127.0.0.1".to_owned(),
        PeerTarget::HostAndPort => format!("127.0.0.1:{port}"),
    };
    let paths = vec![format!("/probe?module=it&target={target}")];
    let modules = format!("modules:\n  it:\n{}", module.config);
    Blackbox::with_modules(&arguments.blackbox, &modules, paths, folder).await.map(Some)
}

/// Checks that every monitor succeeds: a failed check costs less, or more, than one that is compared.
async fn assert_all_healthy(page: std::net::SocketAddr, n_monitors: usize) -> anyhow::Result<()> {
    let metrics = Client::connect(page).await?.get("/metrics").await?;
    let text = String::from_utf8_lossy(&metrics);
    let healthy = |line: &&str| line.starts_with("probe_success{") && line.ends_with(" 1");
    let n_healthy = text.lines().filter(healthy).count();
    if n_healthy != n_monitors {
        bail!("{n_healthy} of {n_monitors} monitors are healthy");
    }
    Ok(())
}

impl fmt::Display for ServicesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} monitors every {} s, CPU ms per check\n",
            self.n_monitors,
            INTERVAL.as_secs()
        )?;
        writeln!(
            f,
            "{:10}{:>10}{:>10}{:>8}{:>14}{:>10}{:>8}",
            "check", "allclear", "blackbox", "ratio", "plugin", "", "ratio"
        )?;
        for one in &self.measured {
            let own = one.allclear.cpu_ms_per_check;
            write!(f, "{:10}{own:>10.3}", one.service.kind())?;
            match &one.blackbox {
                Some(peer) => {
                    let cpu = peer.cpu_ms_per_check;
                    write!(f, "{cpu:>10.3}{:>8.1}", cpu / own)?;
                }
                None => write!(f, "{:>10}{:>8}", "–", "–")?,
            }
            match &one.plugin {
                Some(PluginLoad { name, cpu_ms_per_check: cpu, .. }) => {
                    writeln!(f, "{name:>14}{cpu:>10.3}{:>8.1}", cpu / own)?;
                }
                None => writeln!(f, "{:>14}{:>10}{:>8}", "–", "–", "–")?,
            }
        }
        Ok(())
    }
}
