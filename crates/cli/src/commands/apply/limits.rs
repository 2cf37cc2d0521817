//! The limits of a stack. A config beyond them is refused with the reason, since it would work
//! until the first mass outage.

use std::sync::Arc;
use std::time::Duration;

use allclear_aws::dynamo::limits::{MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS};
use allclear_aws::dynamo::units::item_bytes;
use allclear_aws::dynamo::{Retention, encoding, items};
use allclear_core::Timestamp;
use allclear_core::config::{Config, Settings};
use allclear_core::id::{RegionId, ShardId};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, Finding, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::state::ShardState;
use allclear_evaluate::ConfigIndex;
use allclear_evaluate::fold::fold;

/// The most monitors of a stack. `docs/deploy.md` has the measurement.
const MAX_MONITORS: usize = 10_000;

/// The monitors for which a generator has memory and time enough, for each 256 MB of it.
const MONITORS_PER_256_MB: usize = 3_000;

/// Memory of the generator of a stack that does not state it, in MB.
const DEFAULT_MEMORY_MB: usize = 256;

/// The runs of the simulated outage: the built-in rules have fired in the fifth.
const N_RUNS: u64 = 6;

/// Returns the reason why a stack whose generator has `memory_mb` cannot carry `config`, whose file
/// is `text`; `None` if it can.
///
/// # Errors
/// The config cannot be evaluated or encoded.
pub(super) fn refusal(
    config: &Arc<Config>,
    text: &str,
    memory_mb: Option<usize>,
) -> anyhow::Result<Option<String>> {
    let n = config.monitors.len();
    if n > MAX_MONITORS {
        return Ok(Some(format!(
            "the config has {n} monitors, and a stack supports at most {MAX_MONITORS}: split it \
             over \
             several stacks"
        )));
    }
    let memory_mb = memory_mb.unwrap_or(DEFAULT_MEMORY_MB);
    let n_supported = memory_mb * MONITORS_PER_256_MB / 256;
    if n > n_supported {
        return Ok(Some(format!(
            "the config has {n} monitors, and the generator of this stack has memory for outages \
             of {n_supported}: deploy it with `GeneratorMemory={}`",
            memory_for(n)
        )));
    }
    let stored = encoding::encode_value(&(config.as_ref(), text))?;
    if stored.len() + 1024 > MAX_ITEM_BYTES {
        return Ok(Some(too_large("the config", stored.len(), MAX_ITEM_BYTES)));
    }
    Ok(outage(config)?.refusal())
}

/// Returns the memory of a generator for `n` monitors, in MB.
fn memory_for(n: usize) -> usize {
    [512, 1024].into_iter().find(|memory| memory * MONITORS_PER_256_MB / 256 >= n).unwrap_or(1024)
}

/// The bytes that are written while all monitors are down.
#[derive(Debug, Default)]
struct OutageBytes {
    run: usize,
    commit: usize,
    n_items: usize,
}

impl OutageBytes {
    fn refusal(&self) -> Option<String> {
        let Self { run, commit, n_items } = *self;
        if run > MAX_ITEM_BYTES / 2 {
            return Some(too_large("the run of a minute", run, MAX_ITEM_BYTES / 2));
        }
        if commit > MAX_TRANSACTION_BYTES || n_items > MAX_TRANSACTION_ITEMS {
            return Some(too_large(
                "the decisions during an outage of all monitors",
                commit,
                MAX_TRANSACTION_BYTES,
            ));
        }
        None
    }
}

fn too_large(what: &str, n_bytes: usize, limit: usize) -> String {
    format!(
        "{what} would take {} kB, and DynamoDB accepts at most {} kB: use fewer monitors in one \
         stack, or fewer channels",
        n_bytes / 1024,
        limit / 1024
    )
}

/// Simulates that all monitors go down at once.
fn outage(config: &Arc<Config>) -> anyhow::Result<OutageBytes> {
    let index = ConfigIndex::new(Arc::clone(config))?;
    let (mut state, retention) = (ShardState::default(), Retention::from(&Settings::default()));
    let (mut most, shard) = (OutageBytes::default(), ShardId::main());
    for minute in 0..N_RUNS {
        let run = run(config, minute)?;
        let decision = fold(&mut state, &run, &index);
        let checkpoint = items::checkpoint(&shard, minute, &state)?;
        let decided = items::decision(&shard, minute, &decision, &retention)?;
        let n_state = item_bytes(&checkpoint);
        most.run = most.run.max(item_bytes(&items::run(&run, &retention, 0)));
        let n_bytes = n_state + decided.iter().map(item_bytes).sum::<usize>();
        most.commit = most.commit.max(n_bytes);
        most.n_items = most.n_items.max(n_state.div_ceil(MAX_ITEM_BYTES / 2) + 1 + decided.len());
    }
    Ok(most)
}

/// Returns the run of a minute: the first is good, in all others each monitor fails with a message
/// of its own.
fn run(config: &Config, minute: u64) -> anyhow::Result<Run> {
    let at = Timestamp::UNIX_EPOCH + Duration::from_mins(minute);
    let outcome = |monitor: &Monitor| {
        let verdict = if minute == 0 {
            Verdict::Healthy
        } else {
            let message = format!("no answer from the target of {} within 10 s", monitor.id);
            Verdict::Unhealthy(Cause::of(Reason::Timeout, message))
        };
        Outcome::new(monitor.id.clone(), Duration::ZERO, Finding::of(verdict), 1)
    };
    Ok(Run {
        shard: ShardId::main(),
        key: RunKey { scheduled_at: at, region: RegionId::new("simulated")?, lane: Lane::Main },
        lag: Duration::ZERO,
        took: Duration::from_secs(1),
        outcomes: config.monitors.iter().map(outcome).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::load_text;

    fn config(n: usize) -> (Arc<Config>, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = "[[monitor]]\nid = 'm'\ncheck.tcp.address = '10.0.0.1:1'\n".repeat(n);
        let one = "[[monitor]]\nid = 'm'\ncheck.tcp.address = 'a:1'\n\
                   [[channel]]\nid = 'log'\nsend.log = {}\n";
        let config = load_text("allclear.toml", one).unwrap().config;
        let template = config.monitors.first().unwrap().clone();
        let mut config = config.as_ref().clone();
        let monitor = |n| Monitor { id: format!("m{n}").parse().unwrap(), ..template.clone() };
        config.monitors = (0..n).map(monitor).collect();
        (Arc::new(config), text)
    }

    #[test]
    fn the_number_of_monitors_is_limited_by_the_memory_of_the_generator() {
        for (n, memory_mb, wanted) in [
            (10_001, Some(1769), Some("at most 10000")),
            (10_000, Some(512), Some("GeneratorMemory=1024")),
            (3_001, None, Some("GeneratorMemory=512")),
        ] {
            let (config, text) = config(n);
            let message = refusal(&config, &text, memory_mb).unwrap();
            assert_eq!(message.is_none(), wanted.is_none(), "{n}: {message:?}");
            let message = message.unwrap_or_default();
            assert!(message.contains(wanted.unwrap_or_default()), "{message}");
        }
        let (config, text) = config(100);
        assert_eq!(refusal(&config, &text, None).unwrap(), None);
    }

    #[test]
    fn a_config_whose_outage_exceeds_a_transaction_is_refused() {
        assert_eq!(OutageBytes { run: 1, commit: 1, n_items: 3 }.refusal(), None);
        for outage in [
            OutageBytes { run: MAX_ITEM_BYTES / 2 + 1, ..OutageBytes::default() },
            OutageBytes { commit: MAX_TRANSACTION_BYTES + 1, ..OutageBytes::default() },
            OutageBytes { n_items: MAX_TRANSACTION_ITEMS + 1, ..OutageBytes::default() },
        ] {
            assert!(outage.refusal().unwrap().contains("fewer monitors"), "{outage:?}");
        }
        let (config, _) = config(50);
        let outage = outage(&config).unwrap();
        // Something was decided about each monitor.
        assert!(outage.run > 200 && outage.commit > 1_000 && outage.n_items >= 3, "{outage:?}");
    }
}
