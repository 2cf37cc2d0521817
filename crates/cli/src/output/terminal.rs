//! The log as a person reads it on a terminal: one line an event, `10:26:03 error: …`, with the
//! fields in parentheses, and readable without color.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::now;

/// The target of the `log` channel, whose lines are notifications.
const NOTIFICATION: &str = "allclear::notification";

/// Formats the log for a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TerminalFormat;

impl<S, N> FormatEvent<S, N> for TerminalFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut parts = EventParts::default();
        event.record(&mut parts);
        let metadata = event.metadata();
        let clock = now().strftime("%H:%M:%S");
        if metadata.target() == NOTIFICATION {
            // Its only field is the id of the delivery.
            return writeln!(writer, "{clock} ! {}", parts.message);
        }
        let level = match *metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            _ => "trace",
        };
        write!(writer, "{clock} {level}: {}", parts.message)?;
        if !parts.fields.is_empty() {
            write!(writer, " ({})", parts.fields)?;
        }
        writeln!(writer)
    }
}

/// The message of an event, and its fields.
#[derive(Debug, Default)]
struct EventParts {
    message: String,
    fields: String,
}

impl Visit for EventParts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text does not fail.
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
        } else {
            let separator = if self.fields.is_empty() { "" } else { ", " };
            let _ = write!(self.fields, "{separator}{}: {value:?}", field.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the lines for the events of `log`, without the clock.
    fn shown(log: impl FnOnce()) -> Vec<String> {
        let screen = Screen::default();
        let writer = screen.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(TerminalFormat)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    }

    #[test]
    fn an_event_is_one_line_that_ends_with_its_fields() {
        let lines = shown(|| {
            let error = "the channel was not done within 15s";
            tracing::warn!(delivery = %"0f", n_tries = 2, error, "notification failed");
            tracing::error!("the disk is full");
        });
        assert_eq!(
            lines,
            [
                "warning: notification failed (delivery: 0f, n_tries: 2, error: the channel was \
                 not done within 15s)",
                "error: the disk is full",
            ]
        );
    }

    #[test]
    fn a_notification_is_printed_without_prefix_and_fields() {
        let lines = shown(|| {
            tracing::error!(target: NOTIFICATION, delivery = "0f", "[critical] Checkout is down");
        });
        assert_eq!(lines, ["! [critical] Checkout is down"]);
    }
}
