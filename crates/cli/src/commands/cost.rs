//! `allclear cost`: the monthly cost of a config on AWS, from the sizes of real records.

use std::process::ExitCode;

use allclear_bill::{Assumptions, Charged, Estimate, number};
use allclear_core::cost::Cost as Money;

use crate::arguments::{CostOptions, Paths};
use crate::{clock, local, output};

/// Prints the bill.
pub(crate) async fn run(place: &Paths, options: &CostOptions) -> anyhow::Result<ExitCode> {
    let loaded = local::load(&place.of(options.file.as_ref())?)?;
    let assumptions = Assumptions::new(options.regions, options.check_duration);
    let kinds = &loaded.catalog.probes;
    let estimate = Estimate::of(&loaded.config, kinds, assumptions, clock::now()).await?;
    if options.json {
        output::json(&estimate);
    } else {
        print(&estimate);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the bill and its assumptions.
fn print(estimate: &Estimate) {
    let Estimate { bill, prices, .. } = estimate;
    let rows: Vec<[String; 4]> = bill
        .charges
        .iter()
        .map(|charge| {
            let amount = format!("{} {}", number(charge.amount), plural(&charge.unit));
            [
                charge.what.clone(),
                amount,
                format!("{:8.4}", charge.usd),
                format!("{:8.4}", charge.usd_beyond_free_tier),
            ]
        })
        .collect();
    output::table(["FOR", "AMOUNT A MONTH", "       $", "BEYOND FREE TIERS"], &rows);
    output::line("");
    output::line(&format!(
        "${:.2} a month for {} monitors; ${:.2} beyond the free tiers of an otherwise unused \
         account",
        bill.usd, estimate.n_monitors, bill.usd_beyond_free_tiers
    ));
    output::line(&format!(
        "{} checks a month, ${:.2} a million; {:.1} write units for 1,000 checks",
        number(estimate.checks_per_month),
        estimate.usd_per_million_checks,
        estimate.write_units_per_1000_checks
    ));
    print_providers(&estimate.providers);
    output::line("\nAssumptions:");
    for sentence in estimate.assumptions.sentences() {
        output::line(&format!("- {sentence}"));
    }
    output::line(&format!("\nPrices in {}:", prices.region));
    let mut asked: Vec<_> = bill.charges.iter().map(|charge| charge.item).collect();
    asked.sort_unstable();
    asked.dedup();
    let rows: Vec<[String; 5]> = prices
        .iter()
        .filter(|(item, _)| asked.contains(item))
        .map(|(_, price)| {
            let free = price.free_per_month;
            let free = if free > 0.0 { number(free) } else { "-".to_owned() };
            let date = price.date.to_string();
            [price.name.clone(), price.quoted(), free, date, price.source.clone()]
        })
        .collect();
    output::table(["PRICE OF", "IS", "FREE", "DATE", "SOURCE"], &rows);
}

/// Prints the most that others charge for the checks, beside the bill of AWS.
fn print_providers(providers: &[Charged]) {
    if providers.is_empty() {
        return;
    }
    output::line(
        "\nIn addition, the providers of paid checks charge at most, for all regions together:",
    );
    let rows: Vec<[String; 5]> = providers
        .iter()
        .map(|one| {
            let cost = Money::from_dollars;
            let assumed = if one.is_assumed { "assumed " } else { "" };
            let price = format!("{assumed}{}", cost(one.usd));
            let every = one.every.clone();
            let month = cost(one.usd_per_month).to_string();
            [one.monitor.clone(), one.asks_for.clone(), price, every, month]
        })
        .collect();
    output::table(["MONITOR", "ASKS FOR", "$ EACH", "EVERY", "$ A MONTH"], &rows);
}

/// Returns the plural of a unit: `2 GB`, but `2 requests`.
fn plural(unit: &str) -> String {
    if unit == "GB" { unit.to_owned() } else { format!("{unit}s") }
}
