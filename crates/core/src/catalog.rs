//! Catalogs: which models a provider has, and how that changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::redact::Redactor;

/// What one provider has, as one account sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The provider's name, such as `openai`.
    pub provider: String,
    /// When it was listed.
    pub at: Timestamp,
    /// The models by their ids.
    pub models: BTreeMap<String, Model>,
}

impl Catalog {
    /// The same without secrets: all its words are the provider's, which may hand back what it was
    /// asked with.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        let clean = |text: &String| redactor.redact(text).into_owned();
        for model in self.models.values_mut() {
            let Model { input_modalities, output_modalities, capabilities, .. } = model;
            for words in [input_modalities, output_modalities, capabilities] {
                *words = words.iter().map(clean).collect();
            }
        }
        self.models = self.models.into_iter().map(|(id, model)| (clean(&id), model)).collect();
        self
    }
}

/// What is known of a model. What nobody tells is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// When it came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// How many tokens question and answer may have together, or the question alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// How many tokens an answer may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// What it takes: `text`, `image`, `audio`, `video`, `file`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub input_modalities: BTreeSet<String>,
    /// What it gives.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub output_modalities: BTreeSet<String>,
    /// What it can: `chat`, `tools`, `structured_output`, `reasoning`, `embeddings`, …
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<String>,
    /// What a million tokens cost, in US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// From when on it is not served any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown: Option<Date>,
    /// Whether its provider calls it deprecated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// What of the above comes from shipped data and not from the provider, by the field's name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub derived: BTreeSet<String>,
}

/// What a million tokens cost, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Of the question.
    pub input: f64,
    /// Of the answer, reasoning included.
    pub output: f64,
}

/// One change of a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was noticed.
    pub at: Timestamp,
    /// The model.
    pub model: String,
    /// What happened to it.
    pub what: ChangeKind,
}

/// What happened to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Appeared,
    /// It is listed no more.
    Disappeared,
    /// Its provider has said when it ends, or has changed that.
    ShutdownSet(Date),
    /// Its provider no longer says when it ends.
    ShutdownLifted,
    /// Its provider calls it deprecated.
    Deprecated,
}

/// The latest catalog of a provider, and what has changed up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownCatalog {
    /// The latest.
    pub latest: Catalog,
    /// The latest changes, oldest first; at most [`KnownCatalog::MAX_CHANGES`].
    pub changes: Vec<Change>,
}

impl KnownCatalog {
    /// The most changes that are kept.
    pub const MAX_CHANGES: usize = 200;

    /// A first catalog: nothing in it is news.
    #[must_use]
    pub fn first(latest: Catalog) -> Self {
        Self { latest, changes: Vec::new() }
    }

    /// What is known after `latest` was listed. One that is older than what is known changes
    /// nothing; another provider's, after the config has changed, begins anew without news.
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

/// What is different in `new`, by the models' ids.
fn differences(old: &Catalog, new: &Catalog) -> Vec<Change> {
    let ids: BTreeSet<&String> = old.models.keys().chain(new.models.keys()).collect();
    let mut changes = Vec::new();
    for id in ids {
        let mut note = |what| changes.push(Change { at: new.at, model: id.clone(), what });
        match (old.models.get(id), new.models.get(id)) {
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
    use super::*;

    fn catalog(second: i64, models: &[(&str, Option<Date>)]) -> Catalog {
        let model = |shutdown: &Option<Date>| Model { shutdown: *shutdown, ..Model::default() };
        Catalog {
            provider: "openai".to_owned(),
            at: Timestamp::from_second(second).unwrap(),
            models: models.iter().map(|(id, date)| ((*id).to_owned(), model(date))).collect(),
        }
    }

    #[test]
    fn what_came_went_and_will_go_is_news() {
        let date = jiff::civil::date(2026, 12, 11);
        let known = KnownCatalog::first(catalog(1, &[("a", None), ("b", None)]));
        assert_eq!(known.changes, []);
        let known = known.followed_by(catalog(2, &[("b", Some(date)), ("c", None)]));
        let news: Vec<(&str, ChangeKind)> =
            known.changes.iter().map(|change| (change.model.as_str(), change.what)).collect();
        let expected = [
            ("a", ChangeKind::Disappeared),
            ("b", ChangeKind::ShutdownSet(date)),
            ("c", ChangeKind::Appeared),
        ];
        assert_eq!(news, expected);
        assert_eq!(known.clone().followed_by(catalog(2, &[("b", Some(date)), ("c", None)])), known);
    }

    #[test]
    fn an_older_listing_changes_nothing_and_another_provider_begins_anew() {
        let known = KnownCatalog::first(catalog(5, &[("a", None)]));
        assert_eq!(known.clone().followed_by(catalog(4, &[])), known);
        let other = Catalog { provider: "groq".to_owned(), ..catalog(6, &[("x", None)]) };
        assert_eq!(known.followed_by(other.clone()), KnownCatalog::first(other));
    }

    #[test]
    fn changes_are_kept_up_to_a_number() {
        let many: Vec<String> = (0..300).map(|n| format!("m{n}")).collect();
        let many: Vec<(&str, Option<Date>)> = many.iter().map(|id| (id.as_str(), None)).collect();
        let known = KnownCatalog::first(catalog(1, &[])).followed_by(catalog(2, &many));
        assert_eq!(known.changes.len(), KnownCatalog::MAX_CHANGES);
    }
}
