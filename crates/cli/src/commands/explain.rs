//! `allclear explain`: the entry of a reason code, the list of all codes, or the story of a decision.

mod decision;
mod reason;

use std::process::ExitCode;

use allclear_core::reason::Reason;

use self::reason::{Entry, row};
use crate::arguments::{Explain, Paths};
use crate::exit_code::NOT_HEALTHY;
use crate::output;

/// Prints the entry of a reason, the list of all reasons, or the story of a decision.
pub(crate) async fn run(place: &Paths, options: &Explain) -> anyhow::Result<ExitCode> {
    let Some(id) = options.id.as_deref() else {
        list(options);
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(reason) = Reason::from_code(id) {
        print(reason, options);
        return Ok(ExitCode::SUCCESS);
    }
    match decision::explain(place, options, id).await {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => {
            output::error(&anyhow::anyhow!(unknown(id)));
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

/// Returns the error about an id that nothing has.
fn unknown(id: &str) -> String {
    let hint = nearest_code(id).map_or_else(
        || "`allclear export` lists the ids of alerts and notifications".to_owned(),
        |code| format!("did you mean the reason code `{code}`?"),
    );
    format!(
        "no monitor, alert, notification, group of alerts or reason code `{id}` is known; {hint}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_reason_code_is_refused_with_the_nearest_one() {
        assert!(unknown("auth_invald").ends_with("did you mean the reason code `auth_invalid`?"));
        assert!(unknown("5f1c0d9a7be2").ends_with("the ids of alerts and notifications"));
    }
}
