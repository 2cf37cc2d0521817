//! A check that is not in the config, as an operator sends it to a running prober.
//!
//! It has the form of a `[[monitor]]` table of a config. Only the keys that a single check needs are read
//! here. The config crate, which reads all of them, would make up a tenth of the function's size.

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

/// The longest `timeout`. The function itself ends within a minute.
const MAX_TIMEOUT: Duration = Duration::from_secs(50);

/// Parses the table of one monitor. The error lists all problems, one sentence each.
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
        // No check follows; a recheck gets this time.
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

/// Reads the one kind in the table `check`, and validates its parameters.
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
