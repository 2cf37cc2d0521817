use std::collections::BTreeSet;

use allclear_simulator::Behavior;
use allclear_simulator::llm::{self, Operation, RowImpact};

use super::client::{LlmRequest, ask};
use crate::client::simulator;

#[test]
fn every_provider_has_rows_and_every_failing_one_names_its_fault() {
    for provider in llm::providers() {
        let rows = llm::rows(provider);
        let completes = llm::place(provider, Operation::Completion).is_some();
        let least = if completes { 20 } else { 8 };
        assert!(rows.len() > least, "{provider} has {} rows", rows.len());
        let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
        assert_eq!(names.len(), rows.len(), "{provider} has two rows of one name");
        for row in rows {
            let is_failure = row.fault.is_some() && row.reason.is_some();
            assert!(is_failure || row.fault.is_none(), "{provider}: {}", row.name);
            let has_no_fault =
                row.impact == RowImpact::Healthy || row.operation == Operation::StatusPage;
            assert!(is_failure || has_no_fault, "{provider}: {}", row.name);
        }
    }
}

#[test]
fn bodies_declared_as_json_parse_as_json() {
    for provider in llm::providers() {
        for row in llm::rows(provider) {
            let is_cut = row.reason.as_deref() == Some("response_truncated");
            if !is_cut
                && row.headers["content-type"] == "application/json"
                && !row.body.starts_with(b"\xfe\xff")
            {
                let read = serde_json::from_slice::<serde_json::Value>(&row.body);
                assert!(read.is_ok(), "{provider}: {}: {read:?}", row.name);
            }
        }
    }
}

#[tokio::test]
async fn every_row_is_served_as_it_is_written() {
    let simulator = simulator().await;
    for provider in llm::providers() {
        for row in llm::rows(provider) {
            simulator.set(&format!("{provider}.all"), Behavior::llm_row(&row.name));
            let (method, path) = llm::place(provider, row.operation).unwrap();
            let path = format!("{provider}/{path}");
            let got =
                ask(&simulator, &LlmRequest { method, path: &path, headers: &[], body: "" }).await;
            let about = format!("{provider}: {}: {}", row.name, got.answer.head);
            assert_eq!(got.answer.code(), row.status, "{about}");
            assert_eq!(got.body(), row.body, "{about}");
            assert!(got.is_complete, "{about}");
            for (name, value) in &row.headers {
                assert_eq!(got.answer.header(name), Some(value.as_str()), "{about}");
            }
        }
    }
}

#[tokio::test]
async fn script_of_one_operation_goes_before_that_of_all() {
    let simulator = simulator().await;
    simulator.set("openai.all", Behavior::llm_row("server_error"));
    simulator.set("openai.list", Behavior::llm_row("list_invalid_key"));
    let mut codes = Vec::new();
    for (method, path) in [("GET", "openai/v1/models"), ("POST", "openai/v1/chat/completions")] {
        let headers = &[("authorization", "Bearer k")];
        codes.push(
            ask(&simulator, &LlmRequest { method, path, headers, body: "" }).await.answer.code(),
        );
    }
    assert_eq!(codes, [401, 500]);
}

#[test]
fn status_pages_announce_a_level_or_cannot_be_read() {
    let mut words = BTreeSet::new();
    for provider in llm::providers() {
        for row in llm::rows(provider).iter().filter(|row| row.operation == Operation::StatusPage) {
            assert_eq!(
                row.level.is_some(),
                row.impact == RowImpact::Healthy,
                "{provider}: {}",
                row.name
            );
            words.extend(row.level.as_deref());
        }
    }
    assert_eq!(words, BTreeSet::from(["degraded", "down", "maintenance", "operational"]));
}
