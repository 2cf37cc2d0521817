//! Bedrock's list of foundation models.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, text_set};
use crate::lenient::{day, flag, text, texts, timestamp};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let output_modalities = text_set(texts(&row["outputModalities"]));
    let lifecycle = &row["modelLifecycle"];
    let has = |modality: &str| output_modalities.contains(modality);
    let capabilities = [
        ("chat", has("text")),
        ("embeddings", has("embedding")),
        ("image_generation", has("image")),
        ("streaming", flag(&row["responseStreamingSupported"]) == Some(true)),
    ];
    let model = Model {
        created: timestamp(&lifecycle["startOfLifeTime"]),
        input_modalities: text_set(texts(&row["inputModalities"])),
        capabilities: text_set(capabilities.iter().filter(|(_, has)| *has).map(|(name, _)| *name)),
        output_modalities,
        shutdown: day(&lifecycle["endOfLifeTime"]),
        deprecated: text(&lifecycle["status"])
            .is_some_and(|status| status.eq_ignore_ascii_case("legacy")),
        ..Model::default()
    };
    ListedRow::new(&row["modelId"], model)
}
