//! A deployed stack, found by its name: its table, its functions, its secret.

mod secret;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use allclear_aws::cloud::{AwsService, CallPolicy, Cloud};
use allclear_aws::dynamo::{DynamoStore, Retention};
use allclear_aws::invoke::LambdaFunction;
use allclear_core::config::{Config, Settings};
use allclear_core::error_chain::root;
use allclear_core::ports::{AppliedConfig, ReadConfig, Version};
use anyhow::Context as _;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;

use crate::output;
pub(crate) use crate::stack::secret::StackSecret;

/// Timeouts of AWS calls. They are short, because a person can try again sooner than a function.
const PATIENCE: CallPolicy = CallPolicy {
    connect: Duration::from_secs(3),
    attempt: Duration::from_secs(10),
    total: Duration::from_secs(30),
    tries: 4,
    first_pause: Duration::from_millis(100),
};

/// Timeouts of prober invocations. The prober may run for 55 s and must not be invoked twice for
/// one request.
const PATIENCE_WITH_PROBER: CallPolicy = CallPolicy {
    attempt: Duration::from_secs(65),
    total: Duration::from_secs(70),
    tries: 1,
    ..PATIENCE
};

/// Returns the address behind an output `PageUrl`. That of a private bucket is `s3://BUCKET/KEY`, which is no link: as in
/// the template, the links have the bucket's address in HTTPS.
fn address_of(page_url: &str, region: &str) -> String {
    let Some((bucket, key)) = page_url.strip_prefix("s3://").and_then(|rest| rest.split_once('/'))
    else {
        return page_url.to_owned();
    };
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{bucket}.s3.{region}.{suffix}/{key}")
}

/// A deployed stack.
pub(crate) struct Stack {
    name: String,
    cloud: Cloud,
    outputs: BTreeMap<String, String>,
}

impl Stack {
    /// Finds the stack in the account and the region of the environment or the profile.
    pub(crate) async fn find(name: &str) -> anyhow::Result<Self> {
        let cloud = Cloud::from_environment_or_profile().await?.with_call_policy(PATIENCE);
        let client =
            aws_sdk_cloudformation::Client::new(&cloud.config_of(AwsService::CloudFormation));
        let found = client.describe_stacks().stack_name(name).send().await;
        let found = found.map_err(|error| {
            let service = error.as_service_error();
            let code = service.and_then(|service| service.code());
            if let Some(what) = code.and_then(|code| refusal(name, cloud.region(), code)) {
                return anyhow::anyhow!("{what}");
            }
            let message = service.and_then(|service| service.message()).map(str::to_owned);
            let why = message.unwrap_or_else(|| root(&error).to_string());
            anyhow::anyhow!("{why}")
                .context(format!("cannot describe the stack `{name}` in {}", cloud.region()))
        })?;
        let stack = found.stacks().first();
        let stack = stack.with_context(|| format!("no stack `{name}`"))?;
        let outputs = stack.outputs().iter().filter_map(|output| {
            Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
        });
        let outputs: BTreeMap<String, String> = outputs.collect();
        if outputs.is_empty() {
            let status =
                stack.stack_status().map_or("in an unknown state", |status| status.as_str());
            anyhow::bail!(
                "the stack `{name}` has no outputs (it is {status}): wait until it is deployed, or \
                 deploy it again with `scripts/deploy`"
            );
        }
        Ok(Self { name: name.to_owned(), cloud, outputs })
    }

    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns an output that each stack has.
    fn output(&self, key: &str) -> anyhow::Result<&str> {
        self.optional(key).with_context(|| {
            format!(
                "the stack `{}` has no output `{key}`: it belongs to another program or is only a \
                 prober; choose the home stack with `--stack`",
                self.name
            )
        })
    }

    fn optional(&self, key: &str) -> Option<&str> {
        self.outputs.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns its table.
    pub(crate) fn store(&self) -> anyhow::Result<DynamoStore> {
        let retention = Retention::from(&Settings::default());
        Ok(DynamoStore::new(&self.cloud, self.output("TableName")?, retention))
    }

    /// Returns the config that its functions run with.
    pub(crate) async fn config(&self) -> anyhow::Result<Arc<Config>> {
        let (_, applied) = active_config(&self.store()?).await?;
        Ok(Arc::new(applied.config))
    }

    /// Returns its account and region, with the permissions of this person.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Returns the ARN of the topic of channels without a topic of their own.
    pub(crate) fn alert_topic(&self) -> anyhow::Result<&str> {
        self.output("AlertTopic")
    }

    /// Returns its prober.
    pub(crate) fn prober(&self) -> anyhow::Result<LambdaFunction> {
        let cloud = self.cloud.with_call_policy(PATIENCE_WITH_PROBER);
        Ok(LambdaFunction::new(&cloud, self.output("ProberFunction")?))
    }

    /// Returns the address of its page, with which its generator fills the page's links; `None` for a stack that does not
    /// state it.
    pub(crate) fn page_address(&self) -> Option<String> {
        Some(address_of(self.optional("PageUrl")?, self.cloud.region()))
    }

    /// Returns the memory of its generator in MB; `None` for a stack that does not state it.
    pub(crate) fn generator_memory_mb(&self) -> Option<usize> {
        self.optional("GeneratorMemory")?.parse().ok()
    }

    /// Returns whether jobs can send heartbeats to the stack.
    pub(crate) fn takes_beats(&self) -> bool {
        self.optional("HeartbeatUrl").is_some()
    }

    /// Returns its secret.
    pub(crate) fn secret(&self) -> anyhow::Result<StackSecret> {
        let arn = self.output("SecretArn")?;
        Ok(StackSecret::new(&self.cloud, arn))
    }

    /// Returns the names of its secrets. The error explains why they could not be read.
    pub(crate) async fn secret_names(&self) -> Result<BTreeSet<String>, String> {
        self.secret().map_err(|error| error.to_string())?.names().await
    }
}

/// Reads the config in force, for commands that need one.
pub(crate) async fn active_config(
    store: &impl ReadConfig,
) -> anyhow::Result<(Version, AppliedConfig)> {
    let version = store.config_version().await?;
    anyhow::ensure!(version > 0, "no config was applied: apply one with `allclear apply`");
    // The functions, too, work on with the last one that can be read.
    let mut refusal = None;
    for candidate in (1..=version).rev() {
        match store.applied_config(candidate).await {
            Ok(Some(applied)) => {
                if let Some(error) = refusal {
                    output::note(&format!(
                        "warning: cannot use the active config, so version {candidate} is used; \
                         apply a valid one with `allclear apply`: {error}"
                    ));
                }
                return Ok((candidate, applied));
            }
            Ok(None) => {
                let missing = || anyhow::anyhow!("version {candidate} of the config is missing");
                refusal = Some(refusal.unwrap_or_else(missing));
            }
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => refusal = Some(refusal.unwrap_or_else(|| error.into())),
        }
    }
    let refusal = refusal.unwrap_or_else(|| anyhow::anyhow!("no version is stored"));
    Err(refusal.context(
        "no version of the config can be read: apply a valid one with `allclear \
                         apply`",
    ))
}

/// Explains an error of describing the stack, with a remedy.
fn refusal(name: &str, region: &str, code: &str) -> Option<String> {
    match code {
        "ValidationError" => Some(format!(
            "no stack `{name}` in {region}: choose another with `--stack`, set \
             `AWS_REGION`, or deploy one with `scripts/deploy`"
        )),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            Some("the AWS credentials have expired: log in again".to_owned())
        }
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException" => Some(
            "unknown AWS credentials: check `AWS_ACCESS_KEY_ID` and \
             `AWS_SECRET_ACCESS_KEY`, or the profile"
                .to_owned(),
        ),
        "AccessDenied" | "AccessDeniedException" => Some(format!(
            "these credentials may not describe the stack `{name}`: they lack \
             `cloudformation:DescribeStacks`"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_a_private_bucket_has_an_address_that_can_be_linked() {
        let address = |url| address_of(url, "eu-central-1");
        let of_bucket = address("s3://acme-site/index.html");
        assert_eq!(of_bucket, "https://acme-site.s3.eu-central-1.amazonaws.com/index.html");
        assert_eq!(address("https://status.acme.example/"), "https://status.acme.example/");
        let in_china = address_of("s3://acme-site/index.html", "cn-north-1");
        assert_eq!(in_china, "https://acme-site.s3.cn-north-1.amazonaws.com.cn/index.html");
    }
}
