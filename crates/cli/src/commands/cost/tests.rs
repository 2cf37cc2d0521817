use std::fmt::Write as _;
use std::time::Duration;

use super::*;

/// The settings and the rules of the repository's own config, with a hundred monitors.
fn a_hundred_monitors() -> Loaded {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let example = include_str!("../../../../../allclear.toml");
    let head = example.split("[[monitor]]").next().unwrap();
    let mut text = head.to_owned();
    for n in 0..100 {
        let _ = writeln!(
            text,
            "[[monitor]]\nid = 'service-{n}'\nname = 'Service {n}'\n\
             check.http = {{ url = 'https://service-{n}.example.com/health' }}"
        );
    }
    text.push_str("[[channel]]\nid = 'team'\nsend.slack = { webhook_url = 'secret:slack' }\n");
    machine::load_text("allclear.toml", &text).unwrap()
}

async fn estimate(n_regions: u32) -> Estimate {
    let assumptions = Assumptions::new(n_regions, Duration::from_millis(1_500));
    let now = "2026-11-21T12:10:30Z".parse().unwrap();
    Estimate::of(&a_hundred_monitors(), assumptions, now).await.unwrap()
}

#[tokio::test]
async fn a_hundred_monitors_each_minute_cost_less_than_a_dollar() {
    let estimate = estimate(1).await;
    assert!((estimate.checks_per_month - 4_380_000.0).abs() < 1.0, "a check a minute for each");
    let bill = &estimate.bill;
    assert!(bill.usd_beyond_free_tiers < 1.0, "${}", bill.usd_beyond_free_tiers);
    assert!(bill.usd_beyond_free_tiers >= 0.4, "the secret alone is not free");
    let of = |item| -> f64 {
        bill.charges.iter().filter(|one| one.item == item).map(|one| one.usd).sum()
    };
    for item in [
        prices::Item::LambdaCompute,
        prices::Item::TableWrites,
        prices::Item::TableReads,
        prices::Item::SiteWrites,
        prices::Item::Logs,
        prices::Item::Secrets,
    ] {
        assert!(of(item) > 0.0, "{item:?} is not free");
    }
    assert!(estimate.write_units_per_1000_checks < 30.0);
}

/// One monitor of a provider, checked each minute.
fn a_provider(steps: &str) -> Loaded {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = format!(
        "[[monitor]]\nid = 'openai'\ninterval = '1m'\ncheck.llm = {{ provider = 'openai', \
         api_key = 'secret:openai', model = 'gpt-6-luna', steps = {{ {steps} }} }}\n"
    );
    machine::load_text("allclear.toml", &text).unwrap()
}

/// The units that a month writes for what is called like that.
async fn written(loaded: &Loaded, n_regions: u32, what: &str) -> f64 {
    let assumptions = Assumptions::new(n_regions, Duration::from_millis(1_500));
    let now = "2026-11-21T12:10:30Z".parse().unwrap();
    let estimate = Estimate::of(loaded, assumptions, now).await.unwrap();
    let charges = estimate.bill.charges.iter().filter(|charge| charge.what.starts_with(what));
    charges.map(|charge| charge.amount).sum::<f64>() / usage::DAYS
}

#[tokio::test]
async fn the_budget_of_each_completion_is_written_twice() {
    for (steps, n_completions) in [("", 288.0), ("completion = '10m'", 144.0)] {
        let units = written(&a_provider(steps), 1, "budgets of checks").await;
        assert!((units - 2.0 * n_completions).abs() < 1e-6, "{steps}: {units}");
    }
    assert!(written(&a_provider(""), 2, "budgets of checks").await > 1_000.0);
    assert!(written(&a_provider("completion = 'off'"), 1, "budgets of checks").await < 1e-6);
    assert!(written(&a_hundred_monitors(), 1, "budgets of checks").await < 1e-6);
}

#[tokio::test]
async fn a_note_is_written_when_the_next_check_needs_another_one() {
    let all = "status_page = 'off'";
    let units = written(&a_provider(all), 1, "notes of checks").await;
    // With each completion, which are made where the key is checked and the models are listed too.
    assert!((units - 288.0).abs() < 1e-6, "{units}");
    let free = format!("{all}, completion = 'off'");
    let units = written(&a_provider(&free), 1, "notes of checks").await;
    assert!((units - 96.0).abs() < 1e-6, "{units}");
    let reach = format!("{free}, key = 'off', models = 'off'");
    let units = written(&a_provider(&reach), 1, "notes of checks").await;
    assert!((units - 24.0).abs() < 1e-6, "{units}");
    assert!(written(&a_provider(&reach), 1, "reading them").await > 1_000.0);
    assert!(written(&a_hundred_monitors(), 1, "notes of checks").await < 1e-6);
}

#[test]
fn numbers_are_grouped_and_small_ones_keep_their_digits() {
    let numbers = [0.0, 0.00214, 0.5, 16.42, 99.0, 1_000.0, 43_800.0, 4_380_000.0];
    assert_eq!(
        numbers.map(number),
        ["0", "0.0021", "0.5", "16.4", "99", "1,000", "43,800", "4,380,000"]
    );
}
