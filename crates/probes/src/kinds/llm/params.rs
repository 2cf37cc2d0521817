//! The parameters of the `llm` check, and the check that they make.

mod price;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::checker::{Checker, ParamProblem};
use allclear_core::duration::DURATION_HINT;
use allclear_expression::Expression;
use allclear_llm::account::{Account, CallRoute, Options};
use allclear_llm::account_spec::AccountSpec;
use allclear_llm::providers;
use allclear_llm::task::Task;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use self::price::{PriceParams, read_cap};
use super::steps::{BeatCadence, Step, StepInterval};
use super::variables::VARIABLES;
use super::{KeySecrets, LlmCheck};
use crate::SharedState;
use crate::exchange::{ProxyParam, TlsSetup};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, nearest, read};
use crate::tls::TlsParams;

/// Default intervals of the steps, unless the config or the provider asks for others.
const REACH_EVERY: Duration = Duration::from_mins(1);
const MODELS_EVERY: Duration = Duration::from_mins(15);
const COMPLETION_EVERY: Duration = Duration::from_mins(5);
const USAGE_EVERY: Duration = Duration::from_hours(1);
const STATUS_PAGE_EVERY: Duration = Duration::from_mins(2);

/// The intervals that make sense.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_hours(31 * 24);

const FIRST_TOKEN_TIMEOUT: Duration = Duration::from_secs(15);
/// A self-hosted server may have to load the model first.
const COLD_FIRST_TOKEN_TIMEOUT: Duration = Duration::from_mins(2);

/// Parameters of the `llm` check: a provider of language models, or a self-hosted server with a
/// compatible API.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The provider: `openai`, `anthropic`, …; `openai-compatible` for any other, with a `base_url`.
    #[schemars(extend("enum" = provider_names(), "x-allclear-hint" = ANY_OTHER))]
    provider: String,
    /// The key, as `secret:name`. Without it, only the steps that need no key are made.
    #[schemars(extend("format" = "secret"))]
    api_key: Option<String>,
    /// The model of completions; on Azure the deployment. Without it, nothing is completed, unless
    /// `api` names a task, which has a default model.
    model: Option<String>,
    /// The API of the request: one of the provider's ways to complete a chat, such as `chat` or
    /// `responses`, or a task: `embeddings`, `rerank`, `speech`, `transcription`, `image`. A task
    /// has a default model at most providers. An image is made only if `steps.completion` sets an
    /// interval.
    api: Option<String>,
    /// The voice for `api = "speech"`; each provider has a default.
    voice: Option<String>,
    /// The address of the API, in place of the provider's own. No key is then sent to another host,
    /// unless `hosts` names it.
    #[schemars(extend("format" = "url"))]
    base_url: Option<String>,
    /// The addresses of the provider's other hosts, by their names, such as `hub` or `admin`.
    #[serde(default)]
    hosts: BTreeMap<String, String>,
    /// The region, such as `us-east-1`.
    region: Option<String>,
    /// The version of the API.
    api_version: Option<String>,
    /// The organization; for xAI the team, for Cloudflare the account id.
    organization: Option<String>,
    /// The project.
    project: Option<String>,
    /// The effort of the reasoning of the model: such as `none`, `minimal` or `low`.
    reasoning_effort: Option<String>,
    /// The admin key, which reads the account's spending, as `secret:name`. It has no other use.
    #[schemars(extend("format" = "secret"))]
    admin_key: Option<String>,
    /// The interval of each step, or `off`.
    #[serde(default)]
    steps: StepParams,
    /// The largest number of tokens of an answer. Default: 16, or more if the model needs it.
    max_tokens: Option<u32>,
    /// Fields that are added unchanged to the body of a completion.
    #[serde(default)]
    extra: Map<String, Value>,
    /// `true` to let the model compute a sum; a wrong answer is degraded.
    #[serde(default)]
    question: bool,
    /// The condition for degraded, over the measurements of the completion and `response_time_ms`.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The limit of the time to the first token. Default: `15s`, `2m` for a self-hosted server.
    /// The monitor's timeout applies as well.
    #[schemars(extend("format" = "duration"))]
    first_token_timeout: Option<String>,
    /// The price of an answer in US dollars, in place of the provider's price or the shipped one:
    /// `input` and `output` for a million tokens; for a task `input` and `request`.
    price: Option<PriceParams>,
    /// The cap of the cost of completions in a month (UTC), in US dollars, of all regions and
    /// processes together. Default: 1. At the cap, only the free steps continue.
    max_cost_per_month: Option<f64>,
    /// The machine-readable address of the public status page, in place of the provider's own.
    #[schemars(extend("format" = "url"))]
    status_page: Option<String>,
    /// The TLS settings of the provider's hosts.
    tls: Option<TlsParams>,
    /// The HTTP proxy of the requests: its URL, `secret:name` for a secret with its URL, or `none`.
    /// Default: `proxy` of `[defaults]`, and without that the environment.
    proxy: Option<String>,
    /// The address family of the hosts. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

/// The hint for a provider that is like none of those known.
const ANY_OTHER: &str = "for any other, use `openai-compatible` with a `base_url`";

fn provider_names() -> Vec<&'static str> {
    providers::all().iter().map(|provider| provider.name).collect()
}

/// Interval of each step: a duration such as `15m`, or `off`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StepParams {
    /// A request without a key to the edge. Default: `1m`.
    reach: Option<String>,
    /// The validation of the key. Default: `15m`, longer if the provider limits such requests.
    key: Option<String>,
    /// The list of the models. Default: `15m`.
    models: Option<String>,
    /// A streamed completion or a task, which costs money. Default: `5m`, `off` for an image.
    completion: Option<String>,
    /// The remaining credit and the spending. Default: `1h`.
    usage: Option<String>,
    /// The provider's own status page. Default: `2m`.
    status_page: Option<String>,
}

/// Builds the checker. The error lists all problems of the parameters.
pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    check(params, shared).map(|check| Box::new(check) as Box<dyn Checker>)
}

/// Returns the account in the parameters; `None` if they are wrong.
pub(super) fn account_of(params: &Value) -> Option<Account> {
    let params: Params = read(params).ok()?;
    account(&params, &mut ParamProblems::default())
}

/// Builds the check. The error lists all problems of the parameters.
pub(super) fn check(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<LlmCheck, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let keys = KeySecrets {
        inference: params.api_key.as_ref().and_then(|key| problems.secret(&["api_key"], key)),
        admin: params.admin_key.as_ref().and_then(|key| problems.secret(&["admin_key"], key)),
    };
    let tls = TlsSetup::read(params.tls.as_ref(), shared, &mut problems);
    let public_tls = TlsSetup::read(None, shared, &mut problems);
    let proxy = ProxyParam::read(params.proxy.as_deref(), &mut problems);
    let max_cost_per_month = read_cap(params.max_cost_per_month, &mut problems);
    let account = account(&params, &mut problems);
    let route = account.as_ref().map(|account| account.route);
    let (price, task_price) = price::read(params.price, route, &mut problems);
    let cadence = account.as_ref().map(|account| cadence(&params, account, &mut problems));
    let completes = completes(cadence.as_ref());
    let degraded = condition(params.degraded.as_deref(), cadence.as_ref(), &mut problems);
    if params.question && !completes {
        let hint = "set `model` and leave `steps.completion` on";
        problems.add(&["question"], "no completion is made", Some(hint));
    }
    check_task(&params, route, &mut problems);
    let first_token_timeout = match &params.first_token_timeout {
        Some(text) => first_token_timeout(text, &mut problems),
        None if account.as_ref().is_some_and(|account| account.provider.is_self_hosted) => {
            Some(COLD_FIRST_TOKEN_TIMEOUT)
        }
        None => Some(FIRST_TOKEN_TIMEOUT),
    };
    let parts = account.zip(cadence).zip(tls.zip(public_tls));
    let parts = parts.zip(first_token_timeout.zip(max_cost_per_month)).zip(proxy);
    let check = parts.map(|((((account, cadence), (tls, public_tls)), (timeout, cap)), proxy)| {
        let mark = account_fingerprint(&account, &keys);
        LlmCheck {
            shared: Arc::clone(shared),
            account,
            keys,
            tls,
            public_tls,
            family: params.ip,
            proxy,
            cadence,
            question: params.question,
            degraded,
            first_token_timeout: timeout,
            price,
            task_price,
            max_cost_per_month: cap,
            account_fingerprint: mark,
        }
    });
    problems.or(check)
}

fn account(params: &Params, problems: &mut ParamProblems) -> Option<Account> {
    if providers::find(&params.provider).is_none() {
        let known = providers::all().iter().map(|provider| provider.name);
        let hint = nearest(&params.provider, known);
        let what = format!("unknown provider `{}`", params.provider);
        problems.add(&["provider"], what, Some(&format!("{hint}; {ANY_OTHER}")));
        return None;
    }
    let completes = params.steps.completion.as_deref() != Some(OFF);
    let account = Account::new(AccountSpec {
        provider: params.provider.clone(),
        has_key: params.api_key.is_some(),
        has_admin_key: params.admin_key.is_some(),
        model: params.model.clone(),
        api: params.api.clone(),
        voice: params.voice.clone(),
        base_url: params.base_url.clone(),
        hosts: params.hosts.clone(),
        options: Options {
            region: params.region.clone(),
            api_version: params.api_version.clone(),
            organization: params.organization.clone(),
            project: params.project.clone(),
            reasoning_effort: params.reasoning_effort.clone(),
        },
        max_tokens: params.max_tokens,
        extra: params.extra.clone(),
        status_page: params.status_page.clone(),
    });
    match account {
        Ok(account) => {
            if completes && account.model.is_some() && account.completion("").is_none() {
                let what = "these parameters allow no completion";
                problems.add(&["model"], what, Some("set `steps.completion` to `off`"));
            }
            Some(account)
        }
        Err(mistakes) => {
            for (path, what) in mistakes {
                let path: Vec<&str> = path.split('.').collect();
                problems.add(&path, what, None);
            }
            None
        }
    }
}

/// Value that switches a step off.
const OFF: &str = "off";

fn cadence(params: &Params, account: &Account, problems: &mut ParamProblems) -> BeatCadence {
    let key = account.provider.key.filter(|_| account.key_check().is_some());
    let is_unasked_image = account.route.task().is_some_and(Task::is_expensive);
    let mut cadence = BeatCadence::default();
    for StepSetting { step, text, default, reason_absent } in step_settings(params, account) {
        let at_least = key.filter(|_| step == Step::Key).map_or(Duration::ZERO, |key| key.at_least);
        let path = ["steps", step.name()];
        match (text, default) {
            (None, Some(_)) if step == Step::Completion && is_unasked_image => {}
            (Some(OFF), _) | (None, None) => {}
            (Some(_), None) => {
                problems.add(&path, reason_absent, Some("remove the step, or write `off`"));
            }
            (None, Some(every)) => cadence.set(step, StepInterval { every, at_least }),
            (Some(text), Some(_)) => {
                if let Some(every) = interval(&path, text, at_least, problems) {
                    cadence.set(step, StepInterval { every, at_least });
                }
            }
        }
    }
    if !cadence.steps().any(|step| Step::SEQUENCE.contains(&step)) {
        let hint = "enable `reach`, `key`, `models` or `completion`";
        problems.add(&["steps"], "no step is enabled that determines the status", Some(hint));
    }
    cadence
}

/// The configured interval of a step, and its default.
struct StepSetting<'a> {
    step: Step,
    /// The configured text; `None` if the step is not set.
    text: Option<&'a str>,
    /// The default interval; `None` if the account cannot make the step.
    default: Option<Duration>,
    /// The reason for which the account cannot make it.
    reason_absent: String,
}

fn step_settings<'a>(params: &'a Params, account: &Account) -> [StepSetting<'a>; 6] {
    let Account { provider, hosts, .. } = account;
    let key = provider.key.filter(|_| account.key_check().is_some());
    let lacking = |host: Option<&'static str>, otherwise: &str| match host {
        Some(host) if !hosts.contains_key(host) => {
            format!("with `base_url`, other hosts must be set: set `hosts.{host}`")
        }
        Some(_) | None => otherwise.to_owned(),
    };
    let has_usage = provider.usage.iter().any(|usage| {
        account.usage(*usage, allclear_core::Timestamp::UNIX_EPOCH, Some("team")).is_some()
    });
    let setting = |step, text: &'a Option<String>, default, reason_absent| StepSetting {
        step,
        text: text.as_deref(),
        default,
        reason_absent,
    };
    let StepParams { reach, key: key_step, models, completion, usage, status_page } = &params.steps;
    let no_address =
        lacking(Some(provider.reach.host), "the provider has no address for this step");
    let no_key = lacking(provider.key.map(|key| key.host), "no key can be checked free of charge");
    let list = provider.list.map(|list| list.host);
    let no_list = lacking(list, "the models cannot be listed without a key");
    let no_model = "a completion needs `model`".to_owned();
    let no_usage = "the provider reports no usage for these keys".to_owned();
    let no_page = "the provider has no machine-readable status page; set `status_page`".to_owned();
    [
        setting(Step::Reach, reach, account.reach().map(|_| REACH_EVERY), no_address),
        setting(Step::Key, key_step, key.map(|key| key.every), no_key),
        setting(Step::Models, models, account.list(None).map(|_| MODELS_EVERY), no_list),
        setting(
            Step::Completion,
            completion,
            account.completion("").map(|_| COMPLETION_EVERY),
            no_model,
        ),
        setting(Step::Usage, usage, has_usage.then_some(USAGE_EVERY), no_usage),
        setting(
            Step::StatusPage,
            status_page,
            account.status_page().map(|_| STATUS_PAGE_EVERY),
            no_page,
        ),
    ]
}

fn interval(
    path: &[&str],
    text: &str,
    at_least: Duration,
    problems: &mut ParamProblems,
) -> Option<Duration> {
    let hint = format!("{DURATION_HINT}, or `{OFF}`");
    let every = match allclear_core::duration::parse(text) {
        Ok(every) => every,
        Err(error) => {
            problems.add(path, error.to_string(), Some(&hint));
            return None;
        }
    };
    let shortest = SHORTEST.max(at_least);
    if (shortest..=LONGEST).contains(&every) {
        return Some(every);
    }
    let format = allclear_core::duration::format;
    let hint = format!("write `{}` to `{}`, or `{OFF}`", format(shortest), format(LONGEST));
    problems.add(path, format!("the interval `{text}` is out of range for this step"), Some(&hint));
    None
}

/// Checks that a task has no parameter that only a chat has.
fn check_task(params: &Params, route: Option<CallRoute>, problems: &mut ParamProblems) {
    let Some(task) = route.and_then(CallRoute::task) else { return };
    let chats = [
        ("question", params.question, "no question is asked"),
        ("first_token_timeout", params.first_token_timeout.is_some(), "no tokens are streamed"),
    ];
    for (name, _, why) in chats.into_iter().filter(|(_, is_set, _)| *is_set) {
        let what = format!("{why} with `api = \"{}\"`", task.name());
        problems.add(&[name], what, Some("remove it; the monitor's `timeout` applies"));
    }
}

/// Returns true if completions are made; also if the cadence could not be read.
fn completes(cadence: Option<&BeatCadence>) -> bool {
    cadence.is_none_or(|cadence| cadence.has(Step::Completion))
}

fn condition(
    text: Option<&str>,
    cadence: Option<&BeatCadence>,
    problems: &mut ParamProblems,
) -> Option<Expression> {
    let condition = problems.condition(&["degraded"], text, VARIABLES)?;
    let foreign = condition.variables().find(|name| *name != "response_time_ms");
    if let Some(name) = foreign.filter(|_| !completes(cadence)) {
        let what = format!("`{name}` needs a completion, and none is made");
        problems.add(&["degraded"], what, Some("set `model`, or use `response_time_ms`"));
    }
    Some(condition)
}

fn first_token_timeout(text: &str, problems: &mut ParamProblems) -> Option<Duration> {
    let path = &["first_token_timeout"];
    let timeout = problems.duration(path, text)?;
    if timeout.is_zero() {
        problems.add(path, "a zero timeout fails each check", Some("write `15s`"));
        return None;
    }
    Some(timeout)
}

/// Returns a fingerprint of the account. Results under another fingerprint are void.
fn account_fingerprint(account: &Account, keys: &KeySecrets) -> String {
    let text = format!(
        "{:?}",
        (
            account.provider.name,
            &account.hosts,
            account.route.path(),
            &account.voice,
            &account.model,
            &account.options,
            &keys.inference,
            &keys.admin,
        )
    );
    format!("{:016x}", super::digest(text.as_bytes()))
}
