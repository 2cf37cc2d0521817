//! `allclear check`: checks now and records nothing.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::id::MonitorId;
use allclear_core::monitor::Monitor;
use serde_json::json;

use crate::arguments::{Check, Named, Paths, StackOption, file_of_this_name};
use crate::clock::now;
use crate::commands::invoke;
use crate::commands::outcome_table::OutcomeTable;
use crate::local::{Access, Machine};
use crate::output;
use crate::stack::Stack;
use allclear_engine::probe::Invocation;

/// Checks the named monitors, or all.
pub(crate) async fn run(place: &Paths, options: &Check) -> anyhow::Result<ExitCode> {
    let named = Named::read(&options.named)?;
    let origin = CheckOrigin::open(place, &named, &options.stack).await?;
    let ids = named.ids;
    let what = match ids.as_slice() {
        [] => "checking all monitors".to_owned(),
        [id] => format!("checking `{id}`"),
        ids => format!("checking {} monitors", ids.len()),
    };
    let progress = output::spinner(&what);
    let seen = origin.check(&ids).await?;
    progress.finish_and_clear();
    if options.json {
        seen.print_json();
    } else {
        seen.print_table();
    }
    Ok(seen.exit_code())
}

/// The place that makes the checks.
pub(crate) enum CheckOrigin {
    /// This machine.
    Local(Box<Machine>),
    /// The prober of a deployed stack.
    Stack(Box<Stack>),
}

impl CheckOrigin {
    /// Finds the prober of `stack`; this machine with the config that is named if there is none.
    pub(crate) async fn open(
        place: &Paths,
        named: &Named,
        stack: &StackOption,
    ) -> anyhow::Result<Self> {
        let place = stack.place(place, named.file.as_ref())?;
        match stack.stack.as_deref() {
            Some(name) => Ok(Self::Stack(Box::new(Stack::find(name).await?))),
            None => Ok(Self::Local(Box::new(Machine::open(&place, Access::Remember)?))),
        }
    }

    /// Checks the named monitors, or all, in their order.
    pub(crate) async fn check(&self, ids: &[MonitorId]) -> anyhow::Result<OutcomeTable> {
        match self {
            Self::Local(machine) => {
                let monitors = named(machine, ids)?;
                let prober = machine.prober();
                let (store, secrets) = (&*machine.store, &*machine.secrets);
                let invocation = Invocation { now: now(), limit: Duration::MAX };
                let outcomes = prober.check(store, secrets, &monitors, invocation).await?;
                OutcomeTable::of_outcomes(&outcomes, &monitors)
            }
            Self::Stack(stack) => invoke::ask(stack, &json!({ "monitors": ids })).await,
        }
    }
}

/// The most monitors that an error names.
const MAX_NAMED: usize = 20;

/// Returns the monitors with these ids; all if `ids` is empty.
fn named<'a>(machine: &'a Machine, ids: &[MonitorId]) -> anyhow::Result<Vec<&'a Monitor>> {
    if ids.is_empty() {
        return Ok(machine.config.monitors.iter().collect());
    }
    let mut seen = BTreeSet::new();
    ids.iter()
        .filter(|id| seen.insert(*id))
        .map(|id| {
            machine.config.monitor(id).ok_or_else(|| {
                let monitors = &machine.config.monitors;
                let known = monitors.iter().take(MAX_NAMED).map(|one| format!("`{}`", one.id));
                let mut known: Vec<String> = known.collect();
                if monitors.len() > MAX_NAMED {
                    known.push(format!("and {} more", monitors.len() - MAX_NAMED));
                }
                let file = file_of_this_name(id.as_str());
                anyhow::anyhow!("no monitor `{id}`; known monitors: {}{file}", known.join(", "))
            })
        })
        .collect()
}
