//! Costs by day, in the paged formats of the providers.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::query::LlmQuery;
use super::route::Costs;

/// The cost of a day for which the script sets none.
const USUAL_USD: f64 = 1.25;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Returns the requested report. The amounts end with yesterday's, and today's cost is 0.
pub(super) fn report(asked: &LlmQuery, form: Costs, daily_usd: &[f64]) -> Value {
    let parameter = |name: &str| {
        let pairs = asked.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    };
    let today = midnight(asked.now);
    let start = match form {
        Costs::OpenAi => parameter("start_time")
            .and_then(|start| Timestamp::from_second(start.parse().ok()?).ok()),
        Costs::Anthropic => {
            parameter("starting_at").and_then(|start| start.replace("%3A", ":").parse().ok())
        }
    };
    let mut day = midnight(start.unwrap_or(today));
    if let Some(page) = parameter("page").and_then(|page| page.strip_prefix("page_")?.parse().ok())
    {
        day = Timestamp::from_second(page).map_or(day, midnight);
    }
    let limit = parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(7_usize);
    let mut buckets = Vec::new();
    while day <= today && buckets.len() < limit {
        buckets.push(bucket(form, day, amount(day, today, daily_usd)));
        day += DAY;
    }
    let has_more = day <= today;
    let next = has_more.then(|| format!("page_{}", day.as_second()));
    match form {
        Costs::OpenAi => {
            json!({ "object": "page", "data": buckets, "has_more": has_more, "next_page": next })
        }
        Costs::Anthropic => json!({ "data": buckets, "has_more": has_more, "next_page": next }),
    }
}

fn amount(day: Timestamp, today: Timestamp, daily_usd: &[f64]) -> f64 {
    let ago = usize::try_from(today.duration_since(day).as_hours() / 24).unwrap_or(0);
    match ago {
        0 => 0.0,
        _ if daily_usd.is_empty() => USUAL_USD,
        _ => daily_usd.iter().rev().nth(ago - 1).copied().unwrap_or(0.0),
    }
}

fn bucket(form: Costs, day: Timestamp, usd: f64) -> Value {
    match form {
        Costs::OpenAi => json!({
            "object": "bucket", "start_time": day.as_second(), "end_time": (day + DAY).as_second(),
            "results": [{
                "object": "organization.costs.result", "amount": { "value": usd, "currency": "usd" },
                "line_item": null, "project_id": null, "api_key_id": null, "quantity": null,
            }],
        }),
        // The amount is a decimal text in cents.
        Costs::Anthropic => json!({
            "starting_at": day.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "ending_at": (day + DAY).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "results": [{
                "currency": "USD", "amount": format!("{:.5}", usd * 100.0), "workspace_id": null,
                "description": null, "cost_type": null, "model": null, "token_type": null,
                "service_tier": null, "context_window": null, "inference_geo": null,
            }],
        }),
    }
}

fn midnight(time: Timestamp) -> Timestamp {
    let day = time.as_second().div_euclid(86_400) * 86_400;
    Timestamp::from_second(day).unwrap_or(time)
}
