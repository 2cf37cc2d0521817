//! Readers of each provider's answer to a key check.

use allclear_core::reason::Reason;
use serde_json::Value;

use super::KeyFacts;
use crate::call::Head;
use crate::classify::ProviderFailure;
use crate::lenient::{cut, flag, items, number, text, texts, timestamp, within};
use crate::provider::Provider;
use crate::usage;

/// The most characters of a name or a warning.
const MAX_NAME: usize = 80;
const MAX_WARNING: usize = 200;

/// Reads Cohere's headers, which describe the key.
pub(super) fn cohere(head: &Head) -> KeyFacts {
    let is_trial = head.header("x-trial-endpoint-call-limit").is_some();
    let warning = head.header("x-api-warning").map(|warning| cut(warning, MAX_WARNING));
    KeyFacts { is_trial, warnings: warning.into_iter().collect(), ..KeyFacts::default() }
}

/// Reads Hugging Face's answer. A fine-grained token that may not do inference is of no use.
pub(super) fn hugging_face(
    answer: &Value,
    provider: &Provider,
) -> Result<KeyFacts, ProviderFailure> {
    let token = within(answer, "/auth/accessToken");
    let grants = &token["fineGrained"];
    let scoped = items(&grants["scoped"]).iter().map(|scope| &scope["permissions"]);
    let granted: Vec<&str> = texts(&grants["global"]).chain(scoped.flat_map(texts)).collect();
    // A dedicated endpoint needs another permission than the router.
    let needed = if provider.may_sleep {
        "inference.endpoints.infer.write"
    } else {
        "inference.serverless.write"
    };
    if grants.is_object() && !granted.contains(&needed) {
        let message = format!("the token is fine-grained and lacks the permission `{needed}`");
        return Err(ProviderFailure::new(Reason::Permission, message));
    }
    Ok(KeyFacts {
        owner: name(&token["displayName"]).or_else(|| name(&answer["name"])),
        role: name(&token["role"]),
        is_restricted: grants.is_object(),
        expires: timestamp(&token["expiresAt"]),
        ..KeyFacts::default()
    })
}

/// Reads OpenRouter's answer: limits and expiry.
pub(super) fn open_router(answer: &Value) -> KeyFacts {
    let key = &answer["data"];
    let is_management = ["is_management_key", "is_provisioning_key"]
        .iter()
        .any(|field| flag(&key[field]) == Some(true));
    let warning = "it is a management key, which makes no completions";
    KeyFacts {
        expires: timestamp(&key["expires_at"]),
        owner: name(&key["label"]),
        role: is_management.then(|| "management".to_owned()),
        limit_usd: number(&key["limit"]),
        left_usd: number(&key["limit_remaining"]),
        warnings: is_management.then(|| warning.to_owned()).into_iter().collect(),
        ..KeyFacts::default()
    }
}

/// Reads xAI's answer: the permissions of the key.
pub(super) fn xai(answer: &Value) -> KeyFacts {
    let rights: Vec<&str> = texts(&answer["acls"]).collect();
    let everything = ["api-key:model:*", "api-key:endpoint:*"];
    KeyFacts {
        owner: name(&answer["name"]),
        team: name(&answer["team_id"]),
        is_restricted: !rights.is_empty() && !everything.iter().all(|right| rights.contains(right)),
        expires: timestamp(&answer["expire_time"]),
        ..KeyFacts::default()
    }
}

/// Reads DeepSeek's answer: the balance.
pub(super) fn deep_seek(answer: &Value) -> KeyFacts {
    KeyFacts { left_usd: usage::balance_of(answer).usd, ..KeyFacts::default() }
}

/// Returns a name, unless it is a person's address or shows parts of a key.
fn name(value: &Value) -> Option<String> {
    let name = cut(text(value)?, MAX_NAME);
    let shows_key = ["sk-", "xai-", "hf_"].iter().any(|prefix| name.starts_with(prefix));
    (!shows_key && !name.contains('@') && !name.is_empty()).then_some(name)
}
