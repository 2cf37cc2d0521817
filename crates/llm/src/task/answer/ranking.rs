//! Rankings: a score for each document that was sent.

use std::collections::BTreeSet;

use serde_json::Value;

use super::MissingPart;
use crate::lenient::{self, within};
use crate::task::request::DOCUMENTS;

/// The places of the list of scores.
const PLACES: &[&str] = &["/results", "/data", "/output/results", "/rankings", ""];

/// The fields with a score.
const SCORES: &[&str] = &["relevance_score", "score", "logit"];

/// Checks whether each document has a score.
pub(super) fn read(value: &Value) -> Result<(), MissingPart> {
    let found = PLACES.iter().find_map(|place| within(value, place).as_array());
    let Some(results) = found else {
        return Err(("no-ranking", "the answer contains no ranking"));
    };
    if results.is_empty() {
        return Err(("empty-ranking", "the ranking is empty"));
    }
    let mut ranked = BTreeSet::new();
    for (position, result) in (0_u64..).zip(results) {
        let score = SCORES.iter().find_map(|name| result.get(name)?.as_f64());
        if score.is_none() {
            return Err(("no-score", "the ranking lacks a score"));
        }
        ranked.insert(result.get("index").and_then(lenient::count).unwrap_or(position));
    }
    if (0..DOCUMENTS.len() as u64).all(|index| ranked.contains(&index)) {
        Ok(())
    } else {
        Err(("missing-document", "the ranking lacks a document that was sent"))
    }
}
