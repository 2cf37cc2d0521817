//! Requests checks from `blackbox_exporter`: at a rate, or without a pause.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::client::Client;

/// The number of connections for requests at a rate.
const N_CONNECTIONS: u32 = 16;

/// The number of concurrent requests without a pause.
const N_AT_ONCE: u32 = 8;

/// The path of the request for a check of each target.
pub(crate) type Paths = std::sync::Arc<Vec<String>>;

/// Requests `paths` in turn, one per `interval`, for the time `length`. Returns the number of
/// requests.
pub(crate) async fn at_a_rate(
    address: SocketAddr,
    paths: &Paths,
    interval: Duration,
    length: Duration,
) -> anyhow::Result<u32> {
    let start = Instant::now();
    // The connections take turns, so that no two requests share one.
    let schedule = move |worker: u32, n: u32| {
        let turn = worker + n * N_CONNECTIONS;
        let at = interval * turn;
        (at < length).then_some((turn, Some(start + at)))
    };
    ask(address, paths, N_CONNECTIONS, schedule).await
}

/// Requests `paths` in turn, one after the other on each connection, for the time `length`. Returns
/// the number of requests.
pub(crate) async fn without_a_pause(
    address: SocketAddr,
    paths: &Paths,
    length: Duration,
) -> anyhow::Result<u32> {
    let start = Instant::now();
    let schedule = move |worker: u32, n: u32| {
        (start.elapsed() < length).then_some((worker + n * N_AT_ONCE, None))
    };
    ask(address, paths, N_AT_ONCE, schedule).await
}

/// Makes the requests of `schedule`, which returns the turn and the time for each worker and
/// number.
async fn ask(
    address: SocketAddr,
    paths: &Paths,
    n_workers: u32,
    schedule: impl Fn(u32, u32) -> Option<(u32, Option<Instant>)> + Copy + Send + 'static,
) -> anyhow::Result<u32> {
    let mut workers = JoinSet::new();
    for worker in 0..n_workers {
        let paths = paths.clone();
        workers.spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut n = 0;
            while let Some((turn, at)) = schedule(worker, n) {
                if let Some(at) = at {
                    sleep_until(at).await;
                }
                let turn = usize::try_from(turn)? % paths.len();
                let path = paths.get(turn).context("no target")?;
                check(&mut client, path).await?;
                n += 1;
            }
            Ok::<_, anyhow::Error>(n)
        });
    }
    let mut n_asked = 0;
    while let Some(n) = workers.join_next().await {
        n_asked += n??;
    }
    Ok(n_asked)
}

async fn check(client: &mut Client, path: &str) -> anyhow::Result<()> {
    let answer = client.get(path).await?;
    let is_success = answer.split(|byte| *byte == b'\n').any(|line| line == b"probe_success 1");
    if !is_success {
        bail!("the check {path} failed: {}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}
