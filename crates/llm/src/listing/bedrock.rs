//! Bedrock's list of foundation models.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, words};
use crate::lenient::{day, flag, moment, text, texts};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let output_modalities = words(texts(&row["outputModalities"]));
    let lifecycle = &row["modelLifecycle"];
    let has = |modality: &str| output_modalities.contains(modality);
    let capabilities = [
        ("chat", has("text")),
        ("embeddings", has("embedding")),
        ("image_generation", has("image")),
        ("streaming", flag(&row["responseStreamingSupported"]) == Some(true)),
    ];
    let model = Model {
        created: moment(&lifecycle["startOfLifeTime"]),
        input_modalities: words(texts(&row["inputModalities"])),
        capabilities: words(capabilities.iter().filter(|(_, has)| *has).map(|(name, _)| *name)),
        output_modalities,
        shutdown: day(&lifecycle["endOfLifeTime"]),
        deprecated: text(&lifecycle["status"])
            .is_some_and(|status| status.eq_ignore_ascii_case("legacy")),
        ..Model::default()
    };
    ListedRow::new(&row["modelId"], model)
}
