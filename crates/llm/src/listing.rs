//! Listings: the models that a provider says it has.

use std::collections::BTreeMap;

use allclear_core::catalog::Model;

use crate::provider::Provider;

/// The most models that are kept of one page.
pub const MAX_MODELS: usize = 5_000;

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The models by the ids that a completion names. What the provider does not tell is absent:
    /// see [`crate::data::complete`].
    pub models: BTreeMap<String, Model>,
    /// The cursor of the page after this one; `None` where this is the last.
    pub next: Option<String>,
}

/// The page that `body` holds. An error says what came instead of a list.
pub fn read(provider: &Provider, body: &[u8]) -> Result<Page, String> {
    let _ = (provider, body);
    Err("not a list of models".to_owned())
}

/// The model among `models` that a completion of `id` uses, with the id under which it is listed:
/// `id` may also name a route, a tag or a region that the list does not.
#[must_use]
pub fn find<'a>(models: &'a BTreeMap<String, Model>, id: &str) -> Option<(&'a str, &'a Model)> {
    models.get_key_value(id).map(|(id, model)| (id.as_str(), model))
}
