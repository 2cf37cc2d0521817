//! OpenAI's list, with the additions of other providers that use its dialect.

use std::collections::BTreeSet;

use crate::model::{Model, TokenPrice};
use serde_json::Value;

use super::{ListedRow, capability, count, features, price, text_set};
use crate::lenient::{day, flag, items, number, text, texts, timestamp, within};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let id = ["id", "name", "model"].iter().map(|name| &row[name]).find(|id| text(id).is_some())?;
    let mut model = Model {
        created: timestamp(&row["created"]).or_else(|| timestamp(&row["created_at"])),
        context_tokens: context_tokens(row),
        max_output_tokens: count(row, &["max_completion_tokens", "max_output_tokens"])
            .or_else(|| count(&row["top_provider"], &["max_completion_tokens"])),
        input_modalities: modalities(row, "input_modalities"),
        output_modalities: modalities(row, "output_modalities"),
        capabilities: capabilities(row),
        price: own_price(row).or_else(|| highest_upstream_price(row)),
        shutdown: shutdown(row),
        deprecated: is_deprecated(row),
        ..Model::default()
    };
    if model.capabilities.contains("vision") && model.input_modalities.is_empty() {
        model.input_modalities = text_set(["text", "image"]);
    }
    // A provider that states modalities, and text among them, lists a chat model; other rows are ambiguous.
    if model.output_modalities.contains("text") {
        model.capabilities.insert("chat".to_owned());
    }
    let mut row_of_model = ListedRow::new(id, model)?.with_aliases(&row["aliases"]);
    row_of_model.is_alias = is_alias(row, &row_of_model);
    Some(row_of_model)
}

fn context_tokens(row: &Value) -> Option<u64> {
    const NAMES: [&str; 5] = [
        "context_length",
        "context_window",
        "max_context_length",
        "max_model_len",
        "max_input_tokens",
    ];
    count(row, &NAMES)
        .or_else(|| count(&row["top_provider"], &["context_length"]))
        .or_else(|| count(&row["meta"], &["n_ctx", "n_ctx_train"]))
        .or_else(|| {
            upstreams(row).filter_map(|upstream| count(upstream, &["context_length"])).max()
        })
}

fn modalities(row: &Value, field: &str) -> BTreeSet<String> {
    let own = text_set(texts(&row[field]));
    if own.is_empty() {
        text_set(texts(within(row, &format!("/architecture/{field}"))))
    } else {
        own
    }
}

fn capabilities(row: &Value) -> BTreeSet<String> {
    let mut found: Vec<&str> = features(&row["capabilities"]);
    found.extend(
        texts(&row["supported_parameters"])
            .filter(|parameter| ["tools", "structured_outputs", "reasoning"].contains(parameter)),
    );
    found.extend(match text(&row["type"]) {
        Some("chat") => Some("chat"),
        Some("language") => Some("completion"),
        Some("image") => Some("image_generation"),
        Some(kind @ ("code" | "embedding" | "moderation" | "rerank" | "transcribe")) => Some(kind),
        Some(_) | None => None,
    });
    if upstreams(row).any(|upstream| flag(&upstream["supports_tools"]) == Some(true)) {
        found.push("tools");
    }
    if upstreams(row).any(|upstream| flag(&upstream["supports_structured_output"]) == Some(true)) {
        found.push("structured_output");
    }
    if !items(within(row, "/effort/supported_levels")).is_empty() {
        found.push("reasoning");
    }
    // Azure marks each model that is for inference, and most are.
    text_set(found.into_iter().filter(|word| *word != "inference").map(capability))
}

/// Reads the price under `pricing`: per token as `prompt` and `completion`, per million of them as
/// `input` and `output`.
fn own_price(row: &Value) -> Option<TokenPrice> {
    const MILLION: f64 = 1e6;
    let pricing = &row["pricing"];
    let per_token = |name: &str| number(&pricing[name]).map(|price| rounded(price * MILLION));
    let per_million = || {
        let found = price(number(&pricing["input"]), number(&pricing["output"]))?;
        // A model that is rented by the hour has no price by the token.
        let is_rented = number(&pricing["hourly"]).is_some_and(|hourly| hourly > 0.0);
        let is_zero = found.input <= 0.0 && found.output <= 0.0;
        (!(is_rented && is_zero)).then_some(found)
    };
    price(per_token("prompt"), per_token("completion")).or_else(per_million)
}

/// Returns the highest price of the providers that serve a model, because any of them may be chosen.
fn highest_upstream_price(row: &Value) -> Option<TokenPrice> {
    let of_upstream = |upstream: &Value| {
        if flag(&upstream["is_free"]) == Some(true) {
            return Some(TokenPrice { input: 0.0, output: 0.0 });
        }
        own_price(upstream)
    };
    upstreams(row).filter_map(of_upstream).reduce(|one, other| TokenPrice {
        input: one.input.max(other.input),
        output: one.output.max(other.output),
    })
}

/// Returns the providers that serve a model of Hugging Face's router, without the failing ones.
fn upstreams(row: &Value) -> impl Iterator<Item = &Value> {
    items(&row["providers"]).iter().filter(|upstream| text(&upstream["status"]) != Some("error"))
}

fn shutdown(row: &Value) -> Option<jiff::civil::Date> {
    ["shutdown_date", "expiration_date", "deprecation", "deprecation_date"]
        .iter()
        .find_map(|field| day(&row[field]))
        .or_else(|| day(within(row, "/deprecation/inference")))
}

fn is_deprecated(row: &Value) -> bool {
    ["deprecated", "is_deprecated"].iter().any(|field| flag(&row[field]) == Some(true))
        || flag(&row["active"]) == Some(false)
        || text(&row["lifecycle_status"]).is_some_and(|status| status.contains("deprecat"))
        // Mistral gives a date only to deprecated models.
        || row["deprecation"].is_string()
}

/// Returns whether the entry is only another name: Mistral lists each of a model's names, with the
/// model's own under `name`. Without that field, a name that ends in `latest` is the alias.
fn is_alias(row: &Value, read: &ListedRow) -> bool {
    if read.aliases.is_empty() {
        return false;
    }
    match text(&row["name"]) {
        Some(name) if read.aliases.iter().any(|alias| alias == name) => true,
        Some(_) | None => read.id.ends_with("-latest"),
    }
}

/// Rounds a price to a billionth of a dollar, which removes the error of its multiplication.
fn rounded(price: f64) -> f64 {
    (price * 1e9).round() / 1e9
}
