//! Answers that users of providers and gateways reported in public, with the party that has to act.
//!
//! A row has the source, the provider of the check, the status, headers, the body as JSON or as
//! text (`raw`), the fault or `healthy`, and further faults that are equally correct.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::status::Fault;
use allclear_llm::call::Head;
use allclear_llm::classify::{CallKind, failure};
use allclear_llm::provider::Api;
use allclear_llm::providers;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{head, read};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    name: String,
    source: String,
    provider: String,
    api: Option<String>,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    raw: Option<String>,
    fault: String,
    #[serde(default)]
    accept: Vec<String>,
}

impl Report {
    /// Returns the fault of the answer, and the reason with the rule for a message.
    fn classified(&self) -> (String, String) {
        let provider = providers::find(&self.provider).unwrap();
        let head: Head = head(self.status, &self.headers);
        let body = self.raw.clone().unwrap_or_else(|| self.body.to_string()).into_bytes();
        let found = if head.is_success() {
            let apis = provider.apis();
            let is_asked = |api: &&Api| self.api.as_ref().is_none_or(|name| api.name() == name);
            // Older reports are about APIs that no check uses; their answers have the same form.
            let api = *apis.iter().find(is_asked).or(apis.first()).unwrap();
            read(provider, api, &head, &body)
        } else {
            failure(provider, CallKind::Completion, &head, &body, Timestamp::UNIX_EPOCH)
        };
        let Some(failure) = found else { return ("healthy".to_owned(), String::new()) };
        (failure.fault.as_str().to_owned(), format!("{} by {:?}", failure.reason, failure.rule))
    }
}

fn reports(table: &str) -> Vec<Report> {
    serde_json::from_str(table).unwrap()
}

fn assert_faults(table: &str) {
    let reports = reports(table);
    let mut wrong = Vec::new();
    for report in &reports {
        let (fault, why) = report.classified();
        if fault != report.fault && !report.accept.contains(&fault) {
            wrong.push(format!("{}: {fault} ({why}), not {}", report.name, report.fault));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong:\n{}",
        wrong.len(),
        reports.len(),
        wrong.join("\n")
    );
}

const FIRST: &str = include_str!("reported.json");
const LATER: &str = include_str!("reported_later.json");
const LAST: &str = include_str!("reported_last.json");
const UNSEEN: &str = include_str!("reported_unseen.json");
const FURTHER: &str = include_str!("reported_further.json");
const RECENT: &str = include_str!("reported_recent.json");
const HOSTED: &str = include_str!("reported_hosted.json");
const REGIONAL: &str = include_str!("reported_regional.json");
const MIXED: &str = include_str!("reported_mixed.json");
const CHECKED: &str = include_str!("reported_checked.json");
const LIVE: &str = include_str!("reported_live.json");

#[test]
fn reported_answers_name_the_party_that_has_to_act() {
    assert_faults(FIRST);
}

#[test]
fn answers_that_were_reported_later_name_the_party_that_has_to_act() {
    assert_faults(LATER);
}

#[test]
fn answers_that_were_reported_last_name_the_party_that_has_to_act() {
    assert_faults(LAST);
}

#[test]
fn answers_of_unused_sources_name_the_party_that_has_to_act() {
    assert_faults(UNSEEN);
}

#[test]
fn answers_of_further_sources_name_the_party_that_has_to_act() {
    assert_faults(FURTHER);
}

#[test]
fn answers_of_recent_sources_name_the_party_that_has_to_act() {
    assert_faults(RECENT);
}

#[test]
fn answers_of_hosted_providers_name_the_party_that_has_to_act() {
    assert_faults(HOSTED);
}

#[test]
fn answers_of_regional_providers_and_gateways_name_the_party_that_has_to_act() {
    assert_faults(REGIONAL);
}

#[test]
fn answers_of_mixed_sources_name_the_party_that_has_to_act() {
    assert_faults(MIXED);
}

#[test]
fn answers_that_a_check_can_get_name_the_party_that_has_to_act() {
    assert_faults(CHECKED);
}

#[test]
fn answers_of_live_reports_name_the_party_that_has_to_act() {
    assert_faults(LIVE);
}

#[test]
fn reports_have_unique_names_a_source_and_known_faults() {
    let mut names = BTreeSet::new();
    for report in
        [FIRST, LATER, LAST, UNSEEN, FURTHER, RECENT, HOSTED, REGIONAL, MIXED, CHECKED, LIVE]
            .into_iter()
            .flat_map(reports)
    {
        assert!(names.insert(report.name.clone()), "{}", report.name);
        assert!(!report.source.is_empty(), "{}", report.name);
        for fault in report.accept.iter().chain([&report.fault]) {
            let is_known = fault == "healthy" || Fault::ALL.iter().any(|it| it.as_str() == fault);
            assert!(is_known, "{}: {fault}", report.name);
        }
    }
}
