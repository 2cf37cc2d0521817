//! Ollama's list of the models on its disk.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, capability, count, features, text_set};
use crate::lenient::text;

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let id = ["model", "name"].iter().map(|name| &row[name]).find(|id| text(id).is_some())?;
    let model = Model {
        context_tokens: count(row, &["context_length"])
            .or_else(|| count(&row["details"], &["context_length"])),
        capabilities: text_set(features(&row["capabilities"]).into_iter().map(|word| match word {
            "completion" => "chat",
            word => capability(word),
        })),
        ..Model::default()
    };
    ListedRow::new(id, model)
}
