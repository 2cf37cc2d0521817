//! Cost of tokens.

use crate::model::TokenPrice;
use allclear_core::cost::Cost;

/// Returns the cost of `input` tokens of a question and `output` tokens of an answer, reasoning included.
#[must_use]
pub fn cost(price: TokenPrice, input: u64, output: u64) -> Cost {
    const TOKENS: f64 = 1e6;
    let dollars = (price.input * input as f64 + price.output * output as f64) / TOKENS;
    Cost::from_dollars(dollars)
}

/// Returns the highest cost of a completion: every byte of `question` may be a token, the provider
/// adds some of its own around it, and the answer may use up its cap.
#[must_use]
pub fn worst_case(price: TokenPrice, question: &str, max_tokens: u32) -> Cost {
    cost(price, question.len() as u64 + TEMPLATE_TOKENS, u64::from(max_tokens))
}

/// Allowance, in tokens, for text that a provider adds to a question: the marks of a chat, and a
/// system prompt with date and style.
const TEMPLATE_TOKENS: u64 = 128;
