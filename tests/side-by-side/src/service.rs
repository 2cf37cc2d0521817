//! The measured checks of services: the config of each, and that of its peers.

use clap::ValueEnum;
use serde::Serialize;

use crate::child::PASSWORD;

/// A measured check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Service {
    Tcp,
    Icmp,
    Grpc,
    Redis,
    Postgres,
    Mysql,
}

/// A module of `blackbox_exporter`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlackboxModule {
    pub(crate) config: &'static str,
    pub(crate) target: PeerTarget,
}

/// The form of the target of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerTarget {
    Host,
    HostAndPort,
}

impl Service {
    /// All of them, in the order of the report.
    pub(crate) const ALL: [Self; 6] =
        [Self::Tcp, Self::Icmp, Self::Grpc, Self::Redis, Self::Postgres, Self::Mysql];

    /// Returns the kind of the check, which is the title.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Icmp => "icmp",
            Self::Grpc => "grpc",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// Returns the check of a monitor, in TOML.
    pub(crate) fn check(self, port: u16) -> String {
        let login = |user: &str| {
            format!(
                "{{ address = \"127.0.0.1:{port}\", user = \"{user}\", password = \"secret:probe\" }}"
            )
        };
        let params = match self {
            // One request, as the peers send one.
            Self::Icmp => "{ address = \"127.0.0.1\", packets = 1 }".to_owned(),
            Self::Tcp | Self::Grpc | Self::Redis => format!("{{ address = \"127.0.0.1:{port}\" }}"),
            Self::Postgres => login("postgres"),
            Self::Mysql => login("probe"),
        };
        format!("check.{} = {params}", self.kind())
    }

    /// Returns the module of `blackbox_exporter` that makes the same check, if it can.
    pub(crate) fn module(self) -> Option<BlackboxModule> {
        let (config, target) = match self {
            Self::Tcp => ("    prober: tcp\n    timeout: 10s\n", PeerTarget::HostAndPort),
            Self::Icmp => (
                "    prober: icmp\n    timeout: 10s\n    icmp:\n      preferred_ip_protocol: ip4\n",
                PeerTarget::Host,
            ),
            Self::Grpc => (
                "    prober: grpc\n    timeout: 10s\n    grpc:\n      preferred_ip_protocol: ip4\n",
                PeerTarget::HostAndPort,
            ),
            Self::Redis | Self::Postgres | Self::Mysql => return None,
        };
        Some(BlackboxModule { config, target })
    }

    /// Returns the plugin that makes the nearest check, with its arguments.
    pub(crate) fn plugin(self, port: u16) -> Option<(&'static str, Vec<String>)> {
        let port = port.to_string();
        let (name, rest) = match self {
            Self::Tcp => ("check_tcp", vec!["-p", &port]),
            Self::Icmp => ("check_icmp", vec!["-n", "1"]),
            Self::Grpc => return None,
            // There is none for Redis alone: a connection, `PING`, and its answer.
            Self::Redis => {
                ("check_tcp", vec!["-p", &port, "-E", "-s", "PING\\r\\n", "-e", "+PONG"])
            }
            Self::Postgres => (
                "check_pgsql",
                vec!["-P", &port, "-l", "postgres", "-p", PASSWORD, "-d", "postgres"],
            ),
            Self::Mysql => ("check_mysql", vec!["-P", &port, "-u", "probe", "-p", PASSWORD]),
        };
        let arguments = ["-H", "127.0.0.1"].into_iter().chain(rest).map(str::to_owned);
        Some((name, arguments.collect()))
    }
}
