//! The secret of a deployed stack: names to values in one JSON object, read and changed by people.
//!
//! Concurrent changes are not lost: Secrets Manager writes without a condition, but moves the label
//! of the current version only from the version that the request names.

use std::collections::BTreeSet;

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::secrets::SecretsManagerSecrets;
use allclear_core::id::SecretName;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::root;

/// The label of the version that everybody reads.
const CURRENT: &str = "AWSCURRENT";

/// The label of a version that is written and not current yet.
const WRITTEN: &str = "ALLCLEAR_WRITTEN";

/// Number of attempts to write a change while other processes change the secret too.
const MAX_TRIES: u32 = 5;

/// The secret of a stack.
pub(crate) struct StackSecret {
    cloud: Box<Cloud>,
    client: Client,
    arn: String,
}

/// The values in the secret.
struct StoredValues {
    /// The current version; `None` while the secret has no value.
    version: Option<String>,
    values: Map<String, Value>,
}

/// Result of writing a new version.
enum Put {
    /// It is the current one.
    Current,
    /// Another process has changed the secret since it was read.
    Overtaken,
}

impl StackSecret {
    /// Creates a client of the secret with this ARN. Nothing is read yet.
    pub(super) fn new(cloud: &Cloud, arn: &str) -> Self {
        Self {
            cloud: Box::new(cloud.clone()),
            client: aws_sdk_secretsmanager::Client::new(
                &cloud.config_of(AwsService::SecretsManager),
            ),
            arn: arn.to_owned(),
        }
    }

    /// Returns the ARN.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    /// Returns the secrets as the functions read them, with this person's permissions.
    pub(crate) fn reader(&self) -> SecretsManagerSecrets {
        SecretsManagerSecrets::new(&self.cloud, &self.arn)
    }

    /// Returns the names of its values. The error explains why they could not be read.
    pub(crate) async fn names(&self) -> Result<BTreeSet<String>, String> {
        Ok(self.read().await?.values.into_iter().map(|(name, _)| name).collect())
    }

    /// Writes `value` under `name` and keeps the other values, also those that another process
    /// writes at the same time. Returns whether the name had a value before.
    pub(crate) async fn set(
        &self,
        name: &SecretName,
        value: &SecretString,
    ) -> anyhow::Result<bool> {
        for _ in 0..MAX_TRIES {
            let mut held = self.read().await.map_err(anyhow::Error::msg)?;
            let new = Value::from(value.expose_secret());
            let before = held.values.get(name.as_str());
            if before == Some(&new) {
                return Ok(true);
            }
            if let Some(other) = before.and_then(reference) {
                anyhow::bail!(
                    "`{name}` refers to the secret `{other}`: put the value there, or take the \
                     reference out of the stack's secret"
                );
            }
            let was_there = before.is_some();
            held.values.insert(name.as_str().to_owned(), new);
            match self.put(&held).await.map_err(anyhow::Error::msg)? {
                Put::Current => {
                    self.verify(name, value).await?;
                    return Ok(was_there);
                }
                Put::Overtaken => {}
            }
        }
        anyhow::bail!(
            "cannot write `{name}`: other processes keep changing the secret `{}`; try again later",
            self.arn
        )
    }

    /// Writes a version with the content of `held`. Makes it the current one only if the version
    /// that was read is still current.
    async fn put(&self, held: &StoredValues) -> Result<Put, String> {
        let text = Value::Object(held.values.clone()).to_string();
        let put = self.client.put_secret_value().secret_id(&self.arn);
        let put = put.secret_string(text).version_stages(WRITTEN).send().await;
        let put = put.map_err(|error| self.explained("PutSecretValue", &error))?;
        let new = put.version_id().ok_or(
            "Secrets Manager returned no version id of the new \
                                          value",
        )?;
        let promoted = self.promote(held, new).await;
        // A label that stays would keep this version from being removed when it is old. A label
        // that is gone means that another process has written since.
        let clean = self.client.update_secret_version_stage().secret_id(&self.arn);
        let clean = clean.version_stage(WRITTEN).remove_from_version_id(new).send().await;
        if let Err(error) = clean {
            let why = self.explained("UpdateSecretVersionStage", &error);
            tracing::debug!(error = why, "failed to remove a version label");
        }
        promoted
    }

    /// Makes the version `new` the current one, if that of `held` still is.
    async fn promote(&self, held: &StoredValues, new: &str) -> Result<Put, String> {
        // The first version of a secret is the current one at once.
        let is_first = held.version.is_none();
        if is_first && self.read().await?.version.as_deref() == Some(new) {
            return Ok(Put::Current);
        }
        let update = self.client.update_secret_version_stage().secret_id(&self.arn);
        let update = update.version_stage(CURRENT).move_to_version_id(new);
        let update = update.set_remove_from_version_id(held.version.clone()).send().await;
        let Err(error) = update else { return Ok(Put::Current) };
        // An answer may be lost after the label was moved.
        let now = self.read().await?.version;
        if now.as_deref() == Some(new) {
            Ok(Put::Current)
        } else if now == held.version {
            Err(self.explained("UpdateSecretVersionStage", &error))
        } else {
            Ok(Put::Overtaken)
        }
    }

    async fn verify(&self, name: &SecretName, value: &SecretString) -> anyhow::Result<()> {
        let held = self.read().await.map_err(anyhow::Error::msg)?;
        let is_there =
            held.values.get(name.as_str()).and_then(Value::as_str) == Some(value.expose_secret());
        anyhow::ensure!(
            is_there,
            "`{name}` was written but has another value already: another process has set it"
        );
        Ok(())
    }

    async fn read(&self) -> Result<StoredValues, String> {
        let value = match self.client.get_secret_value().secret_id(&self.arn).send().await {
            Ok(value) => value,
            Err(error) => {
                let service = error.as_service_error();
                if service.is_some_and(GetSecretValueError::is_resource_not_found_exception) {
                    // A secret without a value. Whether there is a secret shows when one is put in.
                    return Ok(StoredValues { version: None, values: Map::new() });
                }
                return Err(self.explained("GetSecretValue", &error));
            }
        };
        let text = value.secret_string().map(str::trim).filter(|text| !text.is_empty());
        let values = serde_json::from_str(text.unwrap_or("{}"));
        let values = values.map_err(|_| {
            format!("the value of the secret `{}` is not a JSON object: correct it", self.arn)
        })?;
        Ok(StoredValues { version: value.version_id().map(str::to_owned), values })
    }

    /// Explains a failed call, with a remedy. Error texts of Secrets Manager hold no secret value.
    fn explained<E>(&self, operation: &str, error: &SdkError<E>) -> String
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let what_to_do = match code {
            Some("AccessDeniedException") => {
                format!("these credentials lack `secretsmanager:{operation}` on it")
            }
            Some("ResourceNotFoundException") => {
                "it does not exist: deploy the stack again".to_owned()
            }
            Some("InvalidRequestException") => {
                "it may be marked for deletion: restore it with `aws secretsmanager \
                 restore-secret`"
                    .to_owned()
            }
            Some("DecryptionFailure" | "EncryptionFailure") => {
                "these credentials may not use the key that it is encrypted with".to_owned()
            }
            Some("LimitExceededException") => {
                "it has too many versions or labels; try again tomorrow".to_owned()
            }
            _ => root(error).to_string(),
        };
        let code = code.unwrap_or("no answer");
        format!("the secret `{}`: {operation}: {code}: {what_to_do}", self.arn)
    }
}

/// Returns the secret that a value refers to instead of being one.
fn reference(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| text.starts_with("arn:") && text.contains(":secretsmanager:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_secret_is_a_reference() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/slack-AbCdEf";
        assert_eq!(reference(&Value::from(arn)), Some(arn));
        for other in ["sk-1", "arn:aws:sns:eu-central-1:123456789012:x", ""] {
            assert_eq!(reference(&Value::from(other)), None);
        }
    }
}
