//! `allclear check`: checks now and records nothing.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::Outcome;
use allclear_core::status::Status;
use allclear_prober::Checked;

use crate::arguments::{Check, Place};
use crate::commands::{CANNOT_TELL, NOT_HEALTHY};
use crate::machine::{Machine, now};
use crate::output;

/// Checks the named monitors, or all.
pub(crate) async fn run(place: &Place, options: &Check) -> anyhow::Result<ExitCode> {
    let machine = Machine::open(place)?;
    let monitors = named(&machine, &options.ids)?;
    let progress = output::spinner(&format!("checking {} monitors", monitors.len()));
    let outcomes = check(&machine, &monitors).await?;
    progress.finish_and_clear();
    if options.json {
        let checked: Vec<Checked<'_>> = outcomes.iter().map(Checked::of).collect();
        output::json(&checked);
    } else {
        print(&outcomes);
    }
    Ok(exit_code(&outcomes))
}

/// The monitors with these ids; all where there are none.
pub(crate) fn named<'a>(
    machine: &'a Machine,
    ids: &[MonitorId],
) -> anyhow::Result<Vec<&'a Monitor>> {
    if ids.is_empty() {
        return Ok(machine.config.monitors.iter().collect());
    }
    let mut seen = BTreeSet::new();
    ids.iter()
        .filter(|id| seen.insert(*id))
        .map(|id| {
            machine.config.monitor(id).ok_or_else(|| {
                let known: Vec<String> =
                    machine.config.monitors.iter().map(|one| format!("`{}`", one.id)).collect();
                anyhow::anyhow!("there is no monitor `{id}`; there are {}", known.join(", "))
            })
        })
        .collect()
}

/// The outcomes of the monitors, in their order.
pub(crate) async fn check(
    machine: &Machine,
    monitors: &[&Monitor],
) -> anyhow::Result<Vec<Outcome>> {
    let prober = machine.prober()?;
    let (store, secrets) = (&*machine.store, &*machine.secrets);
    Ok(prober.check(store, secrets, monitors, now(), Duration::MAX).await?)
}

/// 0 if all are healthy, 1 if one is not, 2 if one cannot be told.
pub(crate) fn exit_code(outcomes: &[Outcome]) -> ExitCode {
    let any = |status: Status| outcomes.iter().any(|outcome| outcome.status() == status);
    if any(Status::Unhealthy) || any(Status::Degraded) {
        ExitCode::from(NOT_HEALTHY)
    } else if any(Status::Unknown) {
        ExitCode::from(CANNOT_TELL)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints outcomes as a table.
pub(crate) fn print(outcomes: &[Outcome]) {
    let rows: Vec<[String; 5]> = outcomes
        .iter()
        .map(|outcome| {
            let cause = outcome.verdict.cause();
            let time = outcome.response_time_ms().map(|ms| format!("{ms:.0} ms"));
            [
                outcome.monitor.to_string(),
                format!("{} {}", output::sign(outcome.status()), outcome.status()),
                time.unwrap_or_else(|| "-".to_owned()),
                cause.map_or_else(|| "-".to_owned(), |cause| cause.fault.to_string()),
                cause
                    .map(|cause| format!("{}: {}", cause.reason, cause.message))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    output::table(["MONITOR", "STATUS", "TIME", "FAULT", "WHY"], &rows);
}
