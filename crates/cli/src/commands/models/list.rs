//! The models of all providers side by side, and which of them are asked for.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::Timestamp;
use allclear_core::catalog::KnownCatalog;
use allclear_core::id::MonitorId;
use allclear_llm::listing;
use allclear_llm::model::Model;
use serde::Serialize;

use crate::arguments::Models;
use crate::commands::accounts::WatchedAccount;

/// All models that are known.
#[derive(Debug, Default)]
pub(super) struct ModelTable {
    /// Those in use first, then by provider and id.
    pub(super) entries: Vec<ListedModel>,
    /// Time of the last listing by provider name.
    pub(super) listed_at: BTreeMap<String, Timestamp>,
}

/// One model of one provider.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ListedModel {
    pub(super) id: String,
    pub(super) provider: String,
    /// The monitors that use it.
    pub(super) used_by: BTreeSet<MonitorId>,
    #[serde(flatten)]
    pub(super) model: Model,
}

impl ModelTable {
    /// Merges the known models of each monitor's provider. If several accounts have a model, the
    /// newest list decides its properties.
    pub(super) fn of(
        watched: &[WatchedAccount<'_>],
        known: &BTreeMap<MonitorId, KnownCatalog>,
    ) -> Self {
        let mut catalogs: Vec<_> = known.values().map(|known| &known.latest).collect();
        catalogs.sort_by_key(|catalog| catalog.at);
        let mut listed_at = BTreeMap::new();
        let mut models: BTreeMap<(&str, &str), Model> = BTreeMap::new();
        for catalog in catalogs {
            listed_at.insert(catalog.provider.clone(), catalog.at);
            for (id, item) in &catalog.items {
                if let Ok(model) = item.read() {
                    models.insert((catalog.provider.as_str(), id), model);
                }
            }
        }
        let mut users: BTreeMap<(&str, &str), BTreeSet<MonitorId>> = BTreeMap::new();
        for one in watched {
            let catalog = known.get(&one.monitor.id).map(|known| &known.latest);
            let in_use = catalog
                .zip(one.used.account().model.as_deref())
                .and_then(|(catalog, id)| Some((catalog, listing::find(&catalog.items, id)?.0)));
            if let Some((catalog, id)) = in_use {
                let users = users.entry((catalog.provider.as_str(), id)).or_default();
                users.insert(one.monitor.id.clone());
            }
        }
        let mut entries: Vec<ListedModel> = models
            .into_iter()
            .map(|((provider, id), model)| ListedModel {
                id: id.to_owned(),
                provider: provider.to_owned(),
                used_by: users.remove(&(provider, id)).unwrap_or_default(),
                model,
            })
            .collect();
        entries.sort_by_key(|entry| entry.used_by.is_empty());
        Self { entries, listed_at }
    }
}

/// Conditions that select models.
#[derive(Debug, Default)]
pub(super) struct Filter {
    search: Option<String>,
    capabilities: Vec<String>,
    provider: Option<String>,
}

impl Filter {
    /// Builds the filter from the options. Fails for a provider without any known model.
    pub(super) fn new(options: &Models, table: &ModelTable) -> anyhow::Result<Self> {
        if let Some(name) = &options.provider
            && !table.listed_at.contains_key(name)
        {
            let known: Vec<String> =
                table.listed_at.keys().map(|name| format!("`{name}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            anyhow::bail!("no models of `{name}` are known; known providers: {known}");
        }
        let lower = |text: &String| text.to_lowercase();
        Ok(Self {
            search: options.search.as_ref().map(lower),
            capabilities: options.capability.iter().map(lower).collect(),
            provider: options.provider.clone(),
        })
    }

    /// Returns whether the filter selects the model.
    pub(super) fn takes(&self, entry: &ListedModel) -> bool {
        let Model { input_modalities, output_modalities, capabilities, .. } = &entry.model;
        let can = |word: &String| {
            let all = [input_modalities, output_modalities, capabilities];
            all.into_iter().flatten().any(|one| one.eq_ignore_ascii_case(word))
        };
        self.takes_id(&entry.provider, &entry.id) && self.capabilities.iter().all(can)
    }

    /// Returns whether the filter can select a model of which only the provider and the id are
    /// known.
    pub(super) fn takes_id(&self, provider: &str, id: &str) -> bool {
        self.provider.as_deref().is_none_or(|wanted| wanted == provider)
            && self.search.as_ref().is_none_or(|text| id.to_lowercase().contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, words: &[&str]) -> ListedModel {
        let capabilities = words.iter().map(|word| (*word).to_owned()).collect();
        ListedModel {
            id: id.to_owned(),
            provider: "openai".to_owned(),
            used_by: BTreeSet::new(),
            model: Model {
                capabilities,
                input_modalities: ["image".to_owned()].into(),
                ..Model::default()
            },
        }
    }

    #[test]
    fn a_filter_requires_all_its_conditions() {
        let filter = Filter {
            search: Some("gpt".to_owned()),
            capabilities: vec!["tools".to_owned(), "image".to_owned()],
            provider: Some("openai".to_owned()),
        };
        assert!(filter.takes(&entry("GPT-6", &["tools", "chat"])));
        assert!(!filter.takes(&entry("o5", &["tools"])));
        assert!(!filter.takes(&entry("gpt-6", &["chat"])));
        assert!(
            !filter.takes(&ListedModel { provider: "groq".to_owned(), ..entry("gpt", &["tools"]) })
        );
        assert!(Filter::default().takes(&entry("x", &[])));
    }
}
