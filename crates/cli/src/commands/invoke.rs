//! `allclear invoke`: an ad-hoc check in the deployed prober.

use std::process::ExitCode;

use allclear_aws::invoke::InvokeError;
use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::arguments::Invoke;
use crate::commands::outcome_table::OutcomeTable;
use crate::local::AllKinds;
use crate::output;
use crate::stack::Stack;

/// Invokes the prober for the named monitors, for all, or for one that is not in the config.
pub(crate) async fn run(options: &Invoke) -> anyhow::Result<ExitCode> {
    let event = event(options)?;
    let stack = Stack::find(&options.stack).await?;
    let progress = output::spinner(&format!("invoking the prober of `{}`", stack.name()));
    let seen = ask(&stack, &event).await?;
    progress.finish_and_clear();
    if options.json {
        seen.print_json();
    } else {
        seen.print_table();
    }
    Ok(seen.exit_code())
}

/// Invokes the prober of `stack` with `event` and returns its answer.
pub(crate) async fn ask(stack: &Stack, event: &Value) -> anyhow::Result<OutcomeTable> {
    OutcomeTable::from_response(stack.prober()?.invoke(event).await.map_err(explained)?)
}

/// The codes of a prober that works and received an invalid request.
const ASKED_WRONGLY: [&str; 2] = ["monitor_unknown", "check_invalid"];

fn explained(error: InvokeError) -> anyhow::Error {
    match &error {
        InvokeError::Function { error_type, message, .. }
            if ASKED_WRONGLY.contains(&error_type.as_str()) =>
        {
            anyhow::anyhow!("{message}")
        }
        InvokeError::Function { error_type, .. } => {
            let hint =
                format!("the deployed prober failed; docs/runbook.md explains `{error_type}`");
            anyhow::Error::new(error).context(hint)
        }
        InvokeError::Call { .. } | InvokeError::Unreadable { .. } => error.into(),
    }
}

fn event(options: &Invoke) -> anyhow::Result<Value> {
    match &options.check {
        Some(text) => {
            let table = check(text)?;
            // All errors are reported here, without an invocation of the function.
            allclear_config::monitor_from_json(&table, &AllKinds::new()?.probes)
                .map_err(|problems| anyhow::anyhow!("`--check`: {}", problems.join("; ")))?;
            Ok(json!({ "check": table }))
        }
        None if options.record => Ok(json!({ "monitors": options.ids, "record": true })),
        None => Ok(json!({ "monitors": options.ids })),
    }
}

/// Parses the table of a monitor from JSON or TOML: a whole `[[monitor]]`, its content, or the
/// `check` alone.
fn check(text: &str) -> anyhow::Result<Map<String, Value>> {
    let text = text.trim();
    let table: Result<Map<String, Value>, anyhow::Error> = if text.starts_with('{') {
        serde_json::from_str(text).map_err(Into::into)
    } else {
        toml::from_str(text).map_err(Into::into)
    };
    let mut table = table.context(
        "`--check` is neither TOML nor JSON: write `http = { url = \"https://example.com\" }`",
    )?;
    if let Some(monitors) = table.remove("monitor") {
        return match monitors {
            Value::Array(list) => match <[Value; 1]>::try_from(list) {
                Ok([Value::Object(monitor)]) => Ok(monitor),
                Ok(_) | Err(_) => anyhow::bail!("`--check` takes one monitor"),
            },
            Value::Object(monitor) => Ok(monitor),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                anyhow::bail!("`monitor` in `--check` is not a table")
            }
        };
    }
    anyhow::ensure!(!table.is_empty(), "`--check` is empty");
    if !table.contains_key("check") {
        table = Map::from_iter([("check".to_owned(), Value::Object(table))]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_accepted_in_toml_and_json_complete_or_abbreviated() {
        let expected = json!({ "check": { "tcp": { "address": "db:5432" } } });
        for text in [
            "tcp = { address = 'db:5432' }",
            "check.tcp = { address = 'db:5432' }",
            "[check.tcp]\naddress = 'db:5432'",
            "[[monitor]]\ncheck.tcp = { address = 'db:5432' }",
            r#"{"tcp": {"address": "db:5432"}}"#,
            r#" {"check": {"tcp": {"address": "db:5432"}}}"#,
            r#"{"monitor": {"check": {"tcp": {"address": "db:5432"}}}}"#,
        ] {
            assert_eq!(Value::Object(check(text).unwrap()), expected, "{text}");
        }
        let with_more =
            check("id = 'db'\ntimeout = '3s'\ncheck.tcp = { address = 'db:1' }").unwrap();
        assert_eq!(with_more.get("timeout"), Some(&json!("3s")));
    }

    #[test]
    fn a_request_error_of_the_caller_is_not_reported_as_a_prober_failure() {
        let failed = |error_type: &str| {
            let (function, message) = ("prober".to_owned(), "no monitor `x`".to_owned());
            let error_type = error_type.to_owned();
            explained(InvokeError::Function { function, error_type, message }).to_string()
        };
        assert_eq!(failed("monitor_unknown"), "no monitor `x`");
        assert!(failed("store_unavailable").starts_with("the deployed prober failed"));
    }

    #[test]
    fn an_argument_that_is_not_a_check_is_refused() {
        for text in ["", "{", "= 1", "1", "[[monitor]]\n[[monitor]]\n", r#"{"monitor": 1}"#] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
