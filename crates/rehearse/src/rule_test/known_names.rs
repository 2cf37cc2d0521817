//! The names that a config has in place of one that it does not have.

/// The most names of a config that a message lists.
const MAX_NAMES: usize = 8;

/// Returns what a config has in place of `word`: the name that is spelled most like it, or a list.
pub(super) fn it_has(word: &str, names: Vec<&str>) -> String {
    if let Some(nearest) = nearest(word, &names) {
        return format!("did you mean `{nearest}`?");
    }
    let n_more = names.len().saturating_sub(MAX_NAMES);
    let first: Vec<&str> = names.into_iter().take(MAX_NAMES).collect();
    let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
    if first.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}{more}", quoted(&first))
    }
}

/// Returns the name that is spelled most like `word`; `None` if none is similar enough.
fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let most = (word.chars().count() / 3).max(1);
    let near = names.iter().map(|name| (strsim::damerau_levenshtein(name, word), *name));
    near.filter(|(distance, _)| *distance <= most).min().map(|(_, name)| name)
}

/// Returns names in backticks, separated by commas.
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
