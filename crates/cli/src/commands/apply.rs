//! `allclear apply`: puts a config in force in a deployed stack, after showing the changes.

mod limits;
mod plan;
mod stack_actions;
mod stack_checks;
mod warnings;

use std::process::ExitCode;

use allclear_core::ports::{AppliedConfig, ApplyConfig, StoreError, Version};
use anyhow::Context as _;

use self::plan::Plan;
use crate::arguments::{Apply, Paths};
use crate::clock;
use crate::exit_code::NOT_HEALTHY;
use crate::local::{self, LoadedConfig};
use crate::output;
use crate::stack::Stack;

/// Validates, shows the plan, asks, and writes a new version. Whatever stops it before the last
/// step leaves the old version in force.
pub(crate) async fn run(place: &Paths, options: &Apply) -> anyhow::Result<ExitCode> {
    let (file, text) = local::read(&place.of(options.file.as_ref())?)?;
    let loaded = match local::load_text(&file, &text) {
        Ok(loaded) => loaded,
        Err(error) => {
            output::error(&error);
            output::note("nothing was applied");
            return Ok(ExitCode::from(NOT_HEALTHY));
        }
    };
    let progress = output::spinner(&format!("reading the active config of `{}`", options.stack));
    let stack = Stack::find(&options.stack).await?;
    let refusal = stack_checks::refusal(&loaded.config).or_else(|| stack_actions::refusal(&loaded));
    let refusal = match refusal {
        Some(refusal) => Some(refusal),
        None => limits::refusal(&loaded.config, &text, stack.generator_memory_mb())?,
    };
    if let Some(refusal) = refusal {
        progress.finish_and_clear();
        output::error(&anyhow::anyhow!(refusal));
        output::note("nothing was applied");
        return Ok(ExitCode::from(NOT_HEALTHY));
    }
    let store = stack.store()?;
    let mut plan = Plan::make(&store, stack.name(), &loaded.config).await?;
    plan.warnings = warnings::all(&stack, &loaded).await?;
    progress.finish_and_clear();
    decide(&store, &mut plan, options, &loaded, text).await
}

/// Continues from a plan: shows it, asks for confirmation if it must, and writes.
async fn decide(
    store: &impl ApplyConfig,
    plan: &mut Plan,
    options: &Apply,
    loaded: &LoadedConfig,
    text: String,
) -> anyhow::Result<ExitCode> {
    if options.json {
        plan.warnings.iter().for_each(|warning| output::note(&format!("warning: {warning}")));
    } else {
        plan.print();
    }
    if plan.is_nothing() || options.dry_run {
        let result = if plan.is_nothing() {
            format!("nothing changes: version {} stays active", plan.active_version)
        } else {
            "this was a dry run: nothing was applied".to_owned()
        };
        report(options, plan, &result);
        return Ok(ExitCode::SUCCESS);
    }
    if !options.yes {
        anyhow::ensure!(
            output::can_ask(),
            "nothing was applied: no terminal to confirm on; `--yes` applies without confirmation, \
             `--dry-run` only shows the plan"
        );
        if options.json {
            plan.changes.iter().for_each(|change| output::note(&change.to_string()));
        }
        if !output::ask(&format!("Apply this to the stack `{}`?", plan.stack))? {
            report(options, plan, "nothing was applied");
            return Ok(ExitCode::from(NOT_HEALTHY));
        }
    }
    let config = loaded.config.as_ref().clone();
    let applied = AppliedConfig { config, text, at: clock::now(), by: local::user_name() };
    let version = write(store, plan.active_version, &applied).await?;
    plan.applied_version = Some(version);
    let result = format!("version {version} is active; the functions load it at their next run");
    report(options, plan, &result);
    Ok(ExitCode::SUCCESS)
}

async fn write(
    store: &impl ApplyConfig,
    expected: Version,
    applied: &AppliedConfig,
) -> anyhow::Result<Version> {
    match store.apply_config(expected, applied).await {
        Ok(version) => Ok(version),
        Err(StoreError::Conflict { .. }) => anyhow::bail!(
            "nothing was applied: another process applied a config after version {expected} was \
             read; run `allclear apply` again to compare with the new version"
        ),
        Err(error) => Err(error).context(
            "the config may not have been applied: run `allclear apply` again \
                                to find out",
        ),
    }
}

fn report(options: &Apply, plan: &Plan, result: &str) {
    if options.json {
        output::json(plan);
    } else {
        output::line(result);
    }
}

#[cfg(test)]
mod tests;
