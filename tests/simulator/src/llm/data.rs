//! The data files of the providers, parsed once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::route::{Completion, Key, Route};
use super::rows::{self, Operation, RawRow, Row};

/// The data of a provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) name: &'static str,
    base: String,
    hosts: BTreeMap<String, String>,
    options: BTreeMap<String, String>,
    pub(super) key: Key,
    /// Headers of every response.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) completion: Completion,
    pub(super) routes: Vec<Route>,
    rows: Vec<Row>,
}

impl Provider {
    /// Returns the row of this name.
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }
}

/// The successful responses and their paths.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Routes {
    /// The format of its status page, if it has one.
    page: Option<String>,
    /// The path of its base URL, relative to the provider's path.
    #[serde(default = "v1")]
    base: String,
    /// The paths of its other hosts by their names, relative to the provider's path.
    #[serde(default)]
    hosts: BTreeMap<String, String>,
    /// The options that an account with this provider needs.
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default)]
    key: Key,
    #[serde(default)]
    completion: Completion,
    route: Vec<Route>,
}

fn v1() -> String {
    "v1".to_owned()
}

/// A format of answers to a task: the success, and rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskForm {
    /// The name of the task in the config.
    api: String,
    content_type: Option<String>,
    #[serde(default)]
    body: String,
    /// An alternative to a body: its bytes as hexadecimal digits.
    hex: Option<String>,
    row: Vec<RawRow>,
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
    ($($name:literal $(as $files:literal)?),+ $(,)?) => {
        &[$(file!($name $(as $files)?)),+]
    };
}

/// Includes the files of a provider: its own, or those of another with the same answers.
macro_rules! file {
    ($name:literal) => {
        file!($name as $name)
    };
    ($name:literal as $files:literal) => {
        (
            $name,
            include_str!(concat!("../../providers/routes/", $files, ".toml")),
            include_str!(concat!("../../providers/", $files, ".toml")),
        )
    };
}

/// All providers with their routes and rows, in the order of the documentation.
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
    "vertex",
    "github",
    "perplexity",
    "fireworks",
    "cerebras",
    "nvidia",
    "deepinfra",
    "sambanova",
    "hyperbolic",
    "novita",
    "baseten",
    "replicate",
    "ai21",
    "voyage",
    "jina",
    "elevenlabs",
    "deepgram",
    "moonshot",
    "moonshot-cn" as "moonshot",
    "dashscope",
    "dashscope-cn" as "dashscope",
    "zai",
    "zhipu" as "zai",
    "minimax",
    "minimax-cn" as "minimax",
    "siliconflow",
    "siliconflow-cn" as "siliconflow",
    "cloudflare",
    "watsonx",
    "databricks",
    "snowflake",
    "portkey",
    "vercel",
    "cloudflare-ai-gateway",
    "one-api",
    "new-api" as "one-api",
    "kong",
    "azure-apim",
    "openai-compatible",
    "vllm",
    "ollama",
    "llama.cpp",
    "litellm",
    "sglang",
    "tgi",
    "lm-studio",
    "text-generation-webui",
    "mistral.rs",
    "llamafile" as "llama.cpp",
    "tabbyapi",
    "tei",
];

/// The formats of status pages.
const PAGES: &[(&str, &str)] = &[
    ("statuspage", include_str!("../../providers/pages/statuspage.toml")),
    ("incident-io", include_str!("../../providers/pages/incident-io.toml")),
    ("better-stack", include_str!("../../providers/pages/better-stack.toml")),
    ("feed", include_str!("../../providers/pages/feed.toml")),
    ("aws", include_str!("../../providers/pages/aws.toml")),
];
const ANY: &str = include_str!("../../providers/any.toml");

/// The formats of answers to tasks.
const TASKS: &[(&str, &str)] = &[
    ("embeddings-cohere", include_str!("../../providers/tasks/embeddings-cohere.toml")),
    ("embeddings-gemini", include_str!("../../providers/tasks/embeddings-gemini.toml")),
    ("embeddings-ollama", include_str!("../../providers/tasks/embeddings-ollama.toml")),
    ("embeddings-openai", include_str!("../../providers/tasks/embeddings-openai.toml")),
    ("embeddings-snowflake", include_str!("../../providers/tasks/embeddings-snowflake.toml")),
    ("embeddings-vertex", include_str!("../../providers/tasks/embeddings-vertex.toml")),
    ("image", include_str!("../../providers/tasks/image.toml")),
    ("rerank-data", include_str!("../../providers/tasks/rerank-data.toml")),
    ("rerank-results", include_str!("../../providers/tasks/rerank-results.toml")),
    ("rerank-tei", include_str!("../../providers/tasks/rerank-tei.toml")),
    ("speech-audio", include_str!("../../providers/tasks/speech-audio.toml")),
    ("speech-minimax", include_str!("../../providers/tasks/speech-minimax.toml")),
    ("speech-mistral", include_str!("../../providers/tasks/speech-mistral.toml")),
    ("transcription-deepgram", include_str!("../../providers/tasks/transcription-deepgram.toml")),
    ("transcription-text", include_str!("../../providers/tasks/transcription-text.toml")),
];

/// Returns the names of all providers, as they are used in paths.
#[must_use]
pub fn providers() -> Vec<&'static str> {
    FILES.iter().map(|(name, _, _)| *name).collect()
}

/// Returns the recorded answers of a provider, followed by those of the edge of any provider; empty
/// for an unknown name.
#[must_use]
pub fn rows(provider: &str) -> &'static [Row] {
    find(provider).map_or(&[], |provider| &provider.rows)
}

/// Returns the path of a provider's base URL relative to the provider's path, such as `openai/v1`.
#[must_use]
pub fn base(provider: &str) -> &'static str {
    find(provider).map_or("", |provider| &provider.base)
}

/// Returns the paths of a provider's other hosts by their names, relative to the provider's path.
#[must_use]
pub fn hosts(provider: &str) -> BTreeMap<String, String> {
    find(provider).map(|provider| provider.hosts.clone()).unwrap_or_default()
}

/// Returns the options that an account with a provider needs, such as its `region`.
#[must_use]
pub fn options(provider: &str) -> BTreeMap<String, String> {
    find(provider).map(|provider| provider.options.clone()).unwrap_or_default()
}

/// Returns the method and path of the first route of a provider for `operation`; `None` if it has
/// none. A reach check uses a route without a key if there is one, else a route with a key.
#[must_use]
pub fn place(provider: &str, operation: Operation) -> Option<(&'static str, String)> {
    let routes = &find(provider)?.routes;
    let of = |operation: Operation| routes.iter().find(|route| route.operation == operation);
    let route = match operation {
        Operation::Reach => {
            of(operation).or_else(|| of(Operation::Key)).or_else(|| of(Operation::List))
        }
        Operation::Key
        | Operation::List
        | Operation::Completion
        | Operation::Usage
        | Operation::StatusPage => of(operation),
    }?;
    Some(route.place())
}

/// Returns the body of a provider's success of a task, by the task's name; `None` if it has none.
#[must_use]
pub fn task_answer(provider: &str, task: &str) -> Option<&'static [u8]> {
    let mut routes = find(provider)?.routes.iter();
    let route = routes.find(|it| it.task.is_some() && it.api.as_deref() == Some(task))?;
    Some(&route.bytes)
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
    let mut routes: Routes = toml::from_str(routes).map_err(|error| error.to_string())?;
    let own: Rows = toml::from_str(rows).map_err(|error| error.to_string())?;
    let mut of_others = match &routes.page {
        None => Vec::new(),
        Some(form) => {
            let (_, text) = PAGES
                .iter()
                .find(|(name, _)| name == form)
                .ok_or_else(|| format!("unknown form `{form}` of a status page"))?;
            let page: Rows = toml::from_str(text).map_err(|error| format!("{form}: {error}"))?;
            page.row
        }
    };
    for route in &mut routes.route {
        of_others.extend(fill_in_task(route)?);
    }
    let any: Rows = toml::from_str(ANY).map_err(|error| format!("any: {error}"))?;
    of_others.extend(any.row);
    let mut rows = rows::complete(own.row, of_others, &own.headers)?;
    // An operation without a route is never requested.
    rows.retain(|row| match row.operation {
        Operation::Completion | Operation::List => {
            routes.route.iter().any(|route| route.operation == row.operation)
        }
        Operation::Reach | Operation::Key | Operation::Usage | Operation::StatusPage => true,
    });
    Ok(Provider {
        name,
        base: routes.base,
        rows,
        hosts: routes.hosts,
        options: routes.options,
        key: routes.key,
        headers: own.headers,
        completion: routes.completion,
        routes: routes.route,
    })
}

/// Fills in the success of a task's route, and returns the rows of its format.
fn fill_in_task(route: &mut Route) -> Result<Vec<RawRow>, String> {
    let Some(name) = &route.task else { return Ok(Vec::new()) };
    let (_, text) = TASKS
        .iter()
        .find(|(form, _)| form == name)
        .ok_or_else(|| format!("unknown form `{name}` of a task"))?;
    let form: TaskForm = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    let TaskForm { api, content_type, body, hex, mut row } = form;
    route.bytes = match hex {
        Some(digits) => rows::from_hex(&digits)?,
        None => body.into_bytes(),
    };
    for row in &mut row {
        row.of_task(&api);
    }
    route.api = Some(api);
    route.content_type = route.content_type.take().or(content_type);
    Ok(row)
}
