//! The values of keys of a config, as the changes between two configs name them.

use allclear_core::rule::RuleScope;

/// Returns the keys of a selection of monitors, each with its name and its values.
pub(crate) fn scope_keys(
    before: &RuleScope,
    after: &RuleScope,
) -> [(&'static str, String, String); 3] {
    [
        ("monitors", joined(&before.monitors), joined(&after.monitors)),
        ("groups", before.groups.join(", "), after.groups.join(", ")),
        ("tags", before.tags.join(", "), after.tags.join(", ")),
    ]
}

/// Returns values as a list, as the config names them.
pub(crate) fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
