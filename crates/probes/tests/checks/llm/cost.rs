//! The cost of completions, and the remaining credit.

use crate::llm::BillingCheck;
use allclear_core::checker::PriorState;
use allclear_core::cost::Cost;
use allclear_core::outcome::Finding;
use allclear_core::reason::Reason;
use allclear_core::status::{Fault, Status};
use allclear_simulator::Behavior;
use allclear_simulator::llm::LlmBehavior;
use serde_json::json;

use super::{ADMIN_KEY, KEY, TestServer, only};
use crate::support::FindingExt;

#[tokio::test]
async fn a_completion_costs_its_tokens() {
    let mut world = TestServer::of("openai", only(&["completion"])).await;
    let finding = world.at(0).await;
    let tokens = |name| finding.metrics[name];
    // The price is one dollar for a million input tokens and two dollars for a million output
    // tokens.
    let dollars = (tokens("input_tokens") + 2.0 * tokens("output_tokens")) / 1e6;
    assert_eq!(finding.cost, Cost::from_dollars(dollars));
    let month = |finding: &Finding| Cost::from_dollars(finding.metrics["cost_month_usd"]);
    assert_eq!(month(&finding), finding.cost);
    let next = world.at(5).await;
    assert_eq!(month(&next), finding.cost + next.cost);
    assert!(!finding.labels.contains_key("price"));
}

#[tokio::test]
async fn at_the_cap_only_the_free_steps_run_and_a_label_explains_it() {
    let price = json!({ "input": 10.0, "output": 1000.0 });
    let mut world =
        TestServer::of("openai", json!({ "price": price, "max_cost_per_month": 0.018 })).await;
    let first = world.at(0).await;
    first.assert_healthy();
    assert!(!first.cost.is_zero());
    let paused = world.at(5).await;
    assert_eq!((paused.status(), paused.cost), (Status::Healthy, Cost::ZERO));
    assert!(paused.labels["completion"].starts_with("paused: $"), "{paused:?}");
    assert!(first.metrics["cost_month_percent"] < 100.0, "{first:?}");
    assert!((paused.metrics["cost_month_percent"] - 100.0).abs() < 1e-9, "{paused:?}");
    assert_eq!(world.hits("openai.completion"), 1);
    // The free steps still detect a bad key.
    world.bench.simulator.revoke_keys([KEY]);
    let finding = world.at(15).await;
    finding.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
    world.bench.simulator.revoke_keys(Vec::<String>::new());
    // A new month begins.
    world.at(31 * 24 * 60).await.assert_healthy();
    assert_eq!(world.hits("openai.completion"), 2);
}

#[tokio::test]
async fn concurrent_checks_share_one_cap() {
    let price = json!({ "input": 10.0, "output": 1000.0 });
    let more = json!({ "price": price, "max_cost_per_month": 0.018 });
    let world = TestServer::of("openai", more).await;
    let first = world.check(0, PriorState::Blank, BillingCheck::Usual).await;
    first.assert_healthy();
    // Another region, or an operator on another machine, has no stored state.
    for care in [BillingCheck::Usual, BillingCheck::Thorough] {
        let other = world.check(0, PriorState::Blank, care).await;
        assert_eq!((other.status(), other.cost), (Status::Healthy, Cost::ZERO));
        assert!(other.labels["completion"].starts_with("paused: $"), "{other:?}");
        let spent = Cost::from_dollars(other.metrics["cost_month_usd"]);
        assert_eq!(spent, first.cost);
    }
    assert_eq!(world.hits("openai.completion"), 1);
}

#[tokio::test]
async fn a_killed_check_leaves_the_maximum_cost_of_its_completion_reserved() {
    let mut world = TestServer::of("openai", only(&["completion"])).await;
    let answered = world.at(0).await;
    world.set("openai.completion", Behavior::Hang);
    let killed = {
        let checking = world.check(5, PriorState::Blank, BillingCheck::Usual);
        let asked = async {
            while world.hits("openai.completion") < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            finding = checking => panic!("{finding:?}"),
            () = asked => world.spent(5).await,
        }
    };
    assert!(killed > answered.cost + answered.cost, "{killed} after {}", answered.cost);
    world.set("openai.completion", Behavior::Ok);
    let next = world.at(10).await;
    assert_eq!(Cost::from_dollars(next.metrics["cost_month_usd"]), killed + next.cost);
}

#[tokio::test]
async fn an_unsent_completion_releases_its_reservation() {
    let bench = crate::support::bench().await;
    let nowhere = format!("http://{}", bench.simulator.refused_address());
    let mut params = only(&["completion"]);
    params["base_url"] = json!(nowhere);
    let mut world = TestServer::on(bench, "openai", params);
    let finding = world.at(0).await;
    finding.assert_down(Reason::ConnectRefused);
    assert_eq!((finding.cost, world.spent(0).await), (Cost::ZERO, Cost::ZERO));
}

#[tokio::test]
async fn without_a_budget_only_the_free_steps_run() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.at(0).await.assert_healthy();
    world.budget_is_away = true;
    assert_eq!(world.at(1).await.status(), Status::Healthy, "no completion is due");
    let blind = world.at(5).await;
    let message = blind.assert_cause(Status::Unknown, Fault::Monitor, Reason::NotSent);
    assert!(message.starts_with("no completion was made: "), "{message}");
    assert_eq!(world.hits("openai.completion"), 1);
    world.row("openai.list", "list_invalid_key");
    let refused = world.at(15).await;
    refused.assert_cause(Status::Unhealthy, Fault::Credentials, Reason::AuthInvalid);
    world.set("openai.list", Behavior::Ok);
    world.budget_is_away = false;
    world.at(16).await.assert_healthy();
    assert_eq!(world.hits("openai.completion"), 2);
}

#[tokio::test]
async fn a_note_is_written_only_when_the_next_check_needs_another_one() {
    let mut world = TestServer::of("openai", json!({ "steps": { "status_page": "off" } })).await;
    let mut written = Vec::new();
    for minute in 0..=15 {
        let finding = world.at(minute).await;
        assert_eq!(finding.status(), Status::Healthy, "{minute}");
        written.extend(finding.note.map(|_| minute));
    }
    assert_eq!(written, [0, 5, 10, 15]);
    let hits = ["openai.reach", "openai.list", "openai.completion"].map(|name| world.hits(name));
    assert_eq!(hits, [16, 2, 4]);
    world.set("openai.reach", Behavior::Close);
    assert!(world.at(16).await.note.is_some(), "it cannot be reached any more");
}

#[tokio::test]
async fn a_completion_interrupted_before_its_answer_is_booked_at_its_maximum_cost() {
    for behavior in [Behavior::Reset, Behavior::Close, Behavior::Garbage] {
        let mut world = TestServer::of("openai", only(&["completion"])).await;
        let answered = world.at(0).await.cost;
        world.set("openai.completion", behavior.clone());
        let broken = world.at(5).await;
        assert_eq!(broken.status(), Status::Unhealthy, "{behavior:?}");
        assert!(broken.cost > answered, "{behavior:?}: {broken:?}");
    }
}

#[tokio::test]
async fn an_unknown_price_is_assumed_to_be_the_highest() {
    let mut params = only(&["completion"]);
    params["model"] = json!("unheard-of");
    params["price"] = json!(null);
    let mut world = TestServer::of("openai", params).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert_eq!(finding.labels["price"], "assumed");
    assert!(!finding.cost.is_zero());
}

#[tokio::test]
async fn used_up_credit_is_a_quota_fault() {
    let mut world = TestServer::of("openai", json!({})).await;
    world.row("openai.completion", "credit_balance_exhausted");
    let finding = world.at(0).await;
    let message = finding.assert_cause(Status::Unhealthy, Fault::Quota, Reason::Billing);
    assert!(message.contains("key valid, models listed, completion fails"), "{message}");
    assert_eq!(finding.labels["provider_code"], "credit_balance_exhausted");
    assert_eq!(finding.cost, Cost::ZERO);
}

#[tokio::test]
async fn remaining_credit_and_its_duration_are_measured() {
    let mut world = TestServer::of("deepseek", json!({})).await;
    for (minute, balance) in [(0, 74.5), (12 * 60, 73.5), (24 * 60, 72.5), (36 * 60, 71.5)] {
        for endpoint in ["deepseek.key", "deepseek.usage"] {
            world.set(endpoint, LlmBehavior { balance_usd: Some(balance), ..Default::default() });
        }
        let finding = world.at(minute).await;
        finding.assert_healthy();
        assert!((finding.metrics["balance_usd"] - balance).abs() < 1e-9);
        if minute == 36 * 60 {
            let days = finding.metrics["balance_days_left"];
            assert!((30.0..40.0).contains(&days), "{days}");
        }
    }
}

#[tokio::test]
async fn spend_is_compared_with_the_usual_spend() {
    let keys = [("key", KEY), ("admin", ADMIN_KEY)];
    let admin = json!({ "admin_key": "secret:admin" });
    let mut world = TestServer::with_keys("openai", &keys, admin).await;
    let mut daily_usd = vec![2.0; 15];
    daily_usd.push(20.0);
    world.set("openai.usage", LlmBehavior { daily_usd, ..Default::default() });
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.metrics.contains_key("spend_month_usd"), "{finding:?}");
}

#[tokio::test]
async fn a_refused_admin_key_is_degraded() {
    let keys = [("key", KEY), ("admin", ADMIN_KEY)];
    let admin = json!({ "admin_key": "secret:admin" });
    let mut world = TestServer::with_keys("openai", &keys, admin).await;
    world.row("openai.usage", "admin_key_invalid");
    let finding = world.at(0).await;
    finding.assert_cause(Status::Degraded, Fault::Credentials, Reason::AuthInvalid);
}

#[tokio::test]
async fn a_failed_usage_report_is_only_a_label() {
    let keys = [("key", KEY), ("admin", ADMIN_KEY)];
    let admin = json!({ "admin_key": "secret:admin" });
    let mut world = TestServer::with_keys("openai", &keys, admin).await;
    world.set("openai.usage", allclear_simulator::Behavior::text(500, "oops"));
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.labels["usage"].starts_with("unreadable: "), "{finding:?}");
}

#[tokio::test]
async fn the_balance_of_a_team_is_found_by_its_key() {
    let keys = [("key", KEY), ("admin", ADMIN_KEY)];
    let admin = json!({ "admin_key": "secret:admin" });
    let mut world = TestServer::with_keys("xai", &keys, admin).await;
    let finding = world.at(0).await;
    finding.assert_healthy();
    assert!(finding.metrics.contains_key("balance_usd"), "{finding:?}");
    let asked = world.bench.simulator.llm_requests("xai.usage");
    assert!(asked[0].path.contains("/teams/team-1/"), "{}", asked[0].path);
}
