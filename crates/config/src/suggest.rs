//! Suggestions for misspelled keys and words.

/// The most words that a hint lists.
const MAX_LISTED_WORDS: usize = 16;

/// The most keys of a table, and kinds of check, that a hint lists.
const MAX_LISTED_KEYS: usize = 32;

/// The maximum number of candidates of similar length that are compared.
const MAX_CANDIDATES: usize = 1_000;

/// Returns the candidate most similar to `word`; `None` if none is similar enough.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 2 * most)
        .take(MAX_CANDIDATES)
        .map(|candidate| (strsim::damerau_levenshtein(&plain(candidate), &word), candidate))
        .min()
        .filter(|(distance, _)| *distance <= most)
        .map(|(_, candidate)| candidate)
}

/// Returns the hint for an unknown word: the nearest known one, or all of them if there are at most
/// 16.
pub(crate) fn hint<'c>(
    word: &str,
    known: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<String> {
    nearest_or_listed(word, known, MAX_LISTED_WORDS)
}

fn nearest_or_listed<'c>(
    word: &str,
    known: impl IntoIterator<Item = &'c str> + Clone,
    max_listed: usize,
) -> Option<String> {
    if let Some(nearest) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = known.into_iter().collect();
    (1..=max_listed).contains(&known.len()).then(|| format!("choose from {}", listed(&known)))
}

/// Formats words in backticks, separated by commas.
pub(crate) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Keys of other monitoring tools, and the keys of Allclear with the same meaning.
const HABITS: [(&str, &str); 35] = [
    ("actions", "action"),
    ("alert", "rule"),
    ("alerts", "rule"),
    ("at", "from"),
    ("channels", "channel"),
    ("cron", "rrule"),
    ("dependencies", "depends_on"),
    ("depends", "depends_on"),
    ("duration", "for"),
    ("endpoint", "monitor"),
    ("endpoints", "monitor"),
    ("every", "interval"),
    ("expr", "condition"),
    ("frequency", "interval"),
    ("if", "condition"),
    ("kind", "check"),
    ("labels", "tags"),
    ("level", "severity"),
    ("level", "min_severity"),
    ("max_restart_attempts", "max_attempts"),
    ("monitors", "monitor"),
    ("notify", "channel"),
    ("parents", "depends_on"),
    ("period", "interval"),
    ("reason", "comment"),
    ("recurrence", "rrule"),
    ("remedy", "action"),
    ("restart_cooldown_minutes", "cooldown"),
    ("schedule", "weekly"),
    ("service", "monitor"),
    ("services", "monitor"),
    ("severity", "min_severity"),
    ("tz", "time_zone"),
    ("timezone", "time_zone"),
    ("type", "check"),
];

/// Returns the hint for an unknown key.
pub(crate) fn key_hint<'c>(
    key: &str,
    known: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<String> {
    if known.clone().into_iter().next().is_none() {
        return Some("leave it out: there are no keys here".to_owned());
    }
    meant(key, known.clone())
        .map(|meant| format!("did you mean `{meant}`?"))
        .or_else(|| nearest_or_listed(key, known, MAX_LISTED_KEYS))
}

/// Returns the known key that an unknown one probably stands for.
pub(crate) fn meant<'c>(
    key: &str,
    known: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let habit = HABITS
        .iter()
        .filter(|(habit, _)| *habit == key)
        .find_map(|(_, ours)| known.clone().into_iter().find(|candidate| candidate == ours));
    habit.or_else(|| nearest(key, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_foreign_keys_and_unknown_words_get_different_hints() {
        let keys = ["id", "interval", "timeout"];
        assert_eq!(key_hint("intervall", keys).as_deref(), Some("did you mean `interval`?"));
        assert_eq!(key_hint("period", keys).as_deref(), Some("did you mean `interval`?"));
        assert_eq!(
            key_hint("colour", keys).as_deref(),
            Some("choose from `id`, `interval`, `timeout`")
        );
        assert_eq!(key_hint("Time-Out", ["time_out"]).as_deref(), Some("did you mean `time_out`?"));
    }
}
