use std::fmt::Write as _;
use std::time::Duration;

use super::*;

/// The settings and the rules of the repository's own config, with a hundred monitors.
fn a_hundred_monitors() -> Arc<Config> {
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
    machine::load_text("allclear.toml", &text).unwrap().config
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

#[test]
fn numbers_are_grouped_and_small_ones_keep_their_digits() {
    let numbers = [0.0, 0.00214, 0.5, 16.42, 99.0, 1_000.0, 43_800.0, 4_380_000.0];
    assert_eq!(
        numbers.map(number),
        ["0", "0.0021", "0.5", "16.4", "99", "1,000", "43,800", "4,380,000"]
    );
}
