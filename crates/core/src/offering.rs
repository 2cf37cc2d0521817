//! Offerings: the provider and the model that a check uses, as far as the public may know them.

use jiff::civil::Date;

/// The provider and the model behind a check. It contains nothing about the account: no address, no key, no agreed price.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offering {
    /// The provider; `None` for a server of the operator, about which only measurements are public.
    pub provider: Option<OfferingProvider>,
    /// The model; `None` if no model is asked, and for a server of the operator.
    pub model: Option<OfferedModel>,
}

/// A provider whose API is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferingProvider {
    /// The name in the config: `openai`.
    pub id: &'static str,
    /// The name for people: `OpenAI`.
    pub title: &'static str,
    /// The address of its own status page, for people; `None` if the check reads no page or another one.
    pub status_page: Option<String>,
}

/// A model of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedModel {
    /// The provider's id of it.
    pub id: String,
    /// The capabilities: `chat`, `tools`, `embeddings`, …
    pub capabilities: Vec<String>,
    /// The facts that a public source states; `None` if it states none.
    pub listed: Option<ListedFacts>,
}

/// Facts about a model from a public source.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedFacts {
    /// The most tokens of question and answer together.
    pub context_tokens: Option<u64>,
    /// The price of a million tokens of the question, in US dollars.
    pub input_usd: Option<f64>,
    /// The price of a million tokens of the answer, in US dollars.
    pub output_usd: Option<f64>,
    /// The first day on which it is no longer served.
    pub shutdown: Option<Date>,
    /// The source.
    pub source: &'static str,
    /// The day on which the source stated the facts.
    pub as_of: Date,
}
