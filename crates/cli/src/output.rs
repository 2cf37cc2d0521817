//! What people and programs read: the only module that prints.

pub(crate) mod terminal;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use allclear_core::status::Status;
use indicatif::ProgressBar;

use crate::up::live;

/// Prints a line of the result.
pub(crate) fn line(text: &str) {
    // A reader that has had enough, such as `head`, is no error.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Prints what a person should know beside the result, above the line that counts.
pub(crate) fn note(text: &str) {
    let _ = writeln!(live::writer(), "{text}");
}

/// Prints an error with everything that led to it.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {error}"));
    for cause in error.chain().skip(1) {
        note(&format!("  because: {cause}"));
    }
}

/// Whether a person looks at the notes.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether there is a person to ask.
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
    // It draws nothing where standard error is no terminal.
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(250));
    spinner
}

/// A sign for the status that needs no color.
pub(crate) fn sign(status: Status) -> &'static str {
    match status {
        Status::Healthy => "✓",
        Status::Degraded => "~",
        Status::Unhealthy => "✗",
        Status::Unknown => "?",
    }
}

/// Prints rows under their headings, each column as wide as its widest cell.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print = |cells: [&str; N]| {
        let padded = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect::<Vec<_>>()
            .join("  ");
        line(padded.trim_end());
    };
    print(headings);
    for row in rows {
        print(row.each_ref().map(String::as_str));
    }
}
