//! The line at the bottom of a terminal, which counts, and the lines that are printed above it.

use std::io::{self, Write as _};
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::on_terminal;

/// The line at the bottom of the terminal, which everything else is printed above.
static BOTTOM: OnceLock<ProgressBar> = OnceLock::new();

/// Shows the line with `text`.
pub(crate) fn open(text: String) {
    let bottom = BOTTOM.get_or_init(ProgressBar::new_spinner);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bottom.set_style(style);
    }
    bottom.enable_steady_tick(Duration::from_millis(250));
    bottom.set_message(text);
}

/// Returns true once the line is shown.
pub(crate) fn is_open() -> bool {
    BOTTOM.get().is_some()
}

/// Changes the text of the line, if it is shown.
pub(crate) fn set(text: impl FnOnce() -> String) {
    if let Some(bottom) = BOTTOM.get() {
        bottom.set_message(text());
    }
}

/// Takes the line away.
pub(crate) fn close() {
    if let Some(bottom) = BOTTOM.get() {
        bottom.finish_and_clear();
    }
}

/// Returns a writer to standard error that leaves the line at the bottom in its place.
pub(crate) fn writer() -> LineWriter {
    LineWriter(Vec::new())
}

/// Collects a line and prints it when dropped.
pub(crate) struct LineWriter(Vec<u8>);

impl io::Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        let print = || {
            // A closed standard error has no reader.
            let text = String::from_utf8_lossy(&self.0);
            let _ = io::stderr().write_all(on_terminal(&text).as_bytes());
        };
        match BOTTOM.get() {
            Some(bottom) => bottom.suspend(print),
            None => print(),
        }
    }
}
