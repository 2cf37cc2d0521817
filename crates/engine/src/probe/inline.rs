//! A check that is not in the config, as a person hands it to a running prober.
//!
//! It is written as a `[[monitor]]` of a config. Here only what one check at once needs is looked
//! at: the config crate, which knows all of it, would make a tenth of the function.

use std::time::Duration;

use allclear_core::checker::CheckKinds;
use allclear_core::duration::{self, DURATION_HINT};
use allclear_core::id::MonitorId;
use allclear_core::monitor::{CheckSpec, Confirmation, Monitor};
use serde_json::{Map, Value};

/// The id of a check without an `id`.
const NAMELESS: &str = "ad-hoc";

/// The time limit of a check without a `timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest `timeout`: the function itself ends before a minute is over.
const MAX_TIMEOUT: Duration = Duration::from_secs(50);

/// Reads the table of one monitor; or says everything that is wrong with it, a sentence each.
pub(crate) fn monitor(
    table: &Map<String, Value>,
    kinds: &dyn CheckKinds,
) -> Result<Monitor, Vec<String>> {
    let mut problems = Vec::new();
    let id = match table.get("id").map_or(Some(NAMELESS), Value::as_str).map(MonitorId::new) {
        Some(Ok(id)) => Some(id),
        Some(Err(error)) => note(&mut problems, format!("the `id` is none: {error}")),
        None => note(&mut problems, "the `id` is no text".to_owned()),
    };
    let timeout = match table.get("timeout") {
        None => Some(TIMEOUT),
        Some(text) => match text.as_str().map(duration::parse) {
            Some(Ok(time)) if !time.is_zero() && time <= MAX_TIMEOUT => Some(time),
            Some(Ok(_)) => {
                let longest = duration::format(MAX_TIMEOUT);
                note(&mut problems, format!("the `timeout` is nothing, or over `{longest}`"))
            }
            Some(Err(error)) => note(&mut problems, format!("{error}: {DURATION_HINT}")),
            None => note(&mut problems, format!("the `timeout` is no text: {DURATION_HINT}")),
        },
    };
    let recheck = match table.get("recheck").map_or(Some(true), Value::as_bool) {
        Some(recheck) => Some(recheck),
        None => note(&mut problems, "`recheck` is neither true nor false".to_owned()),
    };
    let check = check(table.get("check"), kinds, &mut problems);
    let (Some(id), Some(timeout), Some(recheck), Some(check)) = (id, timeout, recheck, check)
    else {
        return Err(problems);
    };
    Ok(Monitor {
        name: id.to_string(),
        id,
        group: None,
        check,
        // Nothing comes after it; a recheck has this time.
        interval: MAX_TIMEOUT * 2,
        timeout,
        recheck,
        confirmation: Confirmation::default(),
        critical: false,
        public: false,
        expected_response_time: None,
        depends_on: Vec::new(),
        tags: Vec::new(),
    })
}

/// The one kind in the table `check`, and whether its parameters are valid.
fn check(
    table: Option<&Value>,
    kinds: &dyn CheckKinds,
    problems: &mut Vec<String>,
) -> Option<CheckSpec> {
    let mut entries = table.and_then(Value::as_object).into_iter().flatten();
    let (Some((kind, params)), None) = (entries.next(), entries.next()) else {
        let names = kinds.names().join("`, `");
        let what = format!("`check` has to hold one kind with its parameters: one of `{names}`");
        return note(problems, what);
    };
    if !kinds.names().contains(&kind.as_str()) {
        let names = kinds.names().join("`, `");
        return note(problems, format!("there is no check `{kind}`: there are `{names}`"));
    }
    let spec = CheckSpec { kind: kind.clone(), params: params.clone() };
    match kinds.build(&spec) {
        Ok(_) => Some(spec),
        Err(wrong) => {
            problems.extend(wrong.into_iter().map(|one| {
                let place = std::iter::once(kind.clone()).chain(one.path).collect::<Vec<_>>();
                let hint = one.hint.map(|hint| format!(": {hint}")).unwrap_or_default();
                format!("{}: {}{hint}", place.join("."), one.what)
            }));
            None
        }
    }
}

fn note<T>(problems: &mut Vec<String>, what: String) -> Option<T> {
    problems.push(what);
    None
}
