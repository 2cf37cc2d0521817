//! The bill of a month, and its assumptions.

use std::sync::Arc;

use allclear_core::Timestamp;
use allclear_core::checker::CheckKinds;
use allclear_core::config::Config;
use allclear_core::id::RegionId;
use allclear_core::rollup::Period;
use serde::Serialize;

use crate::bill::Bill;
use crate::charges::{Charged, charged};
use crate::deployment::{StackFunction, TemplateValues};
use crate::error::BillError;
use crate::prices::Prices;
use crate::usage::{Assumptions, DAYS};
use crate::{day, publication, usage};

/// The bill of a month, and its assumptions.
#[derive(Debug, Serialize)]
pub struct Estimate {
    /// Monitors of the config.
    pub n_monitors: usize,
    /// Checks of all regions in a month.
    pub checks_per_month: f64,
    /// US dollars for a million checks, without the free tier.
    pub usd_per_million_checks: f64,
    /// Write units of all records but deliveries, for a thousand checks.
    pub write_units_per_1000_checks: f64,
    /// The bill of AWS.
    #[serde(flatten)]
    pub bill: Bill,
    /// The charges of others, in the order of the config.
    pub providers: Vec<Charged>,
    /// Assumed values that the config does not state.
    pub assumptions: Assumptions,
    /// The prices that the bill is made with.
    pub prices: Prices,
}

impl Estimate {
    /// Estimates the bill of `config`, from the sizes of the real records of a day. The day is that of
    /// `now`, which the windows of the config depend on.
    ///
    /// # Errors
    ///
    /// A condition of the config does not compile, or a record of the day cannot be encoded.
    pub async fn of(
        config: &Arc<Config>,
        kinds: &dyn CheckKinds,
        assumptions: Assumptions,
        now: Timestamp,
    ) -> Result<Self, BillError> {
        let prices = Prices::built_in()?;
        let deployment = TemplateValues::built_in()?;
        let regions: Vec<RegionId> = (1..=assumptions.n_regions)
            .map(|n| RegionId::new(format!("region-{n}")))
            .collect::<Result<_, _>>()?;
        let day = day::make(config, kinds, &regions, Period::Day.start_of(now)).await?;
        let every = deployment.every(StackFunction::Generator);
        let publication = publication::next(config, kinds.declared(), &regions, &day, every)?;
        let lines = usage::lines(config, &deployment, &assumptions, &day, &publication);
        let bill = Bill::of(lines, &prices)?;
        let n_checks = day.n_checks.max(1.0);
        Ok(Self {
            n_monitors: config.monitors.len(),
            checks_per_month: n_checks * DAYS,
            usd_per_million_checks: bill.usd * 1e6 / (n_checks * DAYS),
            write_units_per_1000_checks: day.counts.write_units() * 1_000.0 / n_checks,
            bill,
            providers: charged(config, kinds),
            assumptions,
            prices,
        })
    }
}
