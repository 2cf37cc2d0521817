//! Made-up runs of a config's monitors.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::kind::{Example, KindSet, Unit};
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Cause, DurationParts, Finding, Metrics, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::schedule::due;
use allclear_engine::probe::WINDOW;
use fnv::FnvHasher;

/// The monitors that fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleHealth {
    /// None.
    AllWell,
    /// The first monitor of the config.
    FirstDown,
}

/// A config whose checks are made up.
#[derive(Clone, Copy)]
pub(crate) struct SampleConfig<'a> {
    config: &'a Config,
    kinds: KindSet,
}

impl<'a> SampleConfig<'a> {
    pub(crate) fn new(config: &'a Config, kinds: KindSet) -> Self {
        Self { config, kinds }
    }

    /// Makes up the run of `region` in the window that begins at `at`: one outcome of each monitor that
    /// is due.
    pub(crate) fn run(self, region: &RegionId, at: Timestamp, health: SampleHealth) -> Run {
        let slots = due(&self.config.monitors, at, WINDOW);
        self.run_of(slots.iter().map(|slot| slot.monitor), region, at, health)
    }

    /// Makes up the run that checks all monitors, whether they are due or not.
    pub(crate) fn run_of_all(self, region: &RegionId, at: Timestamp) -> Run {
        self.run_of(self.config.monitors.iter(), region, at, SampleHealth::AllWell)
    }

    fn run_of(
        self,
        monitors: impl Iterator<Item = &'a Monitor>,
        region: &RegionId,
        at: Timestamp,
        health: SampleHealth,
    ) -> Run {
        // Sorted, and each once.
        let monitors: BTreeMap<&MonitorId, &Monitor> =
            monitors.map(|monitor| (&monitor.id, monitor)).collect();
        let first = self.config.monitors.first().map(|monitor| &monitor.id);
        let outcomes = monitors.into_iter().map(|(id, monitor)| {
            let of_monitor = if first == Some(id) { health } else { SampleHealth::AllWell };
            let finding = self.finding(monitor, region, at, of_monitor);
            Outcome::new(id.clone(), Duration::ZERO, finding, 1)
        });
        Run {
            shard: ShardId::main(),
            key: RunKey { scheduled_at: at, region: region.clone(), lane: Lane::Main },
            lag: Duration::from_millis(350),
            took: Duration::from_millis(450),
            outcomes: outcomes.collect(),
        }
    }

    /// Returns the latencies of the checks of `region` that are due in the window from `at`.
    pub(crate) fn latencies(
        self,
        region: &RegionId,
        at: Timestamp,
    ) -> impl Iterator<Item = (&'a MonitorId, Duration)> {
        let slots = due(&self.config.monitors, at, WINDOW);
        slots.into_iter().filter_map(move |slot| {
            Some((&slot.monitor.id, latency(&self.parts(slot.monitor, region, at))?))
        })
    }

    /// Returns the typical outcome of a monitor's kind of check.
    fn example(self, monitor: &Monitor) -> Example {
        self.kinds.get(&monitor.check.kind).map_or(Example::NONE, |kind| kind.example)
    }

    /// Makes up the parts of a check's time, which vary as measured ones do.
    fn parts(self, monitor: &Monitor, region: &RegionId, at: Timestamp) -> DurationParts {
        let noise = noise(monitor.id.as_str(), region.as_str(), at);
        let vary = |typical: Option<Duration>| {
            let typical = typical?;
            let seed = u64::try_from(typical.as_micros()).unwrap_or(u64::MAX);
            Some(typical.mul_f64(0.7 + 0.6 * noise(seed)))
        };
        let DurationParts { dns, connect, tls, first_byte, transfer } = self.example(monitor).parts;
        DurationParts {
            dns: vary(dns),
            connect: vary(connect),
            tls: vary(tls),
            first_byte: vary(first_byte),
            transfer: vary(transfer),
        }
    }

    /// Makes up a finding of a kind of check. Sizes vary from monitor to monitor, other metrics hardly.
    fn finding(
        self,
        monitor: &Monitor,
        region: &RegionId,
        at: Timestamp,
        health: SampleHealth,
    ) -> Finding {
        let parts = self.parts(monitor, region, at);
        let share = 2.0 * noise_of_id(monitor.id.as_str());
        let is_size = |name: &str| self.kinds.metric(name).is_some_and(|it| it.unit == Unit::Bytes);
        let value = |name: &str, typical: f64| {
            if is_size(name) { (share * typical).round() } else { typical }
        };
        let metrics: Metrics = self
            .example(monitor)
            .metrics
            .iter()
            .map(|(name, typical)| ((*name).to_owned(), value(name, *typical)))
            .collect();
        let verdict = match health {
            SampleHealth::AllWell => Verdict::Healthy,
            SampleHealth::FirstDown => {
                Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "the status is 503"))
            }
        };
        Finding { latency: latency(&parts), parts, metrics, ..Finding::of(verdict) }
    }
}

/// Returns the sum of the parts; `None` if there are none.
fn latency(parts: &DurationParts) -> Option<Duration> {
    let latency: Duration = parts.named().into_iter().filter_map(|(_, part)| part).sum();
    (!latency.is_zero()).then_some(latency)
}

/// Returns a function to pseudo-random numbers from 0 to 1, one for each `n`.
fn noise(id: &str, region: &str, at: Timestamp) -> impl Fn(u64) -> f64 {
    let seed = hash(region, hash(id, at.as_second().cast_unsigned()));
    move |n| fraction(seed ^ n.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn noise_of_id(id: &str) -> f64 {
    fraction(hash(id, 1))
}

fn hash(text: &str, seed: u64) -> u64 {
    let mut hasher = FnvHasher::with_key(FnvHasher::default().finish() ^ seed);
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Applies the finalizer of `SplitMix64` and returns a share of 1.
fn fraction(mut hash: u64) -> f64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^= hash >> 31;
    (hash >> 32) as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_hash_in_each_version() {
        assert_eq!(hash("a", 0), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("", 5) ^ 5, hash("", 0));
    }
}
