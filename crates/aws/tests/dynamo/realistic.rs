//! Runs of a prober that checks a hundred HTTP endpoints of many kinds each minute.

use std::time::Duration;

use allclear_core::Timestamp;
use allclear_core::cost::Cost;
use allclear_core::id::{MonitorId, RegionId, ShardId};
use allclear_core::outcome::{Cause, DurationParts, Labels, Metrics, Outcome, Verdict};
use allclear_core::reason::Reason;
use allclear_core::run::{Lane, Run, RunKey};
use allclear_core::status::Status;

pub(crate) const N_MONITORS: usize = 100;

const PRODUCTS: [&str; 10] = [
    "openai-chat-completions",
    "anthropic-messages",
    "checkout-api",
    "billing-webhooks",
    "search",
    "login",
    "assets-cdn",
    "docs",
    "postgres-pooler-health",
    "partner-feed",
];
const PLACES: [&str; 10] = [
    "eu-west-1",
    "eu-central-1",
    "us-east-1",
    "us-west-2",
    "ap-south-1",
    "canary",
    "staging",
    "internal",
    "v2",
    "public",
];

/// A pseudorandom sequence that is the same each time.
pub(crate) struct TestRng(pub(crate) u64);

impl TestRng {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a time that is mostly near `median` and sometimes far above it.
    fn time(&mut self, median_us: f64) -> Duration {
        let normal: f64 = (0..12).map(|_| self.next()).sum::<f64>() - 6.0;
        let outlier = if self.next() < 0.01 { 10.0 } else { 1.0 };
        whole_microseconds(median_us * (normal * 0.4).exp() * outlier)
    }
}

fn whole_microseconds(microseconds: f64) -> Duration {
    let exact = Duration::from_secs_f64(microseconds / 1e6);
    Duration::from_micros(u64::try_from(exact.as_micros()).unwrap())
}

/// Returns the sorted ids.
pub(crate) fn ids() -> Vec<MonitorId> {
    let mut ids: Vec<MonitorId> = PRODUCTS
        .iter()
        .flat_map(|product| PLACES.iter().map(move |place| format!("{product}-{place}")))
        .map(|id| MonitorId::new(id).unwrap())
        .collect();
    ids.sort();
    ids
}

/// Returns the run of `at`, in which the monitors selected by `down` fail.
pub(crate) fn run(at: Timestamp, rng: &mut TestRng, down: impl Fn(usize) -> bool) -> Run {
    let ids = ids();
    let outcomes = ids
        .iter()
        .enumerate()
        .map(|(n, id)| {
            outcome(id, n, rng, if down(n) { Status::Unhealthy } else { Status::Healthy })
        })
        .collect();
    Run {
        shard: ShardId::main(),
        key: RunKey {
            scheduled_at: at,
            region: RegionId::new("eu-central-1").unwrap(),
            lane: Lane::Main,
        },
        lag: rng.time(900_000.0),
        took: rng.time(1_500_000.0),
        outcomes,
    }
}

fn outcome(id: &MonitorId, n: usize, rng: &mut TestRng, status: Status) -> Outcome {
    let is_down = status == Status::Unhealthy;
    let far = 1.0 + (n % 10) as f64 * 0.4;
    let parts = DurationParts {
        dns: Some(rng.time(1_800.0)),
        connect: Some(rng.time(12_000.0 * far)),
        tls: Some(rng.time(16_000.0 * far)),
        first_byte: Some(rng.time(45_000.0 * far)),
        transfer: Some(rng.time(250.0)),
    };
    let total: Duration = parts.named().into_iter().filter_map(|(_, part)| part).sum();
    // Rounding loses a little time between the parts.
    let latency = total + whole_microseconds(rng.next() * 4.0);
    let body = if n.is_multiple_of(2) {
        512.0 + n as f64 * 7.0
    } else {
        2_000.0 + (rng.next() * 900.0).floor()
    };
    let mut metrics: Metrics = [
        ("status_code", 200.0),
        ("http_version", if n.is_multiple_of(3) { 1.1 } else { 2.0 }),
        ("tls_version", 1.3),
        ("body_bytes", body),
        ("certificate_days", 20.0 + (n * 37 % 300) as f64),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut verdict = Verdict::Healthy;
    if is_down {
        metrics.insert("status_code".to_owned(), 503.0);
        verdict = Verdict::Unhealthy(Cause::of(Reason::HttpStatus, "status 503, want 2xx"));
    }
    let attempts = if is_down { 2 } else { 1 };
    Outcome {
        monitor: id.clone(),
        offset: Duration::ZERO,
        verdict,
        latency: Some(latency),
        parts,
        metrics,
        labels: Labels::new(),
        cost: Cost::ZERO,
        attempts,
    }
}
