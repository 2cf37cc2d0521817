//! Gemini's list.

use crate::model::Model;
use serde_json::Value;

use super::{ListedRow, capability, count, text_set};
use crate::lenient::{flag, text, texts};

pub(super) fn row(row: &Value) -> Option<ListedRow> {
    let methods = texts(&row["supportedGenerationMethods"]).filter_map(|method| match method {
        "generateContent" => Some("chat"),
        "bidiGenerateContent" => Some("live"),
        "batchGenerateContent" => Some("batch"),
        "createCachedContent" => Some("caching"),
        "predict" | "predictLongRunning" => Some("generation"),
        "countTokens" | "countTextTokens" => None,
        method => Some(capability(method)),
    });
    let reasons = (flag(&row["thinking"]) == Some(true)).then_some("reasoning");
    let model = Model {
        context_tokens: count(row, &["inputTokenLimit"]),
        max_output_tokens: count(row, &["outputTokenLimit"]),
        capabilities: text_set(methods.chain(reasons)),
        ..Model::default()
    };
    // Completions are asked of the name without this.
    let name = text(&row["name"])?;
    ListedRow::new(&Value::from(name.strip_prefix("models/").unwrap_or(name)), model)
}
