//! The answer to a request: as it comes, or read to its end.

use std::time::{Duration, Instant};

use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::scope::AddressScope;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use hyper::body::Incoming;
use serde_json::Value;
use url::Url;

use super::ApiStep;
use super::status::{SentCredentials, named_status, reason_of_api_status};
use crate::body::Decoder;
use crate::excerpt::{excerpt, excerpt_of_bytes};
use crate::exchange::{Target, TargetConnection, within_body};
use crate::offload;

/// The largest document that is parsed where it arrived, in bytes.
const SMALL_DOCUMENT: usize = 64 * 1024;

/// An answer whose head has come.
pub(crate) struct ApiStream<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(super) step: ApiStep<'a>,
    /// The target that answered, after redirects.
    pub(super) target: Target,
    pub(super) scope: AddressScope,
    pub(super) sent: Instant,
    pub(super) credentials: SentCredentials,
    pub(super) connection: TargetConnection,
    pub(super) body: Incoming,
    pub(super) decoder: Option<Decoder>,
    pub(super) n_bytes: usize,
    pub(super) max_bytes: usize,
}

impl ApiStream<'_> {
    /// Returns the next piece of the body, decoded, as it comes; `None` at its end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Cause> {
        let next = self.next_piece().await.map_err(|cause| self.step.name_in(cause))?;
        self.n_bytes = self.n_bytes.saturating_add(next.as_ref().map_or(0, Bytes::len));
        if self.n_bytes > self.max_bytes {
            let what = format!("the answer is larger than {} bytes", self.max_bytes);
            return Err(self.step.name_in(Cause::of(Reason::ResponseTooLarge, what)));
        }
        Ok(next)
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, Cause> {
        loop {
            if let Some(decoder) = &mut self.decoder
                && let Some(piece) = decoder.next().await.map_err(|error| error.cause())?
            {
                return Ok(Some(piece.into()));
            }
            let Some(piece) = self.connection.next_piece(&mut self.body).await else {
                let end = self.decoder.as_ref().map_or(Ok(()), Decoder::finish);
                return end.map(|()| None).map_err(|error| error.cause());
            };
            let piece = piece.map_err(|error| within_body(&error, self.n_bytes))?;
            match &mut self.decoder {
                Some(decoder) => decoder.push(&piece),
                None => return Ok(Some(piece)),
            }
        }
    }

    /// Returns true if the body is of this media type.
    pub(crate) fn is_of_type(&self, media_type: &str) -> bool {
        media_type_of(&self.headers).eq_ignore_ascii_case(media_type)
    }

    /// Returns the same answer, whose body is `body`.
    pub(super) fn with_body(&self, body: Vec<u8>) -> ApiAnswer {
        ApiAnswer {
            status: self.status,
            headers: self.headers.clone(),
            url: self.target.url.clone(),
            body,
            took: self.sent.elapsed(),
            credentials: self.credentials,
        }
    }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct ApiAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The address that answered, after redirects.
    pub(crate) url: Url,
    pub(crate) body: Vec<u8>,
    /// The time from the request to the end of the answer.
    pub(crate) took: Duration,
    credentials: SentCredentials,
}

impl ApiAnswer {
    /// Returns the document of a successful answer, or the cause of any other.
    pub(crate) async fn document(self, step: ApiStep<'_>) -> Result<Value, Cause> {
        if !self.status.is_success() {
            return Err(self.refusal(step));
        }
        self.json().await.map_err(|cause| step.name_in(cause))
    }

    /// Returns the body as JSON.
    pub(crate) async fn json(self) -> Result<Value, Cause> {
        let Self { headers, body, .. } = self;
        let media_type = media_type_of(&headers);
        let described = describe(media_type, &body);
        let parsed = if body.len() <= SMALL_DOCUMENT {
            serde_json::from_slice(&body)
        } else {
            let parse = move |_: &_| serde_json::from_slice(&body);
            let parsed = offload::run(parse).await;
            parsed.ok_or_else(|| {
                Cause::of(
                    Reason::CheckFailed,
                    "the reading of the answer failed inside the monitor",
                )
            })?
        };
        parsed.map_err(|error| {
            let what = format!("the answer is not JSON: {error}; it is {described}");
            Cause::of(Reason::ResponseInvalid, what)
        })
    }

    /// Returns the cause that the status of the answer names.
    pub(crate) fn refusal(&self, step: ApiStep<'_>) -> Cause {
        self.refusal_with(step, &excerpt_of_bytes(&self.body))
    }

    /// Returns the same, with `detail` from the body.
    pub(crate) fn refusal_with(&self, step: ApiStep<'_>, detail: &str) -> Cause {
        let reason = reason_of_api_status(self.status, self.credentials);
        Cause::of(reason, self.describe_refusal(step, detail))
    }

    /// Describes an answer that refuses the request of the step.
    pub(crate) fn describe_refusal(&self, step: ApiStep<'_>, detail: &str) -> String {
        let mut what = format!("the answer is {}", named_status(self.status));
        if !step.name.is_empty() {
            what = format!("{}: {what}", step.name);
        }
        if !detail.trim().is_empty() {
            what = format!("{what}: {}", excerpt(detail.trim()));
        }
        if let Some(after) = self.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
            what = format!("{what}; the server asks to wait: `retry-after: {}`", excerpt(after));
        }
        match (self.status, self.credentials) {
            (StatusCode::UNAUTHORIZED, SentCredentials::No) => {
                format!("{what}; the check sends no credentials")
            }
            (StatusCode::NOT_FOUND, _) => format!("{what}; asked at `{}`", self.url.path()),
            _ => what,
        }
    }
}

fn media_type_of(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

/// Describes a body by its type and its beginning.
fn describe(media_type: &str, body: &[u8]) -> String {
    if body.is_empty() {
        return "empty".to_owned();
    }
    let beginning = excerpt_of_bytes(body);
    if media_type.is_empty() {
        return format!("`{beginning}`");
    }
    format!("`{}`: {beginning}", excerpt(media_type))
}
