//! The arguments of `allclear route`.

use allclear_core::id::{MonitorId, RegionId, RuleId};
use allclear_core::status::{Fault, Severity};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::StackOption;
use super::when::{self, When, Zone};

#[derive(Debug, Args)]
pub(crate) struct RouteOptions {
    /// Id of the monitor; `allclear` for notices of Allclear about itself
    pub(crate) monitor: MonitorId,
    /// Id of the rule; all rules that can fire if omitted
    #[arg(long)]
    pub(crate) rule: Option<RuleId>,
    /// Fault of the alert; that of the rule, or `target`, if omitted
    #[arg(long, value_parser = faults())]
    pub(crate) fault: Option<Fault>,
    /// Region that alone sees the trouble; repeat it for several; all see it if omitted
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<RegionId>,
    /// Severity of the alert; that of the rule if omitted
    #[arg(long, value_parser = severities())]
    pub(crate) severity: Option<Severity>,
    /// Time of the alert: `now`, `+2h`, `2026-12-01T02:00:00Z`, or a local time with `--time-zone`
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = when::when)]
    pub(crate) at: When,
    /// Time zone of a local time, such as `Europe/Berlin`
    #[arg(long, value_name = "NAME", value_parser = when::zone)]
    pub(crate) time_zone: Option<Zone>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) stack: StackOption,
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
        .try_map(|word| Severity::from_word(&word).ok_or("unknown severity"))
}

fn faults() -> impl TypedValueParser<Value = Fault> {
    PossibleValuesParser::new(Fault::ALL.map(Fault::as_str)).try_map(|word| {
        Fault::ALL.into_iter().find(|fault| fault.as_str() == word).ok_or("unknown fault")
    })
}
