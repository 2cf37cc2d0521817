//! Reading of secrets.

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use secrecy::ExposeSecret;

/// The names and values that the adapter of these cases must hold.
pub const SECRETS: &[(&str, &str)] =
    &[("openai", "sk-one"), ("team-slack.url", "https://hooks.example.com/a b"), ("blank", " ")];

/// Checks that each requested secret is returned unchanged by its name.
pub async fn every_requested_secret_is_returned(secrets: &impl ReadSecrets) {
    let read = secrets
        .secrets(&names(&["team-slack.url", "openai"]), SecretFreshness::Cached)
        .await
        .unwrap();
    let read: Vec<(&str, &str)> =
        read.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(read, SECRETS[..2]);
}

/// Checks that the error tells the reader where to store the secret.
pub async fn a_missing_secret_is_named_with_a_hint(secrets: &impl ReadSecrets) {
    match secrets.secrets(&names(&["openai", "anthropic"]), SecretFreshness::Cached).await {
        Err(SecretError::Missing { name, hint }) => {
            assert_eq!(name.as_str(), "anthropic");
            assert!(hint.to_lowercase().contains("anthropic"), "{hint}");
        }
        other => panic!("{other:?}"),
    }
}

/// Checks that a request without names, as from a check without secrets, succeeds.
pub async fn a_request_without_names_succeeds(secrets: &impl ReadSecrets) {
    assert!(secrets.secrets(&[], SecretFreshness::Fresh).await.unwrap().is_empty());
}

/// Checks that a blank value, such as an unfilled placeholder, is an error.
pub async fn a_blank_secret_is_a_missing_one(secrets: &impl ReadSecrets) {
    let read = secrets.secrets(&names(&["blank"]), SecretFreshness::Fresh).await;
    assert!(matches!(read, Err(SecretError::Missing { .. })), "{read:?}");
}

fn names(names: &[&str]) -> Vec<SecretName> {
    names.iter().map(|name| SecretName::new(name).unwrap()).collect()
}
