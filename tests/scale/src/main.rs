//! Prints a table: for each number of monitors the processor time of each step, and the sizes of what is
//! written. `scripts/scale` runs it.
//!
//!     allclear-scale [--days N] [NUMBER...]

use std::time::Duration;

use allclear_scale::measure::{Measured, Past, measure, peak_memory_mb};
use allclear_scale::scenario::OutageKind;
use anyhow::{Context as _, Result};

/// The healthy minutes before the outage: more than the log is looked back on.
const MINUTES: i64 = 70;

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
    print(&HEADINGS.map(|_| "---".to_owned()));
    for n in numbers {
        for outage_kind in [OutageKind::Down, OutageKind::Hanging] {
            let measured = measure(n, Past { n_days, n_minutes: MINUTES }, outage_kind).await?;
            anyhow::ensure!(measured.n_transitions == n, "not all {n} are down: {measured:?}");
            print(&row(n, outage_kind, &measured)?);
        }
    }
    Ok(())
}

const HEADINGS: [&str; 13] = [
    "monitors",
    "targets",
    "first run",
    "confirm",
    "cold",
    "page",
    "page, cold",
    "run",
    "state",
    "largest decided item",
    "commit",
    "index.html",
    "peak",
];

fn row(n: usize, outage_kind: OutageKind, measured: &Measured) -> Result<[String; 13]> {
    let ms = |time: Duration| format!("{} ms", time.as_millis());
    let kilobytes = |bytes: usize| format!("{} kB", bytes.div_ceil(1024));
    let Measured { first_run, confirm, confirm_cold, page, page_cold, sizes, html, .. } = *measured;
    Ok([
        n.to_string(),
        format!("{outage_kind:?}").to_lowercase(),
        ms(first_run),
        ms(confirm),
        ms(confirm_cold),
        ms(page),
        ms(page_cold),
        kilobytes(sizes.run),
        kilobytes(sizes.state),
        kilobytes(sizes.decided),
        kilobytes(sizes.transaction),
        kilobytes(html),
        format!("{} MB", peak_memory_mb()?),
    ])
}

#[expect(clippy::print_stdout, reason = "the table is the output")]
fn print(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}
