//! Listings: the models that a provider lists.
//!
//! Only facts from the provider are read here; [`crate::data::complete`] adds the rest. Other names
//! of a model, under which completions may ask for it, are listed too, with the capability `alias`.

mod anthropic;
mod bedrock;
mod cohere;
mod gemini;
mod ollama;
mod openai;
mod xai;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, TokenPrice};
use serde_json::Value;

use crate::data;
use crate::lenient;
use crate::provider::{ListShape, Provider};

/// The most models that are kept of one page.
pub const MAX_MODELS: usize = 5_000;
/// The capability of an entry that is only another name of a listed model.
const ALIAS: &str = "alias";

/// The most bytes that a model's id may have; a longer one is left out.
const MAX_ID_BYTES: usize = 256;
/// The most capabilities or modalities of a model, and the most characters of each.
const MAX_WORDS: usize = 32;
const MAX_WORD_CHARACTERS: usize = 40;

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelPage {
    /// The models by the ids that a completion names; at most [`MAX_MODELS`]. What the provider does
    /// not tell is absent.
    pub models: BTreeMap<String, Model>,
    /// The cursor of the page after this one; `None` on the last page.
    pub next: Option<String>,
    /// True if the page has more entries than are kept, so that a model may be missing here.
    pub is_cut: bool,
}

/// Parses the page in `body`.
///
/// # Errors
///
/// Fails if the body is not a list of the provider's shape. The error names the content that came
/// instead.
pub fn read(provider: &Provider, body: &[u8]) -> Result<ModelPage, String> {
    let shape = provider.list.map_or(ListShape::OpenAi, |list| list.shape);
    read_shape(shape, body).map_err(|what| format!("{}: {what}", provider.title))
}

/// Parses the page of this shape in `body`.
///
/// # Errors
///
/// Fails if the body is not JSON, contains no list, or contains only entries without an id.
pub fn read_shape(shape: ListShape, body: &[u8]) -> Result<ModelPage, String> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("the list is not JSON: {error}"))?;
    let rows = rows(&value)?;
    let read: fn(&Value) -> Option<ListedRow> = match shape {
        ListShape::OpenAi => openai::row,
        ListShape::Anthropic => anthropic::row,
        ListShape::Cohere => cohere::row,
        ListShape::Gemini => gemini::row,
        ListShape::Xai => xai::row,
        ListShape::Bedrock => bedrock::row,
        ListShape::Ollama => ollama::row,
        ListShape::Name => |row| ListedRow::new(&row["name"], Model::default()),
    };
    let found: Vec<ListedRow> = rows.iter().take(MAX_MODELS).filter_map(read).collect();
    if found.is_empty() && !rows.is_empty() {
        return Err(format!("none of the {} entries of the list has an id", rows.len()));
    }
    let is_cut = rows.len() > MAX_MODELS;
    Ok(ModelPage { models: collect(found), next: next(shape, &value), is_cut })
}

/// Returns the model among `models` that a completion of `id` uses, with the id under which it is
/// listed: `id` may also name a route, a tag or a region that the list does not.
#[must_use]
pub fn find<'a, M>(models: &'a BTreeMap<String, M>, id: &str) -> Option<(&'a str, &'a M)> {
    let named = |id: &str| models.get_key_value(id).map(|(id, model)| (id.as_str(), model));
    named(id)
        .or_else(|| named(id.strip_prefix("models/")?))
        .or_else(|| named(&format!("{id}:latest")))
        .or_else(|| named(id.rsplit_once(':')?.0))
        .or_else(|| named(data::without_region(id)))
}

/// One model of a list, and its other names.
struct ListedRow {
    id: String,
    model: Model,
    aliases: Vec<String>,
    /// True if the entry declares itself an alias of another.
    is_alias: bool,
}

impl ListedRow {
    fn new(id: &Value, model: Model) -> Option<Self> {
        Some(Self {
            id: clean_id(lenient::text(id)?)?,
            model,
            aliases: Vec::new(),
            is_alias: false,
        })
    }

    fn with_aliases(mut self, aliases: &Value) -> Self {
        self.aliases = lenient::texts(aliases).take(MAX_WORDS).filter_map(clean_id).collect();
        self
    }
}

/// Collects the models of `rows` by their ids. A row that another row calls its alias, or an alias
/// without a row of its own, is marked as one.
fn collect(rows: Vec<ListedRow>) -> BTreeMap<String, Model> {
    let mut models = BTreeMap::new();
    let mut others = Vec::new();
    for mut row in rows {
        if row.is_alias {
            row.model.capabilities.insert(ALIAS.to_owned());
        }
        others.extend(row.aliases.into_iter().map(|alias| (alias, row.model.clone())));
        models.entry(row.id).or_insert(row.model);
    }
    for (alias, mut model) in others {
        if models.len() >= MAX_MODELS {
            break;
        }
        model.capabilities.insert(ALIAS.to_owned());
        models.entry(alias).or_insert(model);
    }
    models
}

/// Returns the entries of a list, or of the list under one of the usual names in `value`.
fn rows(value: &Value) -> Result<&[Value], String> {
    if let Value::Array(rows) = value {
        return Ok(rows);
    }
    let named = ["data", "models", "modelSummaries", "result", "endpoints"];
    if let Some(rows) = named.iter().find_map(|name| value[name].as_array()) {
        return Ok(rows);
    }
    let fields: Vec<&str> =
        value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).take(5).collect();
    Err(
        match lenient::text(lenient::within(value, "/error/message"))
            .or_else(|| lenient::text(&value["error"]))
        {
            Some(error) => {
                format!("an error instead of the list: {}", lenient::cut(error, 160))
            }
            None if fields.is_empty() => {
                "neither a list nor an object that contains one".to_owned()
            }
            None => {
                lenient::cut(&format!("no list under `data` or `models`, only {fields:?}"), 200)
            }
        },
    )
}

/// Returns the cursor of the page after `value`.
fn next(shape: ListShape, value: &Value) -> Option<String> {
    let cursor = match shape {
        ListShape::Anthropic => {
            let has_more = lenient::flag(&value["has_more"]).unwrap_or_default();
            lenient::text(&value["last_id"]).filter(|_| has_more)
        }
        ListShape::Cohere => lenient::text(&value["next_page_token"]),
        ListShape::Gemini => lenient::text(&value["nextPageToken"]),
        ListShape::Bedrock => lenient::text(&value["nextToken"]),
        ListShape::OpenAi | ListShape::Xai | ListShape::Ollama | ListShape::Name => None,
    };
    cursor.filter(|cursor| cursor.len() <= 1_000).map(str::to_owned)
}

fn clean_id(id: &str) -> Option<String> {
    let id = id.trim();
    let is_fit = !id.is_empty() && id.len() <= MAX_ID_BYTES && !id.chars().any(char::is_control);
    is_fit.then(|| id.to_owned())
}

/// Returns the first of `fields` of `row` that is a count above zero.
fn count(row: &Value, fields: &[&str]) -> Option<u64> {
    fields.iter().find_map(|field| lenient::count(&row[field])).filter(|count| *count > 0)
}

/// Returns `words` in lower case, limited in number and length.
fn text_set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let word = |word: &str| {
        let short = word.trim().chars().filter(|letter| !letter.is_control());
        short.take(MAX_WORD_CHARACTERS).collect::<String>().to_lowercase()
    };
    words.into_iter().take(MAX_WORDS).map(word).filter(|word| !word.is_empty()).collect()
}

/// Returns the names of the supported features: those that are true in `features`, or the list itself.
fn features(features: &Value) -> Vec<&str> {
    let is_on = |value: &Value| {
        lenient::flag(value).or_else(|| lenient::flag(&value["supported"])).unwrap_or_default()
    };
    match features {
        Value::Object(fields) => {
            fields.iter().filter(|(_, value)| is_on(value)).map(|(name, _)| name.as_str()).collect()
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            lenient::texts(features).collect()
        }
    }
}

/// Maps the providers' names of a capability to one word.
fn capability(word: &str) -> &str {
    match word {
        "completion_chat" | "chat_completion" | "chat-completion" => "chat",
        "function_calling" | "function-calling" | "tool_use" | "strict_tools" => "tools",
        "structured_outputs" | "json_schema" | "response_format" | "response_schema" => {
            "structured_output"
        }
        "thinking" => "reasoning",
        "embedding" | "embed" | "embedContent" => "embeddings",
        "completion_fim" => "fim",
        "fine_tune" | "finetune" => "fine_tuning",
        "audio_transcription" => "transcription",
        "image_input" => "vision",
        word => word,
    }
}

/// Returns the price from these two, which are per million tokens; `None` if one is missing or negative.
fn price(input: Option<f64>, output: Option<f64>) -> Option<TokenPrice> {
    let (input, output) = (input?, output?);
    (input >= 0.0 && output >= 0.0).then_some(TokenPrice { input, output })
}
