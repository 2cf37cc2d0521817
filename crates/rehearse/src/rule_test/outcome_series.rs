//! The runs of a test: one for each time at which a check of a monitor is due.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::outcome::{Finding, Outcome};
use allclear_core::run::{Lane, Run, RunKey};

use super::notation::NotatedOutcome;

/// The series of one monitor.
pub(super) struct OutcomeSeries {
    pub(super) monitor: MonitorId,
    pub(super) every: Duration,
    pub(super) outcomes: Vec<NotatedOutcome>,
}

/// Returns the runs of all series that begin at `start`, oldest first.
pub(super) fn runs(series: Vec<OutcomeSeries>, start: Timestamp) -> Vec<Run> {
    let mut by_time: BTreeMap<Timestamp, Vec<(MonitorId, Finding)>> = BTreeMap::new();
    for OutcomeSeries { monitor, every, outcomes } in series {
        let mut at = start;
        for NotatedOutcome(finding) in outcomes {
            if let Some(finding) = finding {
                by_time.entry(at).or_default().push((monitor.clone(), finding));
            }
            at = at.checked_add(every).unwrap_or(Timestamp::MAX);
        }
    }
    let run = |(scheduled_at, findings): (Timestamp, Vec<(MonitorId, Finding)>)| Run {
        shard: ShardId::main(),
        key: RunKey { scheduled_at, region: RegionId::local(), lane: Lane::Main },
        lag: Duration::ZERO,
        took: Duration::ZERO,
        outcomes: findings
            .into_iter()
            .map(|(monitor, finding)| Outcome::new(monitor, Duration::ZERO, finding, 1))
            .collect(),
    };
    by_time.into_iter().map(run).collect()
}
