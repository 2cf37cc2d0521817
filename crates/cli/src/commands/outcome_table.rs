//! Outcomes as they are printed, for checks on this machine and for those of a deployed prober.

use std::process::ExitCode;

use allclear_core::cost::Cost;
use allclear_core::id::RegionId;
use allclear_core::kind::LatestMetrics;
use allclear_core::monitor::Monitor;
use allclear_core::outcome::{Labels, Metrics, Outcome};
use allclear_core::provider_status;
use allclear_core::status::Status;
use allclear_engine::probe::CheckResponse;
use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::exit_code::{CANNOT_TELL, NOT_HEALTHY};
use crate::output;

/// The outcomes of one command, as programs read them and as people do.
pub(crate) struct OutcomeTable {
    outcomes: Vec<PrintedOutcome>,
    json: Vec<Value>,
}

/// An outcome as people read it.
#[derive(Debug, Deserialize)]
pub(crate) struct PrintedOutcome {
    monitor: String,
    region: Option<RegionId>,
    /// The status of the monitor.
    pub(crate) status: Status,
    fault: Option<String>,
    reason: Option<String>,
    /// Explanation of the status.
    pub(crate) message: Option<String>,
    #[serde(default)]
    remedy: Option<String>,
    response_time_ms: Option<f64>,
    #[serde(default)]
    metrics: Metrics,
    #[serde(default)]
    labels: Labels,
    #[serde(default)]
    cost_usd: f64,
}

impl OutcomeTable {
    /// Outcomes of this machine.
    pub(crate) fn of_outcomes(outcomes: &[Outcome], monitors: &[&Monitor]) -> anyhow::Result<Self> {
        let region = RegionId::local();
        let response =
            |outcome| serde_json::to_value(CheckResponse::of(outcome, &region, monitors));
        let json = outcomes.iter().map(response);
        Self::of(json.collect::<Result<_, _>>()?)
    }

    /// Parses the answer of a deployed prober.
    pub(crate) fn from_response(mut answer: Value) -> anyhow::Result<Self> {
        let outcomes = answer.get_mut("outcomes").map(Value::take);
        let Some(Value::Array(json)) = outcomes else {
            anyhow::bail!("the prober's response has no outcomes: is it of this version?");
        };
        Self::of(json)
    }

    fn of(json: Vec<Value>) -> anyhow::Result<Self> {
        let outcomes = json.iter().map(PrintedOutcome::deserialize).collect::<Result<_, _>>();
        let outcomes = outcomes
            .context("the prober's response has an unknown form: is it of this version?")?;
        Ok(Self { outcomes, json })
    }

    /// Returns the only outcome; `None` if there is none.
    pub(crate) fn last(mut self) -> Option<PrintedOutcome> {
        self.outcomes.pop()
    }

    /// Prints the outcomes as JSON.
    pub(crate) fn print_json(&self) {
        output::json(&self.json);
    }

    /// Prints the outcomes as a table.
    pub(crate) fn print_table(&self) {
        let rows: Vec<[String; 5]> = self.outcomes.iter().map(PrintedOutcome::row).collect();
        output::table(["MONITOR", "STATUS", "TIME", "FAULT", "WHY"], &rows);
        for outcome in &self.outcomes {
            if let Some(remedy) = &outcome.remedy {
                output::line(&format!("{}: remedy: {remedy}", outcome.monitor));
            }
        }
        for line in self.outcomes.iter().filter_map(PrintedOutcome::measurements) {
            output::line(&line);
        }
        let region = self.outcomes.iter().find_map(|outcome| outcome.region.as_ref());
        if let Some(region) = region.filter(|region| **region != RegionId::local()) {
            output::line(&format!("checked from {region}"));
        }
    }

    /// Returns 0 if all monitors are healthy, 1 if one is not, 2 if one is unknown.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let any = |status: Status| self.outcomes.iter().any(|outcome| outcome.status == status);
        if any(Status::Unhealthy) || any(Status::Degraded) {
            ExitCode::from(NOT_HEALTHY)
        } else if any(Status::Unknown) {
            ExitCode::from(CANNOT_TELL)
        } else {
            ExitCode::SUCCESS
        }
    }
}

impl PrintedOutcome {
    fn row(&self) -> [String; 5] {
        let Self { monitor, status, fault, reason, message, response_time_ms, .. } = self;
        let why = match (reason, message) {
            (Some(reason), Some(message)) => format!("{reason}: {message}"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => String::new(),
        };
        [
            monitor.clone(),
            format!("{} {status}", output::sign(*status)),
            response_time_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms")),
            fault.clone().unwrap_or_else(|| "-".to_owned()),
            why,
        ]
    }

    /// Returns a line with the measurements of a check other than latency; `None` if there are
    /// none.
    fn measurements(&self) -> Option<String> {
        let measured = LatestMetrics {
            name: &self.monitor,
            metrics: &self.metrics,
            labels: &self.labels,
            present_labels: &self.labels,
        };
        // An outcome does not name the kind of its check. Each kind describes its own metrics.
        let kinds = allclear_probes::kinds();
        let mut parts: Vec<String> =
            kinds.iter().flat_map(|kind| (kind.texts.outcome)(&measured)).collect();
        parts.extend(
            self.labels
                .get(provider_status::LEVEL_LABEL)
                .map(|level| format!("provider status {level}")),
        );
        if self.cost_usd > 0.0 {
            parts.push(format!("cost {}", Cost::from_dollars(self.cost_usd)));
        }
        (!parts.is_empty()).then(|| format!("{}: {}", self.monitor, parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(statuses: &[&str]) -> OutcomeTable {
        let outcomes: Vec<Value> =
            statuses.iter().map(|status| json!({ "monitor": "api", "status": status })).collect();
        OutcomeTable::from_response(json!({ "outcomes": outcomes })).unwrap()
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_known_status() {
        let code = |statuses: &[&str]| format!("{:?}", answered(statuses).exit_code());
        let expected = |code: u8| format!("{:?}", ExitCode::from(code));
        assert_eq!(code(&["healthy", "healthy"]), expected(0));
        assert_eq!(code(&["healthy", "degraded"]), expected(1));
        assert_eq!(code(&["unknown", "unhealthy"]), expected(1));
        assert_eq!(code(&["unknown", "healthy"]), expected(2));
    }

    #[test]
    fn measurements_of_a_provider_are_printed_in_one_line() {
        let outcome = json!({
            "monitor": "openai", "status": "healthy", "cost_usd": 0.000_009,
            "metrics": { "first_token_ms": 312.4, "tokens_per_second": 84.2, "input_tokens": 10 },
            "labels": { "works_up_to": "completion", "request_id": "req_1" },
        });
        let seen = PrintedOutcome::deserialize(&outcome).unwrap();
        assert_eq!(
            seen.measurements().as_deref(),
            Some(
                "openai: first token after 312 ms, 84 tokens/s, works up to completion, \
                 cost $0.000009000"
            )
        );
        let plain = PrintedOutcome::deserialize(&json!({ "monitor": "api", "status": "healthy" }));
        assert_eq!(plain.unwrap().measurements(), None);
    }

    #[test]
    fn a_response_of_another_form_is_an_error() {
        for answer in [json!({}), json!({ "outcomes": 1 }), json!({ "outcomes": [{ "a": 1 }] })] {
            assert!(OutcomeTable::from_response(answer.clone()).is_err(), "{answer}");
        }
    }
}
