//! The parameters of cost: the price of an answer, and the cap of a month.

use allclear_core::cost::Cost;
use allclear_llm::account::CallRoute;
use allclear_llm::model::TokenPrice;
use allclear_llm::task::TaskPrice;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::params::ParamProblems;

const DEFAULT_MAX_DOLLARS: f64 = 1.0;

/// The price of an answer, in US dollars.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceParams {
    /// A million tokens of the question, or of the input of a task.
    input: Option<f64>,
    /// A million tokens of the answer, reasoning included; for a chat alone.
    output: Option<f64>,
    /// A request with any number of tokens; for a task alone. The check speaks two letters,
    /// transcribes a quarter of a second, ranks two documents, and makes one small image.
    request: Option<f64>,
}

/// Reads the price of a chat and that of a task, of which the route takes one.
pub(super) fn read(
    params: Option<PriceParams>,
    route: Option<CallRoute>,
    problems: &mut ParamProblems,
) -> (Option<TokenPrice>, Option<TaskPrice>) {
    let (Some(params), Some(route)) = (params, route) else { return (None, None) };
    let named = [("input", params.input), ("output", params.output), ("request", params.request)];
    for (name, value) in named {
        if let Some(value) = value.filter(|value| !value.is_finite() || *value < 0.0) {
            let hint = "write an amount in US dollars, such as `0.15`";
            problems.add(&["price", name], format!("`{value}` is not a price"), Some(hint));
            return (None, None);
        }
    }
    match route {
        CallRoute::Chat(_) => (of_chat(params, problems), None),
        CallRoute::Task(_) => (None, of_task(params, problems)),
    }
}

fn of_chat(params: PriceParams, problems: &mut ParamProblems) -> Option<TokenPrice> {
    match params {
        PriceParams { input: Some(input), output: Some(output), request: None } => {
            Some(TokenPrice { input, output })
        }
        PriceParams { request: Some(_), .. } => {
            let hint = "write `input` and `output`, for a million tokens each";
            problems.add(&["price", "request"], "a completion is charged by tokens", Some(hint));
            None
        }
        PriceParams { .. } => {
            let hint = "write both, for a million tokens each";
            problems.add(&["price"], "`input` or `output` is missing", Some(hint));
            None
        }
    }
}

fn of_task(params: PriceParams, problems: &mut ParamProblems) -> Option<TaskPrice> {
    if params.output.is_some() {
        let hint = "write `input` for a million tokens, `request` for a request, or both";
        problems.add(&["price", "output"], "a task has no tokens of an answer", Some(hint));
        return None;
    }
    if params.input.is_none() && params.request.is_none() {
        problems.add(&["price"], "no price is written", Some("write `input` or `request`"));
        return None;
    }
    Some(TaskPrice {
        per_million_tokens: params.input.unwrap_or_default(),
        per_request: params.request.unwrap_or_default(),
    })
}

/// Reads the most that a month may cost.
pub(super) fn read_cap(dollars: Option<f64>, problems: &mut ParamProblems) -> Option<Cost> {
    let dollars = dollars.unwrap_or(DEFAULT_MAX_DOLLARS);
    if dollars.is_finite() && dollars > 0.0 {
        return Some(Cost::from_dollars(dollars));
    }
    let hint = "write an amount in US dollars, or set `steps.completion` to `off`";
    let what = format!("`{dollars}` is not a valid amount");
    problems.add(&["max_cost_per_month"], what, Some(hint));
    None
}
