//! Tasks: their requests, config errors, prices, and answers that are truncated at any place.

use std::collections::BTreeSet;

use allclear_core::cost::Cost;
use allclear_llm::account::{Account, CallRoute, Options};
use allclear_llm::account_spec::AccountSpec;
use allclear_llm::call::{Head, ProviderCall};
use allclear_llm::provider::Provider;
use allclear_llm::providers;
use allclear_llm::task::{self, Task, TaskEnd, TaskEndpoint, TaskFormat};
use allclear_simulator::llm::{self, Operation, RowImpact};
use http::HeaderMap;
use serde_json::{Value, json};

/// Returns the settings of an account for a task, with its default model or one named `m`.
fn wanted(provider: &Provider, task: Task) -> AccountSpec {
    let needs = |option: &str| {
        let paths = provider.tasks.iter().map(|it| it.path).chain([provider.reach.path]);
        provider.hosts.iter().map(|host| host.url).chain(paths).any(|it| it.contains(option))
    };
    let has_default = task::default_model(provider.name, task).is_some();
    let is_versioned = |it: &TaskEndpoint| it.task() == task && it.path.contains("{api_version}");
    AccountSpec {
        provider: provider.name.to_owned(),
        has_key: true,
        api: Some(task.name().to_owned()),
        model: (!has_default).then(|| "m".to_owned()),
        base_url: provider.needs_base_url().then(|| "https://llm.test/v1".to_owned()),
        options: Options {
            region: needs("{region}").then(|| "eu-west-1".to_owned()),
            organization: needs("{organization}").then(|| "acme".to_owned()),
            project: needs("{project}").then(|| "main".to_owned()),
            api_version: provider.tasks.iter().any(is_versioned).then(|| "2025-04-01".to_owned()),
            ..Options::default()
        },
        ..AccountSpec::default()
    }
}

fn every_task() -> impl Iterator<Item = (&'static Provider, Task)> {
    let providers = providers::all().iter().copied();
    providers.flat_map(|provider| provider.task_names().into_iter().map(move |it| (provider, it)))
}

fn shown(call: &ProviderCall) -> String {
    let kind = call.headers["content-type"].to_str().unwrap().split(';').next().unwrap();
    let body = match kind {
        "application/json" => serde_json::from_slice::<Value>(&call.body).unwrap().to_string(),
        "multipart/form-data" => {
            let text = String::from_utf8_lossy(&call.body);
            let parts = text.split("; name=\"").skip(1).map(|part| {
                let (name, rest) = part.split_once('"').unwrap();
                let (_, value) = rest.split_once("\r\n\r\n").unwrap();
                let value = value.split("\r\n").next().unwrap();
                if name == "file" { "file".to_owned() } else { format!("{name}={value}") }
            });
            format!("form {}", parts.collect::<Vec<_>>().join(" "))
        }
        other => format!("{other}, {} bytes", call.body.len()),
    };
    format!("{} {}\n    {body}", call.method, call.url)
}

#[test]
fn every_task_of_every_provider_is_asked_for_with_the_shortest_input() {
    let mut lines = Vec::new();
    for (provider, task) in every_task() {
        let account = Account::new(wanted(provider, task))
            .unwrap_or_else(|mistakes| panic!("{} {task:?}: {mistakes:?}", provider.name));
        let call = account.completion("").unwrap();
        lines.push(format!("{} {}: {}", provider.name, task.name(), shown(&call)));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_unknown_api_lists_the_apis_of_the_provider() {
    for (provider, api, expected) in [
        (
            "cohere",
            "image",
            "unknown API `image` of `cohere`; known: cohere-chat, embeddings, rerank",
        ),
        ("voyage", "chat", "unknown API `chat` of `voyage`; known: embeddings, rerank"),
        ("anthropic", "embeddings", "unknown API `embeddings` of `anthropic`; known: messages"),
        ("replicate", "image", "`replicate` has no chat API: remove it"),
    ] {
        let wanted = AccountSpec {
            provider: provider.to_owned(),
            api: Some(api.to_owned()),
            has_key: true,
            ..AccountSpec::default()
        };
        let mistakes = Account::new(wanted).unwrap_err();
        assert_eq!(mistakes, [("api".to_owned(), expected.to_owned())]);
    }
}

#[test]
fn settings_of_chats_are_rejected_with_a_task() {
    let mistake = |change: fn(&mut AccountSpec)| {
        let mut wanted = wanted(providers::find("openai").unwrap(), Task::Speech);
        change(&mut wanted);
        let mistakes = Account::new(wanted).unwrap_err();
        mistakes.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(mistake(|it| it.max_tokens = Some(16)), ["max_tokens"]);
    assert_eq!(
        mistake(|it| it.options.reasoning_effort = Some("low".into())),
        ["reasoning_effort"]
    );
    assert_eq!(mistake(|it| it.voice = Some(String::new())), ["voice"]);
    let extra = json!({ "input": "x", "voice": "y", "speed": 1.5 });
    let mut speech = wanted(providers::find("openai").unwrap(), Task::Speech);
    speech.extra = extra.as_object().unwrap().clone();
    let places: Vec<String> =
        Account::new(speech).unwrap_err().into_iter().map(|(path, _)| path).collect();
    assert_eq!(places, ["extra.voice", "extra.input"]);
    assert_eq!(
        mistake(|it| (it.api, it.voice) = (Some("image".into()), Some("nova".into()))),
        ["voice"]
    );
    let mut local = wanted(providers::find("vllm").unwrap(), Task::Embeddings);
    local.model = None;
    let expected = "`vllm` has no default model for `embeddings`: set `model`";
    assert_eq!(Account::new(local).unwrap_err(), [("model".to_owned(), expected.to_owned())]);
}

#[test]
fn a_voice_is_sent_in_the_field_of_the_provider() {
    for (provider, in_path, pointer) in [
        ("openai", false, "/voice"),
        ("mistral", false, "/voice_id"),
        ("minimax", false, "/voice_setting/voice_id"),
        ("elevenlabs", true, ""),
    ] {
        let mut wanted = wanted(providers::find(provider).unwrap(), Task::Speech);
        wanted.voice = Some("of our own".to_owned());
        let call = Account::new(wanted).unwrap().completion("").unwrap();
        if in_path {
            assert!(call.url.path().ends_with("/of%20our%20own"), "{}", call.url);
        } else {
            let body: Value = serde_json::from_slice(&call.body).unwrap();
            assert_eq!(body.pointer(pointer), Some(&json!("of our own")), "{provider}: {body}");
        }
    }
}

#[test]
fn without_an_api_a_chat_goes_first_and_a_provider_without_one_takes_its_first_task() {
    let route = |provider: &str, model: Option<&str>| {
        let wanted = AccountSpec {
            provider: provider.to_owned(),
            has_key: true,
            model: model.map(str::to_owned),
            ..AccountSpec::default()
        };
        let account = Account::new(wanted).unwrap();
        (account.route.task(), account.completion("ping").is_some())
    };
    assert_eq!(route("openai", Some("m")), (None, true));
    assert_eq!(route("voyage", Some("m")), (Some(Task::Embeddings), true));
    assert_eq!(route("voyage", None), (Some(Task::Embeddings), false), "nothing is asked unasked");
}

#[test]
fn facts_are_of_tasks_that_providers_have_and_every_endpoint_can_be_asked() {
    let has: BTreeSet<_> = every_task().map(|(provider, task)| (provider.name, task)).collect();
    let mut n_models = 0;
    for provider in providers::all() {
        for task in Task::ALL {
            for model in task::models(provider.name, task) {
                assert!(has.contains(&(provider.name, task)), "{} {model}", provider.name);
                n_models += 1;
            }
        }
        for endpoint in provider.tasks {
            let extra: Value = serde_json::from_str(endpoint.extra).unwrap();
            assert!(extra.is_object(), "{}: {extra}", provider.name);
            assert!(provider.hosts.iter().any(|host| host.name == endpoint.host));
        }
    }
    let shipped: Value = serde_json::from_str(include_str!("../../data/tasks.json")).unwrap();
    assert_eq!(n_models, shipped["models"].as_array().unwrap().len(), "a provider is unknown");
    assert_eq!(shipped["as_of"], json!(task::as_of().to_string()));
    assert!(task::source().contains("litellm"));
}

#[test]
fn a_request_costs_its_tokens_or_its_unit_and_at_most_the_worst_case() {
    let price = |provider, task, model| task::price(provider, task, model).unwrap();
    let embedding = price("openai", Task::Embeddings, "text-embedding-3-small");
    assert_eq!(embedding.cost(1), Cost::from_dollars(0.02e-6));
    let ranking = price("cohere", Task::Rerank, "rerank-v3.5");
    assert_eq!(ranking.cost(9), Cost::from_dollars(0.002));
    // The price of two letters, then of ten seconds.
    assert_eq!(price("openai", Task::Speech, "tts-1").cost(0), Cost::from_dollars(0.000_03));
    let listening = price("openai", Task::Transcription, "whisper-1");
    assert_eq!(listening.cost(0), Cost::from_dollars(0.001));
    assert!(price("openai", Task::Image, "gpt-image-2").cost(0) >= Cost::from_dollars(0.008));
    for task in Task::ALL {
        let highest = task::highest_price(task);
        assert!(highest.worst_case() > Cost::ZERO, "{task:?}");
        for provider in providers::all() {
            for price in task::models(provider.name, task)
                .filter_map(|model| task::price(provider.name, task, model))
            {
                assert!(price.cost(64) <= price.worst_case());
                assert!(price.worst_case() <= highest.worst_case());
            }
        }
    }
    assert_eq!(task::price("openai", Task::Embeddings, "unheard-of"), None);
}

#[test]
fn an_answer_that_ends_anywhere_is_truncated() {
    let head = Head { status: 200, headers: HeaderMap::new() };
    let mut wires = BTreeSet::new();
    for provider in providers::all() {
        for endpoint in provider.tasks.iter().filter(|it| it.task() != Task::Speech) {
            if !wires.insert(format!("{:?}", endpoint.wire)) {
                continue;
            }
            let task = endpoint.task().name();
            let whole = llm::task_answer(provider.name, task).unwrap();
            assert_eq!(task::read(endpoint.wire, &head, whole).end, TaskEnd::Whole, "{wires:?}");
            for n in 0..whole.len() {
                let end = task::read(endpoint.wire, &head, &whole[..n]).end;
                assert!(
                    matches!(end, TaskEnd::Truncated | TaskEnd::Incomplete { rule: "empty", .. }),
                    "{:?} at {n}: {end:?}",
                    endpoint.wire
                );
            }
        }
    }
    assert_eq!(wires.len(), 12, "{wires:?}");
}

#[test]
fn arbitrary_bytes_are_no_complete_answer_and_nothing_panics() {
    let head = Head { status: 200, headers: HeaderMap::new() };
    for (_, wire) in wires() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "0",
            "\"\"",
            "{\"data\":0}",
            "[[[]]]",
            "{\"data\":[null]}",
            "\u{feff}",
        ] {
            let answer = task::read(wire, &head, body.as_bytes());
            assert_ne!(answer.end, TaskEnd::Whole, "{wire:?}: {body}");
        }
        let deep = "[".repeat(100_000);
        assert_ne!(task::read(wire, &head, deep.as_bytes()).end, TaskEnd::Whole);
    }
}

fn wires() -> Vec<(&'static str, TaskFormat)> {
    let all = providers::all().iter().flat_map(|provider| {
        provider.tasks.iter().map(move |endpoint| (provider.name, endpoint.wire))
    });
    all.collect()
}

#[test]
fn every_task_of_every_provider_has_failing_and_whole_rows() {
    for (provider, task) in every_task() {
        let rows = || {
            let own = llm::rows(provider.name).iter();
            own.filter(move |row| row.api.as_deref() == Some(task.name()))
        };
        let has = |reason: &str| rows().any(|row| row.reason.as_deref() == Some(reason));
        for reason in ["server_error", "billing", "model_not_found"] {
            assert!(has(reason), "{} {}: no row is `{reason}`", provider.name, task.name());
        }
        assert!(has("response_truncated"), "{} {}", provider.name, task.name());
        assert!(rows().all(|row| row.operation == Operation::Completion));
        assert!(rows().any(|row| row.impact == RowImpact::Fails));
    }
}

#[test]
fn a_route_returns_its_task() {
    let account =
        |task| Account::new(wanted(providers::find("openai").unwrap(), task)).unwrap().route;
    for task in [Task::Embeddings, Task::Speech, Task::Transcription, Task::Image] {
        assert!(matches!(account(task), CallRoute::Task(endpoint) if endpoint.task() == task));
        assert_eq!(account(task).host(), "api");
    }
}
