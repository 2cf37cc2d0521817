use std::collections::BTreeMap;

use allclear_llm::provider::Usage;
use allclear_llm::usage::{self, Balance, Limit, Spend, UsageReading};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::now;

fn read(source: Usage, body: &Value) -> UsageReading {
    usage::read(source, body.to_string().as_bytes(), now()).unwrap()
}

fn spend(days: &[(Date, f64)], next: Option<&str>) -> Spend {
    let days = days.iter().copied().collect();
    Spend { days, others: BTreeMap::new(), next: next.map(str::to_owned) }
}

#[test]
fn openai_reports_dollars_by_day() {
    let result =
        |value: Value, currency: &str| json!({"amount": {"value": value, "currency": currency}});
    let body = json!({"object": "page", "data": [
        {"object": "bucket", "start_time": 1_795_132_800, "results": [
            result(json!(0.25), "usd"), result(json!("0.5"), "USD"), result(json!(9), "eur"), {"amount": null}]},
        {"object": "bucket", "start_time": 1_795_219_200, "results": []},
        {"object": "bucket", "results": [result(json!(5), "usd")]}],
        "has_more": true, "next_page": "p2"});
    let mut expected = spend(&[(date(2026, 11, 20), 0.75), (date(2026, 11, 21), 0.0)], Some("p2"));
    expected.others.insert("EUR".to_owned(), 9.0);
    assert_eq!(read(Usage::OpenAiCosts, &body), UsageReading::Spend(expected));
}

#[test]
fn anthropic_reports_cents_as_decimal_strings() {
    let body = json!({"data": [{"starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z",
        "results": [{"currency": "USD", "amount": "123.78912"}, {"currency": "USD", "amount": "76.21088"}]}],
        "has_more": false, "next_page": "page_x"});
    let expected = spend(&[(date(2026, 11, 20), 2.0)], None);
    assert_eq!(read(Usage::AnthropicCosts, &body), UsageReading::Spend(expected));
}

#[test]
fn a_month_is_summed_up_from_its_days() {
    let days = [(date(2026, 10, 31), 5.0), (date(2026, 11, 1), 1.0), (date(2026, 11, 22), 2.0)];
    let reading = UsageReading::Spend(spend(&days, None));
    assert_eq!(reading.month_usd(date(2026, 11, 22)), Some(3.0));
    assert_eq!(reading.left_usd(), None);
}

#[test]
fn openrouter_reports_credits_and_the_limit_of_a_key() {
    let credits = json!({"data": {"total_credits": 100.5, "total_usage": "25.75"}});
    let balance = read(Usage::OpenRouterCredits, &credits);
    assert_eq!(balance.left_usd(), Some(74.75));
    for (every, resets) in [
        ("daily", Some("2026-11-23T00:00:00Z")),
        ("weekly", Some("2026-11-23T00:00:00Z")),
        ("monthly", Some("2026-12-01T00:00:00Z")),
        ("never", None),
    ] {
        let key = json!({"data": {"limit": 100, "limit_remaining": 74.5, "limit_reset": every,
            "usage": 25.5, "usage_daily": 1.2, "usage_monthly": 25.5}});
        let expected = Limit {
            limit_usd: Some(100.0),
            used_usd: Some(25.5),
            left_usd: Some(74.5),
            today_usd: Some(1.2),
            month_usd: Some(25.5),
            resets: resets.map(|time| time.parse().unwrap()),
        };
        assert_eq!(read(Usage::OpenRouterKey, &key), UsageReading::Limit(expected), "{every}");
    }
}

#[test]
fn deepseek_tells_several_currencies_in_any_order() {
    let info = |currency: &str, total: &str| json!({"currency": currency, "total_balance": total});
    for infos in
        [[info("CNY", "7.5"), info("USD", "110.00")], [info("USD", "110.00"), info("CNY", "7.5")]]
    {
        let body = json!({"is_available": true, "balance_infos": infos});
        let expected = Balance {
            usd: Some(110.0),
            others: BTreeMap::from([("CNY".to_owned(), 7.5)]),
            is_sufficient: Some(true),
        };
        assert_eq!(read(Usage::DeepSeekBalance, &body), UsageReading::Balance(expected));
    }
}

#[test]
fn xai_reports_the_balance_as_negative_cents() {
    for (cents, usd) in
        [(json!(-1250), 12.5), (json!("-5"), 0.05), (json!(300), -3.0), (json!(0), 0.0)]
    {
        let balance = read(Usage::XaiBalance, &json!({"total": {"val": cents}}));
        assert_eq!(balance.left_usd(), Some(usd));
        assert!(balance.left_usd().unwrap().is_sign_positive() == (usd >= 0.0));
    }
}

#[test]
fn hugging_face_reports_billionths_of_a_dollar() {
    let body = json!({"usage": {"inferenceProviders": {"usedNanoUsd": 500_000_000_u64,
        "limitNanoUsd": 2_000_000_000_u64}}, "periodEnd": 1_796_083_200});
    let expected = Limit {
        limit_usd: Some(2.0),
        used_usd: Some(0.5),
        left_usd: Some(1.5),
        today_usd: None,
        month_usd: Some(0.5),
        resets: Some("2026-12-01T00:00:00Z".parse().unwrap()),
    };
    assert_eq!(read(Usage::HuggingFaceBilling, &body), UsageReading::Limit(expected));
}

#[test]
fn litellm_reports_spend_and_budget_of_a_key() {
    let body = json!({"key": "x", "info": {"spend": 1.25, "max_budget": null, "expires": null}});
    let expected = Limit { used_usd: Some(1.25), ..Limit::default() };
    assert_eq!(read(Usage::LiteLlmKey, &body), UsageReading::Limit(expected));
}

pub(crate) const SOURCES: [Usage; 8] = [
    Usage::OpenAiCosts,
    Usage::AnthropicCosts,
    Usage::OpenRouterCredits,
    Usage::OpenRouterKey,
    Usage::DeepSeekBalance,
    Usage::XaiBalance,
    Usage::HuggingFaceBilling,
    Usage::LiteLlmKey,
];

#[test]
fn an_invalid_report_is_an_error_that_names_the_missing_part() {
    for source in SOURCES {
        for body in ["{}", "[]", "5", "null", r#"{"data":5,"info":5,"total":[],"usage":""}"#] {
            let error = usage::read(source, body.as_bytes(), now()).unwrap_err();
            assert!(error.starts_with("the report has no "), "{source:?} {body}: {error}");
        }
        let error = usage::read(source, b"<html>", now()).unwrap_err();
        assert!(error.contains("not JSON"), "{error}");
    }
}
