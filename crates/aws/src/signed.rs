//! Signed requests to the services of AWS, over the connections that all services share.
//!
//! A request is retried if the service is busy, fails or does not answer, within the limits of
//! [`CallPolicy`]. The caller interprets the response. `protocol` writes requests in the protocols
//! of the services.

pub(crate) mod protocol;
mod refusal;

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime};

use allclear_core::error_chain::chain;
use allclear_core::ports::Unsigned;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode,
};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Limited};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::{Instant, timeout};

use crate::cloud::{AwsService, CallPolicy, Cloud};
use crate::signing::signature;

/// The largest response that is read, in bytes. A function returns at most 6 MB, and a page of a
/// bucket's listing is smaller.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// The reason that a signed call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service refused the request.
    #[error("{service} returned `{code}` ({status}){}", separated(message))]
    Refused {
        /// The service.
        service: &'static str,
        /// The HTTP status.
        status: u16,
        /// AWS's code, such as `AccessDenied`; `unknown` if the response has none.
        code: String,
        /// The explanation of the service; may be empty.
        message: String,
        /// The whole response.
        answer: Box<ServiceResponse>,
    },
    /// The service was not reached or did not answer within the limits of the patience.
    #[error("no response from {service}: {why}")]
    Unanswered {
        /// The service.
        service: &'static str,
        /// The error of the last try.
        why: String,
    },
    /// The request could not be built.
    #[error("cannot send a request to {service}: {why}")]
    Unsendable {
        /// The service.
        service: &'static str,
        /// The reason, without any credentials.
        why: String,
    },
}

impl CallError {
    /// Returns AWS's code if the service responded.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unanswered { .. } | Self::Unsendable { .. } => None,
        }
    }

    /// Returns the whole response if the service refused.
    #[must_use]
    pub fn answer(&self) -> Option<&ServiceResponse> {
        match self {
            Self::Refused { answer, .. } => Some(answer),
            Self::Unanswered { .. } | Self::Unsendable { .. } => None,
        }
    }

    /// Returns the service's explanation if it responded.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. } => Some(message),
            Self::Unanswered { .. } | Self::Unsendable { .. } => None,
        }
    }

    /// Returns whether the same call may succeed soon.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => refusal::is_transient(*status, code),
            Self::Unanswered { .. } => true,
            Self::Unsendable { .. } => false,
        }
    }
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct ServiceRequest<'a> {
    /// The method, such as `PUT`.
    pub method: &'static str,
    /// The URL, percent-encoded.
    pub url: &'a str,
    /// Headers with lower-case names, in addition to those of the signature.
    pub headers: &'a [(&'static str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

/// The response of a service.
#[derive(Clone)]
pub struct ServiceResponse {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for ServiceResponse {
    /// Leaves the body out, because it may contain a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceResponse").field("n_bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Calls one service with signed requests.
#[derive(Debug, Clone)]
pub struct Signed {
    cloud: Cloud,
    service: AwsService,
}

impl Signed {
    /// Creates a caller of `service` over `cloud`.
    #[must_use]
    pub fn new(cloud: Cloud, service: AwsService) -> Self {
        Self { cloud, service }
    }

    /// Returns the same caller for another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { cloud: self.cloud.in_region(region), service: self.service }
    }

    /// Returns the same caller without retries.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        let policy = CallPolicy { tries: 1, ..self.cloud.call_policy() };
        Self { cloud: self.cloud.with_call_policy(policy), service: self.service }
    }

    /// Returns the connection of the caller.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Sends the call, with retries if necessary. Any status of 2xx is a success.
    ///
    /// # Errors
    ///
    /// Fails if no credentials are available, if the request cannot be built or signed, or if the
    /// last try is refused by the service or gets no complete response.
    pub async fn send(&self, call: ServiceRequest<'_>) -> Result<ServiceResponse, CallError> {
        let policy = self.cloud.call_policy();
        let deadline = Instant::now() + policy.total;
        let mut n_tries = 1;
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).min(policy.attempt);
            let tried = match timeout(left, self.try_once(call)).await {
                Ok(tried) => tried,
                Err(_) => Err(self.unanswered(format!("no data for {} ms", left.as_millis()))),
            };
            let error = match tried {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let pause = pause(policy, n_tries);
            let is_late = Instant::now() + pause >= deadline;
            if !error.is_retryable() || n_tries >= policy.tries || is_late {
                return Err(error);
            }
            tracing::debug!(%error, n_tries, "retrying a request");
            tokio::time::sleep(pause).await;
            n_tries += 1;
        }
    }

    async fn try_once(&self, call: ServiceRequest<'_>) -> Result<ServiceResponse, CallError> {
        let credentials = self.cloud.credentials().provide_credentials().await;
        let credentials = credentials.map_err(|error| self.unsendable(&error))?;
        let request = self.signed(call, credentials)?;
        let answered = self.cloud.connector().call(request).await;
        let answer = answered.map_err(|error| self.unanswered(chain(&error)))?;
        let status = answer.status().as_u16();
        let answer = answer.try_into_http1x().map_err(|error| self.unanswered(chain(&error)))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| self.unanswered(chain(error.as_ref())))?.to_bytes();
        let answer = ServiceResponse { headers: parts.headers, body: body.to_vec() };
        if parts.status.is_success() {
            return Ok(answer);
        }
        let (code, message) = refusal::read(&answer.headers, &answer.body);
        let answer = Box::new(answer);
        Err(CallError::Refused { service: self.service.name(), status, code, message, answer })
    }

    #[expect(clippy::disallowed_methods, reason = "a signature bears the time it is made at")]
    fn signed(
        &self,
        call: ServiceRequest<'_>,
        credentials: Credentials,
    ) -> Result<HttpRequest, CallError> {
        let mut request = Request::builder().method(call.method).uri(call.url);
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let body = SdkBody::from(call.body.to_vec());
        let mut request = request.body(body).map_err(|error| self.unsendable(&error))?;

        let ServiceRequest { method, url, headers, body } = call;
        let (region, service) = (self.cloud.region(), self.service.name());
        let unsigned = Unsigned { method, url, headers, body, region, service };
        let (settings, time) = (self.settings(), SystemTime::now());
        let signed = signature(&unsigned, settings, time, &credentials.into());
        let instructions = signed.map_err(|why| CallError::Unsendable { service, why })?;
        instructions.apply_to_request_http1x(&mut request);
        HttpRequest::try_from(request).map_err(|error| self.unsendable(&error))
    }

    /// S3 uses paths without normalization and requires a checksum of the body.
    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == AwsService::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        settings
    }

    fn unanswered(&self, why: String) -> CallError {
        CallError::Unanswered { service: self.service.name(), why }
    }

    fn unsendable(&self, error: &(dyn std::error::Error + 'static)) -> CallError {
        CallError::Unsendable { service: self.service.name(), why: chain(error) }
    }
}

/// The characters that a signed query or a segment of a path has to encode: all but the unreserved ones.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Encodes a path, whose `/` stay as they are.
#[must_use]
pub fn percent_encoded_path(path: &str) -> String {
    utf8_percent_encode(path, const { &RESERVED.remove(b'/') }).to_string()
}

/// Encodes `text` for a query, or as one segment of a path.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Returns a random pause between half of the doubled pause and all of it, so that clients do not
/// retry at the same time.
fn pause(policy: CallPolicy, n_tries: u32) -> Duration {
    let doubled = policy.first_pause.saturating_mul(1 << n_tries.saturating_sub(1).min(16));
    let longest = doubled.min(policy.attempt);
    let random = RandomState::new().build_hasher().finish() % 1_000;
    longest.mul_f64(0.5 + random as f64 / 2_000.0)
}

fn separated(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
