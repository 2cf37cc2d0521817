//! Shipped facts of models for tasks: the default model of each provider, and prices.
//!
//! They stand in `data/tasks.json`. The first model of a provider and task is the default.

use std::sync::LazyLock;

use allclear_core::cost::Cost;
use allclear_core::offering::{ListedFacts, OfferedModel};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Task, request};

/// The price of an answer to a task, in US dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TaskPrice {
    /// For a million tokens of the input.
    pub per_million_tokens: f64,
    /// For the request that a check makes.
    pub per_request: f64,
}

impl TaskPrice {
    /// Returns the cost of a request of so many tokens.
    #[must_use]
    pub fn cost(self, tokens: u64) -> Cost {
        const TOKENS: f64 = 1e6;
        Cost::from_dollars(self.per_million_tokens * tokens as f64 / TOKENS + self.per_request)
    }

    /// Returns the most that one request can cost.
    #[must_use]
    pub fn worst_case(self) -> Cost {
        self.cost(MOST_TOKENS)
    }
}

/// The most tokens that the input of a check can be: each byte of two documents and their query,
/// and the provider's additions to them.
const MOST_TOKENS: u64 = 256;

/// The seconds of audio that are charged: providers round up to as many.
const SECONDS: f64 = 10.0;

/// Returns the default model of a provider for a task.
#[must_use]
pub fn default_model(provider: &str, task: Task) -> Option<&'static str> {
    models(provider, task).next()
}

/// Returns the models of a provider for a task, the default one first.
pub fn models(provider: &str, task: Task) -> impl Iterator<Item = &'static str> {
    let rows = FACTS.models.iter();
    rows.filter(move |fact| fact.provider == provider && fact.task == task)
        .map(|fact| fact.model.as_str())
}

/// Returns the price of a request to a provider's model; `None` if it is unknown.
#[must_use]
pub fn price(provider: &str, task: Task, model: &str) -> Option<TaskPrice> {
    let is_it =
        |fact: &&TaskFact| fact.provider == provider && fact.task == task && fact.model == model;
    FACTS.models.iter().find(is_it)?.price()
}

/// Returns the highest price of a task, for a model whose price is not known.
#[must_use]
pub fn highest_price(task: Task) -> TaskPrice {
    let prices = FACTS.models.iter().filter(|fact| fact.task == task).filter_map(TaskFact::price);
    prices.fold(TaskPrice::default(), |highest, price| TaskPrice {
        per_million_tokens: highest.per_million_tokens.max(price.per_million_tokens),
        per_request: highest.per_request.max(price.per_request),
    })
}

/// Returns the models of a provider for tasks, in the order of the file. Only the price of a million tokens is stated; other
/// prices are those of the request that a check makes.
pub fn offered(provider: &str) -> impl Iterator<Item = OfferedModel> {
    FACTS.models.iter().filter(move |fact| fact.provider == provider).map(TaskFact::offered)
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
struct TaskFactsFile {
    as_of: Date,
    source: String,
    models: Vec<TaskFact>,
}

/// One model for one task.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskFact {
    provider: String,
    task: Task,
    model: String,
    /// US dollars; absent if no public source states them.
    usd: Option<f64>,
    #[serde(default)]
    per: PriceUnit,
}

/// The unit of a price.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PriceUnit {
    MillionTokens,
    Character,
    /// A second of audio.
    Second,
    /// A request, or the one image of it.
    #[default]
    Request,
}

impl TaskFact {
    fn offered(&self) -> OfferedModel {
        let input_usd = match self.per {
            PriceUnit::MillionTokens => self.usd,
            PriceUnit::Character | PriceUnit::Second | PriceUnit::Request => None,
        };
        OfferedModel {
            id: self.model.clone(),
            capabilities: vec![self.task.name().to_owned()],
            listed: input_usd.map(|usd| ListedFacts {
                context_tokens: None,
                input_usd: Some(usd),
                output_usd: None,
                shutdown: None,
                source: source(),
                as_of: as_of(),
            }),
        }
    }

    fn price(&self) -> Option<TaskPrice> {
        let usd = self.usd?;
        let per_request = |per_request| TaskPrice { per_million_tokens: 0.0, per_request };
        Some(match self.per {
            PriceUnit::MillionTokens => TaskPrice { per_million_tokens: usd, per_request: 0.0 },
            PriceUnit::Character => per_request(usd * request::SPOKEN.len() as f64),
            PriceUnit::Second => per_request(usd * SECONDS),
            PriceUnit::Request => per_request(usd),
        })
    }
}

#[expect(clippy::expect_used, reason = "a file of the project that the tests read")]
static FACTS: LazyLock<TaskFactsFile> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/tasks.json"))
        .expect("the shipped facts are valid")
});
