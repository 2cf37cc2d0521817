//! Account settings of a config before validation, and their errors.

mod hosts;
mod route;

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use crate::account::{Account, CallRoute, Options};
use crate::call::Authentication;
use crate::completion;
use crate::provider::{Api, Provider};
use crate::providers;
use crate::template;

/// An error: the path of the field, such as `hosts.hub`, and the remedy.
pub type SpecError = (String, String);

/// An account as a config describes it.
#[derive(Debug, Clone, Default)]
pub struct AccountSpec {
    /// The provider's name.
    pub provider: String,
    /// True if there is a key for inference.
    pub has_key: bool,
    /// True if there is an admin key, which reads the account's spending.
    pub has_admin_key: bool,
    /// The model. Where it is `None`, a task that `api` names takes its default model, and nothing
    /// else is completed.
    pub model: Option<String>,
    /// The name of the API or of the task; the provider's first if it is missing.
    pub api: Option<String>,
    /// The voice of speech.
    pub voice: Option<String>,
    /// Base URL of the API.
    pub base_url: Option<String>,
    /// Base URLs of the provider's other hosts, by their names.
    pub hosts: BTreeMap<String, String>,
    /// Options that only some providers have.
    pub options: Options,
    /// The most tokens of an answer.
    pub max_tokens: Option<u32>,
    /// Fields that are added to the body of a completion.
    pub extra: Map<String, Value>,
    /// Address of the status page.
    pub status_page: Option<String>,
}

/// The most tokens that a check may ask for.
const MOST_TOKENS: u32 = 4_096;

impl Account {
    /// Builds the account that a config describes.
    ///
    /// # Errors
    ///
    /// Fails if a field has a mistake. The error names all mistakes.
    pub fn new(wanted: AccountSpec) -> Result<Self, Vec<SpecError>> {
        account(wanted)
    }
}

fn account(mut wanted: AccountSpec) -> Result<Account, Vec<SpecError>> {
    let Some(provider) = providers::find(&wanted.provider) else {
        let names: Vec<_> = providers::all().iter().map(|it| it.name).collect();
        let what = format!(
            "unknown provider `{}`; known: {}; for any other, use `openai-compatible` with a \
             `base_url`",
            wanted.provider,
            names.join(", ")
        );
        return Err(vec![("provider".to_owned(), what)]);
    };
    let mut mistakes = SpecErrors(Vec::new());
    let hosts = hosts::of(provider, &wanted, &mut mistakes);
    let route = route::of(provider, &wanted, &mut mistakes);
    route::choose_model(provider, route, &mut wanted, &mut mistakes);
    check_options(provider, route, &wanted, &mut mistakes);
    check_keys(provider, &wanted, &mut mistakes);
    hosts::check(provider, route, &wanted, &mut mistakes);
    check_completion(route, &wanted, &mut mistakes);
    route::check_voice(route, &wanted, &mut mistakes);
    let status_page =
        wanted.status_page.as_deref().and_then(|page| mistakes.url("status_page", page));
    let (Some(route), true) = (route, mistakes.0.is_empty()) else { return Err(mistakes.0) };
    let model = wanted.model.as_deref().unwrap_or_default();
    let effort = wanted.options.reasoning_effort.as_deref();
    Ok(Account {
        provider,
        hosts,
        route,
        max_tokens: wanted
            .max_tokens
            .unwrap_or_else(|| completion::default_cap(provider, model, effort)),
        model: wanted.model,
        voice: wanted.voice,
        options: wanted.options,
        extra: wanted.extra,
        has_key: wanted.has_key,
        has_admin_key: wanted.has_admin_key,
        status_page,
    })
}

struct SpecErrors(Vec<SpecError>);

impl SpecErrors {
    fn add(&mut self, path: &str, what: impl Into<String>) {
        self.0.push((path.to_owned(), what.into()));
    }

    fn url(&mut self, path: &str, text: &str) -> Option<Url> {
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => {
                self.add(
                    path,
                    format!("`{text}` is not a URL: {error}; write it as `https://host/path`"),
                );
                return None;
            }
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            self.add(path, format!("`{text}` must begin with `https://` or `http://`"));
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.add(path, "remove the user name and the password, and set `api_key`");
            return None;
        }
        Some(url)
    }
}

/// Checks an option that is a part of an address, and returns false if it cannot be one.
fn check_part(name: &str, wanted: &AccountSpec, mistakes: &mut SpecErrors) -> bool {
    let example = if name == "region" { "us-east-1" } else { "my-id-1" };
    let what = match wanted.options.get(name) {
        None => {
            format!("`{}` needs a `{name}`, such as `{example}`", wanted.provider)
        }
        Some(value)
            if !value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) =>
        {
            format!("`{value}` is not a valid {name}; write it as `{example}`")
        }
        Some(value) if name == "region" && !is_region_of(wanted, value) => {
            format!("`{value}` is not an AWS region; write it as `{example}`")
        }
        Some(_) => return true,
    };
    if !mistakes.0.iter().any(|(path, _)| path == name) {
        mistakes.add(name, what);
    }
    false
}

/// Returns whether `value` has the form of a region of the provider. Only the form of AWS's regions
/// is known: two letters, one or more words and a number, such as `us-gov-west-1`.
fn is_region_of(wanted: &AccountSpec, value: &str) -> bool {
    let is_aws = providers::find(&wanted.provider).is_some_and(|provider| {
        matches!(provider.authentication_without_key, Authentication::AwsSignature)
    });
    if !is_aws {
        return true;
    }
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let parts: Vec<&str> = value.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else { return false };
    let is_number = matches!(number.len(), 1 | 2) && number.bytes().all(|b| b.is_ascii_digit());
    let is_area = is_word(area) && area.len() >= 2;
    is_area && !words.is_empty() && words.iter().all(is_word) && is_number
}

/// Returns the paths of the free steps and of the completion or task.
fn paths(provider: &Provider, route: Option<CallRoute>) -> impl Iterator<Item = &'static str> {
    let free = [provider.key.map(|key| key.path), provider.list.map(|list| list.path)];
    let completion = route.map(CallRoute::path);
    [Some(provider.reach.path), completion].into_iter().chain(free).flatten()
}

fn check_options(
    provider: &Provider,
    route: Option<CallRoute>,
    wanted: &AccountSpec,
    mistakes: &mut SpecErrors,
) {
    const OTHERS: [&str; 3] = ["model", "api_version", "voice"];
    for path in paths(provider, route) {
        for name in template::named(path).filter(|name| !OTHERS.contains(name)) {
            check_part(name, wanted, mistakes);
        }
    }
    for (name, value) in wanted.options.all() {
        let Some(value) = value else { continue };
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            mistakes.add(name, "it must be ASCII, without white space, and not empty");
            continue;
        }
        let has_place = match (name, route) {
            ("reasoning_effort", Some(CallRoute::Chat(endpoint))) => {
                completion::reasoning_effort_fields(endpoint.api, value).is_some()
            }
            ("reasoning_effort", Some(CallRoute::Task(_))) => false,
            ("reasoning_effort", None) => true,
            ("organization", _) if provider.name == "xai" => true,
            _ => {
                provider.option_headers.iter().any(|(option, _)| *option == name)
                    || provider.hosts.iter().any(|host| template::names(host.url, name))
                    || provider.completions.iter().any(|it| template::names(it.path, name))
                    || provider.tasks.iter().any(|it| template::names(it.path, name))
                    || paths(provider, route).any(|path| template::names(path, name))
            }
        };
        if !has_place {
            let what = if name == "reasoning_effort" {
                format!(
                    "`{value}` is not known for this API; write the model's own parameter in \
                     `extra`"
                )
            } else {
                format!("`{}` does not use it; remove it", provider.name)
            };
            mistakes.add(name, what);
        }
    }
}

fn check_keys(provider: &Provider, wanted: &AccountSpec, mistakes: &mut SpecErrors) {
    if wanted.model.is_some() && !wanted.has_key && !provider.is_key_optional {
        mistakes.add(
            "api_key",
            format!("`{}` needs a key for completions: set `api_key`", provider.name),
        );
    }
    if wanted.has_admin_key && provider.usage.is_empty() {
        mistakes.add(
            "admin_key",
            format!("`{}` has no usage report for an admin key; remove it", provider.name),
        );
    }
}

fn check_completion(route: Option<CallRoute>, wanted: &AccountSpec, mistakes: &mut SpecErrors) {
    const RESERVED: &[(&str, &str)] = &[
        ("model", "write it as `model`"),
        ("messages", "the check sends its own prompt"),
        ("input", "the check sends its own prompt"),
        ("contents", "the check sends its own prompt"),
        ("stream", "the check always requests a stream"),
        ("max_tokens", "write it as `max_tokens` beside `extra`"),
        ("max_completion_tokens", "write it as `max_tokens` beside `extra`"),
        ("max_output_tokens", "write it as `max_tokens` beside `extra`"),
        ("n", "the check requests one answer only"),
        ("best_of", "the check requests one answer only"),
    ];
    if let Some(model) = &wanted.model
        && (model.is_empty() || model.chars().any(|char| char.is_whitespace() || char.is_control()))
    {
        mistakes.add("model", format!("`{}` is not the name of a model", model.escape_debug()));
    }
    let reserved =
        if route.and_then(CallRoute::task).is_some() { route::RESERVED } else { RESERVED };
    for (name, what) in reserved {
        if wanted.extra.contains_key(*name) {
            mistakes.add(&format!("extra.{name}"), *what);
        }
    }
    let least = match route {
        Some(CallRoute::Chat(endpoint)) if endpoint.api == Api::Responses => 16,
        Some(CallRoute::Chat(_)) | None => 1,
        Some(CallRoute::Task(endpoint)) => {
            if wanted.max_tokens.is_some() {
                let name = endpoint.task().name();
                mistakes.add("max_tokens", format!("`{name}` has no limit of tokens: remove it"));
            }
            return;
        }
    };
    if let Some(cap) = wanted.max_tokens
        && !(least..=MOST_TOKENS).contains(&cap)
    {
        mistakes.add("max_tokens", format!("`{cap}` must be from {least} to {MOST_TOKENS}"));
    }
}
