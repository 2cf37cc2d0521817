//! The language of comments and documents: sentences name their subject.
//!
//! Two rates are held, for the whole and for each crate: paragraphs that open with a question word, and idioms
//! that a reader of technical English has to translate.

use std::collections::BTreeMap;

use crate::repository::{extension, files, report, text};

/// Words with which no paragraph of a comment opens.
const OPENINGS: [&str; 11] =
    ["What", "Whether", "How", "Where", "When", "Who", "Whom", "Whose", "Which", "Why", "That"];

/// Idioms, each in parts, so that this file does not contain them.
const IDIOMS: [&str; 23] = [
    concat!("who", "ever"),
    concat!("whom", "ever"),
    concat!("no", "body"),
    concat!("some", "body"),
    concat!("any", "body"),
    concat!("for ", "want of"),
    concat!("to be ", "had"),
    concat!("of ", "ours"),
    concat!("of ", "theirs"),
    concat!("of one's ", "own"),
    concat!("but ", "for"),
    concat!("is there ", "to"),
    concat!("there is ", "to"),
    concat!("for ", "good"),
    concat!("at a ", "loss"),
    concat!("nothing else ", "than"),
    concat!("as good ", "as"),
    concat!("by ", "itself"),
    concat!("what becomes ", "of"),
    concat!("what it ", "says"),
    concat!("is ", "told"),
    concat!("are ", "told"),
    concat!("was ", "told"),
];

/// The most that the whole may have, and that a crate may have.
const OF_THE_WHOLE: Limits = Limits { openings_percent: 1.0, idioms: 5.0 };
const OF_A_CRATE: Limits = Limits { openings_percent: 3.0, idioms: 15.0 };

struct Limits {
    openings_percent: f64,
    /// Per 10,000 lines.
    idioms: f64,
}

#[derive(Default)]
struct Measured {
    n_paragraphs: usize,
    n_lines: usize,
    openings: Vec<String>,
    idioms: Vec<String>,
}

impl Measured {
    /// Adds the comments of a Rust file.
    fn add(&mut self, path: &str, text: &str) {
        let mut in_paragraph = false;
        let mut in_code = false;
        for (index, line) in text.lines().enumerate() {
            let Some(comment) = comment(line) else {
                in_paragraph = false;
                continue;
            };
            if comment.starts_with("```") {
                in_code = !in_code;
            }
            if in_code || comment.is_empty() {
                in_paragraph = false;
                continue;
            }
            self.add_line(&format!("{path}:{}", index + 1), comment, !in_paragraph);
            in_paragraph = true;
        }
    }

    fn add_line(&mut self, place: &str, line: &str, opens: impl Into<Opens>) {
        self.n_lines += 1;
        let first = line.split(|char: char| !char.is_alphabetic()).next().unwrap_or_default();
        if matches!(opens.into(), Opens::Paragraph) && !first.is_empty() {
            self.n_paragraphs += 1;
            if OPENINGS.contains(&first) {
                self.openings.push(format!("{place}: opens with `{first}`: {line}"));
            }
        }
        let lower = line.to_lowercase();
        for idiom in IDIOMS {
            if contains_words(&lower, idiom) {
                self.idioms.push(format!("{place}: contains `{idiom}`: {line}"));
            }
        }
    }

    fn exceeds(&self, limits: &Limits) -> bool {
        let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
        share(self.openings.len(), self.n_paragraphs) * 100.0 > limits.openings_percent
            || share(self.idioms.len(), self.n_lines) * 10_000.0 > limits.idioms
    }

    fn hits(&self) -> Vec<String> {
        self.openings.iter().chain(&self.idioms).cloned().collect()
    }
}

/// The part that a line plays.
enum Opens {
    Paragraph,
    Nothing,
}

impl From<bool> for Opens {
    fn from(opens: bool) -> Self {
        if opens { Self::Paragraph } else { Self::Nothing }
    }
}

/// Returns the text of a line that is a comment.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.strip_prefix(['/', '!']).unwrap_or(text).trim())
}

/// Checks whether a text contains an idiom that no letter precedes or follows.
fn contains_words(text: &str, idiom: &str) -> bool {
    text.match_indices(idiom).any(|(at, _)| {
        !text[..at].ends_with(char::is_alphanumeric)
            && !text[at + idiom.len()..].starts_with(char::is_alphanumeric)
    })
}

/// Returns the crate of a path, or its first folder.
fn crate_of(path: &str) -> String {
    let parts: Vec<_> = path.split('/').collect();
    match parts.as_slice() {
        [first @ ("crates" | "functions" | "tests"), second, _, ..] => format!("{first}/{second}"),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

#[test]
fn comments_are_in_plain_technical_english() {
    let mut whole = Measured::default();
    let mut crates = BTreeMap::<String, Measured>::new();
    for path in files().iter().filter(|path| extension(path) == "rs") {
        let Some(text) = text(path) else { continue };
        whole.add(path, &text);
        crates.entry(crate_of(path)).or_default().add(path, &text);
    }
    assert!(whole.n_paragraphs > 1_000, "the comments were not found");

    let crates = crates.values().filter(|one| one.exceeds(&OF_A_CRATE)).flat_map(Measured::hits);
    let whole = Some(&whole).filter(|one| one.exceeds(&OF_THE_WHOLE)).map(Measured::hits);
    report(&whole.unwrap_or_else(|| crates.collect()));
}

#[test]
fn documents_have_no_idioms() {
    let mut measured = Measured::default();
    let documents = ["md", "yaml", "toml", "sh"];
    for path in files().iter().filter(|path| documents.contains(&extension(path))) {
        let Some(text) = text(path) else { continue };
        for (index, line) in text.lines().enumerate() {
            measured.add_line(&format!("{path}:{}", index + 1), line, Opens::Nothing);
        }
    }
    report(&measured.idioms);
}

#[test]
fn openings_and_idioms_are_found() {
    let mut measured = Measured::default();
    let comment = concat!(
        "/// Whether it runs.\n/// That is a second line.\nfn f() {}\n// Seen by no",
        "body.\n"
    );
    measured.add("a.rs", comment);
    assert_eq!(measured.n_paragraphs, 2);
    assert_eq!(measured.openings, ["a.rs:1: opens with `Whether`: Whether it runs."]);
    assert_eq!(measured.idioms.len(), 1, "{:?}", measured.idioms);
    assert!(measured.exceeds(&OF_A_CRATE) && measured.exceeds(&OF_THE_WHOLE));

    let mut plain = Measured::default();
    plain.add("b.rs", "/// Returns the age. Whether it is known, the caller checks.\n");
    assert!(!plain.exceeds(&OF_A_CRATE) && plain.hits().is_empty());
    assert_eq!(crate_of("crates/core/src/id.rs"), "crates/core");
    assert_eq!(crate_of("status-site/src/lib.rs"), "status-site");
}
