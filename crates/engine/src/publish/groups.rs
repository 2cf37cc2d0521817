//! The ids of the groups of the page, which links and programs keep.

use std::collections::HashSet;

use allclear_core::config::PageGroup;
use allclear_core::digest::hexadecimal;

/// The number of hexadecimal digits that distinguish names without another difference.
const N_DIGITS: usize = 6;

/// Returns the id of each group: that of the config, or one made of the name. A group keeps it when others come, go or
/// move, unless their names differ in nothing but case and punctuation: the first one then has the shorter id.
pub(crate) fn group_ids(configured: &[PageGroup], names: &[&str]) -> Vec<String> {
    let mut taken: HashSet<String> =
        configured.iter().filter_map(|one| Some(one.id.as_ref()?.to_string())).collect();
    let id_of = |name: &&str| {
        let group = configured.iter().find(|group| group.name == *name);
        if let Some(id) = group.and_then(|group| group.id.as_ref()) {
            return id.to_string();
        }
        let slug = slug(name);
        let digits: String = hexadecimal(["group", name]).chars().take(N_DIGITS).collect();
        let id = match slug.as_str() {
            "" => digits,
            slug if taken.contains(slug) => format!("{slug}-{digits}"),
            slug => slug.to_owned(),
        };
        taken.insert(id.clone());
        id
    };
    names.iter().map(id_of).collect()
}

/// Returns the ASCII letters and digits of `name` in lower case, with a hyphen for what is between them.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_name_and_kept_when_groups_move() {
        let ids = group_ids(&[], &["Product", "LLM providers", "Bezahlen & Abo", "支払い"]);
        assert_eq!(ids[..3], ["product", "llm-providers", "bezahlen-abo"]);
        assert!(ids[3].len() == N_DIGITS, "{ids:?}");
        let moved = group_ids(&[], &["支払い", "New", "Product"]);
        assert_eq!(moved, [ids[3].as_str(), "new", "product"]);
    }

    #[test]
    fn two_names_never_share_an_id() {
        let group = |name: &str, id: &str| PageGroup {
            name: name.to_owned(),
            id: Some(id.parse().unwrap()),
            folding: None,
        };
        let ids = group_ids(&[group("Shop", "core")], &["Core", "core!", "Shop"]);
        assert_eq!(ids[2], "core", "an id of the config comes first");
        assert!(ids[0].starts_with("core-") && ids[1].starts_with("core-"), "{ids:?}");
        assert_ne!(ids[0], ids[1]);
    }
}
