//! Facts beside an answer to a task: tokens, cost, model, times.

use std::time::Duration;

use serde_json::Value;

use super::TaskAnswer;
use crate::lenient::{self, within};
use crate::stream::Tokens;

/// The places of the tokens that the input took.
const INPUT: &[&str] = &[
    "/usage/prompt_tokens",
    "/usage/input_tokens",
    "/usage/total_tokens",
    "/meta/tokens/input_tokens",
    "/meta/billed_units/input_tokens",
    "/usageMetadata/promptTokenCount",
    "/predictions/0/embeddings/statistics/token_count",
    "/prompt_eval_count",
];

/// The places of the tokens that the answer took.
const OUTPUT: &[&str] = &["/usage/completion_tokens", "/usage/output_tokens"];

/// The most bytes of a model's name.
const MAX_NAME: usize = 1024;

const NANOSECOND: f64 = 1e-9;
/// Number of xAI's ticks in a dollar.
const TICKS: f64 = 1e10;

/// Adds the usage in `value` to `answer`.
pub(super) fn add(answer: &mut TaskAnswer, value: &Value) {
    let count =
        |places: &[&str]| places.iter().find_map(|place| lenient::count(within(value, place)));
    let (input, output) = (count(INPUT), count(OUTPUT));
    if input.is_some() || output.is_some() {
        answer.usage = Some(Tokens {
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
            ..Tokens::default()
        });
    }
    let number = |place: &str| lenient::number(within(value, place));
    let ticks = number("/usage/cost_in_usd_ticks").map(|ticks| ticks / TICKS);
    let reported = number("/usage/cost").or(ticks);
    answer.cost_usd = reported.filter(|dollars| *dollars >= 0.0);
    let model = lenient::text(within(value, "/model")).filter(|name| name.len() <= MAX_NAME);
    answer.model = model.map(str::to_owned);
    let time = number("/total_duration").map(|nanoseconds| nanoseconds * NANOSECOND);
    answer.server_time = time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
}
