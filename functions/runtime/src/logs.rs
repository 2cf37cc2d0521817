//! The log of a function: one line of JSON for each event, with the request it belongs to.
//!
//! No time is written: CloudWatch adds it.

use std::fmt;
use std::io::Write as _;
use std::panic;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::metrics::{self, MetricsLayer};

/// The id of the invocation that is under way. There is one at a time.
static REQUEST_ID: Mutex<String> = Mutex::new(String::new());

/// Says whose events the next ones are.
pub(crate) fn begin(request_id: &str) {
    request_id.clone_into(&mut REQUEST_ID.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Sets up the log of `function` and its metrics, once for the process. `filter` is a level, or targets
/// with theirs: `warn,allclear=debug`. One that cannot be read is as none. Metrics are written whatever
/// it is.
pub(crate) fn set_up(function: &'static str, filter: Option<&str>, metrics: MetricsLayer) {
    // The runtime repeats each failure that we return, without the code.
    let others = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("lambda_runtime", LevelFilter::OFF);
    let level = filter.and_then(|filter| filter.parse::<LevelFilter>().ok());
    let targets = match (level, filter.map(str::parse::<Targets>)) {
        // Other crates are not what a level is turned up for.
        (Some(level), _) => {
            others.with_default(level.min(LevelFilter::WARN)).with_target("allclear", level)
        }
        (None, Some(Ok(targets))) => targets,
        (None, Some(Err(_)) | None) => others.with_target("allclear", LevelFilter::INFO),
    };
    // Fails only where a log was set up before, which then takes what comes.
    let counted = Targets::new().with_target("allclear", LevelFilter::INFO);
    let _ = tracing_subscriber::registry()
        .with(Lines { function }.with_filter(targets))
        .with(metrics.with_filter(counted))
        .try_init();
    panic::set_hook(Box::new(|info| tracing::error!(%info, "panicked")));
}

/// Writes each event as a line.
struct Lines {
    function: &'static str,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let request_id = REQUEST_ID.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut line = line(self.function, &request_id, event);
        line.push('\n');
        // In one piece, so that two lines never mix. A failure to write cannot be reported.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

fn line(function: &str, request_id: &str, event: &Event<'_>) -> String {
    let mut fields = LogFields(Map::new());
    fields.0.insert("level".to_owned(), event.metadata().level().as_str().into());
    event.record(&mut fields);
    fields.0.insert("function".to_owned(), function.into());
    if !request_id.is_empty() {
        fields.0.insert("request_id".to_owned(), request_id.into());
    }
    Value::Object(fields.0).to_string()
}

struct LogFields(Map<String, Value>);

impl LogFields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        // A metric has a line of its own.
        if !field.name().starts_with(metrics::COUNTER) {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for LogFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct CapturedLines(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for CapturedLines {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(line("prober", "7c1e", event));
        }
    }

    #[test]
    fn an_event_is_one_flat_line_of_json() {
        let kept = CapturedLines::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        tracing::subscriber::with_default(subscriber, || {
            let at = jiff::Timestamp::UNIX_EPOCH;
            tracing::error!(code = "store_unavailable", n = 3_u64, %at, "line one\nline \"two\"");
        });
        let lines = kept.0.lock().unwrap();
        let expected = serde_json::json!({
            "level": "ERROR",
            "code": "store_unavailable",
            "n": 3,
            "at": "1970-01-01T00:00:00Z",
            "message": "line one\nline \"two\"",
            "function": "prober",
            "request_id": "7c1e",
        });
        assert!(!lines[0].contains('\n'), "{}", lines[0]);
        assert_eq!(serde_json::from_str::<Value>(&lines[0]).unwrap(), expected);
    }
}
