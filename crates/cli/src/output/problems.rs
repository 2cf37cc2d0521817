//! Problems of a config, each with its line and the place underlined.

use std::io::Write as _;

use allclear_config::{ConfigError, Excerpt, Related, listed_first};
use allclear_core::text;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use anstream::{AutoStream, ColorChoice};

use super::{bottom_line, terminal_columns};

/// The width of the text where no terminal says another.
const DEFAULT_COLUMNS: usize = 140;

/// The severity of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gravity {
    Error,
    Warning,
}

/// Prints the problems, in color where standard error is a terminal that has colors. Those beyond the limits
/// of a list are counted.
pub(crate) fn problems(file: &str, gravity: Gravity, problems: &[ConfigError]) {
    let stderr = std::io::stderr();
    let has_color = AutoStream::choice(&stderr) != ColorChoice::Never;
    let renderer = if has_color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(terminal_columns(&stderr).unwrap_or(DEFAULT_COLUMNS));
    for text in rendered(file, gravity, problems, &renderer) {
        let _ = writeln!(bottom_line::writer(), "{text}");
    }
}

/// Returns a text for each problem, and one for those that are not shown.
fn rendered(
    file: &str,
    gravity: Gravity,
    problems: &[ConfigError],
    renderer: &Renderer,
) -> Vec<String> {
    let file = text::escaped(file);
    let first = listed_first(&file, problems);
    let mut texts: Vec<String> =
        first.iter().map(|problem| renderer.render(&[group(&file, gravity, problem)])).collect();
    let n_more = problems.len() - first.len();
    if n_more > 0 {
        texts.push(format!("and {n_more} more"));
    }
    texts
}

fn group<'a>(file: &'a str, gravity: Gravity, problem: &'a ConfigError) -> Group<'a> {
    let ConfigError { line, column, what, hint, also, excerpt } = problem;
    let place = format!("{file}:{line}:{column}");
    let level = match gravity {
        Gravity::Error => Level::ERROR.with_name(place),
        Gravity::Warning => Level::WARNING.with_name(format!("warning: {place}")),
    };
    let mut elements: Vec<Element<'a>> = Vec::new();
    elements.extend(excerpt.as_ref().map(|excerpt| {
        let mark = AnnotationKind::Primary.span(excerpt.marked());
        Snippet::source(excerpt.text()).line_start(*line).annotation(mark).into()
    }));
    elements.extend(also.as_ref().map(|related| self::related(file, related)));
    match hint {
        // Without a line, the problem is one line.
        Some(hint) if elements.is_empty() => {
            return level.primary_title(format!("{what}: {hint}")).elements(elements);
        }
        Some(hint) => elements.push(Level::HELP.message(hint.as_str()).into()),
        None => {}
    }
    level.primary_title(what.as_str()).elements(elements)
}

/// Returns a second place with its line, or alone if the line does not show at which column it is.
fn related<'a>(file: &'a str, related: &'a Related) -> Element<'a> {
    let Related { line, column, label, excerpt } = related;
    let shows_column = |excerpt: &&Excerpt| {
        let text = excerpt.text();
        let before = text.get(..excerpt.marked().start).unwrap_or_default();
        before.chars().count() + 1 == *column
    };
    match excerpt.as_ref().filter(shows_column) {
        Some(excerpt) => {
            let mark = AnnotationKind::Context.span(excerpt.marked()).label(label.as_str());
            let snippet = Snippet::source(excerpt.text()).line_start(*line).path(file);
            snippet.annotation(mark).into()
        }
        None => Origin::path(file).line(*line).char_column(*column).into(),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::local::AllKinds;

    /// A valid monitor, for texts that test something else.
    const MONITOR: &str =
        "[[monitor]]\nid = \"a\"\ncheck.http = { url = \"https://a.example.com\" }\n";

    /// Returns the problems of a config, without color, for a terminal of 60 columns.
    fn shown(text: &str) -> String {
        shown_with(text, &Renderer::plain().term_width(60))
    }

    fn shown_with(text: &str, renderer: &Renderer) -> String {
        let catalog = AllKinds::new().unwrap();
        match allclear_config::load("allclear.toml", text, &catalog.kinds()) {
            Ok(loaded) => {
                rendered("allclear.toml", Gravity::Warning, &loaded.warnings, renderer).join("\n")
            }
            Err(all) => {
                rendered("allclear.toml", Gravity::Error, &all.problems, renderer).join("\n")
            }
        }
    }

    #[test]
    fn the_place_is_underlined_and_the_hint_is_help() {
        let text = MONITOR.replace("https", "ftp") + "intervall = \"20s\"\n";
        assert_snapshot!(shown(&text), @r#"
        allclear.toml:3:22: `ftp` is neither `http` nor `https`
          |
        3 | check.http = { url = "ftp://a.example.com" }
          |                      ^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write for example `https://api.example.com/health`
        allclear.toml:4:1: unknown key `intervall`
          |
        4 | intervall = "20s"
          | ^^^^^^^^^
          |
          = help: did you mean `interval`?
        "#);
    }

    #[test]
    fn a_second_place_is_shown_with_its_label() {
        assert_snapshot!(shown(&[MONITOR, MONITOR].join("\n")), @r#"
        allclear.toml:6:6: duplicate monitor id `a`
          |
        6 | id = "a"
          |      ^^^
          |
         ::: allclear.toml:2:6
          |
        2 | id = "a"
          |      --- first
          |
          = help: rename one of them
        "#);
    }

    #[test]
    fn tabs_and_wide_characters_do_not_move_the_mark() {
        let text = "[page]\n\ttitle = \"決済サービス 👍🏽\"\t; x\n";
        assert_snapshot!(shown(&[text, MONITOR].concat()), @r#"
        allclear.toml:2:22: unexpected key or value
          |
        2 |     title = "決済サービス 👍🏽"    ; x
          |                                    ^
          |
          = help: expected newline, `#`
        "#);
    }

    #[test]
    fn an_error_at_the_end_of_the_file_is_shown_with_its_line() {
        assert_snapshot!(shown(&[MONITOR, "interval ="].concat()), @r#"
        allclear.toml:4:11: a value is missing
          |
        4 | interval =
          |           ^
          |
          = help: write one after the `=`
        "#);
        assert_snapshot!(shown(&[MONITOR, "interval = [\n\n"].concat()), @r#"
        allclear.toml:4:12: this `[` is never closed
          |
        4 | interval = [
          |            ^
          |
          = help: close it
        "#);
        assert_snapshot!(shown(""), @r#"
        allclear.toml:1:1: no monitor is configured: add a `[[monitor]]` with an `id` and `check.http = { url = "https://…" }`
        "#);
    }

    #[test]
    fn a_long_line_is_cut_to_the_width_of_the_terminal() {
        let url = format!("https://a.example.com/{}", "x".repeat(500));
        let text = format!(
            "[[monitor]]\nid = \"a\"\ncheck.http = {{ url = \"{url}\", metod = \"GET\", body = \"{url}\" }}\n"
        );
        assert_snapshot!(shown(&text), @r#"
        allclear.toml:3:548: unknown key `metod`
          |
        3 | ...xxxxxxxxxxxxxxxxxxx", metod = "GET", body = "https...
          |                          ^^^^^
          |
          = help: did you mean `method`?
        "#);
    }

    #[test]
    fn secrets_are_not_shown() {
        for line in [
            "headers = { authorization = \"hunter2 and more\" }, metod = 1 }",
            "headers = { authorization = \"hunter2 and more\" , x = } }",
            "headers = { authorization = 'hunter2 and more } }",
            "headers = { authorization = hunter2 } }",
            "headers = { authorization = 2hunter2 } }",
            "headers = { authorization = \"\"\"\nhunter2\"\"\" }, metod = 1 }",
            "headers = { authorization = \"\"\"\nhunter2 \\q\"\"\" }, metod = 1 }",
            "headers = { authorization = \"hunter2 \\q\" } }",
            "headers = { authorization = \"hunter2\"",
            "metod = 1, body = \"https://ann:hunter2@example.com/\" }",
            "metod = 1 } # password: hunter2",
            "metod = 1, auth.basic = { user = \"a\", password = \"hunter2\" } }",
            "metod = 1 }\npassword = hunter2",
        ] {
            let text = MONITOR.replace(" }", &format!(", {line}"));
            for renderer in
                [Renderer::plain(), Renderer::styled(), Renderer::plain().term_width(30)]
            {
                let shown = shown_with(&text, &renderer);
                assert!(!shown.contains("unter2"), "{line}:\n{shown}");
                assert!(shown.contains("allclear.toml:"), "{line}:\n{shown}");
            }
        }
        let line = "metod = 1, headers = { x-api-key = \"hunter2\" } }";
        assert_snapshot!(shown(&MONITOR.replace(" }", &format!(", {line}"))), @r#"
        allclear.toml:3:47: unknown key `metod`
          |
        3 | ...tps://a.example.com", metod = 1, headers = { x-api...
          |                          ^^^^^
          |
          = help: did you mean `method`?
        allclear.toml:3:82: `x-api-key` holds a secret
          |
        3 | ...ers = { x-api-key = [redacted] } }
          |                        ^^^^^^^^^^
          |
          = help: write `secret:a-name` and keep the value under that name outside of the config
        "#);
    }

    #[test]
    fn a_warning_has_its_prefix() {
        let text = MONITOR.replace("\"a\"", "\"sk-abcdefghij1234567890\"");
        assert_snapshot!(shown(&text), @r#"
        warning: allclear.toml:1:1: no channel is configured, so no alert is sent: add a `[[channel]]` with an `id` and `send.log = {}`
        warning: allclear.toml:2:6: `id` looks like a secret
          |
        2 | id = "[redacted]"
          |      ^^^^^^^^^^^^
          |
          = help: replace the key if it is one: ids are public
        "#);
    }

    #[test]
    fn color_changes_only_the_style() {
        let text = MONITOR.replace("url", "u\u{202e}rl");
        let styled = shown_with(&text, &Renderer::styled().term_width(60));
        assert!(styled.starts_with("\u{1b}[1m\u{1b}[91mallclear.toml:"), "{styled:?}");
        // The last step before the terminal leaves colors alone.
        assert_eq!(crate::output::on_terminal(&styled), styled);
        let mut plain = String::new();
        for part in styled.split("\u{1b}[") {
            plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
        }
        assert_eq!(plain, shown(&text));
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let keys: Vec<String> = (0..80).map(|n| format!("x{n} = 1\n")).collect();
        let text = keys.concat() + MONITOR;
        let shown = shown(&text);
        assert!(shown.ends_with("\nand 30 more"), "{shown}");
    }
}
