//! Prometheus' `blackbox_exporter`, which is requested over HTTP for each check, as by Prometheus.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::arguments::Scenario;
use crate::child::Running;
use crate::client::Client;
use crate::pace::Paths;
use crate::simulator::Simulator;
use crate::targets::{peer_name, target_name};

/// A running `blackbox_exporter`.
pub(crate) struct Blackbox {
    pub(crate) running: Running,
    pub(crate) address: SocketAddr,
    /// The requests for a check of each target.
    pub(crate) paths: Paths,
}

impl Blackbox {
    /// Starts the program for the targets of a scenario, and waits until it responds.
    pub(crate) async fn start(
        program: &Path,
        scenario: Scenario,
        n_targets: usize,
        simulator: &Simulator,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let path = |n| {
            let url = simulator.url(scenario, &peer_name(&target_name(n)));
            format!("/probe?module=http_2xx&target={url}")
        };
        let paths = (0..n_targets).map(path).collect();
        Self::with_modules(program, &config_text(&simulator.authority), paths, folder).await
    }

    /// Starts the program with a config, and waits until it responds.
    pub(crate) async fn with_modules(
        program: &Path,
        modules: &str,
        paths: Vec<String>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let config = folder.join("blackbox.yml");
        std::fs::write(&config, modules)?;
        let address = free_address()?;
        let arguments = [
            format!("--config.file={}", config.display()),
            format!("--web.listen-address={address}"),
            "--log.level=warn".to_owned(),
        ];
        let mut running = Running::start(program, arguments, folder)?;
        loop {
            running.check()?;
            if let Ok(mut client) = Client::connect(address).await {
                client.get("/-/healthy").await?;
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { running, address, paths: Arc::new(paths) })
    }
}

/// Returns a config with one module that makes the same check as allclear by default.
fn config_text(authority: &Path) -> String {
    format!(
        "modules:\n  http_2xx:\n    prober: http\n    timeout: 10s\n    http:\n      \
         preferred_ip_protocol: ip4\n      tls_config:\n        ca_file: {}\n",
        authority.display()
    )
}

/// Returns an address that was free a moment ago, because `blackbox_exporter` does not report its
/// port.
pub(crate) fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
