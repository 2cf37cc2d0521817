//! Cost limits of completions. Pure.

use allclear_core::cost::Cost;
use allclear_llm::model::TokenPrice;
use allclear_llm::stream::Completion;
use allclear_llm::task::{self, Task, TaskPrice};
use allclear_llm::{data, price};

use super::LlmCheck;

/// The price of the model in use, and whose word it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tag {
    pub(super) price: TokenPrice,
    /// True if the price is unknown, so that the dearest one stands in.
    pub(super) is_assumed: bool,
}

/// Returns the price of a completion: the config's, or the provider's, or the shipped one, or the
/// dearest. A self-hosted server costs nothing.
pub(super) fn tag(
    configured: Option<TokenPrice>,
    listed: Option<TokenPrice>,
    provider: &allclear_llm::provider::Provider,
    model: &str,
) -> Tag {
    let known = configured
        .or_else(|| provider.is_self_hosted.then_some(TokenPrice { input: 0.0, output: 0.0 }))
        .or(listed)
        .or_else(|| data::price(provider, model));
    match known {
        Some(price) => Tag { price, is_assumed: false },
        None => Tag { price: data::dearest(), is_assumed: true },
    }
}

/// The price of a task with the model in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TaskTag {
    pub(super) price: TaskPrice,
    /// True if the price is unknown, so that the dearest one stands in.
    pub(super) is_assumed: bool,
}

/// Returns the price of a task: the config's, or the shipped one, or the one that the provider lists
/// for tokens, or the dearest. A server of the operator's own costs nothing.
pub(super) fn task_tag(check: &LlmCheck, listed: Option<TokenPrice>, task: Task) -> TaskTag {
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
        Some(price) => TaskTag { price, is_assumed: false },
        None => TaskTag { price: task::dearest(task), is_assumed: true },
    }
}

/// Returns the label of a check that makes no completion, because one that costs `worst` does not fit
/// under the cap.
pub(super) fn pause(spent: Cost, worst: Cost, cap: Cost) -> String {
    format!(
        "paused: {spent} of {cap} for this month is spent, and the next completion may cost {worst}; \
         raise `max_cost_per_month` if it may"
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
    fn the_price_is_the_nearest_that_is_known() {
        let (openai, vllm) = (find("openai").unwrap(), find("vllm").unwrap());
        let told = TokenPrice { input: 3.0, output: 4.0 };
        let free = TokenPrice { input: 0.0, output: 0.0 };
        for (configured, listed, provider, expected) in [
            (Some(CHEAP), Some(told), openai, Tag { price: CHEAP, is_assumed: false }),
            (None, Some(told), openai, Tag { price: told, is_assumed: false }),
            (None, None, openai, Tag { price: data::dearest(), is_assumed: true }),
            (None, None, vllm, Tag { price: free, is_assumed: false }),
            (Some(CHEAP), None, vllm, Tag { price: CHEAP, is_assumed: false }),
        ] {
            assert_eq!(tag(configured, listed, provider, "unheard-of"), expected);
        }
        let dearest = data::dearest();
        assert!(dearest.input > 1.0 && dearest.output > 5.0, "an unknown price is not cheap");
    }

    #[test]
    fn a_pause_names_what_is_spent_the_cap_and_what_the_next_may_cost() {
        let dollars = Cost::from_dollars;
        let label = pause(dollars(0.9), dollars(0.11), dollars(1.0));
        assert!(label.starts_with("paused: $0.90 of $1.00 for this month is spent"), "{label}");
        assert!(label.contains("may cost $0.11"), "{label}");
    }

    #[test]
    fn the_cost_is_what_the_provider_status_or_its_tokens_or_the_worst() {
        let worst = Cost::from_dollars(9.0);
        assert_eq!(cost(&completion(), CHEAP, worst), worst);
        let tokens = |output| Tokens { input: 1_000_000, output, ..Tokens::default() };
        let used = Completion { usage: Some(tokens(1_000_000)), ..completion() };
        assert_eq!(cost(&used, CHEAP, worst), Cost::from_dollars(3.0));
        let billed = Completion { billed: Some(tokens(0)), ..used };
        assert_eq!(cost(&billed, CHEAP, worst), Cost::from_dollars(1.0));
        let told = Completion { cost_usd: Some(0.25), end: CompletionEnd::Complete, ..billed };
        assert_eq!(cost(&told, CHEAP, worst), Cost::from_dollars(0.25));
    }
}
