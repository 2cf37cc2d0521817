//! Shipped facts: prices, limits and shutdown dates that providers do not tell over their API.
//!
//! The data is of the day [`as_of`]. Facts that a provider states itself take precedence. Models
//! and prices are kept in `data/models.json`, and nowhere in the code.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use allclear_core::offering::{ListedFacts, OfferedModel};

use crate::model::{Model, TokenPrice};
use crate::provider::Provider;
use jiff::civil::Date;
use serde::Deserialize;

/// Fills in the fields that `model` lacks and that the shipped data has for the provider's model
/// `id`, and adds the names of these fields to `derived`.
pub fn complete(provider: &Provider, id: &str, model: &mut Model) {
    let Some(FactMatch { fact, is_exact }) = find(provider, id) else { return };
    let mut filled = Vec::new();
    if model.context_tokens.is_none() {
        model.context_tokens = Some(fact.context);
        filled.push("context_tokens");
    }
    if model.max_output_tokens.is_none() {
        model.max_output_tokens = Some(fact.max_output);
        filled.push("max_output_tokens");
    }
    if model.price.is_none() {
        model.price = Some(fact.price());
        filled.push("price");
    }
    if model.capabilities.is_empty() && !fact.capabilities.is_empty() {
        model.capabilities.clone_from(&fact.capabilities);
        filled.push("capabilities");
    }
    if model.input_modalities.is_empty() && !fact.takes.is_empty() {
        model.input_modalities.clone_from(&fact.takes);
        filled.push("input_modalities");
    }
    // A snapshot may end earlier than the name that stands for the latest of them.
    if let Some(shutdown) = fact.shutdown.filter(|_| is_exact && model.shutdown.is_none()) {
        model.shutdown = Some(shutdown);
        filled.push("shutdown");
    }
    model.derived.extend(filled.into_iter().map(str::to_owned));
}

/// Returns the price of the provider's model `id`.
#[must_use]
pub fn price(provider: &Provider, id: &str) -> Option<TokenPrice> {
    Some(find(provider, id)?.fact.price())
}

/// Returns the shipped facts about the provider's model `id`.
#[must_use]
pub fn listed(provider: &Provider, id: &str) -> Option<OfferedModel> {
    let FactMatch { fact, is_exact } = find(provider, id)?;
    let offered = fact.offered();
    // A snapshot may end earlier than the name that stands for the latest of them.
    let listed = offered
        .listed
        .map(|facts| ListedFacts { shutdown: facts.shutdown.filter(|_| is_exact), ..facts });
    Some(OfferedModel { id: id.to_owned(), listed, ..offered })
}

/// Returns the models of a provider about which facts are shipped, in the order of the file.
pub fn all_of(provider: &Provider) -> impl Iterator<Item = OfferedModel> {
    let facts = FACTS.models.iter().filter(|fact| fact.provider == provider.name);
    facts.map(ModelFact::offered)
}

/// Returns the highest prices of the shipped data, for a model whose price is unknown.
#[must_use]
pub fn highest_price() -> TokenPrice {
    let highest = |of: fn(&ModelFact) -> f64| FACTS.models.iter().map(of).fold(0.0, f64::max);
    TokenPrice { input: highest(|fact| fact.input), output: highest(|fact| fact.output) }
}

/// Returns the day of the facts.
#[must_use]
pub fn as_of() -> Date {
    FACTS.as_of
}

/// Returns the source of the facts.
#[must_use]
pub fn source() -> &'static str {
    &FACTS.source
}

/// The file as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFactsFile {
    as_of: Date,
    source: String,
    models: Vec<ModelFact>,
}

/// One model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFact {
    /// The provider's name in the config.
    provider: String,
    id: String,
    /// US dollars for a million tokens of the question.
    input: f64,
    /// US dollars for a million tokens of the answer.
    output: f64,
    /// Tokens.
    context: u64,
    /// Tokens.
    max_output: u64,
    capabilities: BTreeSet<String>,
    /// Input modalities, if they are known.
    #[serde(default)]
    takes: BTreeSet<String>,
    shutdown: Option<Date>,
    /// Marks a date that was entered by hand, which `scripts/update-models` keeps.
    #[serde(default)]
    #[expect(dead_code, reason = "only the script reads it")]
    shutdown_by_hand: bool,
}

impl ModelFact {
    fn price(&self) -> TokenPrice {
        TokenPrice { input: self.input, output: self.output }
    }

    fn offered(&self) -> OfferedModel {
        OfferedModel {
            id: self.id.clone(),
            capabilities: self.capabilities.iter().cloned().collect(),
            listed: Some(ListedFacts {
                context_tokens: Some(self.context),
                input_usd: Some(self.input),
                output_usd: Some(self.output),
                shutdown: self.shutdown,
                source: source(),
                as_of: as_of(),
            }),
        }
    }
}

/// A fact, and whether it is of just the model that was asked for.
struct FactMatch {
    fact: &'static ModelFact,
    is_exact: bool,
}

#[expect(clippy::expect_used, reason = "an embedded file that the tests read")]
static FACTS: LazyLock<ModelFactsFile> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/models.json")).expect("the shipped facts are valid")
});

fn find(provider: &Provider, id: &str) -> Option<FactMatch> {
    let provider = provider.name;
    let named =
        |id: &str| FACTS.models.iter().find(|fact| fact.provider == provider && fact.id == id);
    let mut name = id.strip_prefix("models/").unwrap_or(id);
    if let Some(fact) = named(name) {
        return Some(FactMatch { fact, is_exact: true });
    }
    let mut is_exact = true;
    if provider == "bedrock" {
        name = without_region(name);
        if let Some(fact) = named(name) {
            return Some(FactMatch { fact, is_exact: true });
        }
        // `anthropic.x-20260901-v1:0` is a snapshot of `anthropic.x`.
        if let Some((stem, _)) = name.rsplit_once("-v") {
            name = stem;
            is_exact = false;
        }
    }
    if let Some(stem) = without_date(name) {
        name = stem;
        is_exact = false;
    }
    named(name).map(|fact| FactMatch { fact, is_exact })
}

/// Returns `id` without the prefix of a Bedrock inference profile.
pub(crate) fn without_region(id: &str) -> &str {
    const REGIONS: [&str; 8] = ["us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"];
    match id.split_once('.') {
        Some((region, model)) if REGIONS.contains(&region) => model,
        Some(_) | None => id,
    }
}

/// Returns `id` without the date of a snapshot at its end, `-2024-07-18` or `-20240718`.
fn without_date(id: &str) -> Option<&str> {
    let is_date = |tail: &str| match tail.len() {
        8 => tail.bytes().all(|byte| byte.is_ascii_digit()),
        10 => tail.parse::<Date>().is_ok(),
        _ => false,
    };
    let short = id.rsplit_once('-').filter(|(_, tail)| is_date(tail)).map(|(stem, _)| stem);
    short.or_else(|| {
        let (start, _) = id.rmatch_indices('-').nth(2)?;
        let (stem, tail) = (id.get(..start)?, id.get(start + 1..)?);
        is_date(tail).then_some(stem)
    })
}
