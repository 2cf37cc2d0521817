//! xAI's list of language models.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, capability, count, features, price, text_set};
use crate::lenient::{number, texts, timestamp};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    // Prices are in hundredths of a cent for a million tokens.
    let dollars = |name: &str| number(&row[name]).map(|price| price / 10_000.0);
    let output_modalities = text_set(texts(&row["output_modalities"]));
    let chats = output_modalities.contains("text").then_some("chat");
    let model = Model {
        created: timestamp(&row["created"]),
        context_tokens: count(row, &["context_window", "context_length", "max_prompt_length"]),
        max_output_tokens: count(row, &["max_completion_tokens", "max_output_tokens"]),
        input_modalities: text_set(texts(&row["input_modalities"])),
        capabilities: text_set(
            features(&row["capabilities"]).into_iter().map(capability).chain(chats),
        ),
        output_modalities,
        price: price(dollars("prompt_text_token_price"), dollars("completion_text_token_price")),
        ..Model::default()
    };
    Some(ListedRow::new(&row["id"], model)?.with_aliases(&row["aliases"]))
}
