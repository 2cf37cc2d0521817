//! The length of the line that an invocation logs, measured on lines as the functions write them.

use serde_json::{Value, json};

use crate::deployment::StackFunction;

/// Bytes of the line of one invocation, with its end.
pub(crate) fn bytes(function: StackFunction, n_monitors: usize) -> usize {
    line(function, n_monitors).to_string().len() + 1
}

/// Returns a line in which all is well.
fn line(function: StackFunction, n_monitors: usize) -> Value {
    let mut line = json!({
        "level": "INFO",
        "function": function.name(),
        "request_id": "7c1e4e2a-9d0b-4a57-8a53-2f6c1f0f9b1d",
    });
    let fields = match function {
        StackFunction::Prober => {
            let result = json!({
                "checked": n_monitors,
                "statuses": { "healthy": n_monitors },
                "passed_over": 0,
                "was_duplicate": false,
            });
            json!({
                "message": "checked due monitors",
                "start": "2026-11-21T12:10:00Z",
                "took_ms": 1_450,
                "result": result.to_string(),
            })
        }
        StackFunction::Evaluator => json!({
            "message": "evaluated new runs",
            "n_records": 1,
            "n_transitions": 0,
            "n_alerts": 0,
            "n_deliveries": 0,
            "n_too_late": 0,
            "took_ms": 60,
        }),
        StackFunction::Notifier => json!({
            "message": "sent pending deliveries",
            "n_sent": 0,
            "n_failed": 0,
            "n_given_up": 0,
            "n_errors": 0,
        }),
        StackFunction::Generator => json!({
            "message": "published the page",
            "n_files": 10,
            "n_times": 1,
            "took_ms": 1_000,
        }),
    };
    if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
        line.extend(fields);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_has_a_plausible_length() {
        for function in StackFunction::ALL {
            let bytes = bytes(function, 100);
            assert!((100..600).contains(&bytes), "{function:?}: {bytes}");
        }
    }
}
