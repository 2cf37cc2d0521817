//! A slow target does not delay other checks: the healthy monitors keep their interval while none,
//! a tenth and half of all targets hang.

use std::fmt::Write as _;
use std::time::Duration;

use allclear_simulator::Behavior;
use jiff::{SignedDuration, Timestamp};

use crate::stage::Stage;

const N_MONITORS: usize = 60;
const INTERVAL: Duration = Duration::from_secs(10);
const TOLERANCE: SignedDuration = SignedDuration::from_millis(500);

fn id(index: usize) -> String {
    format!("service-{index:02}")
}

/// Waits until each of the monitors from `first` on has been requested `n_hits` times in all.
async fn wait_for_hits(stage: &Stage, first: usize, n_hits: usize) {
    for index in first..N_MONITORS {
        let (id, limit) = (id(index), INTERVAL * 3);
        let hits = stage.simulator.wait_for_hits(&id, n_hits);
        let in_time = tokio::time::timeout(limit, hits).await.is_ok();
        assert!(in_time, "`{id}` was not asked {n_hits} times within {limit:?} more");
    }
}

/// Returns the gaps between checks, without the first: at the start everything is checked
/// immediately, and the next check follows the schedule.
fn gaps(hits: &[Timestamp]) -> Vec<SignedDuration> {
    hits.windows(2).skip(1).map(|pair| pair[1].duration_since(pair[0])).collect()
}

#[tokio::test]
async fn hanging_monitors_do_not_delay_the_interval_of_healthy_ones() {
    let stage = Stage::new().await;
    let mut config = "[defaults]\ninterval = \"10s\"\ntimeout = \"10s\"\n".to_owned();
    for index in 0..N_MONITORS {
        let url = stage.simulator.http_url(&format!("/{}", id(index)));
        let id = id(index);
        write!(config, "\n[[monitor]]\nid = \"{id}\"\ncheck.http = {{ url = \"{url}\" }}\n")
            .unwrap();
    }
    stage.config(&config);
    let up = stage.up().await;

    let mut n_hits = 2;
    for n_hanging in [0, N_MONITORS / 10, N_MONITORS / 2] {
        for index in 0..n_hanging {
            stage.simulator.set(&id(index), Behavior::Hang);
        }
        n_hits += 1;
        wait_for_hits(&stage, N_MONITORS / 2, n_hits).await;
    }
    n_hits += 1;
    wait_for_hits(&stage, N_MONITORS / 2, n_hits).await;

    let interval = SignedDuration::try_from(INTERVAL).unwrap();
    let mut n_gaps = 0;
    for index in N_MONITORS / 2..N_MONITORS {
        for gap in gaps(&stage.simulator.hits(&id(index))) {
            n_gaps += 1;
            let off = (gap - interval).abs();
            assert!(off <= TOLERANCE, "`{}` was checked after {gap:?}", id(index));
        }
    }
    assert!(n_gaps >= N_MONITORS, "only {n_gaps} gaps were seen");
    assert_eq!(up.process.terminated(Duration::from_secs(15)).await.code, Some(0));
    // The targets did hang: each has an outcome with a timeout.
    let sql = "SELECT count(DISTINCT monitor) FROM outcomes WHERE reason = 'timeout'";
    assert_eq!(stage.query(sql).await.trim(), (N_MONITORS / 2).to_string());
}
