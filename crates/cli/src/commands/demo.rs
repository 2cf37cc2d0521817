//! `allclear demo`: made-up services with a past, an outage and its end, all on this machine.
//!
//! Only the services and their past are fictitious. They are watched by the same code as in
//! `allclear up`.

mod message;
mod tour;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::ports::CommitState;
use allclear_core::rollup::Period;
use allclear_demo::Chronicle;
use allclear_local::EnvironmentSecrets;
use allclear_simulator::{Simulator, TcpBehavior};
use anyhow::Context as _;

use crate::arguments::{Demo, Paths};
use crate::clock::now;
use crate::local::{Access, Machine, load_text};
use crate::up::live::Verbosity;
use crate::up::{ProcessSignals, Reload, StopReason, UpOptions};
use crate::{output, up};

const TEMPLATE: &str = include_str!("demo/demo.toml");

/// Name of the config in messages, and of its file in the demo's folder.
const CONFIG_FILE: &str = "demo.toml";

/// Plays the demo.
pub(crate) async fn run(options: &Demo, signals: ProcessSignals) -> anyhow::Result<ExitCode> {
    let ProcessSignals { mut stops, hangups } = signals;
    let simulator = Simulator::start(allclear_simulator::Config::default())
        .await
        .context("cannot start the simulator")?;
    let folder = tempfile::Builder::new()
        .prefix("allclear-demo-")
        .tempdir()
        .context("cannot create a temporary folder")?;
    let text = config_text(&simulator, options.listen, now())?;
    let place = Paths::new(folder.path().join(CONFIG_FILE), folder.path().join("data"));
    // Nothing here reads the file: it is for other commands to look at the demo with.
    std::fs::write(&place.config, &text)
        .with_context(|| format!("cannot write `{}`", place.config.display()))?;
    allclear_local::create_private_folder(&place.data)
        .with_context(|| format!("cannot create `{}`", place.data.display()))?;
    let secrets = EnvironmentSecrets::new([
        ("ALLCLEAR_SECRET_SLACK".to_owned(), simulator.inbox_url(tour::INBOX)),
        ("ALLCLEAR_SECRET_OPENAI".to_owned(), "demo-key-of-openai".to_owned()),
        ("ALLCLEAR_SECRET_ANTHROPIC".to_owned(), tour::ANTHROPIC_KEY.to_owned()),
    ]);
    let machine = Machine::with(load_text(CONFIG_FILE, &text)?, &place, secrets, Access::Record)?;
    write_history(&*machine.store, &machine.config, now()).await?;

    let tour = tour::Tour::new(simulator, &machine, &place);
    tour.prepare().await?;
    let end = async {
        match options.lasting {
            Some(lasting) => tokio::time::sleep(lasting).await,
            None => std::future::pending().await,
        }
    };
    let stop = async {
        tokio::select! {
            () = stops.next() => {}
            () = end => {}
            () = tour.play() => {}
        }
        StopReason::Asked
    };
    // The tour prints the messages that are sent.
    let listener = up::listen(options.listen).await?;
    let (reload, shown) = (Reload::Never, Verbosity::Statuses);
    let code = up::run(machine, UpOptions { listener, hangups, reload, shown }, stop).await?;
    let at = folder.path().display().to_string();
    folder.close().with_context(|| format!("cannot remove `{at}`; remove it by hand"))?;
    output::note("the demo has ended and its files are removed");
    Ok(code)
}

/// Commits the history of the demo's services up to `now`.
async fn write_history(
    store: &impl CommitState,
    config: &Config,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (kinds, chronicle) = (allclear_probes::kinds(), &Chronicle::DEMO);
    let (state, decision) = allclear_demo::history(config, kinds, chronicle, now)?;
    store.commit(&ShardId::main(), 0, &state, &decision).await?;
    Ok(())
}

/// Returns the config of the demo's services, at the simulator's addresses.
fn config_text(
    simulator: &Simulator,
    listen: SocketAddr,
    now: Timestamp,
) -> anyhow::Result<String> {
    let tomorrow = Period::Day.end_of(Period::Day.start_of(now));
    let database = simulator.tcp_address(TcpBehavior::Banner("ready\n".to_owned()))?;
    let page_url = page_url(listen).map_or_else(String::new, |url| format!("url = \"{url}\""));
    Ok(TEMPLATE
        .replace("@PAGE_URL@", &page_url)
        .replace("@HTTP@", &simulator.http_url(""))
        .replace("@HTTPS@", &simulator.https_url(""))
        .replace("@TLS@", &simulator.https_address().to_string())
        .replace("@DATABASE@", &database.to_string())
        .replace("@CA@", simulator.ca_pem().trim_end())
        .replace("@MAINTENANCE_START@", &(tomorrow + Duration::from_hours(2)).to_string())
        .replace("@MAINTENANCE_END@", &(tomorrow + Duration::from_hours(3)).to_string()))
}

/// Returns the URL of the page on this machine; `None` while its port is not known.
fn page_url(listen: SocketAddr) -> Option<String> {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    (listen.port() != 0).then(|| format!("http://{}", SocketAddr::new(ip, listen.port())))
}

#[cfg(test)]
mod tests;
