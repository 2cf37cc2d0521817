//! `allclear route`: the channels that an alert goes to, and the reasons.

mod report;

use std::process::ExitCode;

use allclear_core::Timestamp;
use allclear_core::config::Config;
use allclear_core::id::{MonitorId, RuleId};
use allclear_core::matcher::{AlertLabels, MonitorLabels};
use allclear_core::rule::{MONITORING_IMPAIRED, REGION_SILENT, Rule, SUMMARY};
use allclear_core::status::{Fault, Severity};
use allclear_core::window::Occurrence;
use allclear_evaluate::ConfigIndex;

use self::report::RoutingReport;
use crate::arguments::{Paths, RouteOptions, StackOption};
use crate::local::{self, ChosenConfig};
use crate::stack::Stack;
use crate::{clock, output};

/// Prints the way of alerts through the routes.
pub(crate) async fn run(place: &Paths, options: &RouteOptions) -> anyhow::Result<ExitCode> {
    let ChosenConfig { config, disabled } = config(place, &options.stack).await?;
    let index = ConfigIndex::new(config)?.with_kinds(allclear_probes::kinds());
    let at = options.at.resolve(clock::now(), options.time_zone.as_ref(), Occurrence::First)?;
    if let Some(rule) = &options.rule
        && let Some(place) = disabled.get(rule)
    {
        anyhow::bail!("no alert of `{rule}` fires: the rule is disabled {place}");
    }
    let reports = reports(&index, options, at)?;
    if options.json {
        output::json(&reports);
        return Ok(ExitCode::SUCCESS);
    }
    if index.config().routing.is_none() {
        output::note("the config has no `[route]`: each channel gets what its own filters accept");
    }
    for (n, report) in reports.iter().enumerate() {
        if n > 0 {
            output::line("");
        }
        for line in report.lines() {
            output::line(&line);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the config that the stack runs with; that of this machine if there is none.
async fn config(place: &Paths, stack: &StackOption) -> anyhow::Result<ChosenConfig> {
    match stack.stack.as_deref() {
        Some(name) => Ok(ChosenConfig::of_stack(Stack::find(name).await?.config().await?)),
        None => Ok(local::load(place)?.into()),
    }
}

/// Returns a report for each alert that is asked about.
fn reports(
    index: &ConfigIndex,
    options: &RouteOptions,
    at: Timestamp,
) -> anyhow::Result<Vec<RoutingReport>> {
    let id = &options.monitor;
    let report = |rule: &RuleId, severity: Severity, fault: Option<Fault>| {
        let known = index.monitor(id);
        let monitor = known.map_or_else(|| MonitorLabels::of_unknown(id), MonitorLabels::of);
        let severity = options.severity.unwrap_or(severity);
        let fault = options.fault.or(fault);
        let regions = options.regions.as_slice();
        RoutingReport::new(index, AlertLabels { monitor, rule, severity, fault, regions }, at)
    };
    if *id == MonitorId::itself() {
        let own = own_alerts()?;
        let asked = own.iter().filter(|one| options.rule.as_ref().is_none_or(|id| *id == one.0));
        let reports: Vec<_> =
            asked.map(|(rule, severity, fault)| report(rule, *severity, *fault)).collect();
        anyhow::ensure!(
            !reports.is_empty(),
            "Allclear itself raises only `{MONITORING_IMPAIRED}`, `{REGION_SILENT}` and `{SUMMARY}`"
        );
        return Ok(reports);
    }
    let rules = rules(index, id, options.rule.as_ref())?;
    let fault = |rule: &Rule| rule.fault.or(Some(Fault::Target));
    Ok(rules.into_iter().map(|rule| report(&rule.id, rule.severity, fault(rule))).collect())
}

/// Returns the notices of Allclear about itself.
fn own_alerts() -> anyhow::Result<[(RuleId, Severity, Option<Fault>); 3]> {
    Ok([
        (RuleId::new(MONITORING_IMPAIRED)?, Severity::Error, Some(Fault::Monitor)),
        (RuleId::new(REGION_SILENT)?, Severity::Warning, Some(Fault::Monitor)),
        (RuleId::new(SUMMARY)?, Severity::Info, None),
    ])
}

/// Returns the rule with this id, or all rules that can fire for the monitor.
fn rules<'a>(
    index: &'a ConfigIndex,
    id: &MonitorId,
    rule: Option<&RuleId>,
) -> anyhow::Result<Vec<&'a Rule>> {
    let config: &Config = index.config();
    let Some(monitor) = config.monitor(id) else {
        anyhow::bail!("no monitor `{id}` in the config: `allclear report` lists the monitors");
    };
    let Some(rule) = rule else { return Ok(index.rules_that_can_fire(id).collect()) };
    let found = config.rules.iter().find(|one| one.id == *rule);
    let Some(found) = found else {
        let known: Vec<&str> = index.rules_that_can_fire(id).map(|one| one.id.as_str()).collect();
        anyhow::bail!("no rule `{rule}` in the config: `{id}` has {}", known.join(", "));
    };
    anyhow::ensure!(found.scope.includes(monitor), "the rule `{rule}` does not apply to `{id}`");
    Ok(vec![found])
}

#[cfg(test)]
mod tests;
