//! `allclear cost`: what a config costs a month on AWS, from the sizes of real records.

mod bill;
mod counts;
mod day;
mod deployment;
mod log_line;
mod prices;
mod publication;
mod sample;
mod table;
mod upkeep;
mod usage;
mod weight;

use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::cost::Cost as Money;
use allclear_core::id::RegionId;
use allclear_core::rollup::Period;
use serde::Serialize;

use self::bill::Bill;
use self::deployment::{Deployment, Function};
use self::prices::Prices;
use self::usage::Assumptions;
use crate::arguments::{Cost, Place};
use crate::commands::charges;
use crate::machine::Loaded;
use crate::{clock, machine, output};

/// Prints the bill.
pub(crate) async fn run(place: &Place, options: &Cost) -> anyhow::Result<ExitCode> {
    let loaded = machine::load(&place.of(options.file.as_ref())?)?;
    let assumptions = Assumptions::new(options.regions, options.check_duration);
    let estimate = Estimate::of(&loaded, assumptions, clock::now()).await?;
    if options.json {
        output::json(&estimate);
    } else {
        estimate.print();
    }
    Ok(ExitCode::SUCCESS)
}

/// The bill of a month, and what it rests on.
#[derive(Serialize)]
struct Estimate {
    n_monitors: usize,
    checks_per_month: f64,
    usd_per_million_checks: f64,
    write_units_per_1000_checks: f64,
    #[serde(flatten)]
    bill: Bill,
    providers: Vec<charges::Charged>,
    assumptions: Assumptions,
    prices: Prices,
}

impl Estimate {
    async fn of(loaded: &Loaded, assumptions: Assumptions, now: Timestamp) -> anyhow::Result<Self> {
        let Loaded { config, catalog, .. } = loaded;
        let prices = Prices::built_in()?;
        let deployment = Deployment::built_in()?;
        let regions: Vec<RegionId> = (1..=assumptions.n_regions)
            .map(|n| RegionId::new(format!("region-{n}")))
            .collect::<Result<_, _>>()?;
        let day = day::make(config, &catalog.probes, &regions, Period::Day.start_of(now)).await?;
        let every = deployment.every(Function::Generator);
        let publication = publication::next(config, &regions, &day, every)?;
        let lines = usage::lines(config, &deployment, &assumptions, &day, &publication);
        let bill = Bill::of(lines, &prices)?;
        let n_checks = day.n_checks.max(1.0);
        Ok(Self {
            n_monitors: config.monitors.len(),
            checks_per_month: n_checks * usage::DAYS,
            usd_per_million_checks: bill.usd * 1e6 / (n_checks * usage::DAYS),
            write_units_per_1000_checks: day.counts.write_units() * 1_000.0 / n_checks,
            bill,
            providers: charges::charged(config, &catalog.probes),
            assumptions,
            prices,
        })
    }

    fn print(&self) {
        let Self { bill, prices, .. } = self;
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
            "${:.2} a month for {} monitors; ${:.2} beyond the free tiers of an account that has \
             nothing else",
            bill.usd, self.n_monitors, bill.usd_beyond_free_tiers
        ));
        output::line(&format!(
            "{} checks a month, ${:.2} a million; {:.1} write units for 1,000 checks",
            number(self.checks_per_month),
            self.usd_per_million_checks,
            self.write_units_per_1000_checks
        ));
        print_providers(&self.providers);
        output::line("\nIt rests on these assumptions:");
        for sentence in self.assumptions.sentences() {
            output::line(&format!("- {sentence}"));
        }
        output::line(&format!("\nThe prices, in {}:", prices.region));
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
}

/// Prints the most that others charge for the checks, beside the bill of AWS.
fn print_providers(providers: &[charges::Charged]) {
    if providers.is_empty() {
        return;
    }
    output::line(
        "\nBeside that, the providers of paid checks charge at most, of all regions together:",
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

/// `2 GB`, but `2 requests`.
fn plural(unit: &str) -> String {
    if unit == "GB" { unit.to_owned() } else { format!("{unit}s") }
}

/// A number as people read it: `43,800`, `16.4`, `0.0021`.
fn number(value: f64) -> String {
    if value < 100.0 {
        let text = if value < 1.0 { format!("{value:.4}") } else { format!("{value:.1}") };
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
