//! Anthropic's list.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, capability, count, features, text_set};
use crate::lenient::timestamp;

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let features = features(&row["capabilities"]);
    let mut modalities = vec![("text", true)];
    modalities.push(("image", features.contains(&"image_input")));
    modalities.push(("file", features.contains(&"pdf_input")));
    let is_told = row["capabilities"].is_object();
    let model = Model {
        created: timestamp(&row["created_at"]),
        context_tokens: count(row, &["max_input_tokens"]),
        max_output_tokens: count(row, &["max_tokens"]),
        input_modalities: text_set(
            modalities.iter().filter(|(_, takes)| is_told && *takes).map(|(name, _)| *name),
        ),
        output_modalities: text_set(is_told.then_some("text")),
        capabilities: text_set(
            features.into_iter().map(capability).chain(is_told.then_some("chat")),
        ),
        ..Model::default()
    };
    ListedRow::new(&row["id"], model)
}
