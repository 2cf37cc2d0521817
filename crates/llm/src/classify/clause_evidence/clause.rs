//! Clauses: parts of an error's text that state one thing, and the words that negate it.

use super::stems::{self, Polarity};
use super::{ClauseSubject, Predicate};
use crate::error::ErrorBody;

/// The number of words before a predicate in which a negation counts.
const NEGATION_REACH: usize = 3;

/// The number of characters before a Chinese predicate in which a negation counts.
const NEGATION_REACH_CHINESE: usize = 2;

/// Words that negate, without apostrophes.
const NEGATIONS: &[&str] = &[
    "not", "no", "never", "without", "cannot", "cant", "dont", "doesnt", "didnt", "isnt", "arent",
    "wasnt", "hasnt", "havent", "wont", "couldnt", "unable", "neither", "nor", "zero",
];

/// Characters that negate the next word.
const NEGATIONS_CHINESE: &[char] = &['不', '未', '没', '无', '非'];

/// One clause in lower case: words between single spaces, with a space at both ends.
#[derive(Debug)]
pub(super) struct Clause(String);

impl Clause {
    /// Creates a clause. Apostrophes vanish, other punctuation separates words.
    fn new(text: &str) -> Self {
        let mut words = String::from(" ");
        for char in text.chars().filter(|char| !matches!(char, '\'' | '’' | '`')) {
            if char.is_alphanumeric() {
                words.extend(char.to_lowercase());
            } else if !words.ends_with(' ') {
                words.push(' ');
            }
        }
        if !words.ends_with(' ') {
            words.push(' ');
        }
        Self(words)
    }

    /// Checks whether the clause names a subject.
    pub(super) fn has_subject(&self, subject: ClauseSubject) -> bool {
        stems::contains(&self.0, stems::subjects::of(subject))
            && !stems::contains(&self.0, stems::subjects::others(subject))
    }

    /// Checks whether the clause makes a statement, with regard to negation.
    pub(super) fn has_predicate(&self, predicate: Predicate) -> bool {
        let holds = |(sense, list): &(Polarity, &str)| {
            stems::stems(list).any(|stem| {
                self.0.match_indices(stem).any(|(at, _)| match sense {
                    Polarity::Stated => !self.is_negated(at),
                    Polarity::Negated => self.is_negated(at),
                    Polarity::Fixed => true,
                })
            })
        };
        stems::predicates::of(predicate).iter().any(holds)
    }

    /// Checks for a window of a minute or less.
    pub(super) fn has_short_window(&self) -> bool {
        stems::contains(&self.0, stems::SHORT_WINDOWS)
    }

    /// Checks for a window of a day or longer.
    pub(super) fn has_long_window(&self) -> bool {
        stems::contains(&self.0, stems::LONG_WINDOWS)
    }

    /// Checks whether the clause states that something was stopped until a person acts.
    pub(super) fn is_halted(&self) -> bool {
        stems::contains(&self.0, stems::HALTED)
    }

    /// Checks whether the clause states that the failing request works later.
    pub(super) fn is_temporary(&self) -> bool {
        stems::contains(&self.0, stems::TEMPORARY)
    }

    /// Checks whether a negation stands closely before a byte position.
    fn is_negated(&self, at: usize) -> bool {
        let before = self.0.get(..at).unwrap_or_default();
        let mut words = before.split_whitespace().rev().take(NEGATION_REACH);
        words.any(|word| NEGATIONS.contains(&word))
            || before
                .chars()
                .rev()
                .take(NEGATION_REACH_CHINESE)
                .any(|char| NEGATIONS_CHINESE.contains(&char))
    }
}

/// Returns the clauses of the message and of the codes.
pub(super) fn of(body: &ErrorBody) -> Vec<Clause> {
    let mut clauses = of_text(&body.message);
    clauses.extend(of_codes(body));
    clauses
}

/// Returns the clauses of a text.
pub(super) fn of_text(text: &str) -> Vec<Clause> {
    sentences(text).map(Clause::new).collect()
}

/// Returns the codes as clauses: `UsageLimitExceeded` and `usage_limit_exceeded` as three words.
pub(super) fn of_codes(body: &ErrorBody) -> Vec<Clause> {
    body.codes.iter().map(|code| Clause::new(&crate::classify::spaced(code))).collect()
}

/// Cuts a text at the ends of its sentences and at commas. A point within a word, as in `gpt-4.1`,
/// ends nothing.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |(at, char): (usize, char)| match char {
        '!' | '?' | ';' | ',' | '|' | '。' | '！' | '？' | '；' | '，' => true,
        '.' | ':' => {
            text.get(at + 1..).is_none_or(|rest| rest.starts_with([' ', '"']) || rest.is_empty())
        }
        _ => false,
    };
    let mut start = 0;
    let ends: Vec<usize> = text
        .char_indices()
        .filter(|it| is_end(*it))
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    ends.into_iter().filter_map(move |end| {
        let sentence = text.get(start..end);
        start = end;
        sentence
    })
}
