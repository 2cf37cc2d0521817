//! `allclear up` with a config of many monitors.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use crate::arguments::Scenario;
use crate::child::Running;
use crate::simulator::Simulator;
use crate::targets::{INTERVAL, target_name};

/// Returns the config: all defaults except the interval, with a channel that needs no external
/// service.
pub(crate) fn config(
    scenario: Scenario,
    n_monitors: usize,
    simulator: &Simulator,
) -> anyhow::Result<String> {
    let mut text = head();
    for n in 0..n_monitors {
        let id = target_name(n);
        let url = simulator.url(scenario, &id);
        write!(text, "\n[[monitor]]\nid = \"{id}\"\ncheck.http.url = \"{url}\"\n")?;
        if scenario == Scenario::Https {
            writeln!(text, "check.http.tls.ca = \"{}\"", simulator.authority.display())?;
        }
    }
    Ok(text)
}

/// Returns the config of monitors of one check, in TOML.
pub(crate) fn config_of(check: &str, n_monitors: usize) -> String {
    let monitors =
        (0..n_monitors).map(|n| format!("\n[[monitor]]\nid = \"{}\"\n{check}\n", target_name(n)));
    head() + &monitors.collect::<String>()
}

fn head() -> String {
    format!(
        "[page]\ntitle = \"Side by side\"\n\n[defaults]\ninterval = \"{}s\"\nexpected_response_time = \"1s\"\n\n\
         [[channel]]\nid = \"log\"\nsend.log = {{}}\n",
        INTERVAL.as_secs()
    )
}

/// Returns the address of the page of a running program.
pub(crate) async fn page(running: &mut Running) -> anyhow::Result<SocketAddr> {
    let address = running
        .written(|text| {
            let (_, rest) = text.split_once("the page is at http://")?;
            rest.split(['/', '\n', ' ']).next()?.parse().ok()
        })
        .await?;
    Ok(address)
}

/// Starts the program on a new database, and waits until its page is served.
pub(crate) async fn start(program: &Path, config: &str, folder: &Path) -> anyhow::Result<Running> {
    std::fs::write(folder.join("allclear.toml"), config)?;
    let mut running = Running::start(program, ["up", "--listen", "127.0.0.1:0"], folder)?;
    running.written(|text| text.contains("the page is at").then_some(())).await?;
    Ok(running)
}
