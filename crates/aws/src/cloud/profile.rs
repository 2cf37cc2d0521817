//! The profiles of the AWS command line.

use allclear_core::error_chain::chain;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::http_client_fn;

use super::{CallPolicy, Cloud, CloudError, connector, credentials, region, set};

/// Creates the connection for the command-line tool: from the environment first, and then from the
/// profile.
pub(super) async fn cloud(
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
    fallback: Option<&str>,
) -> Result<Cloud, CloudError> {
    let region = if let Some(region) = region(&variable) {
        region
    } else {
        let region = region_of_profile().await.or_else(|| fallback.map(str::to_owned));
        region.ok_or(CloudError::Region)?
    };
    let credentials = match credentials(&variable) {
        Some(credentials) => SharedCredentialsProvider::new(credentials),
        None => credentials_of_profile(&region, variable).await?,
    };
    Cloud::new(region, credentials, &variable)
}

async fn region_of_profile() -> Option<String> {
    ProfileFileRegionProvider::new().region().await.map(|region| region.to_string())
}

async fn credentials_of_profile(
    region: &str,
    variable: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<SharedCredentialsProvider, CloudError> {
    // Assuming a role is a call to AWS.
    let connector = connector(CallPolicy::FUNCTION, &variable)?;
    let config = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_http_client(http_client_fn(move |_, _| connector.clone()));
    let provider = ProfileFileCredentialsProvider::builder().configure(&config).build();
    match provider.provide_credentials().await {
        Ok(_) => Ok(SharedCredentialsProvider::new(provider)),
        Err(error) => Err(explained(&error, set(&variable, "AWS_PROFILE"))),
    }
}

fn explained(error: &CredentialsError, asked_for: Option<String>) -> CloudError {
    let why = chain(error);
    let is_absent = matches!(error, CredentialsError::CredentialsNotLoaded(_));
    match asked_for {
        None if is_absent => CloudError::NoCredentials { profiles: true },
        profile => {
            let profile = profile.unwrap_or_else(|| "default".to_owned());
            // The SDK reports a source that it was built without in these words.
            if why.contains("cargo feature") {
                CloudError::LoginProfile { profile }
            } else {
                CloudError::Profile { profile, why }
            }
        }
    }
}
