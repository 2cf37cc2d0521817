//! One POST to a destination: bounded in time and size, and telling nothing that is secret.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::channel::{Envelope, SendError};
use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::redact::Redactor;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use rustls::ClientConfig;
use secrecy::SecretString;
use url::Url;

use crate::kinds::Settings;
use crate::{retry_after, text};

/// The most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The most characters of an answer that an error quotes.
const MAX_QUOTED_CHARS: usize = 200;

/// Shorter pieces of a URL are words rather than keys.
const MIN_KEY_CHARS: usize = 6;

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library refuses its settings.
    #[error("the TLS client for notifications cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The HTTP library refuses its settings.
    #[error("the HTTP client for notifications cannot be set up")]
    Http(#[from] reqwest::Error),
}

/// The HTTP client that all channels share.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    try_timeout: Duration,
}

/// What a destination answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: StatusCode,
    /// How long it asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body, redacted, in one line.
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(settings: Settings) -> Result<Self, ClientError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(settings.roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(settings.try_timeout)
            // Notifications are rare: a connection kept for long is dead when it is needed.
            .pool_idle_timeout(Duration::from_secs(5))
            // A redirect would carry the message, and its credentials, to somewhere else.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("allclear/", env!("CARGO_PKG_VERSION")));
        if !settings.follow_system_proxy {
            http = http.no_proxy();
        }
        Ok(Self { http: http.build()?, try_timeout: settings.try_timeout })
    }

    /// Posts `body` to `url`. An answer of whatever status is an [`Answer`].
    pub(crate) async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        envelope: Envelope<'_>,
    ) -> Result<Answer, SendError> {
        let redactor = Redactor::new(&hidden(envelope.secrets, &url));
        let sent = self.http.post(url).headers(headers).body(body).send();
        let failure = |error: reqwest::Error| {
            let message = self.explain(&error);
            SendError::transient(redactor.redact(&message).into_owned())
        };
        let response = sent.await.map_err(failure)?;
        let status = response.status();
        let retry_after = asked_for(&response, envelope.now);
        let body = beginning(response).await.map_err(failure)?;
        let body = redactor.redact(&String::from_utf8_lossy(&body)).into_owned();
        Ok(Answer { status, retry_after, body: text::one_line(&body, MAX_QUOTED_CHARS) })
    }

    fn explain(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            let timeout = allclear_core::duration::format(self.try_timeout);
            return format!("no complete answer within {timeout}");
        }
        // The outer texts repeat the URL and name the library's layers; the innermost says why.
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let cause = text::one_line(&cause.to_string(), MAX_QUOTED_CHARS);
        if error.is_connect() {
            format!("no connection: {cause}")
        } else {
            format!("the connection broke before the answer was complete: {cause}")
        }
    }
}

impl Answer {
    /// The answer in words: `answered 503: try later`.
    pub(crate) fn words(&self) -> String {
        let status = self.status.as_u16();
        if self.body.is_empty() {
            format!("answered {status}")
        } else {
            format!("answered {status}: {}", self.body)
        }
    }
}

async fn beginning(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_ANSWER_BYTES - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == MAX_ANSWER_BYTES {
            break;
        }
    }
    Ok(body)
}

fn asked_for(response: &Response, now: Timestamp) -> Option<Duration> {
    retry_after::parse(response.headers().get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// The secrets of an envelope, and the pieces of a URL by which one could post to it. A destination
/// that echoes what it was asked for quotes the path rather than the whole URL.
fn hidden(secrets: &Secrets, url: &Url) -> Secrets {
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let last = segments.last().copied();
    let has_digit = |segment: &str| segment.chars().any(|c| c.is_ascii_digit());
    let keys = segments.into_iter().filter(|one| Some(*one) == last || has_digit(one));
    let pieces = [Some(url.as_str()), Some(url.path()), url.query(), url.password()];
    let pieces = pieces.into_iter().flatten().map(str::to_owned);
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let pieces = pieces.chain(keys.map(str::to_owned)).chain(values);
    let long_enough = pieces.filter(|piece| piece.chars().count() >= MIN_KEY_CHARS);
    let named = long_enough.enumerate().filter_map(|(index, piece)| {
        SecretName::new(format!("url.{index}")).ok().map(|name| (name, SecretString::from(piece)))
    });
    // The names only keep them apart; a real secret of such a name keeps its place.
    let mut all: Secrets = named.collect();
    let taken = secrets.iter().enumerate().filter_map(|(index, (_, value))| {
        SecretName::new(format!("secret.{index}")).ok().map(|name| (name, value.clone()))
    });
    all.extend(taken);
    all
}
