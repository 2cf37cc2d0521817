//! Providers: the table of facts that each one is.

use std::time::Duration;

use allclear_core::reason::Reason;

use crate::call::Authentication;
use crate::task::{Task, TaskEndpoint};

/// A provider: the facts that hold for every account. A new provider that uses OpenAI's dialect
/// needs only such a table.
#[derive(Debug)]
pub struct Provider {
    /// Its name in the config: `openai`.
    pub name: &'static str,
    /// Its name for people: `OpenAI`.
    pub title: &'static str,
    /// Hosts of the provider. The first is the API itself, under the name `api`.
    pub hosts: &'static [Host],
    /// Suffixes that a configured base URL may have although the paths begin with them.
    pub optional_base_suffixes: &'static [&'static str],
    /// Endpoints for completions; the first is the default. An address that names an API version is
    /// passed over if the account has none. Empty for a provider without a chat API, of which only
    /// the free steps are made.
    pub completions: &'static [Endpoint],
    /// Endpoints for tasks other than a chat. As for completions, an address that names an API
    /// version is passed over if the account has none.
    pub tasks: &'static [TaskEndpoint],
    /// The models that its list names.
    pub listed_models: ListedModels,
    /// Additional fields in the body of a completion by [`Api::Chat`], as JSON.
    pub chat_extra: &'static str,
    /// The least cap of an answer's tokens that makes sense, by a part of the model's name.
    pub least_tokens: &'static [(&'static str, u32)],
    /// Authentication with the inference key.
    pub authentication: Authentication,
    /// Authentication without a key.
    pub authentication_without_key: Authentication,
    /// True if it answers without any key, as most self-hosted servers do.
    pub is_key_optional: bool,
    /// True for a self-hosted server: it has no price, no status page, and starts cold.
    pub is_self_hosted: bool,
    /// True if its owner may have put it to sleep, so that a completion wakes it and costs money.
    pub may_sleep: bool,
    /// Headers that each call has.
    pub headers: &'static [(&'static str, &'static str)],
    /// Headers that hold an option of the account: the option's name and the header's.
    pub option_headers: &'static [(&'static str, &'static str)],
    /// Check of the provider's edge without a key.
    pub reach: Reach,
    /// Free validation of a key; `None` if only a completion validates it.
    pub key: Option<KeyCheck>,
    /// List of its models.
    pub list: Option<ModelList>,
    /// The field of a completion that caps the tokens of the answer, for the API [`Api::Chat`].
    pub token_cap: &'static str,
    /// Meanings of its errors, which take precedence over the common rules.
    pub errors: &'static [crate::classify::ErrorRule],
    /// Refusals inside a successful answer to a key check or a usage request.
    pub refusals: &'static [SuccessRefusal],
    /// The headers that may hold the id of a request, the best first.
    pub request_ids: &'static [&'static str],
    /// Format of its rate limit headers.
    pub rates: Rates,
    /// Sources of its remaining credit or spending.
    pub usage: &'static [Usage],
    /// Its public status page, if there is a machine-readable one.
    pub status_page: Option<StatusPage>,
    /// Prefixes of its keys; empty if they have none.
    pub key_prefixes: &'static [&'static str],
    /// Prefixes of its admin keys, which cannot be used for inference.
    pub admin_key_prefixes: &'static [&'static str],
}

/// A place where a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Its name in the config: `api`, `hub`, `admin`.
    pub name: &'static str,
    /// Its base URL without a slash at the end, in which `{region}`, `{organization}` and
    /// `{project}` stand for those options of the account. Empty if each account has its own.
    pub url: &'static str,
}

/// API and address of completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The dialect.
    pub api: Api,
    /// On which host.
    pub host: &'static str,
    /// The path with its query, in which `{model}` and the names of options stand for the account's.
    pub path: &'static str,
}

/// A fact that makes a successful answer a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuccessRefusal {
    /// JSON pointer to the fact.
    pub pointer: &'static str,
    /// Condition that makes the fact a refusal.
    pub when: Sign,
    /// Reason of the refusal.
    pub reason: Reason,
    /// Message for the operator.
    pub message: &'static str,
}

/// A value that makes a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is true.
    True,
    /// It is false.
    False,
    /// It is a number of at most zero.
    Exhausted,
    /// It is a number of at least the one at this pointer.
    AtLeast(&'static str),
}

/// API dialect of completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's Chat Completions, which most providers use.
    Chat,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
    /// Cohere's Chat, version 2.
    CohereChat,
    /// Gemini's `generateContent`.
    GenerateContent,
    /// Bedrock's Converse.
    Converse,
    /// Ollama's own chat, as NDJSON.
    OllamaChat,
}

impl Api {
    /// Returns its name in the config: `chat`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::CohereChat => "cohere-chat",
            Self::GenerateContent => "generate-content",
            Self::Converse => "converse",
            Self::OllamaChat => "ollama-chat",
        }
    }
}

/// Check of a provider's edge without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// On which host.
    pub host: &'static str,
    /// The path.
    pub path: &'static str,
    /// The statuses that prove that it is up: its own refusal, or a success if it is public.
    pub expected: &'static [u16],
}

/// Free validation of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCheck {
    /// On which host.
    pub host: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// Format of the answer.
    pub shape: KeyShape,
    /// Default lifetime of a result, and the least interval that the provider tolerates.
    pub every: Duration,
    /// The least time between two requests, in all cases.
    pub at_least: Duration,
}

/// Format of the answer to a key check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyShape {
    /// Nothing but that the key is good: a list of models, or anything else.
    AnySuccess,
    /// Cohere: `valid`.
    Cohere,
    /// Hugging Face: whose it is, its role and its permissions.
    HuggingFace,
    /// OpenRouter: limits, usage, expiry.
    OpenRouter,
    /// xAI: a block of key or team, and the permissions of the key.
    Xai,
    /// DeepSeek: the balance.
    DeepSeek,
}

/// List of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelList {
    /// On which host.
    pub host: &'static str,
    /// The path with its query.
    pub path: &'static str,
    /// True if it can be read without a key, so that reading it proves none.
    pub is_public: bool,
    /// The form of the answer.
    pub shape: ListShape,
    /// The query parameter for the page after a cursor; `None` if all models come at once.
    pub cursor: Option<&'static str>,
}

/// The models that a provider's list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedModels {
    /// All of them.
    All,
    /// Those for chats alone.
    Chats,
}

/// The form of a list of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListShape {
    /// OpenAI's `data[]` and all that others have added to it, or the same as a bare array.
    OpenAi,
    /// Anthropic's `data[]`.
    Anthropic,
    /// Cohere's `models[]`.
    Cohere,
    /// Gemini's `models[]`.
    Gemini,
    /// xAI's `models[]`.
    Xai,
    /// Bedrock's `modelSummaries[]`.
    Bedrock,
    /// Ollama's `models[]` of `/api/tags`.
    Ollama,
    /// Entries whose model is under `name`: Cloudflare's `result[]` and Databricks' `endpoints[]`.
    Name,
}

/// Format of the rate limit headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// Not at all.
    None,
    /// `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, times as Go writes durations;
    /// requests per minute.
    OpenAi,
    /// The same; requests per day, tokens per minute.
    Groq,
    /// `x-ratelimit-*-{requests,tokens}-{minute,hour,day}`; per minute without a window.
    Windowed,
    /// `anthropic-ratelimit-*`, times in RFC 3339.
    Anthropic,
    /// `x-ratelimit-*-req-minute` and `-tokens-minute`, `-tokens-month`.
    Mistral,
    /// `RateLimit` and `RateLimit-Policy`.
    HuggingFace,
    /// `x-ratelimit-{limit,remaining,reset}` and `x-tokenlimit-*`, per second.
    Together,
    /// `X-RateLimit-*`, of which the reset is in epoch milliseconds; on refusals only.
    OpenRouter,
    /// `x-trial-endpoint-call-*`, of trial keys only.
    Cohere,
}

/// Source of a provider's remaining credit or spending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// OpenAI's costs by day; needs the admin key.
    OpenAiCosts,
    /// Anthropic's cost report by day; needs the admin key.
    AnthropicCosts,
    /// OpenRouter's credits; needs a management key as the admin key.
    OpenRouterCredits,
    /// OpenRouter's properties of the key: its limit and the rest of it.
    OpenRouterKey,
    /// DeepSeek's balance.
    DeepSeekBalance,
    /// xAI's prepaid balance; needs the management key as the admin key, and the team's id.
    XaiBalance,
    /// Hugging Face's spend on inference this month.
    HuggingFaceBilling,
    /// LiteLLM's spend and budget of the key.
    LiteLlmKey,
}

/// A provider's public status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusPage {
    /// Its machine-readable address.
    pub url: &'static str,
    /// Its form.
    pub shape: PageShape,
    /// The component that is the API, by a part of its name; `None` to take the whole page.
    pub component: Option<&'static str>,
}

/// The form of a status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageShape {
    /// Statuspage's `summary.json`, which incident.io imitates.
    Statuspage,
    /// incident.io's own.
    IncidentIo,
    /// Instatus' `summary.json` or `v2/components.json`.
    Instatus,
    /// Better Stack's `index.json`.
    BetterStack,
    /// RSS or Atom.
    Feed,
    /// AWS's list of current events.
    AwsEvents,
}

impl Provider {
    /// Returns the APIs for completions, the default first.
    #[must_use]
    pub fn apis(&self) -> Vec<Api> {
        let mut apis = Vec::new();
        for endpoint in self.completions {
            if !apis.contains(&endpoint.api) {
                apis.push(endpoint.api);
            }
        }
        apis
    }

    /// Returns the tasks that it can be asked for, in the order of its table.
    #[must_use]
    pub fn task_names(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for endpoint in self.tasks {
            if !tasks.contains(&endpoint.task()) {
                tasks.push(endpoint.task());
            }
        }
        tasks
    }

    /// Returns whether each account has its own address, so that `base_url` must be given.
    #[must_use]
    pub fn needs_base_url(&self) -> bool {
        self.hosts.first().is_none_or(|host| host.url.is_empty())
    }
}
