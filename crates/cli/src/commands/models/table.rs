//! The models as a person reads them.

use std::collections::BTreeSet;

use allclear_llm::data;
use allclear_llm::model::Model;

use super::list::{ListedModel, ModelTable};
use crate::output;

/// Suffix of a field that was derived because the provider does not state it.
const DERIVED: &str = "*";

/// Prefix of a model that a monitor uses.
const IN_USE: &str = "▸ ";

/// Prints `entries`, and the meaning of the marks.
pub(super) fn print(table: &ModelTable, entries: &[&ListedModel]) {
    if entries.is_empty() {
        output::line("no model matches");
    } else {
        let rows: Vec<[String; 9]> = entries.iter().map(|entry| row(entry)).collect();
        let headings = [
            "MODEL", "PROVIDER", "CREATED", "CONTEXT", "OUTPUT", "CAN", "$/M IN", "$/M OUT", "ENDS",
        ];
        output::table(headings, &rows);
        output::line("");
    }
    let any = |test: fn(&ListedModel) -> bool| entries.iter().any(|entry| test(entry));
    if any(|entry| !entry.used_by.is_empty()) {
        output::line(&format!("{IN_USE}a monitor uses it"));
    }
    if any(|entry| !entry.model.derived.is_empty()) {
        output::line(&format!(
            "{DERIVED} not from the provider: from data of {}, {}",
            data::as_of(),
            data::source()
        ));
    }
    let listed = table
        .listed_at
        .iter()
        .map(|(provider, at)| format!("{provider} {}", at.strftime("%Y-%m-%d %H:%M")));
    let listed: Vec<String> = listed.collect();
    if !listed.is_empty() {
        output::line(&format!("listed (UTC): {}", listed.join(", ")));
    }
}

fn row(entry: &ListedModel) -> [String; 9] {
    let ListedModel { id, provider, used_by, model } = entry;
    let mark = if used_by.is_empty() { "" } else { IN_USE };
    let price = |of: fn(&allclear_llm::model::TokenPrice) -> f64| {
        field(model, "price", model.price.as_ref().map(|price| dollars(of(price))))
    };
    [
        format!("{mark}{id}"),
        provider.clone(),
        field(model, "created", model.created.map(|at| at.strftime("%Y-%m-%d").to_string())),
        field(model, "context_tokens", model.context_tokens.map(tokens)),
        field(model, "max_output_tokens", model.max_output_tokens.map(tokens)),
        can(model),
        price(|price| price.input),
        price(|price| price.output),
        ends(model),
    ]
}

/// Formats a value: marked if it is derived, a dash if there is none.
fn field(model: &Model, name: &str, value: Option<String>) -> String {
    match value {
        Some(value) if model.derived.contains(name) => format!("{value}{DERIVED}"),
        Some(value) => value,
        None => "-".to_owned(),
    }
}

/// Formats the modalities and capabilities: `image+text→text, tools, reasoning`.
fn can(model: &Model) -> String {
    let list = |words: &BTreeSet<String>| words.iter().cloned().collect::<Vec<_>>();
    let takes = list(&model.input_modalities).join("+");
    let gives = list(&model.output_modalities).join("+");
    let mut parts = Vec::new();
    let forms = match (takes.as_str(), gives.as_str()) {
        ("", "") => None,
        (takes, "") => Some(takes.to_owned()),
        ("", gives) => Some(format!("→{gives}")),
        (takes, gives) => Some(format!("{takes}→{gives}")),
    };
    let is_derived = |names: &[&str]| names.iter().any(|name| model.derived.contains(*name));
    let mark = |names: &[&str]| if is_derived(names) { DERIVED } else { "" };
    if let Some(forms) = forms {
        parts.push(format!("{forms}{}", mark(&["input_modalities", "output_modalities"])));
    }
    if !model.capabilities.is_empty() {
        let words = list(&model.capabilities).join(" ");
        parts.push(format!("{words}{}", mark(&["capabilities"])));
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join(" ") }
}

fn ends(model: &Model) -> String {
    let date = model.shutdown.map(|date| date.to_string());
    match (date, model.deprecated) {
        (Some(date), _) => field(model, "shutdown", Some(date)),
        (None, true) => field(model, "deprecated", Some("deprecated".to_owned())),
        (None, false) => "-".to_owned(),
    }
}

/// Formats a number of tokens: `128k`, `1.05M`.
fn tokens(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{}k", n / 1_000),
        _ => {
            let text = format!("{:.2}", n as f64 / 1e6);
            format!("{}M", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

/// Formats a price with all its digits, two at least: `0.075`, `1.00`.
fn dollars(usd: f64) -> String {
    let text = format!("{usd:.4}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let cents = cents.trim_end_matches('0');
    format!("{whole}.{cents:0<2}")
}

#[cfg(test)]
mod tests {
    use allclear_llm::model::TokenPrice;

    use super::*;

    #[test]
    fn derived_values_are_marked_and_unknown_ones_are_a_dash() {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let entry = ListedModel {
            id: "gpt-6-luna".to_owned(),
            provider: "openai".to_owned(),
            used_by: [allclear_core::id::MonitorId::new("openai").unwrap()].into(),
            model: Model {
                created: Some("2026-10-01T00:00:00Z".parse().unwrap()),
                context_tokens: Some(922_000),
                input_modalities: set(&["image", "text"]),
                capabilities: set(&["chat", "tools"]),
                price: Some(TokenPrice { input: 0.075, output: 1.0 }),
                deprecated: true,
                derived: set(&["context_tokens", "price", "input_modalities"]),
                ..Model::default()
            },
        };
        let expected = [
            "▸ gpt-6-luna",
            "openai",
            "2026-10-01",
            "922k*",
            "-",
            "image+text* chat tools",
            "0.075*",
            "1.00*",
            "deprecated",
        ];
        assert_eq!(row(&entry), expected);
    }

    #[test]
    fn token_counts_and_prices_are_abbreviated() {
        for (n, text) in [(512, "512"), (8_192, "8k"), (1_000_000, "1M"), (1_047_576, "1.05M")] {
            assert_eq!(tokens(n), text);
        }
        for (usd, text) in [(0.0, "0.00"), (0.5, "0.50"), (0.0375, "0.0375"), (10.0, "10.00")] {
            assert_eq!(dollars(usd), text);
        }
    }
}
