//! Catalogs: the items that a provider offers, and their changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::redact::Redactor;

/// The models and other items of one provider, as one account sees them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The provider's name, such as `openai`.
    pub provider: String,
    /// The time at which it was listed.
    pub at: Timestamp,
    /// The items by their ids.
    #[serde(rename = "models")]
    pub items: BTreeMap<String, CatalogItem>,
}

impl Catalog {
    /// Returns the catalog without secrets. Its texts come from the provider, which may echo parts of the
    /// request.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        for item in self.items.values_mut() {
            item.facts.values_mut().for_each(|fact| clean(fact, redactor));
        }
        let clean = |id: &String| redactor.redact(id).into_owned();
        self.items = self.items.into_iter().map(|(id, item)| (clean(&id), item)).collect();
        self
    }
}

/// Redacts all texts in a fact.
fn clean(fact: &mut Value, redactor: &Redactor) {
    match fact {
        Value::String(text) => *text = redactor.redact(text).into_owned(),
        Value::Array(facts) => facts.iter_mut().for_each(|fact| clean(fact, redactor)),
        Value::Object(facts) => facts.values_mut().for_each(|fact| clean(fact, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An item of a catalog: its lifecycle, and the facts from the kind of check that listed it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CatalogItem {
    /// The first day on which it is no longer served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// True if its provider calls it deprecated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// All other facts, in the form of the kind.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl CatalogItem {
    /// Builds the item from the facts of `item`, among them `shutdown` and `deprecated`.
    ///
    /// # Errors
    ///
    /// Fails if `item` is no JSON object, or its lifecycle has another form.
    pub fn new(item: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(item)?)
    }

    /// Returns all facts in the form of the kind.
    ///
    /// # Errors
    ///
    /// Fails if another kind or another version has listed it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self)?)
    }
}

/// One change of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogChange {
    /// The time at which the change was noticed.
    pub at: Timestamp,
    /// The id of the item.
    #[serde(rename = "model")]
    pub item: String,
    /// The kind of change.
    pub what: ChangeKind,
}

/// The kind of change of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Appeared,
    /// It is no longer listed.
    Disappeared,
    /// Its provider has announced its end, or has changed that date.
    ShutdownSet(Date),
    /// Its provider no longer announces an end.
    ShutdownLifted,
    /// Its provider calls it deprecated.
    Deprecated,
}

/// The latest catalog of a provider, and the changes up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownCatalog {
    /// The latest catalog.
    pub latest: Catalog,
    /// The latest changes, oldest first; at most [`KnownCatalog::MAX_CHANGES`].
    pub changes: Vec<CatalogChange>,
}

impl KnownCatalog {
    /// The most changes that are kept.
    pub const MAX_CHANGES: usize = 200;

    /// Creates the known catalog from a first list, which counts as no change.
    #[must_use]
    pub fn first(latest: Catalog) -> Self {
        Self { latest, changes: Vec::new() }
    }

    /// Returns the known catalog after `latest` was listed. A list older than the known one changes nothing.
    /// The list of another provider, after a change of the config, replaces the known one without any change
    /// to report.
    #[must_use]
    pub fn followed_by(mut self, latest: Catalog) -> Self {
        if latest.at < self.latest.at {
            return self;
        }
        if latest.provider == self.latest.provider {
            self.changes.extend(differences(&self.latest, &latest));
            let surplus = self.changes.len().saturating_sub(Self::MAX_CHANGES);
            self.changes.drain(..surplus);
        } else {
            self.changes.clear();
        }
        self.latest = latest;
        self
    }
}

/// Returns the differences between `old` and `new`, compared by id.
fn differences(old: &Catalog, new: &Catalog) -> Vec<CatalogChange> {
    let ids: BTreeSet<&String> = old.items.keys().chain(new.items.keys()).collect();
    let mut changes = Vec::new();
    for id in ids {
        let mut note = |what| changes.push(CatalogChange { at: new.at, item: id.clone(), what });
        match (old.items.get(id), new.items.get(id)) {
            (None, Some(_)) => note(ChangeKind::Appeared),
            (Some(_), None) => note(ChangeKind::Disappeared),
            (Some(before), Some(after)) => {
                match after.shutdown {
                    Some(date) if before.shutdown != Some(date) => {
                        note(ChangeKind::ShutdownSet(date));
                    }
                    None if before.shutdown.is_some() => note(ChangeKind::ShutdownLifted),
                    Some(_) | None => {}
                }
                if after.deprecated && !before.deprecated {
                    note(ChangeKind::Deprecated);
                }
            }
            (None, None) => {}
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn catalog(second: i64, items: &[(&str, Option<Date>)]) -> Catalog {
        let item =
            |shutdown: &Option<Date>| CatalogItem { shutdown: *shutdown, ..CatalogItem::default() };
        Catalog {
            provider: "one".to_owned(),
            at: Timestamp::from_second(second).unwrap(),
            items: items.iter().map(|(id, date)| ((*id).to_owned(), item(date))).collect(),
        }
    }

    #[test]
    fn added_removed_and_retiring_items_are_changes() {
        let date = jiff::civil::date(2026, 12, 11);
        let known = KnownCatalog::first(catalog(1, &[("a", None), ("b", None)]));
        assert_eq!(known.changes, []);
        let known = known.followed_by(catalog(2, &[("b", Some(date)), ("c", None)]));
        let changes: Vec<(&str, ChangeKind)> =
            known.changes.iter().map(|change| (change.item.as_str(), change.what)).collect();
        let expected = [
            ("a", ChangeKind::Disappeared),
            ("b", ChangeKind::ShutdownSet(date)),
            ("c", ChangeKind::Appeared),
        ];
        assert_eq!(changes, expected);
        assert_eq!(known.clone().followed_by(catalog(2, &[("b", Some(date)), ("c", None)])), known);
    }

    #[test]
    fn an_older_listing_changes_nothing_and_another_provider_replaces_the_catalog() {
        let known = KnownCatalog::first(catalog(5, &[("a", None)]));
        assert_eq!(known.clone().followed_by(catalog(4, &[])), known);
        let other = Catalog { provider: "another".to_owned(), ..catalog(6, &[("x", None)]) };
        assert_eq!(known.followed_by(other.clone()), KnownCatalog::first(other));
    }

    #[test]
    fn the_number_of_kept_changes_is_limited() {
        let many: Vec<String> = (0..300).map(|n| format!("m{n}")).collect();
        let many: Vec<(&str, Option<Date>)> = many.iter().map(|id| (id.as_str(), None)).collect();
        let known = KnownCatalog::first(catalog(1, &[])).followed_by(catalog(2, &many));
        assert_eq!(known.changes.len(), KnownCatalog::MAX_CHANGES);
    }

    #[test]
    fn an_item_with_details_is_stored_as_one_flat_object() {
        let facts = json!({ "size": 3, "words": ["a"], "shutdown": "2026-12-11" });
        let item = CatalogItem::new(&facts).unwrap();
        assert_eq!(item.shutdown, Some(jiff::civil::date(2026, 12, 11)));
        assert_eq!(serde_json::to_value(&item).unwrap(), facts);
        assert_eq!(item.read::<Value>().unwrap(), facts);
        assert!(CatalogItem::new(&"text").is_err());
    }
}
