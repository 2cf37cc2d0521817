//! What completions may cost. Pure.

use allclear_core::Timestamp;
use allclear_core::catalog::Price;
use allclear_core::cost::Cost;
use allclear_llm::stream::Completion;
use allclear_llm::{data, price};

use super::memory::Memory;

/// The price of the model in use, and whose word it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tag {
    pub(super) price: Price,
    /// Whether nobody knows it, so that the dearest one stands in.
    pub(super) is_assumed: bool,
}

/// The price: the config's, or the provider's, or the shipped one, or the dearest. A server of one's
/// own costs nothing.
pub(super) fn tag(
    configured: Option<Price>,
    listed: Option<Price>,
    provider: &allclear_llm::provider::Provider,
    model: &str,
) -> Tag {
    let known = configured
        .or_else(|| provider.is_self_hosted.then_some(Price { input: 0.0, output: 0.0 }))
        .or(listed)
        .or_else(|| data::price(provider.name, model));
    match known {
        Some(price) => Tag { price, is_assumed: false },
        None => Tag { price: data::dearest(), is_assumed: true },
    }
}

/// Why there is no money for a completion that may cost `worst`; `None` where there is.
pub(super) fn pause(memory: &Memory, now: Timestamp, worst: Cost, cap: Cost) -> Option<String> {
    let spent = memory.spent(now);
    if spent + worst <= cap {
        return None;
    }
    Some(format!(
        "paused: {spent} of {cap} for this month is spent, and the next completion may cost {worst}; \
         raise `max_cost_per_month` if it may"
    ))
}

/// What a completion cost: what the provider says, or its tokens, or `worst` where it ran and told
/// neither.
pub(super) fn cost(completion: &Completion, price: Price, worst: Cost) -> Cost {
    if let Some(dollars) = completion.cost_usd {
        return Cost::from_dollars(dollars);
    }
    match completion.billed.or(completion.usage) {
        Some(tokens) => price::cost(price, tokens.input, tokens.output),
        None => worst,
    }
}

/// How many percent of the cap are spent.
pub(super) fn percent(spent: Cost, cap: Cost) -> f64 {
    if cap.is_zero() { 100.0 } else { spent.dollars() / cap.dollars() * 100.0 }
}
