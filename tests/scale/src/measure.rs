//! The measurement of one number of monitors.

use std::sync::Arc;
use std::time::Duration;

use allclear_core::id::ShardId;
use allclear_engine::evaluate::Evaluator;
use allclear_engine::publish::{Generator, Href, PublishOptions};
use allclear_evaluate::ConfigIndex;
use anyhow::{Context as _, Result};

use crate::scenario::{self, OutageKind};
use crate::store::{Bucket, Sizes, Store};

/// The past of the outage that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// The closed days.
    pub n_days: u32,
    /// The healthy minutes before the outage.
    pub n_minutes: i64,
}

/// The processor time of each step of an outage, and the sizes of what it writes.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// The evaluator, at the first run in which all is down.
    pub first_run: Duration,
    /// The evaluator, at the run that confirms the outage.
    pub confirm: Duration,
    /// The evaluator, at the next run in a new process.
    pub confirm_cold: Duration,
    /// The generator, after the confirmation.
    pub page: Duration,
    /// The same in a new process, which reads the days of the page.
    pub page_cold: Duration,
    /// The sizes of what was written.
    pub sizes: Sizes,
    /// The bytes of `index.html`.
    pub html: usize,
    /// The statuses that were confirmed.
    pub n_transitions: usize,
}

/// Measures an outage of `n` monitors.
///
/// # Errors
/// A step fails, or the system does not tell the processor time.
pub async fn measure(n: usize, past: Past, outage_kind: OutageKind) -> Result<Measured> {
    let Past { n_days, n_minutes: before } = past;
    let config = Arc::new(scenario::config(n)?);
    let index = Arc::new(ConfigIndex::new(config)?);
    let (store, bucket, shard) = (Store::default(), Bucket::default(), ShardId::main());
    store.add_days(&scenario::days(n, n_days)?)?;
    let mut evaluator = Evaluator::new(Arc::clone(&index));
    let now = |minute: i64| -> Result<_> {
        Ok(scenario::start()? + Duration::from_mins(u64::try_from(minute)?))
    };
    for minute in 0..before {
        store.record(&scenario::run(n, minute, OutageKind::Healthy)?);
        evaluator.evaluate(&store, &shard, now(minute)?).await?;
    }
    let mut generator = Generator::new(options()?);
    generator.generate(&store, &bucket, &index, now(before)?).await?;

    store.record(&scenario::run(n, before, outage_kind)?);
    let began = cpu_time()?;
    evaluator.evaluate(&store, &shard, now(before)?).await?;
    let first_run = cpu_time()?.saturating_sub(began);

    store.record(&scenario::run(n, before + 1, outage_kind)?);
    let began = cpu_time()?;
    let decision = evaluator.evaluate(&store, &shard, now(before + 1)?).await?;
    let confirm = cpu_time()?.saturating_sub(began);

    let began = cpu_time()?;
    generator.generate(&store, &bucket, &index, now(before + 1)?).await?;
    let page = cpu_time()?.saturating_sub(began);
    let began = cpu_time()?;
    let mut generator = Generator::new(options()?);
    generator.generate(&store, &bucket, &index, now(before + 1)?).await?;
    let page_cold = cpu_time()?.saturating_sub(began);

    store.record(&scenario::run(n, before + 2, outage_kind)?);
    let began = cpu_time()?;
    Evaluator::new(index).evaluate(&store, &shard, now(before + 2)?).await?;
    let confirm_cold = cpu_time()?.saturating_sub(began);
    Ok(Measured {
        first_run,
        confirm,
        confirm_cold,
        page,
        page_cold,
        sizes: store.sizes(),
        html: bucket.size_of("index.html").context("no page was published")?,
        n_transitions: decision.transitions.len(),
    })
}

/// Returns the processor time of this thread, which other processes do not change.
fn cpu_time() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().context("`schedstat` is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Returns the most memory that this process has had, in megabytes.
///
/// # Errors
/// The system does not tell it.
pub fn peak_memory_mb() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no `VmHWM`")?;
    Ok(kilobytes.parse::<u64>()? / 1024)
}

/// Returns the circumstances of a page that a stack publishes.
fn options() -> Result<PublishOptions> {
    let address = Href::parse("https://status.example.com/")?;
    Ok(PublishOptions { every: Duration::from_mins(5), address })
}
