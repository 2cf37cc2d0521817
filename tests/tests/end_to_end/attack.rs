//! Hostile servers attack the checks and hostile clients attack the server of `allclear up`.
//! Meanwhile the checks of healthy services keep their schedule and the page stays available.

mod bodies;
mod clients;
mod frames;
mod heads;
mod names;
mod server;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::stage::{Stage, Up, optimized_binary};

use server::Hostile;

/// The number of healthy services beside the hostile ones.
const N_SERVICES: usize = 12;
const INTERVAL: Duration = Duration::from_secs(10);
/// The number of checks of each service during the attack.
const N_CHECKS: usize = 6;
/// For an optimized build on a quiet machine: the largest error of nine in ten gaps between two
/// checks of a service, and the longest load of the page.
const TOLERANCE: SignedDuration = SignedDuration::from_millis(100);
const PAGE_LIMIT: Duration = Duration::from_secs(1);
/// The same limit for a debug build, which spends about ten times as much on each attack, on cores
/// shared with the attackers and other tests. It shows that nothing blocks, not how fast the
/// process is.
const DEBUG_TOLERANCE: SignedDuration = SignedDuration::from_millis(1_500);
const DEBUG_PAGE_LIMIT: Duration = Duration::from_secs(15);
/// The memory limit of a debug build with every hostile body in flight at once.
const MAX_MEMORY_KB: u64 = 400_000;

fn service(index: usize) -> String {
    format!("service-{index:02}")
}

fn config(stage: &Stage, hostile: &[Hostile]) -> String {
    let mut config = "[defaults]\ninterval = \"10s\"\ntimeout = \"4s\"\n".to_owned();
    for index in 0..N_SERVICES {
        let id = service(index);
        let url = stage.simulator.http_url(&format!("/{id}"));
        write!(config, "\n[[monitor]]\nid = \"{id}\"\ncheck.http = {{ url = \"{url}\" }}\n")
            .unwrap();
    }
    for attack in hostile {
        write!(config, "\n[[monitor]]\nid = \"{}\"\n{}\n", attack.id, attack.check).unwrap();
    }
    config
}

/// Loads the page four times a second and returns the longest time that it took.
async fn longest_page_load(up: &Up, until: impl Future<Output = ()>) -> Duration {
    let mut longest = Duration::ZERO;
    let loads = async {
        loop {
            let began = Instant::now();
            let answer = up.get("/").await;
            assert_eq!(answer.status, 200);
            longest = longest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    tokio::select! {
        () = loads => {}
        () = until => {}
    }
    longest
}

fn errors(hits: &[Timestamp]) -> Vec<SignedDuration> {
    let interval = SignedDuration::try_from(INTERVAL).unwrap();
    // The first gap is skipped: at the start each monitor is checked immediately.
    let gaps = hits.windows(2).skip(1).map(|pair| pair[1].duration_since(pair[0]));
    gaps.map(|gap| (gap - interval).abs()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attacks_delay_neither_other_checks_nor_the_page() {
    let stage = Stage::new().await;
    let mut hostile = bodies::attacks().await;
    hostile.extend(heads::attacks().await);
    hostile.extend(frames::attacks(&stage).await);
    hostile.extend(names::attacks().await);
    stage.config(&config(&stage, &hostile));

    let up = stage.up().await;
    let clients = clients::start(up.address());
    let checked = async {
        for index in 0..N_SERVICES {
            stage.simulator.wait_for_hits(&service(index), N_CHECKS).await;
        }
    };
    let checked = async {
        let limit = INTERVAL * (u32::try_from(N_CHECKS).unwrap() + 3);
        assert!(tokio::time::timeout(limit, checked).await.is_ok(), "services were not checked");
    };
    let longest = longest_page_load(&up, checked).await;
    let attacked = clients.stopped().await;

    let mut errors: Vec<SignedDuration> =
        (0..N_SERVICES).flat_map(|index| errors(&stage.simulator.hits(&service(index)))).collect();
    errors.sort();
    assert!(errors.len() >= N_SERVICES * (N_CHECKS - 3), "only {} gaps", errors.len());
    let (most, worst) = (errors[errors.len() * 9 / 10], errors[errors.len() - 1]);
    let peak_kb = up.process.peak_memory_kb().unwrap();
    println!("gaps off by {most:?}, at most {worst:?}; page {longest:?}; {peak_kb} kB; {attacked}");
    let (tolerance, page_limit) = match optimized_binary() {
        Some(_) => (TOLERANCE, PAGE_LIMIT),
        None => (DEBUG_TOLERANCE, DEBUG_PAGE_LIMIT),
    };
    assert!(most <= tolerance, "nine in ten gaps are off by up to {most:?}");
    assert!(longest <= page_limit, "the page took {longest:?}");
    assert!(peak_kb < MAX_MEMORY_KB, "{peak_kb} kB");
    assert_eq!(up.process.terminated(Duration::from_secs(15)).await.code, Some(0));

    // Every attack took place and produced an outcome.
    for attack in &hostile {
        let sql = format!("SELECT count(*) FROM outcomes WHERE monitor = '{}'", attack.id);
        let n: usize = stage.query(&sql).await.trim().parse().unwrap();
        assert!(n >= 1, "`{}` has no outcome", attack.id);
        assert!(attack.n_connections() >= 1, "`{}` was never reached", attack.id);
    }
    let sql = "SELECT group_concat(DISTINCT monitor) FROM outcomes \
               WHERE monitor LIKE 'service-%' AND status != 'healthy'";
    assert_eq!(stage.query(sql).await.trim(), "", "healthy services were blamed");
}
