//! Output for people and programs: the only module that prints.
//!
//! Names and messages come from outside, so hidden characters are shown as escapes here, at the last
//! place before the terminal.

pub(crate) mod bottom_line;
mod problems;
mod table;
pub(crate) mod terminal;

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
#[cfg(unix)]
use std::os::fd::AsFd as Stream;
#[cfg(windows)]
use std::os::windows::io::AsHandle as Stream;
use std::time::Duration;

use allclear_core::status::Status;
use allclear_core::text;
use indicatif::ProgressBar;

pub(crate) use problems::{Gravity, problems};
pub(crate) use table::table;

/// The longest note, because a note may hold arbitrary content of a file or a server.
const MAX_NOTE_CHARS: usize = 16_000;

/// Prints a line of the result.
pub(crate) fn line(text: &str) {
    // A reader that has had enough, such as `head`, is no error.
    let _ = writeln!(std::io::stdout(), "{}", text::escaped(text));
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) {
    let document = serde_json::to_string_pretty(value).unwrap_or_default();
    // The document has no hidden characters then, so that they are not escaped in another form.
    line(&text::json_escaped(&document));
}

/// Returns a part of the log with hidden characters as escapes. Colors stay: the log sets them.
pub(crate) fn on_terminal(log: &str) -> Cow<'_, str> {
    const COLOR: &str = "\u{1b}[";
    if !log.contains(COLOR) {
        return text::escaped(log);
    }
    let mut out = String::with_capacity(log.len());
    let mut parts = log.split(COLOR);
    out.push_str(&text::escaped(parts.next().unwrap_or_default()));
    for part in parts {
        let n_parameters =
            part.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
        let is_color = part.as_bytes().get(n_parameters) == Some(&b'm');
        out.push_str(if is_color { COLOR } else { "\\u{1b}[" });
        out.push_str(&text::escaped(part));
    }
    Cow::Owned(out)
}

/// Prints a note beside the result, above the line of counts.
pub(crate) fn note(text: &str) {
    let _ =
        writeln!(bottom_line::writer(), "{}", text::escaped(&text::excerpt(text, MAX_NOTE_CHARS)));
}

/// Prints an error with everything that led to it.
pub(crate) fn error(error: &anyhow::Error) {
    for line in error_lines(error) {
        note(&line);
    }
}

/// Returns a line for the error and for each cause. A cause that the line before has already, as with
/// some errors of other crates, is left out.
fn error_lines(error: &anyhow::Error) -> Vec<String> {
    let mut lines = vec![format!("error: {error}")];
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if lines.last().is_none_or(|before| !before.ends_with(&cause)) {
            lines.push(format!("  because: {cause}"));
        }
    }
    lines
}

/// Returns whether notes go to a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Returns whether the user can be prompted.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && is_terminal()
}

/// Asks a question whose answer is no unless it is yes.
pub(crate) fn ask(question: &str) -> std::io::Result<bool> {
    note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Shows on a terminal that something is under way.
pub(crate) fn spinner(what: &str) -> ProgressBar {
    // It draws nothing if standard error is no terminal.
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(250));
    spinner
}

/// Returns a sign for the status that needs no color.
pub(crate) fn sign(status: Status) -> &'static str {
    match status {
        Status::Healthy => "✓",
        Status::Degraded => "~",
        Status::Unhealthy => "✗",
        Status::Unknown => "?",
    }
}

/// Returns the number of columns of the terminal behind the stream; `None` if it is none.
fn terminal_columns(stream: &impl Stream) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Repeating(std::io::Error);

    impl std::fmt::Display for Repeating {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "cannot read `x`: {}", self.0)
        }
    }

    impl std::error::Error for Repeating {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_names_each_cause_once() {
        let source = std::io::Error::other("the disk is gone");
        let error = anyhow::Error::new(Repeating(source))
            .context("cannot publish the page; the last published one stays");
        let wanted = [
            "error: cannot publish the page; the last published one stays",
            "  because: cannot read `x`: the disk is gone",
        ];
        assert_eq!(error_lines(&error), wanted);
    }

    #[test]
    fn a_log_line_keeps_only_its_colors() {
        let line = "\u{1b}[31mERROR\u{1b}[0m title \u{1b}]0;x\u{7} \u{1b}[2J \u{202e}ab\n";
        let wanted = "\u{1b}[31mERROR\u{1b}[0m title \\u{1b}]0;x\\u{7} \\u{1b}[2J \\u{202e}ab\n";
        assert_eq!(on_terminal(line), wanted);
        assert_eq!(on_terminal("\u{9b}2J"), "\\u{9b}2J");
        assert_eq!(on_terminal("👍🏽 שלום\n"), "👍🏽 שלום\n");
    }
}
