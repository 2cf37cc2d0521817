//! Tables of recorded and documented errors: the reason of each, and the rule that decided.
//!
//! A row has a name, the provider of the check, the status, headers, and the body as JSON or as
//! text (`raw` for a body that is a JSON string). It also has the expected reason (absent for a
//! success) and rule.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use allclear_llm::call::Head;
use allclear_llm::classify::{CallKind, ProviderFailure, completion_failure, failure};
use allclear_llm::provider::{Api, Provider};
use allclear_llm::providers;
use allclear_llm::stream::StreamReader;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

mod general;
mod reported;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    provider: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    raw: Option<String>,
    reason: Option<String>,
    rule: Option<String>,
}

impl Row {
    fn bytes(&self) -> Vec<u8> {
        match (&self.raw, &self.body) {
            (Some(raw), _) => raw.clone().into_bytes(),
            (None, Value::String(text)) => text.clone().into_bytes(),
            (None, body) => body.to_string().into_bytes(),
        }
    }

    fn classified(&self) -> Option<ProviderFailure> {
        let provider = providers::find(&self.provider).unwrap();
        let head = head(self.status, &self.headers);
        if head.is_success() {
            let api = *provider.apis().first().unwrap();
            return read(provider, api, &head, &self.bytes());
        }
        failure(provider, CallKind::Completion, &head, &self.bytes(), Timestamp::UNIX_EPOCH)
    }
}

/// Builds the head of an answer, which is JSON unless `headers` name another type.
fn head(status: u16, headers: &BTreeMap<String, String>) -> Head {
    let named = headers.iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    });
    let mut headers: HeaderMap = named.collect();
    headers.entry("content-type").or_insert_with(|| HeaderValue::from_static("application/json"));
    Head { status, headers }
}

/// Classifies the body of a successful completion.
fn read(provider: &Provider, api: Api, head: &Head, body: &[u8]) -> Option<ProviderFailure> {
    let mut reader = StreamReader::new(api, head.header("content-type"));
    reader.feed(body, Duration::from_secs(1));
    let completion = reader.finish(Duration::from_secs(2));
    completion_failure(provider, head, &completion, Timestamp::UNIX_EPOCH)
}

fn rows(table: &str) -> Vec<Row> {
    serde_json::from_str(table).unwrap()
}

fn assert_classified(table: &str) {
    let mut wrong = Vec::new();
    for row in rows(table) {
        let found = row.classified();
        let reason = found.as_ref().map(|failure| failure.reason.code().to_owned());
        let rule = found.and_then(|failure| failure.rule);
        if (&reason, &rule) != (&row.reason, &row.rule) {
            wrong.push(format!(
                "{}: {reason:?} by {rule:?}, not {:?} by {:?}",
                row.name, row.reason, row.rule
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

macro_rules! tables {
    ($($name:ident: $file:literal),+ $(,)?) => {
        const TABLES: &[&str] = &[$(include_str!($file)),+];

        $(
            #[test]
            fn $name() {
                assert_classified(include_str!($file));
            }
        )+
    };
}

tables! {
    errors_of_native_providers_are_classified: "providers.json",
    errors_of_hosted_services_are_classified: "hosted.json",
    errors_of_chinese_clouds_are_classified: "chinese_clouds.json",
    errors_of_gateways_are_classified: "gateways.json",
    errors_of_edges_and_firewalls_are_classified: "edges.json",
    errors_of_any_shape_are_classified_and_answers_are_none: "shapes.json",
}

#[test]
fn names_of_rows_are_unique() {
    let mut names = BTreeSet::new();
    for row in TABLES.iter().flat_map(|table| rows(table)) {
        assert!(names.insert(row.name.clone()), "{}", row.name);
    }
}
