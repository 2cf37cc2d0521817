#![doc = include_str!("../README.md")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use allclear_channels::{ChannelSettings, Channels};
use allclear_config::Kinds;
use allclear_core::Timestamp;
use allclear_core::action::NoActions;
use allclear_core::config::Config;
use allclear_core::id::ShardId;
use allclear_core::ports::CommitState as _;
use allclear_core::reason::Reason;
use allclear_demo::{Chronicle, Episode, EpisodeEffect};
use allclear_local::{SqliteStore, create_private_folder};
use allclear_probes::{ProbeSettings, Probes};
use anyhow::Context as _;
use clap::Parser;
use rustls::RootCertStore;

/// Write 90 days of history into a new database of `allclear up`
#[derive(Debug, Parser)]
struct Arguments {
    /// The config
    #[arg(long)]
    config: PathBuf,
    /// The folder of the database, which is created
    #[arg(long)]
    data: PathBuf,
    /// The outages, a JSON array
    #[arg(long)]
    outages: PathBuf,
}

/// An outage of one service.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PastOutage {
    monitor: String,
    days_ago: i64,
    minute: i64,
    minutes: i64,
}

impl PastOutage {
    fn episode(&self) -> Episode<'_> {
        let &Self { ref monitor, days_ago, minute, minutes } = self;
        let trouble = EpisodeEffect::Down(Reason::HttpStatus, "status 503");
        Episode { monitor, days_ago, minute, minutes, trouble }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { config, data, outages } = Arguments::parse();
    let config = load(&config)?;
    let outages: Vec<PastOutage> = serde_json::from_str(&text(&outages)?)
        .with_context(|| format!("`{}` is no list of outages", outages.display()))?;
    let episodes: Vec<Episode<'_>> = outages.iter().map(PastOutage::episode).collect();
    for episode in &episodes {
        let is_known = config.monitors.iter().any(|one| one.id.as_str() == episode.monitor);
        anyhow::ensure!(is_known, "the config has no monitor `{}`", episode.monitor);
    }
    let chronicle = Chronicle { episodes: &episodes, maintenance: None, day_off: None };
    let kinds = allclear_probes::kinds();
    let (state, decision) = allclear_demo::history(&config, kinds, &chronicle, now())?;

    create_private_folder(&data).with_context(|| format!("cannot create `{}`", data.display()))?;
    let store = SqliteStore::open(data.join("allclear.db"))?;
    store.commit(&ShardId::main(), 0, &state, &decision).await?;
    Ok(())
}

/// Reads a config that needs no secret and no certificate authority of the system.
fn load(path: &Path) -> anyhow::Result<Config> {
    let roots = Arc::new(RootCertStore::empty());
    let checks = Probes::new(ProbeSettings::new(Arc::clone(&roots)));
    let channels = Channels::new(ChannelSettings::new(roots))?;
    let kinds = Kinds { checks: &checks, channels: &channels, actions: &NoActions };
    let file = path.display().to_string();
    match allclear_config::load(&file, &text(path)?, &kinds) {
        Ok(loaded) => Ok(loaded.config),
        Err(errors) => anyhow::bail!("`{file}` is invalid: {:?}", errors.problems),
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "this is the edge where the clock is read")]
fn now() -> Timestamp {
    Timestamp::now()
}
