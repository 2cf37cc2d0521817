//! The meaning of the exit code and the output of a plugin. Pure.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use serde_json::{Map, Value};

use super::PERFORMANCE;
use super::output::PluginOutput;
use super::perfdata::{PerformanceValue, metric_parts, read_all};
use crate::excerpt::excerpt;
use crate::service::{ReadValue, ServiceReading};

/// The report of a program.
#[derive(Debug)]
pub(super) struct PluginReport {
    /// The first line without performance data.
    message: String,
    values: Vec<PerformanceValue>,
    /// An excerpt of the standard error if the standard output is empty.
    quoted: String,
}

impl PluginReport {
    /// Reads the output of a program that has ended.
    pub(super) fn read(output: &PluginOutput) -> Self {
        let text = String::from_utf8_lossy(output.written());
        let (message, performance) = split(&text);
        let values = read_all(&performance);
        let quoted = if message.is_empty() { output.quoted() } else { Some(excerpt(&message)) };
        Self { message, values, quoted: quoted.unwrap_or_else(|| "no output".to_owned()) }
    }

    /// Returns the values that the program reports.
    pub(super) fn reading(&self, program: &str, status: ExitStatus) -> ServiceReading {
        let mut reading = ServiceReading::default();
        reading.set("output", ReadValue::Text(self.message.clone()));
        let mut by_label = Map::new();
        for (part, value) in metric_parts(&self.values).into_iter().zip(&self.values) {
            reading.measure_part(PERFORMANCE, &part, value.value);
            by_label.entry(value.label.clone()).or_insert_with(|| Value::from(value.value));
        }
        reading.set("perf", ReadValue::Json(Value::Object(by_label)));
        if status.code() == Some(1) {
            let what = format!("`{program}` reports a warning: {}", self.quoted);
            reading.degrade(Cause::of(Reason::PluginWarning, what));
        }
        reading
    }

    /// Returns the cause if the program reports a failure, or could not measure.
    pub(super) fn failure(&self, program: &str, status: ExitStatus) -> Option<Cause> {
        let quoted = &self.quoted;
        let Some(code) = status.code() else {
            let signal = status.signal().unwrap_or_default();
            let what = format!("`{program}` was ended by the signal {signal}: {quoted}");
            return Some(Cause::of(Reason::PluginUnknown, what));
        };
        let (reason, what) = match code {
            0 | 1 => return None,
            2 => (Reason::PluginCritical, "reports a failure".to_owned()),
            3 => (Reason::PluginUnknown, "could not measure".to_owned()),
            126 | 127 => {
                let what =
                    format!("exited with {code}, which says that it could not start a program");
                (Reason::PluginUnknown, what)
            }
            _ => {
                let what = format!("exited with {code}, which the convention does not define");
                (Reason::PluginUnknown, what)
            }
        };
        Some(Cause::of(reason, format!("`{program}` {what}: {quoted}")))
    }
}

/// Returns the first line without performance data, and all performance data: that of the first line, and what follows
/// the next `|`.
fn split(text: &str) -> (String, String) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (message, of_first) = first.split_once('|').unwrap_or((first, ""));
    let of_rest = rest.split_once('|').map_or("", |(_, performance)| performance);
    (message.trim().to_owned(), format!("{of_first} {of_rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: ExitStatus) -> Option<(Reason, String)> {
        let report = PluginReport { message: String::new(), values: vec![], quoted: "text".into() };
        report.failure("/p", status).map(|cause| (cause.reason, cause.message))
    }

    #[test]
    fn each_end_of_a_plugin_has_its_reason() {
        for (code, wanted) in [
            (2, Reason::PluginCritical),
            (3, Reason::PluginUnknown),
            (4, Reason::PluginUnknown),
            (127, Reason::PluginUnknown),
            (255, Reason::PluginUnknown),
        ] {
            // The code is in the second byte.
            let (reason, message) = failed(ExitStatus::from_raw(code << 8)).unwrap();
            assert_eq!(reason, wanted, "{code}: {message}");
        }
        assert!(failed(ExitStatus::from_raw(0)).is_none());
        assert!(failed(ExitStatus::from_raw(1 << 8)).is_none());
        let (reason, message) = failed(ExitStatus::from_raw(11)).unwrap();
        assert_eq!(reason, Reason::PluginUnknown);
        assert_eq!(message, "`/p` was ended by the signal 11: text");
    }

    #[test]
    fn performance_data_follow_the_first_line_and_the_long_output() {
        let text = "DISK OK - free | /=1MB\n/home 10\n/var 20 | /home=2MB\n/var=3MB\n";
        let (message, performance) = split(text);
        assert_eq!(message, "DISK OK - free");
        let labels: Vec<String> =
            read_all(&performance).into_iter().map(|value| value.label).collect();
        assert_eq!(labels, ["/", "/home", "/var"]);
        assert_eq!(split(""), (String::new(), " ".to_owned()));
    }
}
