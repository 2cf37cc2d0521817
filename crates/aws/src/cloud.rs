//! The connection to AWS: region, credentials, one HTTP client for all services.
//!
//! Functions read all of it from the environment, without any request. The command-line tool also
//! reads the profiles of the AWS command line.

mod profile;
mod roots;
mod service;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};

pub use self::service::AwsService;

/// The reason that there is no connection to AWS.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// No region is configured.
    #[error(
        "no AWS region is set: set the environment variable `AWS_REGION`, for example to \
         `eu-central-1`"
    )]
    Region,
    /// No credentials are configured.
    #[error(
        "no AWS credentials: set the environment variables `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY`{}", if *.profiles { ", or `AWS_PROFILE` to a profile with keys" } else { "" }
    )]
    NoCredentials {
        /// True if profiles were searched too.
        profiles: bool,
    },
    /// The profile names a source of credentials that this program does not support.
    #[error(
        "profile `{profile}` gets its credentials by logging in, which only the AWS command line \
         can do: log in with `aws sso login --profile {profile}` (or `aws login`), and then run \
         `eval \"$(aws configure export-credentials --profile {profile} --format env)\"`"
    )]
    LoginProfile {
        /// The profile.
        profile: String,
    },
    /// The profile cannot be used.
    #[error("cannot load the credentials of profile `{profile}`: {why}")]
    Profile {
        /// The profile.
        profile: String,
        /// The reason, without any credentials.
        why: String,
    },
    /// The configured address of a service is not a valid URL.
    #[error("invalid address in `{variable}`: write it as `http://127.0.0.1:4566`")]
    Endpoint {
        /// The variable that holds the address.
        variable: String,
    },
    /// No certificate authorities were found, so no server could be trusted.
    #[error(
        "no CA certificates on this machine: install the package `ca-certificates`, \
         or set `SSL_CERT_FILE` to a file that holds some"
    )]
    NoRoots,
}

/// Returns the region that the environment names; `None` if it names none.
#[must_use]
pub fn region_of_environment() -> Option<String> {
    region(&environment)
}

/// Timeouts and retries of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPolicy {
    /// The timeout of a connection attempt.
    pub connect: Duration,
    /// The timeout of one try, from the first byte sent to the last one received.
    pub attempt: Duration,
    /// The timeout of all tries, including the pauses between them.
    pub total: Duration,
    /// The largest number of tries.
    pub tries: u32,
    /// The longest first pause. It doubles with each try.
    pub first_pause: Duration,
}

impl CallPolicy {
    /// The limits for a function with a timeout of a minute: a busy service is retried for ten
    /// seconds.
    pub const FUNCTION: Self = Self {
        connect: Duration::from_secs(2),
        attempt: Duration::from_secs(3),
        total: Duration::from_secs(10),
        tries: 6,
        first_pause: Duration::from_millis(100),
    };
}

/// The region, the credentials and the connections that all services share.
#[derive(Clone)]
pub struct Cloud {
    config: SdkConfig,
    connector: SharedHttpConnector,
    credentials: SharedCredentialsProvider,
    /// Addresses that replace AWS's own.
    endpoints: BTreeMap<AwsService, String>,
    call_policy: CallPolicy,
}

impl Cloud {
    /// Creates the connection that the environment describes: `AWS_REGION` or `AWS_DEFAULT_REGION`,
    /// keys, and `AWS_ENDPOINT_URL` if the services have other addresses. No request is sent.
    ///
    /// # Errors
    ///
    /// Fails under the conditions of [`Cloud::from_variables`].
    pub fn from_environment() -> Result<Self, CloudError> {
        Self::from_variables(environment)
    }

    /// Creates the connection from these variables. The trusted certificates are those of the
    /// machine, or those of `SSL_CERT_FILE`.
    ///
    /// # Errors
    ///
    /// Fails if the region or the keys are missing, if the address of a service is not an HTTP or
    /// HTTPS URL, or if no certificate authorities are found.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, CloudError> {
        let region = region(&variable).ok_or(CloudError::Region)?;
        let credentials =
            credentials(&variable).ok_or(CloudError::NoCredentials { profiles: false })?;
        Self::new(region, SharedCredentialsProvider::new(credentials), &variable)
    }

    /// Creates the connection from the environment. Missing settings are taken from the profile of
    /// the AWS command line that `AWS_PROFILE` names, or from the profile `default`.
    ///
    /// Profiles with keys or with a role to assume are supported. Profiles with a login are not:
    /// see [`CloudError::LoginProfile`].
    ///
    /// # Errors
    ///
    /// Fails if no region or no credentials are set, if the credentials of the profile cannot be
    /// loaded, if the address of a service is not an HTTP or HTTPS URL, or if no certificate
    /// authorities are found.
    pub async fn from_environment_or_profile() -> Result<Self, CloudError> {
        profile::cloud(&environment, None).await
    }

    /// Creates the same connection, with `region` as the default region.
    ///
    /// # Errors
    ///
    /// Fails under the conditions of [`Cloud::from_environment_or_profile`], except that a missing
    /// region is not an error.
    pub async fn from_environment_or_profile_else_in(region: &str) -> Result<Self, CloudError> {
        profile::cloud(&environment, Some(region)).await
    }

    fn new(
        region: String,
        credentials: SharedCredentialsProvider,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, CloudError> {
        let call_policy = CallPolicy::FUNCTION;
        let connector = connector(call_policy, variable)?;
        Ok(Self {
            config: config(region, credentials.clone(), call_policy, &connector),
            connector,
            credentials,
            endpoints: endpoints(variable)?,
            call_policy,
        })
    }

    /// Returns the same connection to another region. The HTTP connections are shared.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        Self { config, ..self.clone() }
    }

    /// Returns the same connection with other timeouts and retries; the connect timeout stays the
    /// same.
    #[must_use]
    pub fn with_call_policy(&self, call_policy: CallPolicy) -> Self {
        let config = self
            .config
            .to_builder()
            .retry_config(call_policy.retries())
            .timeout_config(call_policy.timeouts())
            .build();
        Self { config, call_policy, ..self.clone() }
    }

    /// Returns the same connection with another address for one service.
    #[must_use]
    pub fn with_endpoint(&self, service: AwsService, url: &str) -> Self {
        let mut other = self.clone();
        other.endpoints.insert(service, url.trim_end_matches('/').to_owned());
        other
    }

    /// Returns the region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// Returns the configured address of a service, without a trailing slash; `None` if it is AWS's
    /// own.
    #[must_use]
    pub fn endpoint(&self, service: AwsService) -> Option<&str> {
        self.endpoints.get(&service).map(String::as_str)
    }

    /// Returns the address of a service, without a trailing slash: the configured one or AWS's own.
    #[must_use]
    pub fn address(&self, service: AwsService) -> String {
        let region = self.region();
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        self.endpoint(service).map_or_else(
            || format!("https://{}.{region}.{domain}", service.host_name()),
            str::to_owned,
        )
    }

    /// Returns the timeouts and retries.
    #[must_use]
    pub fn call_policy(&self) -> CallPolicy {
        self.call_policy
    }

    /// Returns the HTTP connections, for calls without a client of the SDK.
    #[must_use]
    pub fn connector(&self) -> &SharedHttpConnector {
        &self.connector
    }

    /// Returns the credentials, for calls without a client of the SDK.
    #[must_use]
    pub fn credentials(&self) -> &SharedCredentialsProvider {
        &self.credentials
    }

    /// Returns the SDK configuration for a client of `service` that this crate does not provide.
    #[must_use]
    pub fn config_of(&self, service: AwsService) -> SdkConfig {
        match self.endpoint(service) {
            Some(url) => self.config.to_builder().endpoint_url(url).build(),
            None => self.config.clone(),
        }
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud")
            .field("region", &self.region())
            .field("endpoints", &self.endpoints)
            .field("patience", &self.call_policy)
            .finish_non_exhaustive()
    }
}

impl CallPolicy {
    fn retries(self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.tries)
            .with_initial_backoff(self.first_pause)
            .with_max_backoff(self.attempt)
    }

    fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.total)
            .build()
    }
}

fn config(
    region: String,
    credentials: SharedCredentialsProvider,
    call_policy: CallPolicy,
    connector: &SharedHttpConnector,
) -> SdkConfig {
    let connector = connector.clone();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(region))
        .credentials_provider(credentials)
        .retry_config(call_policy.retries())
        .timeout_config(call_policy.timeouts())
        // All clients share one pool and one set of certificates, regardless of their own settings.
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build()
}

fn connector(
    call_policy: CallPolicy,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<SharedHttpConnector, CloudError> {
    let trusted = tls::TlsContext::builder()
        .with_trust_store(roots::trust_store(variable)?)
        .build()
        .map_err(|_| CloudError::NoRoots)?;
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted)
        .connector_settings(
            HttpConnectorSettings::builder().connect_timeout(call_policy.connect).build(),
        )
        .proxy_config(ProxyConfig::from_env())
        .build();
    Ok(SharedHttpConnector::new(connector))
}

fn endpoints(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<AwsService, String>, CloudError> {
    let mut endpoints = BTreeMap::new();
    for service in AwsService::ALL {
        let variables = [service.endpoint_variable(), "AWS_ENDPOINT_URL"];
        let set = variables.iter().find_map(|name| Some((*name, set(variable, name)?)));
        let Some((name, url)) = set else { continue };
        let wrong = || CloudError::Endpoint { variable: name.to_owned() };
        let parsed: http::Uri = url.parse().map_err(|_| wrong())?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            return Err(wrong());
        }
        endpoints.insert(service, url.trim_end_matches('/').to_owned());
    }
    Ok(endpoints)
}

fn region(variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    set(variable, "AWS_REGION").or_else(|| set(variable, "AWS_DEFAULT_REGION"))
}

fn credentials(variable: &dyn Fn(&str) -> Option<String>) -> Option<Credentials> {
    let key = set(variable, "AWS_ACCESS_KEY_ID")?;
    let secret = set(variable, "AWS_SECRET_ACCESS_KEY")?;
    let token = set(variable, "AWS_SESSION_TOKEN");
    Some(Credentials::new(key, secret, token, None, "environment"))
}

/// Returns the value of a variable; `None` if it is unset or blank.
fn set(variable: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the edge where the environment is read")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
