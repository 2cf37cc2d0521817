//! The endpoint that a config chooses with `api`, and the model for it.

use super::{AccountSpec, SpecErrors};
use crate::account::CallRoute;
use crate::provider::{Api, Endpoint, Provider};
use crate::task::{self, Task, TaskFormat};
use crate::template;

/// The endpoint of an account that completes nothing.
static NO_COMPLETION: Endpoint = Endpoint { api: Api::Chat, host: "api", path: "" };

/// The fields of the body of a task that the check fills.
pub(super) const RESERVED: &[(&str, &str)] = &[
    ("model", "write it as `model`"),
    ("voice", "write it as `voice` beside `extra`"),
    ("voice_id", "write it as `voice` beside `extra`"),
    ("input", "the check has its own input"),
    ("inputs", "the check has its own input"),
    ("text", "the check has its own input"),
    ("texts", "the check has its own input"),
    ("query", "the check has its own input"),
    ("documents", "the check has its own input"),
    ("prompt", "the check has its own input"),
    ("file", "the check has its own input"),
    ("stream", "the check needs the whole answer at once"),
    ("n", "the check requests one answer only"),
];

/// Returns the endpoint for the API or task that the config names.
pub(super) fn of(
    provider: &'static Provider,
    wanted: &AccountSpec,
    mistakes: &mut SpecErrors,
) -> Option<CallRoute> {
    let has_version = wanted.options.api_version.is_some();
    let fits = |path: &str| has_version || !template::names(path, "api_version");
    let name = wanted.api.as_deref();
    let chat = |api: Api| name.is_none_or(|name| api.name() == name);
    let completions = provider.completions.iter();
    let found = completions
        .clone()
        .find(|endpoint| chat(endpoint.api) && fits(endpoint.path))
        .map(CallRoute::Chat);
    let mut tasks = provider.tasks.iter();
    let is_task = |task: Task| match name {
        Some(name) => task.name() == name,
        None => provider.completions.is_empty(),
    };
    let found =
        found.or_else(|| tasks.find(|it| is_task(it.task()) && fits(it.path)).map(CallRoute::Task));
    if found.is_some() {
        return found;
    }
    let apis = provider.apis().into_iter().map(Api::name);
    let names: Vec<_> = apis.chain(provider.task_names().into_iter().map(Task::name)).collect();
    if names.is_empty() {
        for (path, is_set) in [("model", wanted.model.is_some()), ("api", name.is_some())] {
            if is_set {
                mistakes.add(path, format!("`{}` has no chat API: remove it", provider.name));
            }
        }
        return Some(CallRoute::Chat(&NO_COMPLETION));
    }
    let what = match name {
        Some(name) => {
            format!("unknown API `{name}` of `{}`; known: {}", provider.name, names.join(", "))
        }
        None => format!("`{}` has {}", provider.name, names.join(", ")),
    };
    mistakes.add("api", what);
    None
}

/// Takes the default model for a task that the config names without a model.
pub(super) fn choose_model(
    provider: &Provider,
    route: Option<CallRoute>,
    wanted: &mut AccountSpec,
    mistakes: &mut SpecErrors,
) {
    let (Some(CallRoute::Task(endpoint)), true, None) =
        (route, wanted.api.is_some(), &wanted.model)
    else {
        return;
    };
    let task = endpoint.task();
    wanted.model = task::default_model(provider.name, task).map(str::to_owned);
    if wanted.model.is_none() {
        let (name, task) = (provider.name, task.name());
        let what = format!("`{name}` has no default model for `{task}`: set `model`");
        mistakes.add("model", what);
    }
}

/// Checks that a voice is named exactly if the endpoint has one.
pub(super) fn check_voice(
    route: Option<CallRoute>,
    wanted: &AccountSpec,
    mistakes: &mut SpecErrors,
) {
    let Some(route) = route else { return };
    let needs = match route {
        CallRoute::Chat(_) => false,
        CallRoute::Task(endpoint) => match endpoint.wire {
            TaskFormat::OpenAiSpeech
            | TaskFormat::MistralSpeech
            | TaskFormat::ElevenLabsSpeech
            | TaskFormat::MiniMaxSpeech => true,
            TaskFormat::DeepgramSpeak
            | TaskFormat::OpenAiEmbeddings
            | TaskFormat::CohereEmbed
            | TaskFormat::GeminiEmbed
            | TaskFormat::VertexPredict
            | TaskFormat::OllamaEmbed
            | TaskFormat::SnowflakeEmbed
            | TaskFormat::Rerank
            | TaskFormat::TeiRerank
            | TaskFormat::OpenAiTranscription
            | TaskFormat::ElevenLabsTranscription
            | TaskFormat::DeepgramListen
            | TaskFormat::OpenAiImage => false,
        },
    };
    let is_valid = |voice: &String| !voice.is_empty() && !voice.chars().any(char::is_control);
    match &wanted.voice {
        Some(_) if !needs => {
            mistakes.add("voice", "this request uses no voice: remove it");
        }
        Some(voice) if !is_valid(voice) => {
            mistakes.add("voice", "it must not be empty, and without control characters");
        }
        Some(_) | None => {}
    }
}
