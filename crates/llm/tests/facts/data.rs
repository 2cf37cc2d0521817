use std::collections::BTreeSet;

use allclear_llm::model::{Model, TokenPrice};
use allclear_llm::provider::Provider;
use allclear_llm::{data, providers};
use jiff::civil::date;
use jiff::{SignedDuration, Zoned};

fn facts() -> serde_json::Value {
    serde_json::from_str(include_str!("../../data/models.json")).unwrap()
}

fn of(provider: &str) -> &'static Provider {
    providers::find(provider).unwrap()
}

#[test]
fn every_shipped_fact_is_valid_and_has_a_known_provider() {
    let facts = facts();
    let models = facts["models"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for fact in models {
        let (provider, id) = (fact["provider"].as_str().unwrap(), fact["id"].as_str().unwrap());
        assert!(seen.insert((provider, id)), "{provider} {id} twice");
        assert!(providers::find(provider).is_some(), "{provider}");
        let mut model = Model::default();
        data::complete(of(provider), id, &mut model);
        let price = model.price.unwrap();
        assert!(price.input > 0.0 && price.output >= price.input, "{provider} {id}");
        assert!(model.context_tokens >= model.max_output_tokens, "{provider} {id}");
        assert!(model.capabilities.contains("chat"), "{provider} {id}");
    }
    assert!(seen.len() > 30);
    assert!(data::as_of() >= date(2026, 11, 1));
    assert!(data::source().contains("MIT"));
}

/// The age at which the facts are too old for a release.
const TOO_OLD: SignedDuration = SignedDuration::from_hours(60 * 24);

#[test]
#[expect(clippy::disallowed_methods, reason = "the age is counted from today")]
fn the_shipped_facts_are_fresh_enough_for_a_release() {
    let age = Zoned::now().date().duration_since(data::as_of());
    if age <= TOO_OLD {
        return;
    }
    let what = format!(
        "crates/llm/data/models.json is {} days old: run `scripts/update-models`",
        age.as_hours() / 24
    );
    assert!(std::env::var_os("ALLCLEAR_RELEASE").is_none_or(|value| value != "1"), "{what}");
    eprintln!("warning: {what}");
}

#[test]
fn the_highest_price_is_at_least_every_other() {
    let facts = facts();
    let highest = data::highest_price();
    for fact in facts["models"].as_array().unwrap() {
        assert!(fact["input"].as_f64().unwrap() <= highest.input);
        assert!(fact["output"].as_f64().unwrap() <= highest.output);
    }
}

#[test]
fn facts_of_the_provider_take_precedence_and_added_ones_are_marked() {
    let listed = TokenPrice { input: 9.0, output: 9.0 };
    let mut model = Model { price: Some(listed), context_tokens: Some(5), ..Model::default() };
    data::complete(of("openai"), "gpt-5-nano", &mut model);
    assert_eq!((model.price, model.context_tokens), (Some(listed), Some(5)));
    assert_eq!(model.max_output_tokens, Some(128_000));
    assert_eq!(model.shutdown, Some(date(2026, 12, 11)));
    let derived: Vec<&str> = model.derived.iter().map(String::as_str).collect();
    let expected = ["capabilities", "input_modalities", "max_output_tokens", "shutdown"];
    assert_eq!(derived, expected);
}

#[test]
fn a_name_is_found_with_a_date_a_region_or_a_prefix() {
    for (provider, id, is_found) in [
        ("openai", "gpt-5-nano", true),
        ("openai", "gpt-5-nano-2025-08-07", true),
        ("openai", "gpt-5-nano-large", false),
        ("anthropic", "claude-haiku-5-5-20260901", true),
        ("anthropic", "claude-haiku-5-5-2026090", false),
        ("anthropic", "gpt-5-nano", false),
        ("gemini", "models/gemini-2.5-flash", true),
        ("bedrock", "us.amazon.nova-micro-v1:0", true),
        ("bedrock", "global.anthropic.claude-haiku-5-5", true),
        ("bedrock", "eu.anthropic.claude-haiku-5-5-20260901-v1:0", true),
        ("openai", "us.gpt-5-nano", false),
        ("openai", "", false),
        ("openai", "-", false),
        ("bedrock", "us.", false),
        ("openai", "2024-07-18", false),
    ] {
        assert_eq!(data::price(of(provider), id).is_some(), is_found, "{provider} {id}");
    }
}

#[test]
fn a_snapshot_has_the_price_of_its_name_but_not_its_last_day() {
    let mut model = Model::default();
    data::complete(of("openai"), "gpt-5-nano-2025-08-07", &mut model);
    assert_eq!(model.price, Some(TokenPrice { input: 0.05, output: 0.4 }));
    assert_eq!(model.shutdown, None);
    let mut model = Model::default();
    data::complete(of("openai"), "gpt-4o-mini-2024-07-18", &mut model);
    assert_eq!(model.shutdown, Some(date(2027, 1, 14)));
}

#[test]
fn the_shutdown_of_a_retiring_model_is_known() {
    for (provider, id, day) in [
        ("gemini", "gemini-2.5-flash", date(2026, 12, 1)),
        ("gemini", "models/gemini-2.5-flash", date(2026, 12, 1)),
        ("openai", "gpt-4.1-mini", date(2027, 1, 14)),
        ("openai", "gpt-4o-mini", date(2027, 1, 14)),
    ] {
        let mut model = Model::default();
        data::complete(of(provider), id, &mut model);
        assert_eq!(model.shutdown, Some(day), "{provider} {id}");
        assert!(model.derived.contains("shutdown"), "{provider} {id}");
    }
}

#[test]
fn an_unknown_model_stays_unchanged() {
    let mut model = Model::default();
    data::complete(of("openai"), "gpt-99", &mut model);
    assert_eq!(model, Model::default());
}
