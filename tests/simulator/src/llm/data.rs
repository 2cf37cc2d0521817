//! The files of the providers, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::rows::{self, RawRow, Row};

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) name: &'static str,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Headers of every answer.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    row: Vec<RawRow>,
}

const ANY: &str = include_str!("../../providers/any.toml");
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../providers/", $name, ".toml")))),+]
    };
}

/// All of them, in the order of the documentation.
const FILES: &[(&str, &str)] = files![
    "openai",
    "anthropic",
    "huggingface",
    "huggingface-endpoint",
    "cohere",
    "gemini",
    "mistral",
    "groq",
    "openrouter",
    "xai",
    "deepseek",
    "together",
    "azure",
    "bedrock",
    "openai-compatible",
    "vllm",
    "ollama",
    "llama.cpp",
    "litellm",
];

/// The names of all providers, as they stand in paths.
#[must_use]
pub fn providers() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

/// The recorded answers of a provider, and after them those of any provider's edge; none for an unknown name.
#[must_use]
pub fn rows(provider: &str) -> &'static [Row] {
    find(provider).map_or(&[], |provider| &provider.rows)
}

pub(super) fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

#[expect(clippy::panic, reason = "the files are part of the program, and a test reads them all")]
static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let read = |(name, text): &(&'static str, &str)| {
        read(name, text).unwrap_or_else(|what| panic!("providers/{name}.toml: {what}"))
    };
    FILES.iter().map(read).collect()
});

fn read(name: &'static str, text: &str) -> Result<Provider, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let any: File = toml::from_str(ANY).map_err(|error| format!("any.toml: {error}"))?;
    Ok(Provider { name, rows: rows::complete(file.row, any.row, &file.headers)? })
}
