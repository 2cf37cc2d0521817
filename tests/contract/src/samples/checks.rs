//! The records of the checks of a monitor: beats of a job, a note, the catalog of a provider.

use std::collections::BTreeMap;

use allclear_core::beat::{Beat, BeatReport, BeatSignal};
use allclear_core::catalog::{Catalog, CatalogItem, KnownCatalog};
use allclear_core::checker_state::Note;
use jiff::civil::date;

use super::at;

/// Returns a beat of a job that failed `minutes` after [`START`](super::START) and began a minute earlier.
#[must_use]
pub fn beat(minutes: i64) -> Beat {
    let success = Beat::following(None, BeatReport::of(BeatSignal::Success), at(minutes - 2));
    let start = Beat::following(Some(&success), BeatReport::of(BeatSignal::Start), at(minutes - 1));
    let failure = BeatSignal::Failure { exit_code: Some(3) };
    Beat::following(
        Some(&start),
        BeatReport::of(failure).with_body("no space left".to_owned()),
        at(minutes),
    )
}

/// Returns a note with every type of JSON value.
#[must_use]
pub fn note(n: u32) -> Note {
    let content =
        serde_json::json!({ "n": n, "spent": [0.1, null], "text": "\u{1f980}\n", "on": true });
    Note::of(&content).unwrap()
}

/// Returns the known catalog of a provider with `n` models. The first one is new, and all use every
/// field.
#[must_use]
pub fn known_catalog(n: usize) -> KnownCatalog {
    let item = |n: usize| {
        let facts = serde_json::json!({
            "created": at(i64::try_from(n).unwrap()),
            "context_tokens": 128_000 + n,
            "max_output_tokens": 16_384,
            "input_modalities": ["image", "text"],
            "output_modalities": ["text"],
            "capabilities": ["chat", "reasoning", "structured_output", "tools"],
            "price": { "input": 0.1 + n as f64 / 100.0, "output": 1.0 / 3.0 },
            "shutdown": date(2026, 12, 11),
            "deprecated": n.is_multiple_of(2),
            "derived": ["shutdown"],
        });
        CatalogItem::new(&facts).unwrap()
    };
    let id = |n: usize| format!("maker-{}/model-{n}-instruct", n % 40);
    let items: BTreeMap<String, CatalogItem> = (0..n).map(|n| (id(n), item(n))).collect();
    let catalog = |minutes, items| {
        let provider = "openrouter".to_owned();
        Catalog { provider, at: at(minutes), items }
    };
    let mut before = items.clone();
    before.remove(&id(0));
    KnownCatalog::first(catalog(0, before)).followed_by(catalog(360, items))
}
