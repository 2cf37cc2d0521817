//! Reading secrets.

use allclear_core::id::SecretName;
use allclear_core::ports::{Freshness, ReadSecrets, SecretError};
use secrecy::ExposeSecret;

/// The names and values that the adapter of these cases holds.
pub const SECRETS: &[(&str, &str)] =
    &[("openai", "sk-one"), ("team-slack.url", "https://hooks.example.com/a b"), ("blank", " ")];

/// By its name, unchanged.
pub async fn every_secret_asked_for_is_returned(secrets: &impl ReadSecrets) {
    let read =
        secrets.secrets(&names(&["team-slack.url", "openai"]), Freshness::Cached).await.unwrap();
    let read: Vec<(&str, &str)> =
        read.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(read, SECRETS[..2]);
}

/// Whoever reads the error knows where to put the secret.
pub async fn a_missing_secret_is_named_with_a_hint(secrets: &impl ReadSecrets) {
    match secrets.secrets(&names(&["openai", "anthropic"]), Freshness::Cached).await {
        Err(SecretError::Missing { name, hint }) => {
            assert_eq!(name.as_str(), "anthropic");
            assert!(hint.to_lowercase().contains("anthropic"), "{hint}");
        }
        other => panic!("{other:?}"),
    }
}

/// A check without secrets needs none.
pub async fn no_name_asks_for_no_secret(secrets: &impl ReadSecrets) {
    assert!(secrets.secrets(&[], Freshness::Fresh).await.unwrap().is_empty());
}

/// Somebody meant to fill it in.
pub async fn a_blank_secret_is_a_missing_one(secrets: &impl ReadSecrets) {
    let read = secrets.secrets(&names(&["blank"]), Freshness::Fresh).await;
    assert!(matches!(read, Err(SecretError::Missing { .. })), "{read:?}");
}

fn names(names: &[&str]) -> Vec<SecretName> {
    names.iter().map(|name| SecretName::new(name).unwrap()).collect()
}
