//! The way of a check to AWS: its region, its endpoint and its keys.

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::ports::{AccessKeys, SigningIdentity};
use allclear_core::secret::Secrets;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::resource::is_region;
use super::service::CheckedService;
use crate::SharedState;
use crate::api::{ApiParams, ApiTarget, RequestHeaders, read_url};
use crate::params::{ParamProblems, ParamText, secret};

/// Access keys of the check.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialParams {
    /// The id of the key, such as `AKIA…`, or `secret:name`.
    access_key_id: String,
    /// The secret key, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    secret_access_key: String,
    /// The token of a session, as `secret:name`. Keys of a user have none.
    #[schemars(extend("format" = "secret"))]
    session_token: Option<String>,
}

/// The parameters that every check of AWS has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AwsParams<'a> {
    pub(crate) region: Option<&'a str>,
    /// The region that the name of the resource has.
    pub(crate) of_resource: Option<&'a str>,
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) credentials: Option<&'a CredentialParams>,
    pub(crate) connection: ApiParams<'a>,
}

/// The way of a check to AWS.
#[derive(Debug)]
pub(crate) struct AwsAccess {
    pub(super) region: String,
    /// The address of all services, if it is not that of AWS.
    endpoint: Option<Url>,
    keys: Option<AccessKeySecrets>,
}

/// The keys of a check, by the names of their secrets.
#[derive(Debug)]
struct AccessKeySecrets {
    id: ParamText,
    secret: SecretName,
    session_token: Option<SecretName>,
}

/// The owner of a signature, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignedBy {
    /// The role or the user of the process.
    Process,
    /// The keys of the check.
    CheckKeys,
}

impl AwsAccess {
    /// Reads the parameters of a check, and returns the target of its requests to a service too. The region of the process
    /// counts if the check has none.
    pub(crate) fn read(
        service: CheckedService,
        params: AwsParams<'_>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<(Self, ApiTarget)> {
        let access = Self::read_access(params, shared, problems)?;
        let headers = RequestHeaders::new(&shared.user_agent);
        let parts = (access.url(service), Some(headers));
        let target = ApiTarget::read(parts, params.connection, shared, problems)?;
        Some((access, target))
    }

    fn read_access(
        params: AwsParams<'_>,
        shared: &SharedState,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        if let (Some(region), Some(of_resource)) = (params.region, params.of_resource)
            && region != of_resource
        {
            let what =
                format!("the region is `{region}`, and that of the resource `{of_resource}`");
            problems.add(&["region"], what, Some("remove `region`"));
        }
        let region = params.region.or(params.of_resource).or(shared.aws_region.as_deref());
        let region = read_region(region, problems);
        let endpoint = params.endpoint.map(|text| read_url(&["endpoint"], text, problems));
        let keys = params.credentials.map(|params| AccessKeySecrets::read(params, problems));
        let (endpoint, keys) = (transpose(endpoint)?, transpose(keys)?);
        Some(Self { region: region?, endpoint, keys })
    }

    /// Returns the address of a service, without a path.
    pub(crate) fn url(&self, service: CheckedService) -> Option<Url> {
        if let Some(endpoint) = &self.endpoint {
            return Some(endpoint.clone());
        }
        let domain = match self.region.split('-').next() {
            Some("cn") => "amazonaws.com.cn",
            Some("eusc") => "amazonaws.eu",
            Some(_) | None => "amazonaws.com",
        };
        Url::parse(&format!("https://{}.{}.{domain}", service.name(), self.region)).ok()
    }

    /// Returns the region.
    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// Returns the names of the secrets of the keys.
    pub(crate) fn secrets(&self) -> Vec<SecretName> {
        let Some(AccessKeySecrets { id, secret, session_token }) = &self.keys else {
            return Vec::new();
        };
        let id = match id {
            ParamText::Plain(_) => None,
            ParamText::Secret(name) => Some(name),
        };
        let names = [id, Some(secret), session_token.as_ref()];
        names.into_iter().flatten().cloned().collect()
    }

    /// Returns the identity of the requests.
    pub(super) fn identity<'a>(
        &'a self,
        secrets: &'a Secrets,
    ) -> Result<SigningIdentity<'a>, Cause> {
        let Some(keys) = &self.keys else { return Ok(SigningIdentity::Process) };
        let id = match &keys.id {
            ParamText::Plain(text) => text,
            ParamText::Secret(name) => secret(secrets, name)?,
        };
        let token = keys.session_token.as_ref().map(|name| secret(secrets, name)).transpose()?;
        Ok(SigningIdentity::Keys(AccessKeys {
            id: id.trim(),
            secret: secret(secrets, &keys.secret)?.trim(),
            session_token: token.map(str::trim),
        }))
    }

    /// Returns the owner of the signatures.
    pub(super) fn signed_by(&self) -> SignedBy {
        if self.keys.is_some() { SignedBy::CheckKeys } else { SignedBy::Process }
    }
}

impl AccessKeySecrets {
    fn read(params: &CredentialParams, problems: &mut ParamProblems) -> Option<Self> {
        let id_path = ["credentials", "access_key_id"];
        let id = problems.text(&id_path, &params.access_key_id);
        let secret =
            problems.secret(&["credentials", "secret_access_key"], &params.secret_access_key);
        let token = params.session_token.as_deref();
        let token = token.map(|text| problems.secret(&["credentials", "session_token"], text));
        let (id, secret, session_token) = (id?, secret?, transpose(token)?);
        if let ParamText::Plain(text) = &id
            && !is_key_id(text)
        {
            let what = format!("`{text}` does not have the form of the id of an access key");
            problems.add(&id_path, what, Some("write an id such as `AKIA…`, or `secret:name`"));
            return None;
        }
        Some(Self { id, secret, session_token })
    }
}

fn is_key_id(text: &str) -> bool {
    (4..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn read_region(region: Option<&str>, problems: &mut ParamProblems) -> Option<String> {
    let Some(region) = region else {
        let what = "the check has no region, and neither has this process";
        let hint = "write for example `region = \"eu-central-1\"`, or set `AWS_REGION`";
        problems.add(&[], what, Some(hint));
        return None;
    };
    if !is_region(region) {
        let what = format!("`{region}` does not have the form of a region");
        problems.add(&["region"], what, Some("write for example `eu-central-1`"));
        return None;
    }
    Some(region.to_owned())
}

/// Turns a value that was read from an absent or present parameter inside out: `None` if it was wrong.
#[expect(clippy::option_option, reason = "a parameter may be absent, and a present one wrong")]
fn transpose<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}
