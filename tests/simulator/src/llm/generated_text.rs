//! The output of the model, independent of a provider's format.

use serde_json::Value;

use super::behavior::LlmBehavior;

/// An answer in tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GeneratedText {
    pub(super) reasoning: Vec<String>,
    pub(super) text: Vec<String>,
    /// True if the limit of tokens ended it.
    pub(super) is_capped: bool,
    pub(super) input_tokens: usize,
}

/// The largest number of characters of a token.
const TOKEN_CHARACTERS: usize = 3;
/// The limit of tokens if the request has none.
const USUAL_CAP: usize = 4096;

impl GeneratedText {
    pub(super) fn to(request: &Value, body: &str, behavior: &LlmBehavior) -> Self {
        let cap = cap(request).unwrap_or(USUAL_CAP);
        let input_tokens = body.len() / 12 + 1;
        if behavior.eats_cap {
            let reasoning = (0..cap).map(|_| "hm ".to_owned()).collect();
            return Self { reasoning, text: Vec::new(), is_capped: true, input_tokens };
        }
        let content = behavior.text.clone().unwrap_or_else(|| {
            let sum = sum(body).map(|sum| sum + u64::from(behavior.miscalculates));
            sum.map_or_else(|| "Pong".to_owned(), |sum| sum.to_string())
        });
        let mut reasoning = tokens(behavior.reasoning.as_deref().unwrap_or_default());
        let mut text = tokens(&content);
        let is_capped = reasoning.len() + text.len() > cap;
        reasoning.truncate(cap);
        text.truncate(cap - reasoning.len());
        Self { reasoning, text, is_capped, input_tokens }
    }

    pub(super) fn reasoning(&self) -> String {
        self.reasoning.concat()
    }

    pub(super) fn text(&self) -> String {
        self.text.concat()
    }

    pub(super) fn output_tokens(&self) -> usize {
        self.reasoning.len() + self.text.len()
    }

    pub(super) fn total_tokens(&self) -> usize {
        self.input_tokens + self.output_tokens()
    }

    /// Returns the reason of the end, in the provider's word.
    pub(super) fn finish<'a>(&self, stop: &'a str, cap: &'a str) -> &'a str {
        if self.is_capped { cap } else { stop }
    }
}

/// The fields of the providers' requests that limit the tokens of the answer.
const CAPS: [&str; 6] = [
    "/max_completion_tokens",
    "/max_tokens",
    "/max_output_tokens",
    "/generationConfig/maxOutputTokens",
    "/inferenceConfig/maxTokens",
    "/options/num_predict",
];

fn cap(request: &Value) -> Option<usize> {
    let cap = CAPS.iter().find_map(|place| request.pointer(place)?.as_u64())?;
    usize::try_from(cap).ok()
}

/// Returns the sum in `What is 12 + 34?`, at any position in the body.
fn sum(body: &str) -> Option<u64> {
    let (_, question) = body.split_once("What is ")?;
    let (left, rest) = question.split_once('+')?;
    let left: u64 = left.trim().parse().ok()?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some(left + rest.get(..end)?.parse::<u64>().ok()?)
}

fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(TOKEN_CHARACTERS).map(|token| token.iter().collect()).collect()
}
