//! Metrics of a function, in CloudWatch's embedded metric format: a line of the log that CloudWatch
//! turns into a value of a metric.
//!
//! An event of `tracing` with a field `monotonic_counter.NAME` counts the metric `NAME`. It does so at
//! every log level: a function whose log holds errors only is still watched.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Allclear";

/// The one dimension of each metric: the name of the function, which is unique in an account and
/// region.
pub const DIMENSION: &str = "FunctionName";

/// The beginning of the name of a field that counts.
pub(crate) const COUNTER: &str = "monotonic_counter.";

/// Writes a line for each event that counts something.
pub(crate) struct MetricsLayer {
    /// The name of the function, as Lambda has it.
    pub(crate) function_name: String,
    /// Returns the time in milliseconds since 1970.
    pub(crate) now_ms: fn() -> i64,
}

impl<S: Subscriber> Layer<S> for MetricsLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut counted = EventCounts::default();
        event.record(&mut counted);
        if counted.0.is_empty() {
            return;
        }
        let mut line = line(&self.function_name, (self.now_ms)(), &counted.0).to_string();
        line.push('\n');
        // There is no other place to report a failure to.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

/// The counts of an event, by metric.
#[derive(Default)]
struct EventCounts(BTreeMap<&'static str, u64>);

impl Visit for EventCounts {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if let Some(name) = field.name().strip_prefix(COUNTER) {
            self.0.insert(name, value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

fn line(function_name: &str, now_ms: i64, counted: &BTreeMap<&'static str, u64>) -> Value {
    let metrics: Vec<Value> =
        counted.keys().map(|name| json!({ "Name": name, "Unit": "Count" })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now_ms,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": metrics,
            }],
        },
        DIMENSION: function_name,
    });
    if let Some(line) = line.as_object_mut() {
        line.extend(counted.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    }
    line
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct CapturedMetrics(Arc<Mutex<Vec<Value>>>);

    impl<S: Subscriber> Layer<S> for CapturedMetrics {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut counted = EventCounts::default();
            event.record(&mut counted);
            self.0.lock().unwrap().push(line("allclear-prober", 1_795_300_000_000, &counted.0));
        }
    }

    #[test]
    fn a_counter_becomes_a_line_of_the_embedded_metric_format() {
        let kept = CapturedMetrics::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(monotonic_counter.scheduled_rounds = 1_u64, took_ms = 5_u64, "checked");
        });
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_300_000_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Allclear",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [{ "Name": "scheduled_rounds", "Unit": "Count" }],
                }],
            },
            "FunctionName": "allclear-prober",
            "scheduled_rounds": 1,
        });
        assert_eq!(*kept.0.lock().unwrap(), [expected]);
    }
}
