//! The requests of accounts, and the errors of invalid account settings.

use std::collections::{BTreeMap, BTreeSet};

use allclear_llm::account::{Account, Options};
use allclear_llm::account_spec::AccountSpec;
use allclear_llm::call::{Authentication, ProviderCall, WhichKey};
use allclear_llm::provider::{Api, PageShape, Provider, Usage};
use allclear_llm::providers;
use allclear_llm::task::Task;
use jiff::Timestamp;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

/// Returns the settings of an account with a key and a model named `m`.
fn wanted(provider: &str) -> AccountSpec {
    let table = providers::find(provider).unwrap();
    let needs = |option: &str| {
        let completions = table.completions.iter().map(|it| it.path);
        let hosts = table.hosts.iter().map(|host| host.url);
        hosts.chain(completions).any(|address| address.contains(option))
    };
    let is_own = table.needs_base_url();
    AccountSpec {
        provider: provider.to_owned(),
        has_key: true,
        model: (!table.completions.is_empty()).then(|| "m".to_owned()),
        base_url: is_own.then(|| "https://llm.test/v1".to_owned()),
        options: Options {
            region: needs("{region}").then(|| "eu-west-1".to_owned()),
            organization: needs("{organization}").then(|| "acme".to_owned()),
            project: needs("{project}").then(|| "main".to_owned()),
            ..Options::default()
        },
        ..AccountSpec::default()
    }
}

fn account(wanted: AccountSpec) -> Account {
    Account::new(wanted).unwrap()
}

fn shown(call: Option<ProviderCall>) -> String {
    let Some(call) = call else { return "-".to_owned() };
    let authentication = match call.authentication {
        Authentication::None => String::new(),
        Authentication::Key { key: WhichKey::Inference, header, prefix } => {
            format!(" {header}: {prefix}KEY")
        }
        Authentication::Key { key: WhichKey::Admin, header, prefix } => {
            format!(" {header}: {prefix}ADMIN")
        }
        Authentication::AwsSignature => " signed".to_owned(),
    };
    format!("{} {}{authentication}", call.method, call.url)
}

fn body(call: Option<ProviderCall>) -> Value {
    serde_json::from_slice(&call.unwrap().body).unwrap()
}

#[test]
fn every_provider_is_called_at_its_addresses() {
    let mut lines = Vec::new();
    for provider in providers::all() {
        let account = account(wanted(provider.name));
        lines.push(format!(
            "{}\n  {}\n  {}\n  {}\n  {}",
            provider.name,
            shown(account.reach()),
            shown(account.key_check()),
            shown(account.list(None)),
            shown(account.completion("ping")),
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn usage_is_requested_with_the_permitted_key() {
    let mut lines = Vec::new();
    for provider in providers::all() {
        for usage in provider.usage {
            let wanted = AccountSpec { has_admin_key: true, ..wanted(provider.name) };
            let account = account(wanted);
            let call = account.usage(*usage, now(), Some("team/1"));
            lines.push(format!("{}: {}", provider.name, shown(call)));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
    let plain = account(wanted("openai"));
    assert_eq!(plain.usage(Usage::OpenAiCosts, now(), None), None);
    let xai = account(AccountSpec { has_admin_key: true, ..wanted("xai") });
    assert_eq!(xai.usage(Usage::XaiBalance, now(), None), None);
}

#[test]
fn completions_contain_the_prompt_the_token_limit_and_no_refusable_field() {
    let mut lines = Vec::new();
    for provider in providers::all() {
        for api in provider.apis() {
            let account =
                account(AccountSpec { api: Some(api.name().to_owned()), ..wanted(provider.name) });
            let body = body(account.completion("ping"));
            lines.push(format!("{} {}: {body}", provider.name, api.name()));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn without_a_key_only_keyless_steps_run() {
    for provider in providers::all() {
        let account = account(AccountSpec { has_key: false, model: None, ..wanted(provider.name) });
        assert!(account.reach().is_some(), "{}", provider.name);
        assert_eq!(account.completion("ping"), None, "{}", provider.name);
        let is_signed = account.authentication() == Authentication::AwsSignature;
        assert_eq!(account.key_check().is_some(), is_signed, "{}", provider.name);
        let is_open = provider.list.is_some_and(|list| list.is_public || provider.is_key_optional);
        assert_eq!(account.list(None).is_some(), is_open, "{}", provider.name);
    }
}

#[test]
fn azure_is_asked_at_the_deployment_where_a_version_is_named() {
    let mut wanted = wanted("azure");
    wanted.base_url = Some("https://acme.openai.azure.com/".to_owned());
    wanted.model = Some("my deployment".replace(' ', "/"));
    wanted.options.api_version = Some("2024-10-21".to_owned());
    assert_eq!(
        shown(account(wanted).completion("ping")),
        "POST https://acme.openai.azure.com/openai/deployments/my%2Fdeployment/chat/completions\
         ?api-version=2024-10-21 api-key: KEY"
    );
}

#[test]
fn a_base_url_may_contain_the_prefix_of_the_paths() {
    for (provider, base_url, expected) in [
        ("anthropic", "https://gw.test/v1/", "https://gw.test/v1/messages"),
        ("anthropic", "https://gw.test/claude", "https://gw.test/claude/v1/messages"),
        ("azure", "https://a.test/openai/v1/", "https://a.test/openai/v1/chat/completions"),
        ("openai", "https://gw.test/v1", "https://gw.test/v1/chat/completions"),
        ("vllm", "http://10.0.0.1:8000", "http://10.0.0.1:8000/v1/chat/completions"),
    ] {
        let wanted = AccountSpec { base_url: Some(base_url.to_owned()), ..wanted(provider) };
        let url = account(wanted).completion("ping").unwrap().url;
        assert_eq!(url.as_str(), expected);
    }
}

#[test]
fn a_model_of_bedrock_is_encoded_and_signed_for_without_a_key() {
    let wanted = AccountSpec {
        has_key: false,
        model: Some("amazon.nova-micro-v1:0".to_owned()),
        ..wanted("bedrock")
    };
    assert_eq!(
        shown(account(wanted).completion("ping")),
        "POST https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-micro-v1%3A0/\
         converse-stream signed"
    );
}

#[test]
fn a_path_of_gemini_takes_a_model_under_both_of_its_names() {
    for model in ["gemini-x", "models/gemini-x"] {
        let account = account(AccountSpec { model: Some(model.to_owned()), ..wanted("gemini") });
        let path = account.completion("ping").unwrap().url.path().to_owned();
        assert_eq!(path, "/v1beta/models/gemini-x:streamGenerateContent");
    }
}

#[test]
fn a_cursor_is_added_to_a_list_that_has_pages() {
    let anthropic = account(wanted("anthropic"));
    let url = anthropic.list(Some("a b&c")).unwrap().url;
    assert_eq!(url.as_str(), "https://api.anthropic.com/v1/models?limit=1000&after_id=a+b%26c");
    assert_eq!(account(wanted("openai")).list(Some("x")), None);
}

#[test]
fn options_become_headers() {
    let mut wanted = wanted("openai");
    wanted.options.organization = Some("org-1".to_owned());
    wanted.options.project = Some("proj_1".to_owned());
    let headers = account(wanted).list(None).unwrap().headers;
    assert_eq!(headers["openai-organization"], "org-1");
    assert_eq!(headers["openai-project"], "proj_1");
    let mut wanted = self::wanted("anthropic");
    assert_eq!(account(wanted.clone()).reach().unwrap().headers["anthropic-version"], "2023-06-01");
    wanted.options.api_version = Some("2027-01-01".to_owned());
    assert_eq!(account(wanted).reach().unwrap().headers["anthropic-version"], "2027-01-01");
}

#[test]
fn the_token_limit_includes_reasoning_and_extra_cannot_raise_it() {
    for (provider, model, effort, cap) in [
        ("groq", "openai/gpt-oss-20b", None, 64),
        ("openai", "m", None, 16),
        ("openai", "m", Some("none"), 16),
        ("openai", "m", Some("low"), 256),
    ] {
        let mut wanted = wanted(provider);
        wanted.model = Some(model.to_owned());
        wanted.options.reasoning_effort = effort.map(str::to_owned);
        assert_eq!(account(wanted).max_tokens, cap, "{provider} {model} {effort:?}");
    }
    let extra = json!({
        "generationConfig": { "maxOutputTokens": 9_999, "thinkingConfig": { "thinkingLevel": "low" } }
    });
    let mut wanted = wanted("gemini");
    wanted.extra = extra.as_object().unwrap().clone();
    let body = body(account(wanted).completion("ping"));
    assert_eq!(
        body["generationConfig"],
        json!({ "maxOutputTokens": 16, "thinkingConfig": { "thinkingLevel": "low" } })
    );
}

#[test]
fn a_configured_status_page_is_read_by_the_format_of_its_address() {
    for (url, shape) in [
        ("https://status.test/api/v2/summary.json", PageShape::Statuspage),
        ("https://status.test/index.json", PageShape::BetterStack),
        ("https://status.test/feed.rss", PageShape::Feed),
        ("https://status.test/feed/", PageShape::Feed),
        ("https://status.test/proxy/status.test", PageShape::IncidentIo),
    ] {
        let wanted = AccountSpec { status_page: Some(url.to_owned()), ..wanted("vllm") };
        let (call, page) = account(wanted).status_page().unwrap();
        assert_eq!((call.url.as_str(), page.shape), (url, shape));
        assert_eq!(call.authentication, Authentication::None);
    }
    assert!(account(wanted("vllm")).status_page().is_none());
    let (call, page) = account(wanted("openai")).status_page().unwrap();
    assert_eq!(call.url.as_str(), page.url);
}

/// Returns the settings of accounts with a provider, one for each API and task, each with all keys.
fn routes(provider: &Provider) -> Vec<AccountSpec> {
    let apis = provider.apis().into_iter().map(Api::name);
    let names: Vec<_> = apis.chain(provider.task_names().into_iter().map(Task::name)).collect();
    let has_chat = !provider.completions.is_empty();
    let of = |api: &&str| AccountSpec {
        api: Some((*api).to_owned()),
        model: Some("m".to_owned()),
        has_admin_key: !provider.usage.is_empty(),
        ..wanted(provider.name)
    };
    let plain = AccountSpec { has_admin_key: !provider.usage.is_empty(), ..wanted(provider.name) };
    names.iter().map(of).chain((!has_chat && names.is_empty()).then_some(plain)).collect()
}

/// Returns the hosts that receive a key.
fn hosts_with_a_key(account: &Account) -> BTreeSet<String> {
    let usage =
        account.provider.usage.iter().map(|usage| account.usage(*usage, now(), Some("team")));
    [account.reach(), account.key_check(), account.list(None), account.completion("ping")]
        .into_iter()
        .chain(usage)
        .flatten()
        .filter(|call| call.authentication != Authentication::None)
        .map(|call| call.url.host_str().unwrap().to_owned())
        .collect()
}

#[test]
fn with_a_base_url_no_key_is_sent_to_unnamed_hosts() {
    let own: BTreeSet<String> = ["llm.test".to_owned()].into();
    let named: BTreeSet<String> = ["llm.test".to_owned(), "other.test".to_owned()].into();
    let mut n_refused = 0;
    let mut asked_by_name = BTreeSet::new();
    for provider in providers::all() {
        for wanted in routes(provider) {
            let wanted =
                AccountSpec { base_url: Some("https://llm.test/v1".to_owned()), ..wanted.clone() };
            match Account::new(wanted.clone()) {
                Ok(account) => {
                    let asked = hosts_with_a_key(&account);
                    assert!(asked.is_subset(&own), "{}: {asked:?}", provider.name);
                }
                // A task with an API version or a voice causes other errors.
                Err(mistakes) => {
                    n_refused +=
                        mistakes.iter().filter(|(path, _)| path.starts_with("hosts.")).count();
                }
            }
            let others = provider.hosts.iter().skip(1).map(|host| host.name.to_owned());
            let hosts = others.map(|name| (name, "https://other.test".to_owned())).collect();
            if let Ok(account) = Account::new(AccountSpec { hosts, ..wanted }) {
                let asked = hosts_with_a_key(&account);
                assert!(asked.is_subset(&named), "{}: {asked:?}", provider.name);
                if asked.contains("other.test") {
                    asked_by_name.insert(provider.name);
                }
            }
        }
    }
    assert!(n_refused >= 3, "{n_refused}");
    let expected = [
        "bedrock",
        "dashscope",
        "dashscope-cn",
        "github",
        "huggingface",
        "huggingface-endpoint",
        "hyperbolic",
        "xai",
    ];
    assert_eq!(asked_by_name.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_base_url_without_the_host_of_the_task_or_the_admin_key_is_an_error() {
    let rerank = |base_url: Option<&str>, host: Option<&str>| AccountSpec {
        api: Some("rerank".to_owned()),
        model: None,
        base_url: base_url.map(str::to_owned),
        hosts: host.map(|url| ("rerank".to_owned(), url.to_owned())).into_iter().collect(),
        ..wanted("dashscope")
    };
    let other = "https://dashscope-us.aliyuncs.com/compatible-mode/v1";
    let mistakes = Account::new(rerank(Some(other), None)).unwrap_err();
    assert_eq!(
        mistakes,
        [(
            "hosts.rerank".to_owned(),
            "`api` needs the host `rerank`: with `base_url`, a key is sent only to hosts that are set; the public one is `https://dashscope-intl.aliyuncs.com/compatible-api/v1`"
                .to_owned()
        )]
    );
    let named = Account::new(rerank(Some(other), Some("https://us.test/api"))).unwrap();
    assert_eq!(named.completion("").unwrap().url.as_str(), "https://us.test/api/reranks");
    // The public address, written explicitly, is the same server.
    let public = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
    for base_url in [Some(public), None] {
        let url = Account::new(rerank(base_url, None)).unwrap().completion("").unwrap().url;
        assert_eq!(url.host_str(), Some("dashscope-intl.aliyuncs.com"));
    }
    let xai = AccountSpec {
        has_admin_key: true,
        base_url: Some("https://gateway.test/v1".to_owned()),
        ..wanted("xai")
    };
    let mistakes = Account::new(xai).unwrap_err();
    let paths: Vec<_> = mistakes.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["hosts.admin"]);
}

#[test]
fn each_error_has_its_position() {
    let mut wanted = wanted("mistral");
    wanted.has_key = false;
    wanted.api = Some("responses".to_owned());
    wanted.base_url = Some("ftp://host/".to_owned());
    wanted.hosts = BTreeMap::from([("hub".to_owned(), "https://x.test".to_owned())]);
    wanted.options.region = Some("eu".to_owned());
    wanted.options.project = Some("a b".to_owned());
    wanted.max_tokens = Some(0);
    wanted.has_admin_key = true;
    wanted.model = Some("two words".to_owned());
    wanted.extra = json!({ "stream": false, "n": 4, "seed": 1 }).as_object().unwrap().clone();
    wanted.status_page = Some("status".to_owned());
    let mistakes = Account::new(wanted).unwrap_err();
    let lines: Vec<_> = mistakes.iter().map(|(path, what)| format!("{path}: {what}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn missing_mandatory_settings_are_reported() {
    for (wanted, path) in [
        (AccountSpec { provider: "opnai".to_owned(), ..AccountSpec::default() }, "provider"),
        (AccountSpec { base_url: None, ..wanted("azure") }, "base_url"),
        (AccountSpec { options: Options::default(), ..wanted("bedrock") }, "region"),
        (
            AccountSpec {
                options: Options { region: Some("x.evil.test/".to_owned()), ..Options::default() },
                ..wanted("bedrock")
            },
            "region",
        ),
        (AccountSpec { options: Options::default(), ..wanted("cloudflare") }, "organization"),
        (
            AccountSpec {
                options: Options { project: None, ..wanted("vertex").options },
                ..wanted("vertex")
            },
            "project",
        ),
        (
            AccountSpec {
                options: Options {
                    organization: Some("a/b".to_owned()),
                    ..wanted("cloudflare").options
                },
                ..wanted("cloudflare")
            },
            "organization",
        ),
        (AccountSpec { model: Some("m".to_owned()), ..wanted("replicate") }, "model"),
        (AccountSpec { api: Some("chat".to_owned()), ..wanted("replicate") }, "api"),
        (
            AccountSpec {
                base_url: Some("https://user:pass@x.test".to_owned()),
                ..wanted("openai")
            },
            "base_url",
        ),
        (
            AccountSpec { base_url: Some("https://x.test/?a=b".to_owned()), ..wanted("openai") },
            "base_url",
        ),
        (
            AccountSpec {
                api: Some("responses".to_owned()),
                max_tokens: Some(8),
                ..wanted("openai")
            },
            "max_tokens",
        ),
        (
            AccountSpec {
                options: Options { reasoning_effort: Some("low".to_owned()), ..Options::default() },
                ..wanted("anthropic")
            },
            "reasoning_effort",
        ),
    ] {
        let mistakes = Account::new(wanted).unwrap_err();
        let paths: Vec<_> = mistakes.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [path]);
    }
}

#[test]
fn the_tables_are_consistent() {
    for provider in providers::all() {
        let extra: Value = serde_json::from_str(provider.chat_extra).unwrap();
        assert!(extra.is_object(), "{}", provider.name);
        let hosts: Vec<_> = provider.hosts.iter().map(|host| host.name).collect();
        assert_eq!(hosts.first(), Some(&"api"), "{}", provider.name);
        for row in provider.errors {
            for text in row.texts {
                assert_eq!(*text, text.to_lowercase(), "{}", provider.name);
            }
        }
        for name in provider.request_ids {
            assert_eq!(*name, name.to_lowercase(), "{}", provider.name);
        }
        assert!(provider.apis().iter().all(|api| !api.name().is_empty()));
        assert_eq!(providers::find(provider.name).map(|it| it.title), Some(provider.title));
    }
    assert_eq!(Api::OllamaChat.name(), "ollama-chat");
}
