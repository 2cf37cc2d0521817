//! Keys: how one is shown, what is doubtful about it, and what a provider tells of it.
//!
//! A key is never refused by its form: providers change theirs without notice.

use allclear_core::Timestamp;

use crate::blame::Blame;
use crate::call::Head;
use crate::provider::Provider;

/// What a provider tells of a key that it accepts. Names of persons and their addresses are dropped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyFacts {
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What its owner calls it, or the account that it belongs to.
    pub whose: Option<String>,
    /// What it may do, in the provider's word: `fineGrained`, `management`.
    pub role: Option<String>,
    /// Whether it may not do all that the account may.
    pub is_restricted: bool,
    /// Whether it is a trial's, with few calls.
    pub is_trial: bool,
    /// How much may be spent with it, in US dollars.
    pub limit_usd: Option<f64>,
    /// How much of that is left.
    pub left_usd: Option<f64>,
    /// What is worth telling whoever set it.
    pub warnings: Vec<String>,
}

/// The form in which a key may be shown: its prefix, and its last four characters. A key of under
/// twelve characters is hidden whole.
#[must_use]
pub fn shown(key: &str) -> String {
    let _ = key;
    "…".to_owned()
}

/// What is doubtful about `key` as a key of `provider`, a sentence each, without the key.
#[must_use]
pub fn doubts(provider: &Provider, key: &str, is_admin: bool) -> Vec<String> {
    let _ = (provider, key, is_admin);
    Vec::new()
}

/// What the answer to the provider's key check tells, or why the key is of no use although it was
/// accepted.
pub fn read(
    provider: &Provider,
    head: &Head,
    body: &[u8],
    now: Timestamp,
) -> Result<KeyFacts, Blame> {
    let _ = (provider, head, body, now);
    Ok(KeyFacts::default())
}
