//! `allclear explain`: the entry of a reason code, the list of all codes, or the story of a decision.

mod decision;
mod reason;
mod unknown;

use std::process::ExitCode;

use allclear_core::reason::Reason;

pub(super) use self::decision::print as print_story;
use self::reason::{Entry, row};
use crate::arguments::{Explain, Paths};
use crate::exit_code::NOT_HEALTHY;
use crate::output;

/// Prints the entry of a reason, the list of all reasons, or the story of a decision.
pub(crate) async fn run(place: &Paths, options: &Explain) -> anyhow::Result<ExitCode> {
    let Some(id) = options.id.as_deref() else {
        refuse_time(options)?;
        list(options);
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(reason) = Reason::from_code(id) {
        refuse_time(options)?;
        print(reason, options);
        return Ok(ExitCode::SUCCESS);
    }
    match decision::explain(place, options, id).await {
        Ok(None) => Ok(ExitCode::SUCCESS),
        Ok(Some(unknown)) => {
            output::error(&anyhow::anyhow!("{unknown}"));
            Ok(ExitCode::from(NOT_HEALTHY))
        }
        // Records are not needed for a reason code, which may be misspelled.
        Err(error) => Err(match nearest_code(id) {
            Some(code) => {
                let what = format!("`{id}` is no reason code: did you mean `{code}`?");
                error.context(what)
            }
            None => error,
        }),
    }
}

/// Refuses `--at` for reason codes.
fn refuse_time(options: &Explain) -> anyhow::Result<()> {
    anyhow::ensure!(
        options.at.is_none(),
        "a reason code means the same at all times: leave out `--at`, which is for monitors, alerts, notifications, \
         groups of alerts and incidents"
    );
    Ok(())
}

/// Returns the reason code that is spelled most like `id`.
fn nearest_code(id: &str) -> Option<&'static str> {
    allclear_config::nearest(id, Reason::ALL.iter().map(|reason| reason.code()))
}

fn print(reason: Reason, options: &Explain) {
    let entry = Entry::of(reason);
    if options.json {
        output::json(&entry);
    } else {
        entry.lines().iter().for_each(|line| output::line(line));
    }
}

fn list(options: &Explain) {
    if options.json {
        let entries: Vec<Entry> = Reason::ALL.iter().map(|one| Entry::of(*one)).collect();
        output::json(&entries);
    } else {
        let rows: Vec<[String; 3]> = Reason::ALL.iter().map(|one| row(*one)).collect();
        output::table(["CODE", "FAULT", "MEANING"], &rows);
    }
}
