//! Probers in three regions: the target fails in one of them, then in two, then in none.

use std::time::Duration;

use allclear_simulator::Behavior;
use jiff::Timestamp;

use crate::PATIENCE;
use crate::outage::{CONFIG, monitor, slack_is_the_simulator, title};
use crate::stack::{Function, Stack};
use crate::time::recently;
use crate::waiting::eventually;

const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "us-west-2"];

/// One good outcome confirms the recovery, because further minutes would lie in the future.
const SOON_WELL: &str = "\n[defaults]\nconfirm = { failures = 2, successes = 1 }\n";

/// Checks the minute `at` from each region. The target fails in the first `n_failing` of them.
async fn probe_from_regions(stack: &Stack, at: Timestamp, n_failing: usize) {
    for (place, region) in REGIONS.into_iter().enumerate() {
        let behavior = if place < n_failing { Behavior::status(503) } else { Behavior::Ok };
        stack.simulator.set("api", behavior);
        stack.set_variables(Function::Prober, &[("ALLCLEAR_REGION", region)]).await;
        stack.probe(at).await;
    }
}

#[tokio::test]
async fn one_failing_region_is_shown_two_are_an_outage_and_its_end_is_one_message() {
    let stack = Stack::new("regions").await;
    slack_is_the_simulator(&stack).await;
    stack.apply(&format!("{CONFIG}{SOON_WELL}{}", monitor(&stack, "api"))).await;
    let began = recently() - Duration::from_mins(2);
    let mut minutes = (0..).map(|n| began + Duration::from_mins(n));
    let mut next = || minutes.next().unwrap();

    // The first two minutes are too old for the page.
    probe_from_regions(&stack, next(), 0).await;
    probe_from_regions(&stack, next(), 1).await;
    probe_from_regions(&stack, next(), 1).await;
    stack.page_shows("api", "degraded_performance").await;
    // The page is the last file of a publication.
    let page = eventually("the number of regions on the page", PATIENCE, async || {
        let page = stack.published("index.html").await.body;
        page.contains("Some regions: problems in 1 of 3.").then_some(page)
    });
    let page = page.await;
    assert!(REGIONS.iter().all(|region| !page.contains(region)), "{page}");
    let report = stack.allclear(&["report", "--json"]).await.json();
    let api = &report["services"][0];
    let message = api["message"].as_str().unwrap();
    assert!(message.starts_with("1 of 3 regions: eu-central-1: "), "{message}");
    let of_region = |name: &str| {
        let regions = api["regions"].as_array().unwrap();
        regions.iter().find(|one| one["region"] == name).unwrap()["status"].clone()
    };
    assert_eq!(REGIONS.map(of_region), ["unhealthy", "healthy", "healthy"]);
    stack.swept().await;
    assert_eq!(stack.simulator.inbox("slack").len(), 0, "one region of three is no outage");

    probe_from_regions(&stack, next(), 2).await;
    probe_from_regions(&stack, next(), 2).await;
    stack.page_shows("api", "major_outage").await;
    let message = eventually("a message to Slack", PATIENCE, async || {
        stack.simulator.inbox("slack").into_iter().next()
    });
    assert_eq!(title(&message.await), "api is unhealthy");

    probe_from_regions(&stack, next(), 0).await;
    stack.page_shows("api", "operational").await;
    let message = eventually("a second message to Slack", PATIENCE, async || {
        stack.simulator.inbox("slack").into_iter().nth(1)
    });
    assert_eq!(title(&message.await), "All clear: api is healthy");
    stack.swept().await;
    assert_eq!(stack.simulator.inbox("slack").len(), 2);

    let checked = stack.allclear(&["check", "api"]).await;
    assert!(checked.stdout.ends_with("checked from us-west-2\n"), "{}", checked.stdout);
}
