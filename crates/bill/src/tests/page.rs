//! The writes of the page.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Loaded, document, estimate_of, load};
use crate::Assumptions;
use crate::prices::PricedItem;

const MONITORS: &str = "[[monitor]]\nid = 'web'\ncheck.http = { url = 'https://example.com/' }\n\
     [[monitor]]\nid = 'api'\ncheck.http = { url = 'https://api.example.com/' }\n";

/// The writes of a month, by the words after the number of files.
async fn writes(loaded: &Loaded) -> Vec<(String, f64)> {
    let assumptions = Assumptions::new(1, Duration::from_millis(1_500));
    let now = "2026-11-21T12:10:30Z".parse().unwrap();
    let bill = estimate_of(loaded, assumptions, now).await.bill;
    let charges = bill.charges.into_iter().filter(|one| one.item == PricedItem::SiteWrites);
    charges.map(|one| (one.what, one.amount)).collect()
}

#[tokio::test]
async fn each_language_adds_its_files_to_each_kind_of_write() {
    let english = writes(&load(MONITORS)).await;
    let more = format!("[page]\nlanguages = ['en', 'de', 'ar']\n{MONITORS}");
    let with_two_more = writes(&load(&more)).await;
    let names: Vec<&str> = english.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(
        names,
        [
            "page: 6 of 38 files change, and a list",
            "page: 1 further files every four hours",
            "page: 3 further files each day",
        ]
    );
    let n_publications = english[0].1 / 7.0;
    let month = 365.0 / 12.0;
    for ((what, before), ((_, after), further)) in english.iter().zip(with_two_more.iter().zip([
        // The first page, the month, and the page of the service that was down.
        2.0 * 3.0 * n_publications,
        // The page of the other service.
        2.0 * 6.0 * month,
        // The calendar.
        2.0 * month,
    ])) {
        assert!((after - before - further).abs() < 1e-6, "{what}: {before}, then {after}");
    }
}

#[tokio::test]
async fn a_site_of_more_than_a_thousand_files_is_listed_in_several_requests() {
    let mut text = "[page]\nlanguages = ['en', 'de', 'fr', 'es', 'ja', 'zh', 'ar']\n".to_owned();
    for n in 0..120 {
        let _ = writeln!(
            text,
            "[[monitor]]\nid = 's-{n}'\ncheck.http.url = 'https://s-{n}.example.com/'"
        );
    }
    let writes = writes(&load(&text)).await;
    let (what, amount) = writes.first().unwrap();
    assert_eq!(what, "page: 17 of 1175 files change, and 2 lists");
    let n_publications = amount / 19.0;
    assert!(n_publications > 8_000.0, "{what}: {amount}");
}

#[tokio::test]
async fn the_documents_state_the_cost_of_a_further_language() {
    let mut usd = Vec::new();
    for languages in ["'en'", "'en', 'de'"] {
        let mut text = format!("[page]\nlanguages = [{languages}]\n");
        for n in 0..100 {
            let _ = writeln!(
                text,
                "[[monitor]]\nid = 's-{n}'\ncheck.http.url = 'https://s-{n}.example.com/'"
            );
        }
        let assumptions = Assumptions::new(1, Duration::from_millis(1_500));
        let now = "2026-11-21T12:10:30Z".parse().unwrap();
        usd.push(estimate_of(&load(&text), assumptions, now).await.bill.usd);
    }
    let cost = document("docs/cost.md");
    let figure = format!("${:.2} a month for 100 services", usd[1] - usd[0]);
    assert!(cost.contains(&figure), "docs/cost.md does not state `{figure}`");
}
