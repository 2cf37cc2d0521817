//! Words that no committed file contains.
//!
//! The words are put together from parts, so that this file does not contain them either.

use crate::repository::{files, report, text};

struct Forbidden {
    word: &'static str,
    instead: &'static str,
}

const MARK: &str = "finish it, or write down what is missing where a user looks for it";
const HOST: &str = "leave the registry to the settings of the machine";

const ENGINE: &str = "use MiniStack or moto, whose licenses are open";

const FORBIDDEN: [Forbidden; 13] = [
    Forbidden { word: concat!("TO", "DO"), instead: MARK },
    Forbidden { word: concat!("FIX", "ME"), instead: MARK },
    Forbidden { word: concat!("todo", "!("), instead: MARK },
    Forbidden { word: concat!("unimplemented", "!("), instead: MARK },
    Forbidden { word: concat!("crates", ".io"), instead: HOST },
    Forbidden { word: concat!("pypi", ".org"), instead: HOST },
    Forbidden { word: concat!("python", "hosted.org"), instead: HOST },
    Forbidden { word: concat!("npm", "js.org"), instead: HOST },
    Forbidden { word: concat!("proxy.go", "lang.org"), instead: HOST },
    Forbidden { word: concat!("deb", ".debian.org"), instead: HOST },
    Forbidden { word: concat!("security", ".debian.org"), instead: HOST },
    Forbidden { word: concat!("maven", ".org"), instead: HOST },
    Forbidden { word: concat!("DynamoDB", "Local"), instead: ENGINE },
];

/// Cargo writes the registry into files of this name, and people do not read them.
const WRITTEN_BY_CARGO: &str = "Cargo.lock";

/// Each line of a text with a forbidden word, as `path:line: …`.
fn objections(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            FORBIDDEN.iter().filter(|one| contains(line, one.word)).map(move |one| {
                format!("{path}:{}: contains `{}`: {}", index + 1, one.word, one.instead)
            })
        })
        .collect()
}

/// Whether a line contains a word that does not go on as part of a longer one.
fn contains(line: &str, word: &str) -> bool {
    let in_word = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(word).any(|(at, _)| {
        let goes_on_before = word.starts_with(in_word) && line[..at].ends_with(in_word);
        let goes_on_after = word.ends_with(in_word) && line[at + word.len()..].starts_with(in_word);
        !goes_on_before && !goes_on_after
    })
}

#[test]
fn no_committed_file_contains_a_forbidden_word() {
    let problems: Vec<_> = files()
        .iter()
        .filter(|path| !path.ends_with(WRITTEN_BY_CARGO))
        .filter_map(|path| Some((path, text(path)?)))
        .flat_map(|(path, text)| objections(path, &text))
        .collect();
    report(&problems);
}

#[test]
fn a_forbidden_word_is_refused_with_its_place() {
    let text = format!("fine\n// {}: later\n", concat!("TO", "DO"));
    let said = objections("a.rs", &text);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("a.rs:2: "), "{}", said[0]);
    let host = format!("https://index.{}/a", concat!("crates", ".io"));
    assert_eq!(objections("a.rs", &host).len(), 1);
}

#[test]
fn a_longer_word_is_another_word() {
    assert!(!contains("UNFIT FOR THIS", "FIT"));
    assert!(!contains("BENEFITS", "FIT"));
    assert!(contains("BENEFIT, FIT.", "FIT"));
    assert!(contains("call!(now)", "call!("));
}
