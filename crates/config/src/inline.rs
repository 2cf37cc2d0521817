//! A single monitor as JSON, as an operator sends it to a running prober.
//!
//! It has the form of a `[[monitor]]` table. One check needs four of its keys; the others are
//! accepted, so that the table of a config can be sent as it is, and have no effect. The table is
//! read directly and not as the text of a config. Otherwise the deployed prober would contain the
//! TOML parser and all schemas, a tenth of its size.

use std::time::Duration;

use allclear_core::checker::{CheckKinds, ParamProblem};
use allclear_core::duration::{self, DURATION_HINT};
use allclear_core::id::MonitorId;
use allclear_core::monitor::{CheckSpec, Monitor};
use serde_json::{Map, Value};

use crate::field_names::field_names;
use crate::{raw, secrets, suggest};

/// The id of a monitor that was sent without one.
const NAMELESS: &str = "ad-hoc";

/// The time limit of a check without a `timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The longest `timeout`. The function itself ends within a minute.
const MAX_TIMEOUT: Duration = Duration::from_secs(50);

/// Reads the table of one `[[monitor]]` from JSON. The `id` is optional.
///
/// # Errors
///
/// Every problem of the table, one sentence each.
pub fn monitor_from_json(
    table: &Map<String, Value>,
    kinds: &dyn CheckKinds,
) -> Result<Monitor, Vec<String>> {
    let mut pasted = Vec::new();
    table.iter().for_each(|(key, value)| find_pasted(key, value, &mut pasted));
    if !pasted.is_empty() {
        // Any further problem could quote the secret.
        return Err(pasted);
    }
    let mut reader = Reader { table, problems: Vec::new() };
    reader.refuse_unknown_keys();
    let id = reader.id();
    let timeout = reader.timeout();
    let recheck = reader.recheck();
    let check = reader.check(kinds);
    match (id, timeout, recheck, check) {
        (Some(id), Some(timeout), Some(recheck), Some(check)) if reader.problems.is_empty() => {
            Ok(monitor(id, timeout, recheck, check))
        }
        _ => Err(reader.problems),
    }
}

fn monitor(id: MonitorId, timeout: Duration, recheck: Recheck, check: CheckSpec) -> Monitor {
    Monitor {
        // No check follows; a recheck gets this time.
        interval: MAX_TIMEOUT * 2,
        timeout,
        recheck: recheck == Recheck::Once,
        public: false,
        ..Monitor::new(id, check)
    }
}

/// Reports each text under `key` that is a secret in place of the name of one.
fn find_pasted(key: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if secrets::is_pasted(key, text) => {
            found.push(format!("`{key}` holds a secret: {}", secrets::HINT));
        }
        Value::Array(values) => values.iter().for_each(|one| find_pasted(key, one, found)),
        Value::Object(entries) => {
            entries.iter().for_each(|(key, one)| find_pasted(key, one, found));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The repetition of a failed check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recheck {
    /// Repeat it once, immediately.
    Once,
    /// Do not repeat it.
    Never,
}

/// A table, and the problems found in it so far. A key with a problem reads as `None`.
struct Reader<'t> {
    table: &'t Map<String, Value>,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn refuse_unknown_keys(&mut self) {
        let keys = field_names::<raw::Monitor>();
        for key in self.table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let hint = suggest::key_hint(key, keys.iter().copied()).map(|hint| format!(": {hint}"));
            self.problems.push(format!("unknown key `{key}`{}", hint.unwrap_or_default()));
        }
    }

    fn id(&mut self) -> Option<MonitorId> {
        let id = self.table.get("id").map_or(Some(NAMELESS), Value::as_str);
        let Some(id) = id else { return self.refuse("`id` is not a string".to_owned()) };
        MonitorId::new(id)
            .map_or_else(|error| self.refuse(format!("`{id}` is not an id: {error}")), Some)
    }

    fn timeout(&mut self) -> Option<Duration> {
        let Some(value) = self.table.get("timeout") else { return Some(TIMEOUT) };
        match value.as_str().map(duration::parse) {
            Some(Ok(time)) if !time.is_zero() && time <= MAX_TIMEOUT => Some(time),
            Some(Ok(_)) => {
                let longest = duration::format(MAX_TIMEOUT);
                self.refuse(format!("`timeout` must be more than `0s` and at most `{longest}`"))
            }
            Some(Err(error)) => self.refuse(format!("`timeout`: {error}: {DURATION_HINT}")),
            None => self.refuse(format!("`timeout` is not a string: {DURATION_HINT}")),
        }
    }

    fn recheck(&mut self) -> Option<Recheck> {
        match self.table.get("recheck").map(Value::as_bool) {
            None | Some(Some(true)) => Some(Recheck::Once),
            Some(Some(false)) => Some(Recheck::Never),
            Some(None) => self.refuse("`recheck` is neither true nor false".to_owned()),
        }
    }

    /// Reads the one kind in the table `check`, and validates its parameters.
    fn check(&mut self, kinds: &dyn CheckKinds) -> Option<CheckSpec> {
        let names = kinds.names();
        let entries = self.table.get("check").and_then(Value::as_object);
        let mut entries = entries.into_iter().flatten();
        let (Some((kind, params)), None) = (entries.next(), entries.next()) else {
            let names = suggest::listed(&names);
            return self.refuse(format!("`check` must contain one kind of check, one of {names}"));
        };
        if !names.contains(&kind.as_str()) {
            let hint = suggest::hint(kind, names).map(|hint| format!(": {hint}"));
            let hint = hint.unwrap_or_default();
            return self.refuse(format!("unknown kind of check `{kind}`{hint}"));
        }
        let spec = CheckSpec { kind: kind.clone(), params: params.clone() };
        match kinds.build(&spec) {
            Ok(_) => Some(spec),
            Err(wrong) => {
                self.problems.extend(wrong.into_iter().map(|one| sentence(kind, one)));
                None
            }
        }
    }

    fn refuse<T>(&mut self, what: String) -> Option<T> {
        self.problems.push(what);
        None
    }
}

/// Returns a problem with a parameter of `kind` as a sentence that begins with the place.
fn sentence(kind: &str, ParamProblem { path, what, hint, .. }: ParamProblem) -> String {
    let place = std::iter::once(kind.to_owned()).chain(path).collect::<Vec<_>>().join(".");
    let hint = hint.map(|hint| format!(": {hint}")).unwrap_or_default();
    format!("`check.{place}`: {what}{hint}")
}
