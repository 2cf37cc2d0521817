//! The command-line arguments.

use allclear_simulator::{Config, Scenario};

pub(crate) const USAGE: &str = "\
usage: allclear-simulator [--port N] [--tls-port N] [--dns-port N] [--script FILE] [--ca-out FILE]

Serves endpoints that follow a script of faults, on 127.0.0.1, until it is killed.
Prints its addresses as one line of JSON.

  --port N       the port for HTTP (any free one)
  --tls-port N   the port for HTTPS (any free one)
  --dns-port N   the port for DNS over UDP and TCP (any free one)
  --script FILE  a scenario as JSON: what endpoints, inboxes and names do
  --ca-out FILE  where to write the certificate to trust, as PEM
";

/// The parsed command-line arguments.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) help: bool,
    pub(crate) ca_out: Option<String>,
    port: u16,
    tls_port: u16,
    dns_port: u16,
    script: Option<String>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(option) = words.next() {
            let mut value =
                || words.next().ok_or(format!("`{option}` lacks its value: see --help"));
            match option.as_str() {
                "--help" | "-h" => arguments.help = true,
                "--port" => arguments.port = port(&option, &value()?)?,
                "--tls-port" => arguments.tls_port = port(&option, &value()?)?,
                "--dns-port" => arguments.dns_port = port(&option, &value()?)?,
                "--script" => arguments.script = Some(value()?),
                "--ca-out" => arguments.ca_out = Some(value()?),
                _ => return Err(format!("unknown option `{option}`: see --help")),
            }
        }
        Ok(arguments)
    }

    /// Reads the script, if there is one.
    pub(crate) fn config(&self) -> Result<Config, String> {
        let scenario = match &self.script {
            None => Scenario::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    format!("cannot read `{path}`: {error}: give the path of a scenario")
                })?;
                serde_json::from_str(&text)
                    .map_err(|error| format!("invalid scenario `{path}`: {error}"))?
            }
        };
        Ok(Config { port: self.port, tls_port: self.tls_port, dns_port: self.dns_port, scenario })
    }
}

fn port(option: &str, value: &str) -> Result<u16, String> {
    value.parse().map_err(|_| format!("`{option} {value}`: a port is a number from 0 to 65535"))
}
