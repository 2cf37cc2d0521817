use std::collections::BTreeSet;

use allclear_simulator::llm::{self, Weight};

#[test]
fn every_provider_has_rows_and_every_failing_one_names_its_fault() {
    for provider in llm::providers() {
        let rows = llm::rows(provider);
        assert!(rows.len() > 20, "{provider} has {} rows", rows.len());
        let names: BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
        assert_eq!(names.len(), rows.len(), "{provider} has two rows of one name");
        for row in rows {
            let is_failure = row.fault.is_some() && row.reason.is_some();
            assert!(is_failure || row.fault.is_none(), "{provider}: {}", row.name);
            assert!(is_failure || row.weight == Weight::Healthy, "{provider}: {}", row.name);
        }
    }
}

#[test]
fn bodies_that_claim_to_be_json_are() {
    for provider in llm::providers() {
        for row in llm::rows(provider) {
            if row.headers["content-type"] == "application/json" {
                let read = serde_json::from_slice::<serde_json::Value>(&row.body);
                assert!(read.is_ok(), "{provider}: {}: {read:?}", row.name);
            }
        }
    }
}
