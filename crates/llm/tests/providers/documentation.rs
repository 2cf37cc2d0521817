//! The tables of the documentation match the tables of the providers.

use std::fmt::Write;

use allclear_llm::call::Authentication;
use allclear_llm::provider::{Provider, Rates};
use allclear_llm::providers;
use allclear_llm::task;

/// The documentation page, whose tables stand between these marks.
const PAGE: &str = include_str!("../../../../docs/llm.md");
const START: &str = "<!-- providers: made from the tables of crates/llm -->\n";
const END: &str = "<!-- end of providers -->";
const START_OF_TASKS: &str = "<!-- tasks: made from the tables of crates/llm -->\n";
const END_OF_TASKS: &str = "<!-- end of tasks -->";

fn host(url: &str) -> &str {
    url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url)
}

fn address(provider: &Provider) -> String {
    match provider.hosts[0].url {
        "" => "`base_url`".to_owned(),
        url => format!("`{}`", url.trim_start_matches("https://")),
    }
}

fn key(provider: &Provider) -> String {
    let header = match provider.authentication {
        Authentication::Key { header, prefix, .. } => format!("`{header}: {prefix}…`"),
        Authentication::None => "none".to_owned(),
        Authentication::AwsSignature => "signature".to_owned(),
    };
    let optional = if provider.is_key_optional { ", optional" } else { "" };
    format!("{header}{optional}")
}

fn free_steps(provider: &Provider) -> String {
    let path = |path: &str| format!("`{}`", path.split('?').next().unwrap_or(path));
    let check = provider.key.map_or("none".to_owned(), |key| path(key.path));
    let list = match provider.list {
        None => "none".to_owned(),
        Some(list) if list.is_public => format!("{}, public", path(list.path)),
        Some(list) => path(list.path),
    };
    format!("{check} | {list}")
}

fn table() -> String {
    let mut lines =
        "| `provider` | address | key | key check | models | limits in headers | status page |\n\
                     |---|---|---|---|---|---|---|\n"
            .to_owned();
    for provider in providers::all() {
        let limits = if provider.rates == Rates::None { "" } else { "yes" };
        let page = provider.status_page.map_or("", |page| host(page.url));
        writeln!(
            lines,
            "| `{}` | {} | {} | {} | {limits} | {page} |",
            provider.name,
            address(provider),
            key(provider),
            free_steps(provider),
        )
        .unwrap();
    }
    lines
}

fn tasks() -> String {
    let mut lines =
        "| `provider` | `api` | address | default model |\n|---|---|---|---|\n".to_owned();
    for provider in providers::all() {
        for task in provider.task_names() {
            let of_task = provider.tasks.iter().filter(|endpoint| endpoint.task() == task);
            let paths: Vec<_> = of_task
                .map(|endpoint| {
                    let host = match endpoint.host {
                        "api" => String::new(),
                        host => format!(", host `{host}`"),
                    };
                    format!("`{}`{host}", endpoint.path.split('?').next().unwrap_or_default())
                })
                .collect();
            let model = task::default_model(provider.name, task);
            let model = model.map_or(String::new(), |model| format!("`{model}`"));
            let (name, task, paths) = (provider.name, task.name(), paths.join(", "));
            writeln!(lines, "| `{name}` | `{task}` | {paths} | {model} |").unwrap();
        }
    }
    lines
}

#[test]
fn the_documentation_has_the_table_of_tasks() {
    let (_, rest) = PAGE.split_once(START_OF_TASKS).unwrap();
    let (written, _) = rest.split_once(END_OF_TASKS).unwrap();
    let expected = tasks();
    assert!(written == expected, "write this into docs/llm.md between the marks:\n{expected}");
}

#[test]
fn the_documentation_has_the_table_of_providers() {
    let (_, rest) = PAGE.split_once(START).unwrap();
    let (written, _) = rest.split_once(END).unwrap();
    let expected = table();
    assert!(written == expected, "write this into docs/llm.md between the marks:\n{expected}");
}
