//! Every recorded error of every provider gets the fault and the reason that the provider means.

use std::collections::BTreeSet;
use std::time::Duration;

use allclear_core::reason::Reason;
use allclear_core::status::Impact;
use allclear_llm::call::Head;
use allclear_llm::classify::{CallKind, ProviderFailure, failure, reached, stream_failure};
use allclear_llm::key;
use allclear_llm::provider::{self, Provider};
use allclear_llm::providers;
use allclear_llm::stream::{CompletionEnd, StreamReader};
use allclear_llm::task;
use allclear_simulator::llm::{self, Operation, Row};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-22T04:00:00Z".parse().unwrap()
}

#[test]
fn every_row_of_every_provider_gets_its_verdict() {
    let mut n_rows = 0;
    let mut wrong = Vec::new();
    for name in llm::providers() {
        for row in llm::rows(name) {
            if row.operation == Operation::StatusPage || !is_supported(name, row) {
                continue;
            }
            n_rows += 1;
            let (expected, found) = (expected(row), found(name, row));
            if expected != found {
                let body = String::from_utf8_lossy(&row.body);
                wrong.push(format!(
                    "{name}/{}: {} {body}\n    expected {expected}, found {found}",
                    row.name, row.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n_rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_provider_has_rows() {
    let known: BTreeSet<_> = providers::all().iter().map(|provider| provider.name).collect();
    let recorded: BTreeSet<_> = llm::providers().into_iter().collect();
    assert_eq!(known, recorded);
}

/// Checks whether a provider supports the API or the task of a row. Several providers share a file
/// of rows, and some support more than others.
fn is_supported(name: &str, row: &Row) -> bool {
    let provider = providers::find(name).unwrap();
    let apis = provider.apis().into_iter().map(provider::Api::name);
    let tasks = provider.task_names().into_iter().map(task::Task::name);
    row.api.as_deref().is_none_or(|api| apis.chain(tasks).any(|name| name == api))
}

fn expected(row: &Row) -> String {
    let impact = match row.impact {
        llm::RowImpact::Healthy => return "healthy".to_owned(),
        llm::RowImpact::Degraded => Impact::Degraded,
        llm::RowImpact::Fails => Impact::Down,
        llm::RowImpact::Inconclusive => Impact::Inconclusive,
    };
    let wait = row.retry_after_s.map_or(String::new(), |wait| format!(", again in {wait} s"));
    let (fault, reason) = (row.fault.as_deref().unwrap(), row.reason.as_deref().unwrap());
    format!("{reason}, fault {fault}, {impact:?}{wait}")
}

fn found(name: &str, row: &Row) -> String {
    let provider = providers::find(name).unwrap();
    let headers = row.headers.iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    });
    let head = Head { status: row.status, headers: headers.collect() };
    let judge = |step| failure(provider, step, &head, &row.body, now());
    let failure = match row.operation {
        Operation::Reach => reached(provider, &head, &row.body, now()).err(),
        Operation::Key => key::read(provider, &head, &row.body, now()).err(),
        Operation::List => judge(CallKind::Models),
        Operation::Usage => judge(CallKind::Usage),
        Operation::Completion if head.is_success() => read(provider, row, &head),
        Operation::Completion => judge(CallKind::Completion),
        Operation::StatusPage => unreachable!("a status page is no answer of the API"),
    };
    let Some(failure) = failure else { return "healthy".to_owned() };
    let wait = match failure.retry_after {
        Some(wait) if row.retry_after_s.is_some() => {
            format!(", again in {} s", wait.as_secs_f64().ceil())
        }
        _ => String::new(),
    };
    format!("{}, fault {}, {:?}{wait}", failure.reason, failure.fault, failure.impact)
}

/// Classifies the body of a successful completion.
fn read(provider: &Provider, row: &Row, head: &Head) -> Option<ProviderFailure> {
    let apis = provider.apis();
    let api = match row.api.as_deref() {
        Some(name) => apis.iter().find(|api| api.name() == name),
        None => apis.first(),
    };
    let Some(api) = api else { return read_task(provider, row, head) };
    let mut reader = StreamReader::new(*api, head.header("content-type"));
    reader.feed(&row.body, Duration::from_secs(1));
    let completion = reader.finish(Duration::from_secs(2));
    match &completion.end {
        CompletionEnd::Complete if completion.is_filtered() => {
            Some(ProviderFailure::new(Reason::ProbeInvalid, "filtered"))
        }
        CompletionEnd::Complete => {
            assert!(completion.is_success(), "{}: {completion:?}", row.name);
            None
        }
        CompletionEnd::Error(event) => Some(stream_failure(provider, event, now())),
        CompletionEnd::Truncated { .. } => {
            Some(ProviderFailure::new(Reason::StreamTruncated, "cut"))
        }
        CompletionEnd::NotAStream(body) => {
            failure(provider, CallKind::Completion, head, body, now())
        }
    }
}

/// Classifies the body of a successful answer to a task.
fn read_task(provider: &Provider, row: &Row, head: &Head) -> Option<ProviderFailure> {
    let endpoint = match row.api.as_deref() {
        Some(name) => provider.tasks.iter().find(|it| it.task().name() == name),
        None => provider.tasks.first(),
    };
    let answer = task::read(endpoint.unwrap().wire, head, &row.body);
    answer.failure(provider, head, &row.body, now())
}
