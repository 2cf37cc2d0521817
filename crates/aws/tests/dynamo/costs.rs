//! Counts the units that are written for a thousand checks, by the billing rules of DynamoDB.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_aws::dynamo::items;
use allclear_aws::dynamo::units::{self, CommitUnits};
use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::ports::RecordRun as _;
use allclear_core::rule::{BUILTIN_RULES, BuiltinRule, Rule};
use allclear_core::state::Decision;
use allclear_engine::evaluate::Evaluator;
use allclear_evaluate::ConfigIndex;
use allclear_support::{MemoryStore, Write, samples};

use crate::realistic::{self, N_MONITORS, TestRng};
use crate::table::FOR_EVER;

const HOURS: i64 = 25;

/// The cost of writing to DynamoDB.
#[derive(Default)]
struct Bill {
    units: BTreeMap<&'static str, u64>,
    n_commits: u64,
    /// The size of the largest state, in bytes.
    largest: u64,
}

impl Bill {
    fn count(&mut self, what: &'static str, n_units: u64) {
        *self.units.entry(what).or_default() += n_units;
    }

    /// Counts the units of a write.
    fn add(&mut self, write: &Write<'_>) {
        match write {
            Write::Run(run) => self.count("runs", units::run(run, &FOR_EVER)),
            Write::Commit { shard, version, state, decision } => {
                let written = units::commit(shard, *version, state, decision, &FOR_EVER).unwrap();
                self.add_commit(&written, decision);
            }
            Write::Claim(..)
            | Write::Delivery(_)
            | Write::Beat(..)
            | Write::Notes(..)
            | Write::Budget(..)
            | Write::Catalog(..)
            | Write::OperatorEntry(..)
            | Write::IncidentEntry(_)
            | Write::Config(_) => unreachable!("an evaluator writes no {write:?}"),
        }
    }

    fn add_commit(&mut self, written: &CommitUnits, decision: &Decision) {
        let CommitUnits { state, rollups, events, deliveries, .. } = written;
        self.count("state", *state);
        self.count("rollups", *rollups);
        self.count("events", *events);
        let sent = decision.deliveries.iter().map(|one| units::delivery(one).unwrap());
        self.count("deliveries", deliveries + sent.sum::<u64>());
        self.n_commits += 1;
        self.largest = self.largest.max(if decision.is_empty() { *state } else { state / 2 });
    }
}

/// Returns a store and the bill for its writes.
fn counted() -> (MemoryStore, Arc<Mutex<Bill>>) {
    let (store, bill) = (MemoryStore::default(), Arc::<Mutex<Bill>>::default());
    let counting = Arc::clone(&bill);
    store.observe(move |write| counting.lock().unwrap().add(write));
    (store, bill)
}

fn config() -> Arc<Config> {
    let monitor = |id: MonitorId| Monitor {
        interval: Duration::from_mins(1),
        expected_response_time: Some(Duration::from_secs(3)),
        ..samples::monitor(id.as_str())
    };
    let rule = |builtin: &BuiltinRule| Rule {
        severity: builtin.severity,
        hold_for: builtin.hold_for,
        confirm: builtin.confirm,
        keep_firing_for: Duration::ZERO,
        fault: builtin.fault,
        momentary: builtin.momentary,
        ..samples::rule(builtin.id, builtin.condition)
    };
    Arc::new(Config {
        rules: BUILTIN_RULES.iter().filter(|one| one.is_enabled()).map(rule).collect(),
        channels: vec![samples::channel("team", "log", serde_json::Value::Null)],
        ..samples::config(realistic::ids().into_iter().map(monitor).collect())
    })
}

#[tokio::test]
async fn a_thousand_checks_write_at_most_30_units() {
    let (store, bill) = counted();
    let shard = ShardId::main();
    let mut evaluator = Evaluator::deployed(Arc::new(ConfigIndex::new(config()).unwrap()));
    let start: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut rng = TestRng(11);
    let mut n_delivered = 0;
    for minute in 0..HOURS * 60 {
        let at = start + Duration::from_mins(minute.unsigned_abs());
        // Two monitors fail for a quarter of an hour, a provider fails in ten places at once, and
        // single failures confirm no outage.
        let is_down = |n: usize| {
            (n == 3 && (200..215).contains(&minute))
                || (n == 77 && (900..915).contains(&minute))
                || (n / 10 == 4 && (1_200..1_212).contains(&minute))
                || i64::try_from(n * 61 % 1_440).unwrap() == minute
        };
        store.record_run(&realistic::run(at, &mut rng, is_down)).await.unwrap();
        let now = at + Duration::from_secs(5);
        let decision = evaluator.evaluate_since(&store, &shard, at, now).await.unwrap();
        n_delivered += decision.deliveries.len();
    }
    // Three outages, each with one message and its end.
    assert!(n_delivered >= 6, "{n_delivered}");
    let n_checks = HOURS as f64 * 60.0 * N_MONITORS as f64;
    let per_thousand = |n_units: u64| n_units as f64 * 1_000.0 / n_checks;
    let bill = bill.lock().unwrap();
    let Bill { units, n_commits, largest } = &*bill;
    println!(
        "{n_commits} commits, {n_delivered} deliveries, the largest state takes {largest} units"
    );
    for (what, n_units) in units {
        println!("{what:>10}: {:5.2} units per 1,000 checks", per_thousand(*n_units));
    }
    let total = per_thousand(units.values().sum());
    println!("{:>10}: {total:5.2}", "all");
    assert!(total <= 30.0, "{total}");
    let state = store.checkpoint(&shard).unwrap().state;
    let item = items::checkpoint(&shard, 1, &state).unwrap();
    assert_eq!(items::read_checkpoint(&item).unwrap(), (1, state));
}
