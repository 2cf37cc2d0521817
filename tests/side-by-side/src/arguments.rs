//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::service::Service;

/// Measure `allclear up` beside `blackbox_exporter` on the same targets.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// The program `allclear`
    #[arg(long)]
    pub(crate) allclear: PathBuf,
    /// The program `allclear-simulator`
    #[arg(long)]
    pub(crate) simulator: PathBuf,
    /// The program `blackbox_exporter`
    #[arg(long, default_value = "prometheus-blackbox-exporter")]
    pub(crate) blackbox: PathBuf,
    /// Windows just long enough for two checks of each target
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Measure only these
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<Scenario>,
    /// Number of targets
    #[arg(long, default_value_t = 1000)]
    pub(crate) monitors: usize,
    /// Measure the checks of services in place of HTTP, with the plugins of this folder beside them
    #[arg(long, value_name = "FOLDER", requires = "grpc_server")]
    pub(crate) plugins: Option<PathBuf>,
    /// Measure only the checks of these services
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    pub(crate) services: Vec<Service>,
    /// The command of a gRPC server, which takes its port as the last argument
    #[arg(long, value_name = "COMMAND")]
    pub(crate) grpc_server: Option<String>,
}

/// A measured scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scenario {
    /// Plain HTTP, all targets answer.
    Http,
    /// HTTPS with a full handshake, all targets answer.
    Https,
    /// Plain HTTP; one target in ten stops answering.
    TenthHangs,
    /// Plain HTTP; every other target stops answering.
    HalfHangs,
}

impl Scenario {
    const ALL: [Self; 4] = [Self::Http, Self::Https, Self::TenthHangs, Self::HalfHangs];

    /// Returns the title for readers.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS, full handshake",
            Self::TenthHangs => "HTTP, 10 % hang",
            Self::HalfHangs => "HTTP, 50 % hang",
        }
    }

    /// Returns whether the target with this number hangs.
    pub(crate) fn hangs(self, n: usize) -> bool {
        match self {
            Self::Http | Self::Https => false,
            Self::TenthHangs => n.is_multiple_of(10),
            Self::HalfHangs => n.is_multiple_of(2),
        }
    }

    /// Returns whether `blackbox_exporter` runs at the same time.
    pub(crate) fn has_peer(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    /// Returns the scheme of the targets.
    pub(crate) fn scheme(self) -> &'static str {
        if self == Self::Https { "https" } else { "http" }
    }
}

impl Arguments {
    /// Returns the scenarios to measure, in order.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = Scenario> {
        Scenario::ALL.into_iter().filter(|one| self.only.is_empty() || self.only.contains(one))
    }

    /// Returns the time between the start of the processes and the window. The first checks, which
    /// are made all at once, and the first page are finished by then.
    pub(crate) fn settling(&self) -> Duration {
        Duration::from_secs(if self.quick { 6 } else { 30 })
    }

    /// Returns the length of the measured window.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs(if self.quick { 42 } else { 120 })
    }

    /// Returns the length of the measured window of services, in which each target is checked a whole number of
    /// times.
    pub(crate) fn window_of_whole_intervals(&self) -> Duration {
        Duration::from_secs(if self.quick { 40 } else { 120 })
    }

    /// Returns the time for which `blackbox_exporter` gets requests without a pause.
    pub(crate) fn saturation(&self) -> Duration {
        Duration::from_secs(if self.quick { 4 } else { 15 })
    }
}
