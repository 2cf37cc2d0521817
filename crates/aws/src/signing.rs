//! Signatures for requests of checks to services of AWS, with the credentials of the process or with
//! access keys of the check.
//!
//! `signed` sends whole calls with the same signatures. A signed request may go to any region, over
//! any connection.

use std::time::SystemTime;

use allclear_core::Timestamp;
use allclear_core::error_chain::chain;
use allclear_core::ports::{AccessKeys, SignRequest, Signing, SigningIdentity, Unsigned};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use secrecy::SecretString;

use crate::cloud::Cloud;

/// Signs with the credentials of a [`Cloud`].
#[derive(Clone)]
pub struct Signer {
    credentials: SharedCredentialsProvider,
}

impl Signer {
    /// Creates a signer with the credentials of `cloud`.
    #[must_use]
    pub fn new(cloud: &Cloud) -> Self {
        Self { credentials: cloud.credentials().clone() }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl SignRequest for Signer {
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
        identity: SigningIdentity<'a>,
        now: Timestamp,
    ) -> Signing<'a> {
        Box::pin(async move {
            let SigningIdentity::Keys(keys) = identity else {
                let credentials = self.credentials.provide_credentials().await;
                let credentials = credentials
                    .map_err(|error| format!("no AWS credentials: {}", chain(&error)))?;
                return signed_headers(&request, credentials, now);
            };
            sign_with_keys(request, keys, now)
        })
    }
}

/// Signs a request with access keys, like [`Signer::sign`] for a process without an identity.
///
/// # Errors
///
/// Fails if the request cannot be signed, such as one without a valid URL.
pub fn sign_with_keys(
    request: Unsigned<'_>,
    keys: AccessKeys<'_>,
    now: Timestamp,
) -> Result<Vec<(String, SecretString)>, String> {
    let token = keys.session_token.map(str::to_owned);
    let credentials = Credentials::new(keys.id, keys.secret, token, None, "check");
    signed_headers(&request, credentials, now)
}

/// Returns the headers of signature version 4: `authorization`, `x-amz-date`, and
/// `x-amz-security-token` if the credentials have a session token. The caller must send them, and all
/// signed headers, unchanged.
fn signed_headers(
    request: &Unsigned<'_>,
    credentials: Credentials,
    now: Timestamp,
) -> Result<Vec<(String, SecretString)>, String> {
    let time = SystemTime::from(now);
    let signed = signature(request, SigningSettings::default(), time, &credentials.into());
    let instructions =
        signed.map_err(|error| format!("cannot sign a request to {}: {error}", request.service))?;
    let (headers, _) = instructions.into_parts();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned().into());
    Ok(headers.into_iter().map(|one| header(one.name(), one.value())).collect())
}

/// Returns the signature of a request, as the changes to apply to the request.
pub(crate) fn signature(
    request: &Unsigned<'_>,
    settings: SigningSettings,
    time: SystemTime,
    identity: &Identity,
) -> Result<SigningInstructions, String> {
    let params = SigningParams::builder()
        .identity(identity)
        .region(request.region)
        .name(request.service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| chain(&error))?
        .into();
    let signable = SignableRequest::new(
        request.method,
        request.url,
        request.headers.iter().copied(),
        SignableBody::Bytes(request.body),
    );
    let signed = signable.and_then(|signable| sign(signable, &params));
    let (instructions, _) = signed.map_err(|error| chain(&error))?.into_parts();
    Ok(instructions)
}
