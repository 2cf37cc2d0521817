//! Secrets in Secrets Manager of the local AWS.

use allclear_aws::cloud::{AwsService, Cloud};
use allclear_aws::secrets::SecretsManagerSecrets;
use allclear_contract::{Fresh, secrets_contract};
use allclear_core::id::SecretName;
use allclear_core::ports::{ReadSecrets, SecretError, SecretFreshness};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{ministack, unique};

secrets_contract!(secrets_manager, secrets_of);

async fn secrets_of(secrets: &[(&str, &str)]) -> Fresh<SecretsManagerSecrets> {
    let object: std::collections::BTreeMap<_, _> = secrets.iter().copied().collect();
    let stack = Stack::new(&json!(object).to_string()).await;
    Fresh { adapter: stack.secrets, guard: () }
}

struct Stack {
    cloud: Cloud,
    id: String,
    secrets: SecretsManagerSecrets,
}

impl Stack {
    async fn new(text: &str) -> Self {
        let cloud = ministack::cloud();
        let id = create(&cloud, text).await;
        let secrets = SecretsManagerSecrets::new(&cloud, &id);
        Self { cloud, id, secrets }
    }

    async fn rotate(&self, text: &str) {
        let put =
            aws_sdk_secretsmanager::Client::new(&self.cloud.config_of(AwsService::SecretsManager))
                .put_secret_value();
        put.secret_id(&self.id).secret_string(text).send().await.unwrap();
    }

    async fn read(&self, name: &str, freshness: SecretFreshness) -> Result<String, SecretError> {
        let name = SecretName::new(name).unwrap();
        let read = self.secrets.secrets(std::slice::from_ref(&name), freshness).await?;
        Ok(read[&name].expose_secret().to_owned())
    }
}

/// Creates a secret and returns its ARN.
async fn create(cloud: &Cloud, text: &str) -> String {
    let create = aws_sdk_secretsmanager::Client::new(&cloud.config_of(AwsService::SecretsManager))
        .create_secret()
        .name(unique("stack"));
    create.secret_string(text).send().await.unwrap().arn.unwrap()
}

#[tokio::test]
async fn a_fresh_read_returns_a_rotated_secret() {
    let stack = Stack::new(r#"{"openai": "old"}"#).await;
    assert_eq!(stack.read("openai", SecretFreshness::Cached).await.as_deref(), Ok("old"));
    stack.rotate(r#"{"openai": "new"}"#).await;
    assert_eq!(stack.read("openai", SecretFreshness::Cached).await.as_deref(), Ok("old"));
    // A value that was read within the last second counts as fresh.
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    assert_eq!(stack.read("openai", SecretFreshness::Fresh).await.as_deref(), Ok("new"));
    assert_eq!(stack.read("openai", SecretFreshness::Cached).await.as_deref(), Ok("new"));
}

#[tokio::test]
async fn a_secret_that_is_filled_in_later_is_found_without_a_restart() {
    let stack = Stack::new("{}").await;
    let missing = stack.read("openai", SecretFreshness::Cached).await;
    assert!(matches!(missing, Err(SecretError::Missing { .. })), "{missing:?}");
    stack.rotate(r#"{"openai": "sk"}"#).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    assert_eq!(stack.read("openai", SecretFreshness::Cached).await.as_deref(), Ok("sk"));
}

#[tokio::test]
async fn a_missing_secret_is_reported_with_the_command_that_stores_it() {
    let stack = Stack::new("{}").await;
    let Err(SecretError::Missing { hint, .. }) =
        stack.read("team-a.key", SecretFreshness::Cached).await
    else {
        panic!("it is missing");
    };
    for part in [
        "aws secretsmanager put-secret-value --region us-east-1",
        &format!("--secret-id '{}'", stack.id),
        "'.\"team-a.key\" = env.V'",
    ] {
        assert!(hint.contains(part), "{hint}");
    }
}

#[tokio::test]
async fn a_value_may_be_kept_in_a_secret_of_its_own() {
    let cloud = ministack::cloud();
    let whole = create(&cloud, "xoxb-team").await;
    let keyed = create(&cloud, r#"{"user": "ann", "password": "pa$$"}"#).await;
    let object = json!({
        "slack": whole, "db": format!("{keyed}:password::"), "typo": format!("{keyed}:passwort::")
    });
    let stack = Stack::new(&object.to_string()).await;
    assert_eq!(stack.read("slack", SecretFreshness::Cached).await.as_deref(), Ok("xoxb-team"));
    assert_eq!(stack.read("db", SecretFreshness::Cached).await.as_deref(), Ok("pa$$"));
    let error = stack.read("typo", SecretFreshness::Cached).await.unwrap_err().to_string();
    assert!(error.contains("`typo`") && error.contains("no key `passwort`"), "{error}");
    assert!(!error.contains("pa$$"), "{error}");
}

#[tokio::test]
async fn a_stack_without_its_secret_is_reported_with_the_remedy() {
    let cloud = ministack::cloud();
    let secrets = SecretsManagerSecrets::new(&cloud, "no-such-secret");
    let name = SecretName::new("openai").unwrap();
    let error = secrets.secrets(&[name], SecretFreshness::Cached).await.unwrap_err().to_string();
    assert!(error.contains("`ResourceNotFoundException` for secret `no-such-secret`"), "{error}");
    assert!(error.contains("`ALLCLEAR_SECRET`"), "{error}");
}

#[tokio::test]
async fn no_output_has_a_secret_value() {
    for text in
        [r#"{"openai": "planted-value"}"#, "planted-value", r#"{"openai": ["planted-value"]}"#]
    {
        let stack = Stack::new(text).await;
        let read = stack.read("openai", SecretFreshness::Cached).await.map(|_| ());
        let missing = stack.read("other", SecretFreshness::Cached).await.map(|_| ());
        let printed = format!("{read:?} {missing:?} {:?} {:?}", stack.secrets, stack.cloud);
        let shown: Vec<String> =
            [read, missing].into_iter().filter_map(|one| Some(one.err()?.to_string())).collect();
        let printed = format!("{printed} {}", shown.join(" "));
        assert!(!printed.contains("planted-value"), "{printed}");
    }
}
