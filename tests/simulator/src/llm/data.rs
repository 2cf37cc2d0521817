//! The files of the providers, read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::route::{Completion, Key, Route};
use super::rows::{self, RawRow, Row};

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) name: &'static str,
    pub(super) key: Key,
    /// Headers of every answer.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) completion: Completion,
    pub(super) routes: Vec<Route>,
    rows: Vec<Row>,
}

impl Provider {
    /// The row of this name.
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// What is answered well, and where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Routes {
    /// The form of its status page, if it has one.
    page: Option<String>,
    #[serde(default)]
    key: Key,
    #[serde(default)]
    completion: Completion,
    route: Vec<Route>,
}

/// Recorded answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    row: Vec<RawRow>,
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("../../providers/routes/", $name, ".toml")),
            include_str!(concat!("../../providers/", $name, ".toml")),
        )),+]
    };
}

/// All of them with their routes and rows, in the order of the documentation.
const FILES: &[(&str, &str, &str)] = files![
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
/// The forms of status pages.
const PAGES: &[(&str, &str)] = &[
    ("statuspage", include_str!("../../providers/pages/statuspage.toml")),
    ("incident-io", include_str!("../../providers/pages/incident-io.toml")),
    ("better-stack", include_str!("../../providers/pages/better-stack.toml")),
    ("feed", include_str!("../../providers/pages/feed.toml")),
    ("aws", include_str!("../../providers/pages/aws.toml")),
];
const ANY: &str = include_str!("../../providers/any.toml");

/// The names of all providers, as they stand in paths.
#[must_use]
pub fn providers() -> Vec<&'static str> {
    FILES.iter().map(|(name, _, _)| *name).collect()
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
    let read = |&(name, routes, rows): &(&'static str, &str, &str)| {
        read(name, routes, rows).unwrap_or_else(|what| panic!("providers: {name}: {what}"))
    };
    FILES.iter().map(read).collect()
});

fn read(name: &'static str, routes: &str, rows: &str) -> Result<Provider, String> {
    let routes: Routes = toml::from_str(routes).map_err(|error| error.to_string())?;
    let own: Rows = toml::from_str(rows).map_err(|error| error.to_string())?;
    let mut of_others = match &routes.page {
        None => Vec::new(),
        Some(form) => {
            let (_, text) = PAGES
                .iter()
                .find(|(name, _)| name == form)
                .ok_or_else(|| format!("there is no form `{form}` of a status page"))?;
            let page: Rows = toml::from_str(text).map_err(|error| format!("{form}: {error}"))?;
            page.row
        }
    };
    let any: Rows = toml::from_str(ANY).map_err(|error| format!("any: {error}"))?;
    of_others.extend(any.row);
    Ok(Provider {
        name,
        rows: rows::complete(own.row, of_others, &own.headers)?,
        key: routes.key,
        headers: own.headers,
        completion: routes.completion,
        routes: routes.route,
    })
}
