//! Prints a table: for each number of monitors the processor time of each step, and the sizes of what is
//! written.
//!
//!     allclear-scale [--days N] [NUMBER...]

use std::sync::Arc;
use std::time::{Duration, Instant};

use allclear_core::id::ShardId;
use allclear_engine::evaluate::Evaluator;
use allclear_engine::publish::Generator;
use allclear_evaluate::ConfigIndex;
use allclear_scale::scenario::{self, Weather};
use allclear_scale::store::{Bucket, Store};
use anyhow::{Context as _, Result};

/// The healthy minutes before the outage.
const BEFORE: i64 = 70;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut numbers = Vec::new();
    let mut n_days = 90;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--days" {
            n_days = arguments.next().context("`--days` needs a number")?.parse()?;
        } else {
            numbers.push(argument.parse::<usize>()?);
        }
    }
    if numbers.is_empty() {
        numbers = vec![1_000, 3_000, 10_000];
    }
    print(&HEADINGS.map(str::to_owned));
    for n in numbers {
        for weather in [Weather::Down, Weather::Hanging] {
            print(&measure(n, n_days, weather).await?);
        }
    }
    Ok(())
}

const HEADINGS: [&str; 12] = [
    "monitors",
    "weather",
    "first run ms",
    "confirm ms",
    "cold ms",
    "page ms",
    "page cold ms",
    "run kB",
    "state kB",
    "item kB",
    "commit kB / items",
    "index.html kB / deliveries",
];

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

async fn measure(n: usize, n_days: u32, weather: Weather) -> Result<[String; 12]> {
    let config = Arc::new(scenario::config(n)?);
    let index = Arc::new(ConfigIndex::new(Arc::clone(&config))?);
    let (store, bucket, shard) = (Store::default(), Bucket::default(), ShardId::main());
    store.add_days(&scenario::days(n, n_days)?)?;
    let mut evaluator = Evaluator::new(Arc::clone(&index));
    let now = |minute: i64| -> Result<_> {
        Ok(scenario::start()? + Duration::from_mins(u64::try_from(minute)?))
    };
    for minute in 0..BEFORE {
        store.record(&scenario::run(n, minute, Weather::Healthy)?);
        evaluator.evaluate(&store, &shard, now(minute)?).await?;
    }
    let mut generator = Generator::new(Duration::from_mins(5));
    generator.generate(&store, &bucket, &index, now(BEFORE)?).await?;

    store.record(&scenario::run(n, BEFORE, weather)?);
    let began = Instant::now();
    evaluator.evaluate(&store, &shard, now(BEFORE)?).await?;
    let first = began.elapsed();

    store.record(&scenario::run(n, BEFORE + 1, weather)?);
    let began = Instant::now();
    let decision = evaluator.evaluate(&store, &shard, now(BEFORE + 1)?).await?;
    let confirm = began.elapsed();
    anyhow::ensure!(decision.transitions.len() == n, "{} are down", decision.transitions.len());

    let began = Instant::now();
    generator.generate(&store, &bucket, &index, now(BEFORE + 1)?).await?;
    let page = began.elapsed();

    // A process that has just started.
    let began = Instant::now();
    let mut generator = Generator::new(Duration::from_mins(5));
    generator.generate(&store, &bucket, &index, now(BEFORE + 1)?).await?;
    let page_cold = began.elapsed();
    store.record(&scenario::run(n, BEFORE + 2, weather)?);
    let began = Instant::now();
    let mut evaluator = Evaluator::new(index);
    evaluator.evaluate(&store, &shard, now(BEFORE + 2)?).await?;
    let cold = began.elapsed();

    let sizes = store.sizes();
    let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1024.0);
    let html = bucket.size_of("index.html").context("no page was published")?;
    Ok([
        n.to_string(),
        format!("{weather:?}").to_lowercase(),
        first.as_millis().to_string(),
        confirm.as_millis().to_string(),
        cold.as_millis().to_string(),
        page.as_millis().to_string(),
        page_cold.as_millis().to_string(),
        kilobytes(sizes.run),
        kilobytes(sizes.state),
        kilobytes(sizes.decided),
        format!("{} / {}", kilobytes(sizes.transaction), sizes.n_items),
        format!("{} / {}", kilobytes(html), sizes.n_deliveries),
    ])
}
