//! The readers, one for each source. Each gives `None` if a required field is missing.

use std::collections::BTreeMap;

use allclear_core::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Balance, Limit, Spend};
use crate::lenient::{day, flag, items, number, text, timestamp, within};
use crate::provider::Usage;

/// The most days and currencies that are kept.
const MAX_DAYS: usize = 400;
const MAX_CURRENCIES: usize = 16;

/// Describes the required field of a report of this source.
pub(super) fn needed(source: Usage) -> &'static str {
    match source {
        Usage::OpenAiCosts | Usage::AnthropicCosts => "list of days under `data`",
        Usage::OpenRouterCredits => "`data.total_credits`",
        Usage::OpenRouterKey => "`data.usage`",
        Usage::DeepSeekBalance => "balance under `balance_infos`",
        Usage::XaiBalance => "balance under `total.val`",
        Usage::HuggingFaceBilling => "`usage.inferenceProviders`",
        Usage::LiteLlmKey => "`info.spend`",
    }
}

/// Reads OpenAI's report: amounts in dollars, days by the seconds at which they begin.
pub(super) fn open_ai_costs(report: &Value) -> Option<Spend> {
    let amount = |result: &Value| {
        Some((number(within(result, "/amount/value"))?, within(result, "/amount/currency").clone()))
    };
    by_day(report, "start_time", &amount)
}

/// Reads Anthropic's report: amounts in cents, as decimal strings.
pub(super) fn anthropic_costs(report: &Value) -> Option<Spend> {
    let amount =
        |result: &Value| Some((number(&result["amount"])? / 100.0, result["currency"].clone()));
    by_day(report, "starting_at", &amount)
}

/// Reads a report by day, of which `amount` reads one result with its currency.
fn by_day(
    report: &Value,
    begins: &str,
    amount: &dyn Fn(&Value) -> Option<(f64, Value)>,
) -> Option<Spend> {
    let buckets = report["data"].as_array()?;
    let mut spend = Spend::default();
    for bucket in buckets.iter().take(MAX_DAYS) {
        let Some(day) = day(&bucket[begins]) else { continue };
        let usd = spend.days.entry(day).or_default();
        for (amount, currency) in items(&bucket["results"]).iter().filter_map(amount) {
            match currency_of(&currency) {
                Some(code) if code != "USD" => add(&mut spend.others, code, amount),
                Some(_) | None => *usd += amount,
            }
        }
    }
    let has_more = flag(&report["has_more"]).unwrap_or_default();
    let next = text(&report["next_page"]).filter(|cursor| has_more && cursor.len() <= 1_000);
    spend.next = next.map(str::to_owned);
    Some(spend)
}

/// Reads OpenRouter's credits, bought and used in total, in dollars.
pub(super) fn open_router_credits(report: &Value) -> Option<Balance> {
    let bought = number(within(report, "/data/total_credits"))?;
    let used = number(within(report, "/data/total_usage"))?;
    Some(Balance { usd: Some(bought - used), ..Balance::default() })
}

/// Reads OpenRouter's limit of the key, in dollars.
pub(super) fn open_router_key(report: &Value, now: Timestamp) -> Option<Limit> {
    let key = &report["data"];
    let used_usd = Some(number(&key["usage"])?);
    Some(Limit {
        limit_usd: number(&key["limit"]),
        used_usd,
        left_usd: number(&key["limit_remaining"]),
        today_usd: number(&key["usage_daily"]),
        month_usd: number(&key["usage_monthly"]),
        resets: text(&key["limit_reset"]).and_then(|every| next_start(every, now)),
    })
}

/// Reads DeepSeek's balances by currency, as decimal strings.
pub(crate) fn deep_seek(report: &Value) -> Balance {
    let mut others = BTreeMap::new();
    let mut usd = None;
    for info in items(&report["balance_infos"]).iter().take(MAX_CURRENCIES) {
        let Some(amount) = number(&info["total_balance"]) else { continue };
        match currency_of(&info["currency"]) {
            Some(code) if code == "USD" => usd = Some(usd.unwrap_or_default() + amount),
            Some(code) => add(&mut others, code, amount),
            None => {}
        }
    }
    Balance { usd, others, is_sufficient: flag(&report["is_available"]) }
}

/// Reads xAI's balance in cents, of which the remaining credit is negative.
pub(super) fn xai_balance(report: &Value) -> Option<Balance> {
    let cents = number(within(report, "/total/val"))?;
    // Adding zero turns the minus of nothing into a plus.
    Some(Balance { usd: Some(-cents / 100.0 + 0.0), ..Balance::default() })
}

/// Reads Hugging Face's spending and limit in billionths of a dollar.
pub(super) fn hugging_face(report: &Value) -> Option<Limit> {
    const NANO: f64 = 1e9;
    let inference = within(report, "/usage/inferenceProviders");
    let used = number(&inference["usedNanoUsd"])? / NANO;
    let limit = number(&inference["limitNanoUsd"]).map(|limit| limit / NANO);
    Some(Limit {
        limit_usd: limit,
        used_usd: Some(used),
        left_usd: limit.map(|limit| limit - used),
        today_usd: None,
        month_usd: Some(used),
        resets: timestamp(&report["periodEnd"])
            .or_else(|| timestamp(within(report, "/usage/periodEnd"))),
    })
}

/// Reads LiteLLM's spend and budget of the key, in dollars.
pub(super) fn lite_llm_key(report: &Value) -> Option<Limit> {
    let info = &report["info"];
    let used = number(&info["spend"])?;
    let limit = number(&info["max_budget"]);
    Some(Limit {
        limit_usd: limit,
        used_usd: Some(used),
        left_usd: limit.map(|limit| limit - used),
        resets: timestamp(&info["budget_reset_at"]),
        ..Limit::default()
    })
}

/// Returns the code of a currency, in upper case.
fn currency_of(value: &Value) -> Option<String> {
    let code: String = text(value)?.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    (!code.is_empty()).then(|| code.to_ascii_uppercase())
}

fn add(amounts: &mut BTreeMap<String, f64>, code: String, amount: f64) {
    if amounts.len() < MAX_CURRENCIES || amounts.contains_key(&code) {
        *amounts.entry(code).or_default() += amount;
    }
}

/// Returns the start of the next day, week or month in UTC; weeks begin on Monday.
fn next_start(every: &str, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let date = match every {
        "daily" => today.tomorrow().ok()?,
        "weekly" => today.nth_weekday(1, Weekday::Monday).ok()?,
        "monthly" => today.last_of_month().tomorrow().ok()?,
        _ => return None,
    };
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
