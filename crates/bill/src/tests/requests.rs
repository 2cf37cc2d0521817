//! The requests of checks that send more than one.

use std::time::Duration;

use super::{Loaded, a_hundred_monitors, a_provider, document, estimate_of, written};
use crate::Assumptions;

/// Returns the daily requests of the checks of a config, by the bytes that they send.
async fn requests(loaded: &Loaded) -> f64 {
    written(loaded, 1, "what checks send").await * 1_073_741_824.0 / 1_500.0
}

#[tokio::test]
async fn each_step_of_a_check_is_a_request() {
    let reach = "key = 'off', models = 'off', completion = 'off'";
    let alone = requests(&a_provider(&format!("{reach}, status_page = 'off'"))).await;
    assert!((alone - 1_440.0).abs() < 1e-3, "a request a minute: {alone}");
    let with_page = requests(&a_provider(reach)).await;
    assert!((with_page - 1_440.0 - 720.0).abs() < 1e-3, "a page every two minutes: {with_page}");
    let hundred = requests(&a_hundred_monitors()).await;
    assert!((hundred - 144_000.0).abs() < 1e-3, "{hundred}");
}

#[tokio::test]
async fn the_status_page_of_a_provider_is_written_to_the_note_when_it_is_read() {
    let steps = "key = 'off', models = 'off', completion = 'off'";
    let without =
        written(&a_provider(&format!("{steps}, status_page = 'off'")), 1, "notes of checks").await;
    let with = written(&a_provider(steps), 1, "notes of checks").await;
    assert!((without - 24.0).abs() < 1e-6 && (with - 720.0).abs() < 1e-6, "{without}, {with}");
}

#[tokio::test]
async fn the_documents_state_the_cost_of_a_status_page() {
    let steps = "completion = 'off'";
    let mut usd = Vec::new();
    for loaded in [a_provider(&format!("{steps}, status_page = 'off'")), a_provider(steps)] {
        let assumptions = Assumptions::new(1, Duration::from_millis(1_500));
        let now = "2026-11-21T12:10:30Z".parse().unwrap();
        usd.push(estimate_of(&loaded, assumptions, now).await.bill.usd);
    }
    let cost = document("docs/cost.md");
    let figure = format!("${:.3} a month for each monitor", usd[1] - usd[0]);
    assert!(cost.contains(&figure), "docs/cost.md does not state `{figure}`");
}
