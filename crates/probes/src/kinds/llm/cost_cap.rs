//! Cost limits of completions. Pure.

use allclear_core::cost::Cost;
use allclear_llm::model::TokenPrice;
use allclear_llm::stream::Completion;
use allclear_llm::task::{self, Task, TaskPrice};
use allclear_llm::{data, price};

use super::LlmCheck;

/// The price of the model in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EffectivePrice {
    pub(super) price: TokenPrice,
    /// True if the price is unknown, and the highest known one is used.
    pub(super) is_assumed: bool,
}

/// Returns the price of a completion: the config's, or the provider's, or the shipped one, or the
/// highest known. A self-hosted server costs nothing.
pub(super) fn effective_price(
    configured: Option<TokenPrice>,
    listed: Option<TokenPrice>,
    provider: &allclear_llm::provider::Provider,
    model: &str,
) -> EffectivePrice {
    let known = configured
        .or_else(|| provider.is_self_hosted.then_some(TokenPrice { input: 0.0, output: 0.0 }))
        .or(listed)
        .or_else(|| data::price(provider, model));
    match known {
        Some(price) => EffectivePrice { price, is_assumed: false },
        None => EffectivePrice { price: data::highest_price(), is_assumed: true },
    }
}

/// The price of a task with the model in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EffectiveTaskPrice {
    pub(super) price: TaskPrice,
    /// True if the price is unknown, and the highest known one is used.
    pub(super) is_assumed: bool,
}

/// Returns the price of a task: the config's, or the shipped one, or the one that the provider lists
/// for tokens, or the highest known. A self-hosted server costs nothing.
pub(super) fn effective_task_price(
    check: &LlmCheck,
    listed: Option<TokenPrice>,
    task: Task,
) -> EffectiveTaskPrice {
    let provider = check.account.provider;
    let model = check.account.model.as_deref().unwrap_or_default();
    let by_tokens = match task {
        Task::Embeddings | Task::Rerank => listed,
        Task::Speech | Task::Transcription | Task::Image => None,
    };
    let known = check
        .task_price
        .or_else(|| provider.is_self_hosted.then(TaskPrice::default))
        .or_else(|| task::price(provider.name, task, model))
        .or_else(|| {
            let per_million_tokens = by_tokens?.input;
            Some(TaskPrice { per_million_tokens, per_request: 0.0 })
        });
    match known {
        Some(price) => EffectiveTaskPrice { price, is_assumed: false },
        None => EffectiveTaskPrice { price: task::highest_price(task), is_assumed: true },
    }
}

/// Returns the label of a check that makes no completion, because one that costs `worst` does not fit
/// under the cap.
pub(super) fn pause_label(spent: Cost, worst: Cost, cap: Cost) -> String {
    format!(
        "paused: {spent} of {cap} spent this month, and the next completion may cost {worst}; \
         raise `max_cost_per_month` to continue"
    )
}

/// Returns the cost of a completion: the one that the provider reports, or that of its tokens, or
/// `worst` if it ran and reported neither.
pub(super) fn cost(completion: &Completion, price: TokenPrice, worst: Cost) -> Cost {
    if let Some(dollars) = completion.cost_usd {
        return Cost::from_dollars(dollars);
    }
    match completion.billed.or(completion.usage) {
        Some(tokens) => price::cost(price, tokens.input, tokens.output),
        None => worst,
    }
}

/// Returns the spent part of the cap in percent.
pub(super) fn percent(spent: Cost, cap: Cost) -> f64 {
    if cap.is_zero() { 100.0 } else { spent.dollars() / cap.dollars() * 100.0 }
}

#[cfg(test)]
mod tests {
    use allclear_llm::provider::Api;
    use allclear_llm::providers::find;
    use allclear_llm::stream::{CompletionEnd, StreamReader, Tokens};
    use std::time::Duration;

    use super::*;

    const CHEAP: TokenPrice = TokenPrice { input: 1.0, output: 2.0 };

    fn completion() -> Completion {
        StreamReader::new(Api::Chat, None).finish(Duration::ZERO)
    }

    #[test]
    fn the_most_specific_known_price_is_used() {
        let (openai, vllm) = (find("openai").unwrap(), find("vllm").unwrap());
        let listed = TokenPrice { input: 3.0, output: 4.0 };
        let free = TokenPrice { input: 0.0, output: 0.0 };
        for (configured, listed, provider, expected) in [
            (Some(CHEAP), Some(listed), openai, EffectivePrice { price: CHEAP, is_assumed: false }),
            (None, Some(listed), openai, EffectivePrice { price: listed, is_assumed: false }),
            (None, None, openai, EffectivePrice { price: data::highest_price(), is_assumed: true }),
            (None, None, vllm, EffectivePrice { price: free, is_assumed: false }),
            (Some(CHEAP), None, vllm, EffectivePrice { price: CHEAP, is_assumed: false }),
        ] {
            assert_eq!(effective_price(configured, listed, provider, "unheard-of"), expected);
        }
        let highest = data::highest_price();
        assert!(highest.input > 1.0 && highest.output > 5.0, "an unknown price is not cheap");
    }

    #[test]
    fn a_pause_names_the_spending_the_cap_and_the_next_cost() {
        let dollars = Cost::from_dollars;
        let label = pause_label(dollars(0.9), dollars(0.11), dollars(1.0));
        assert!(label.starts_with("paused: $0.90 of $1.00 spent this month"), "{label}");
        assert!(label.contains("may cost $0.11"), "{label}");
    }

    #[test]
    fn the_cost_is_the_reported_one_or_that_of_the_tokens_or_the_worst_case() {
        let worst = Cost::from_dollars(9.0);
        assert_eq!(cost(&completion(), CHEAP, worst), worst);
        let tokens = |output| Tokens { input: 1_000_000, output, ..Tokens::default() };
        let used = Completion { usage: Some(tokens(1_000_000)), ..completion() };
        assert_eq!(cost(&used, CHEAP, worst), Cost::from_dollars(3.0));
        let billed = Completion { billed: Some(tokens(0)), ..used };
        assert_eq!(cost(&billed, CHEAP, worst), Cost::from_dollars(1.0));
        let listed = Completion { cost_usd: Some(0.25), end: CompletionEnd::Complete, ..billed };
        assert_eq!(cost(&listed, CHEAP, worst), Cost::from_dollars(0.25));
    }
}
