//! Cohere's list.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, capability, count, text_set};
use crate::lenient::{flag, texts};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let features = texts(&row["endpoints"]).chain(texts(&row["features"]));
    let has_vision = texts(&row["features"]).any(|feature| feature == "vision");
    let is_told = row["features"].is_array();
    let model = Model {
        context_tokens: count(row, &["context_length"]),
        input_modalities: text_set(
            is_told.then_some("text").into_iter().chain(has_vision.then_some("image")),
        ),
        capabilities: text_set(features.map(|word| match word {
            "generate" => "completion",
            word => capability(word),
        })),
        deprecated: flag(&row["is_deprecated"]).unwrap_or_default(),
        ..Model::default()
    };
    ListedRow::new(&row["name"], model)
}
