//! Secrets from Secrets Manager.
//!
//! A stack has one secret, which costs as much as ten thousand reads: a JSON object of names to
//! values. A value that is the ARN of a secret refers to that secret. The value is then the whole
//! text of that secret or, with a key after the ARN in the notation of ECS, the text of that key:
//!
//! ```json
//! {
//!   "openai": "sk-…",
//!   "slack": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/slack-AbCdEf",
//!   "db": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-GhIjKl:password::"
//! }
//! ```
//!
//! The text of a secret is kept for the life of the process. A request for fresh values reads it
//! again, but at a limited rate, so that an invalid key does not cause a read at each check; see
//! `gate`.

mod content;
mod refresh_limit;

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use allclear_core::secret::Secrets;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::content::{Reference, value_of};
use self::refresh_limit::{RefreshLimit, SecretReading};
use crate::cloud::{AwsService, Cloud};
use crate::signed::protocol::ApiOperation;
use crate::signed::{CallError, Signed};

const GET_SECRET_VALUE: ApiOperation =
    ApiOperation { version: "1.1", prefix: "secretsmanager", name: "GetSecretValue" };

/// Reads secrets from the stack's secret and from the secrets that it refers to.
#[derive(Debug, Clone)]
pub struct SecretsManagerSecrets {
    client: Signed,
    secret_id: String,
    sources: Arc<Mutex<BTreeMap<String, Arc<Mutex<SecretSource>>>>>,
}

/// One secret of Secrets Manager with the result of its last read.
#[derive(Debug, Default)]
struct SecretSource {
    gate: RefreshLimit,
    text: Option<SecretString>,
    /// The error of the last read, if it failed.
    failure: Option<String>,
}

impl SecretsManagerSecrets {
    /// Creates the secrets of the stack's secret with this name or ARN. Nothing is read yet.
    #[must_use]
    pub fn new(cloud: &Cloud, secret_id: impl Into<String>) -> Self {
        let client = Signed::new(cloud.clone(), AwsService::SecretsManager);
        Self { client, secret_id: secret_id.into(), sources: Arc::default() }
    }

    async fn all(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        let Some(first) = names.first() else { return Ok(Secrets::new()) };
        let unavailable = |message| SecretError::Unavailable { name: first.clone(), message };
        let text = self.text(&self.secret_id, names, freshness).await.map_err(unavailable)?;
        let object = value_of(&text, &self.secret_id).map_err(unavailable)?;
        let mut secrets = Secrets::new();
        for name in names {
            secrets.insert(name.clone(), self.secret(&object, name, freshness).await?);
        }
        Ok(secrets)
    }

    async fn secret(
        &self,
        object: &BTreeMap<String, SecretString>,
        name: &SecretName,
        freshness: SecretFreshness,
    ) -> Result<SecretString, SecretError> {
        let unavailable = |message| SecretError::Unavailable { name: name.clone(), message };
        let missing = || SecretError::Missing { name: name.clone(), hint: self.hint(name) };
        let value = object.get(name.as_str()).ok_or_else(missing)?;
        let value = match Reference::read(value.expose_secret()) {
            None => value.clone(),
            Some(Reference { arn, key }) => {
                let names = std::slice::from_ref(name);
                let text = self.text(&arn, names, freshness).await.map_err(unavailable)?;
                match key {
                    None => text,
                    Some(key) => {
                        let object = value_of(&text, &arn).map_err(unavailable)?;
                        let lost = || unavailable(format!("secret `{arn}` has no key `{key}`"));
                        object.get(&key).cloned().ok_or_else(lost)?
                    }
                }
            }
        };
        if value.expose_secret().trim().is_empty() { Err(missing()) } else { Ok(value) }
    }

    /// Returns the text of a secret, from the cache or from a new read. Concurrent callers wait for
    /// the read and share its result.
    async fn text(
        &self,
        id: &str,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<SecretString, String> {
        let asked_at = Instant::now();
        let source = self.sources.lock().await.entry(id.to_owned()).or_default().clone();
        let mut source = source.lock().await;
        if source.gate.opens(names, freshness, asked_at, Instant::now()) {
            let read = self.read(id).await;
            let reading =
                if read.is_ok() { SecretReading::Succeeded } else { SecretReading::Failed };
            source.gate.passed(names, freshness, reading, Instant::now());
            match read {
                Ok(text) => {
                    source.text = Some(text);
                    source.failure = None;
                }
                Err(why) => source.failure = Some(why),
            }
        }
        // A caller that requested a fresh value gets the error of the fresh read, not the cached
        // text.
        match (&source.failure, &source.text, freshness) {
            (None | Some(_), Some(text), SecretFreshness::Cached) | (None, Some(text), _) => {
                Ok(text.clone())
            }
            (Some(why), _, _) => Err(why.clone()),
            (None, None, _) => Err(format!("failed to read secret `{id}`")),
        }
    }

    async fn read(&self, id: &str) -> Result<SecretString, String> {
        let input = json!({ "SecretId": id });
        let read = match region_of(id) {
            Some(region) if region != self.client.cloud().region() => {
                self.client.in_region(region).json(GET_SECRET_VALUE, &input).await
            }
            Some(_) | None => self.client.json(GET_SECRET_VALUE, &input).await,
        };
        let mut read = read.map_err(|error| explained(id, &error))?;
        match read.get_mut("SecretString").map(Value::take) {
            Some(Value::String(text)) => Ok(text.into()),
            Some(_) | None => Err(format!("secret `{id}` is not text")),
        }
    }

    /// Returns the command that stores a secret, in a form that keeps the value out of the shell's
    /// history, and out of the process list except while the command runs.
    fn hint(&self, name: &SecretName) -> String {
        let id = &self.secret_id;
        let region = region_of(id).unwrap_or(self.client.cloud().region());
        let region = format!(" --region {region}");
        format!(
            "add the key `{name}` to the secret `{id}` in the console of Secrets Manager, or run \
             `read -rs V && aws secretsmanager put-secret-value{region} --secret-id '{id}' \
             --secret-string \"$(aws secretsmanager get-secret-value{region} --secret-id '{id}' \
             --query SecretString --output text | V=\"$V\" jq '.\"{name}\" = env.V')\"`"
        )
    }
}

impl ReadSecrets for SecretsManagerSecrets {
    /// A missing or unreadable cached value may have been corrected since, so it is read again.
    async fn secrets(
        &self,
        names: &[SecretName],
        freshness: SecretFreshness,
    ) -> Result<Secrets, SecretError> {
        match (self.all(names, freshness).await, freshness) {
            (Err(_), SecretFreshness::Cached) => self.all(names, SecretFreshness::Fresh).await,
            (found, _) => found,
        }
    }
}

fn region_of(id: &str) -> Option<&str> {
    id.strip_prefix("arn:")?.split(':').nth(2)
}

/// Returns the reason of a failed read and its remedy. Error messages of Secrets Manager contain no
/// value.
fn explained(id: &str, error: &CallError) -> String {
    let what_to_do = match error.code() {
        Some("ResourceNotFoundException") => {
            "it does not exist: deploy the stack again, or correct `ALLCLEAR_SECRET`, or the ARN \
             that the stack's secret holds"
        }
        Some("AccessDeniedException") => "allow `secretsmanager:GetSecretValue` on it",
        Some("DecryptionFailure") => "allow `kms:Decrypt` on the key that it is encrypted with",
        Some("InvalidRequestException") => "it is being deleted: restore it",
        _ => "",
    };
    let code = error.code().unwrap_or("no answer");
    if what_to_do.is_empty() {
        return format!("Secrets Manager returned `{code}` for secret `{id}`: {error}");
    }
    format!("Secrets Manager returned `{code}` for secret `{id}`: {what_to_do}")
}
