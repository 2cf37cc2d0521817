//! The targets, in a separate process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Scenario;
use crate::child::Running;
use crate::client::Client;

/// The simulator.
pub(crate) struct Simulator {
    running: Running,
    addresses: Addresses,
    client: Client,
    /// The certificate of the authority to trust.
    pub(crate) authority: PathBuf,
}

#[derive(Deserialize)]
struct Addresses {
    http: String,
    https: String,
}

#[derive(Deserialize)]
struct Hits {
    times_ms: Vec<i64>,
}

impl Simulator {
    /// Starts the simulator.
    pub(crate) async fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let authority = folder.join("authority.pem");
        let arguments = ["--ca-out".as_ref(), authority.as_os_str()];
        let mut running = Running::start(program, arguments, folder)?;
        let addresses: Addresses =
            running.written(|text| serde_json::from_str(text.lines().next()?).ok()).await?;
        let address = addresses.http.strip_prefix("http://").context("no address of HTTP")?;
        let client = Client::connect(address.parse::<SocketAddr>()?).await?;
        Ok(Self { running, addresses, client, authority })
    }

    /// Returns the URL of an endpoint.
    pub(crate) fn url(&self, scenario: Scenario, endpoint: &str) -> String {
        let base = match scenario.scheme() {
            "https" => &self.addresses.https,
            _ => &self.addresses.http,
        };
        format!("{base}/{endpoint}/health")
    }

    /// Makes these endpoints hang until the simulator ends.
    pub(crate) async fn hang(
        &mut self,
        endpoints: impl Iterator<Item = String>,
    ) -> anyhow::Result<()> {
        let endpoints: BTreeMap<String, &str> = endpoints.map(|name| (name, "hang")).collect();
        if endpoints.is_empty() {
            return Ok(());
        }
        let scenario: Value = json!({ "endpoints": endpoints });
        self.client.ask(Method::PUT, "/_simulator", scenario.to_string().into()).await?;
        Ok(())
    }

    /// Deletes the recorded request times.
    pub(crate) async fn clear_hits(&mut self) -> anyhow::Result<()> {
        self.client.ask(Method::DELETE, "/_simulator/hits", bytes::Bytes::new()).await?;
        Ok(())
    }

    /// Returns the request times of the endpoints, in milliseconds since 1970, by name.
    pub(crate) async fn hits(&mut self) -> anyhow::Result<BTreeMap<String, Vec<i64>>> {
        let body = self.client.get("/_simulator/hits").await?;
        let hits: BTreeMap<String, Hits> = serde_json::from_slice(&body)?;
        Ok(hits.into_iter().map(|(name, hits)| (name, hits.times_ms)).collect())
    }

    /// Stops the simulator.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.running.end().await
    }
}
