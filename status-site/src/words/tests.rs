//! Each language has each message, in each form.

use std::collections::BTreeSet;

use super::*;

/// Variables that a language may leave out, because its words do not depend on them.
const GRAMMAR: [&str; 3] = ["n", "tense", "month"];

fn messages(language: Language) -> Vec<(String, String)> {
    let blocks = language.source().split("\n\n").flat_map(|block| {
        let mut found: Vec<(String, String)> = Vec::new();
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(" = ") {
                Some((id, text)) if !line.starts_with(' ') => {
                    found.push((id.to_owned(), text.to_owned()));
                }
                _ => {
                    if let Some((_, text)) = found.last_mut() {
                        text.push_str(line);
                    }
                }
            }
        }
        found
    });
    blocks.collect()
}

fn variables(text: &str) -> BTreeSet<&str> {
    let parts = text.split('$').skip(1);
    parts
        .map(|part| {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
            part.split_at(end).0
        })
        .collect()
}

#[test]
fn each_language_has_each_message_with_its_variables() {
    let declared: BTreeSet<&str> = MESSAGES.iter().map(|(id, _)| *id).collect();
    for language in Language::ALL {
        let messages = messages(language);
        let there: BTreeSet<&str> = messages.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(there, declared, "{language:?}");
        assert_eq!(messages.len(), declared.len(), "a message of {language:?} is there twice");
        for (id, text) in &messages {
            let (_, known) = MESSAGES.iter().find(|(known, _)| known == id).unwrap();
            let known: BTreeSet<&str> = known.iter().copied().collect();
            let used = variables(text);
            assert!(used.is_subset(&known), "{id} of {language:?} has {used:?}, known: {known:?}");
            let facts: BTreeSet<&str> =
                known.iter().copied().filter(|one| !GRAMMAR.contains(one)).collect();
            assert!(facts.is_subset(&used), "{id} of {language:?} lacks one of {facts:?}");
        }
    }
}

#[test]
fn each_message_can_be_formatted_for_each_count_and_tense() {
    for language in Language::ALL {
        let words = Words::of(language);
        for (id, variables) in MESSAGES {
            for n in [0, 1, 2, 3, 5, 11, 21, 100] {
                for tense in [Tense::Present, Tense::Past] {
                    let values = variables.iter().map(|name| {
                        let value: FluentValue<'_> = match *name {
                            "tense" => tense.into(),
                            "n" | "total" | "of" | "day" | "month" | "working" => n.into(),
                            name => format!("<{name}>").into(),
                        };
                        (*name, value)
                    });
                    let arguments: FluentArgs<'_> = values.collect();
                    let message = words.bundle.get_message(id).unwrap().value().unwrap();
                    let mut errors = Vec::new();
                    let text = words.bundle.format_pattern(message, Some(&arguments), &mut errors);
                    assert!(errors.is_empty(), "{id} of {language:?}: {errors:?}");
                    // Japanese and Chinese have no space between sentences.
                    let may_be_empty = *id == "between_sentences";
                    assert!(may_be_empty || !text.is_empty(), "{id} of {language:?}");
                }
            }
        }
    }
}

#[test]
fn a_language_chooses_the_form_of_its_plural() {
    let days = |language: Language| [1, 2, 3, 11].map(|n| Words::of(language).n_days(n));
    assert_eq!(days(Language::English), ["1 day", "2 days", "3 days", "11 days"]);
    assert_eq!(days(Language::Japanese), ["1日", "2日", "3日", "11日"]);
    assert_eq!(days(Language::Arabic), ["يوم واحد", "يومان", "3 أيام", "11 يومًا"]);
    let updates = [0, 1, 2].map(|n| Words::of(Language::French).earlier_updates(n));
    let expected =
        ["0 mise à jour précédente", "1 mise à jour précédente", "2 mises à jour précédentes"];
    assert_eq!(updates, expected);
}
