//! Sends one POST to a destination, limited in time and size. No error text holds a secret.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use allclear_core::channel::Envelope;
use allclear_core::error_chain::root;
use allclear_core::id::SecretName;
use allclear_core::proxy::{DestinationServer, Proxy, ProxyChoice, ProxySettings, Scheme};
use allclear_core::redact::Redactor;
use allclear_core::secret::Secrets;
use allclear_core::send_error::SendError;
use allclear_core::text;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use rustls::ClientConfig;
use secrecy::SecretString;
use url::Url;

use crate::retry_after;
use crate::settings::ChannelSettings;

/// The most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The most characters of an answer that an error quotes.
const MAX_QUOTED_CHARS: usize = 200;

/// The minimum length of a URL piece that is redacted. Shorter pieces are words rather than keys.
const MIN_KEY_CHARS: usize = 6;

/// The most proxies whose connections are kept.
const MAX_PROXIES: usize = 64;

/// The error of building the HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library rejected its settings.
    #[error("cannot set up the TLS client for notifications")]
    Tls(#[from] rustls::Error),
    /// The HTTP library rejected its settings.
    #[error("cannot set up the HTTP client for notifications")]
    Http(#[from] reqwest::Error),
}

/// The HTTP client that all channels share.
#[derive(Clone)]
pub(crate) struct ChannelClient {
    shared: Arc<ClientState>,
}

struct ClientState {
    tls: ClientConfig,
    try_timeout: Duration,
    proxies: ProxySettings,
    /// A client without a proxy.
    direct: reqwest::Client,
    /// The clients that go through a proxy, by its URL.
    proxied: Mutex<HashMap<Url, reqwest::Client>>,
}

/// One request of a channel.
pub(crate) struct Post<'a> {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) proxy: &'a ProxyChoice,
}

/// The answer of a destination.
#[derive(Debug)]
pub(crate) struct ChannelResponse {
    /// The status code.
    pub(crate) status: StatusCode,
    /// The wait that the destination asks for.
    pub(crate) retry_after: Option<Duration>,
    /// The beginning of the body, for the judgement. It may hold secrets.
    pub(crate) content: String,
    /// The beginning of the body, redacted, in one line.
    pub(crate) body: String,
}

impl ChannelClient {
    pub(crate) fn new(settings: ChannelSettings) -> Result<Self, ClientError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(settings.roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let ChannelSettings { try_timeout, proxies, .. } = settings;
        let direct = http_client(&tls, try_timeout, None)?;
        let proxied = Mutex::default();
        Ok(Self { shared: Arc::new(ClientState { tls, try_timeout, proxies, direct, proxied }) })
    }

    /// Returns the TLS settings for a protocol other than HTTP.
    pub(crate) fn tls_without_http(&self) -> Arc<ClientConfig> {
        let mut tls = self.shared.tls.clone();
        tls.alpn_protocols.clear();
        Arc::new(tls)
    }

    /// Returns the limit for one try.
    pub(crate) fn try_timeout(&self) -> Duration {
        self.shared.try_timeout
    }

    /// Sends `post`. Every HTTP response is an [`ChannelResponse`], whatever its status.
    pub(crate) async fn post(
        &self,
        post: Post<'_>,
        envelope: Envelope<'_>,
    ) -> Result<ChannelResponse, SendError> {
        self.post_with(post, envelope.secrets, envelope.now).await
    }

    /// Sends `post` like [`Self::post`], with these secrets.
    pub(crate) async fn post_with(
        &self,
        post: Post<'_>,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<ChannelResponse, SendError> {
        let Post { url, headers, body, proxy } = post;
        let proxy = self.proxy_for(&url, proxy, secrets)?;
        let proxy = proxy.as_deref();
        let http = self.through(proxy)?;
        let redactor = Redactor::new(&hidden(secrets, &url, proxy));
        let failure = |error: reqwest::Error| {
            let message = self.explain(&error, proxy);
            let message = redactor.redact(&message).into_owned();
            // Nothing is sent before there is a connection.
            if error.is_connect() {
                SendError::transient(message)
            } else {
                SendError::unanswered(message)
            }
        };
        let response = http.post(url).headers(headers).body(body).send().await.map_err(failure)?;
        let status = response.status();
        let retry_after = asked_for(&response, now);
        let content = beginning(response).await.map_err(failure)?;
        let content = String::from_utf8_lossy(&content).into_owned();
        let body = text::one_line(&redactor.redact(&content), MAX_QUOTED_CHARS);
        if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) = (status, proxy) {
            let message = format!("the proxy {proxy} refuses the credentials (407): {body}");
            return Err(SendError::transient(message));
        }
        Ok(ChannelResponse { status, retry_after, content, body })
    }

    /// Returns the proxy for a message to `url`; `None` if it goes there directly.
    fn proxy_for(
        &self,
        url: &Url,
        choice: &ProxyChoice,
        secrets: &Secrets,
    ) -> Result<Option<Arc<Proxy>>, SendError> {
        let scheme = if url.scheme() == "https" { Scheme::Https } else { Scheme::Http };
        // Sending to a URL without a host fails later.
        let Some(host) = url.host().map(|host| host.to_owned()) else { return Ok(None) };
        let port = url.port_or_known_default().unwrap_or_default();
        let destination = DestinationServer { scheme, host: &host, port };
        choice
            .proxy_for(destination, &self.shared.proxies, secrets)
            .map_err(|error| SendError::transient(error.to_string()))
    }

    /// Returns the client that uses `proxy`.
    fn through(&self, proxy: Option<&Proxy>) -> Result<reqwest::Client, SendError> {
        let ClientState { tls, try_timeout, direct, proxied, .. } = &*self.shared;
        let Some(proxy) = proxy else { return Ok(direct.clone()) };
        let mut proxied = proxied.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = proxied.get(proxy.url()) {
            return Ok(client.clone());
        }
        let client = http_client(tls, *try_timeout, Some(proxy)).map_err(|_| {
            SendError::transient(format!("cannot use the proxy {proxy}: check its URL"))
        })?;
        // Each rotation of a secret with a proxy URL adds a client.
        if proxied.len() >= MAX_PROXIES {
            proxied.clear();
        }
        proxied.insert(proxy.url().clone(), client.clone());
        Ok(client)
    }

    fn explain(&self, error: &reqwest::Error, proxy: Option<&Proxy>) -> String {
        let through = proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        if error.is_timeout() {
            let timeout = allclear_core::duration::format(self.shared.try_timeout);
            return format!("no complete answer within {timeout}{through}");
        }
        // The outer errors repeat the URL and name the library's layers; the innermost one states
        // the cause.
        let cause = text::one_line(&root(error).to_string(), MAX_QUOTED_CHARS);
        if error.is_connect() {
            format!("no connection{through}: {cause}")
        } else {
            format!("the connection{through} broke before the answer was complete: {cause}")
        }
    }
}

impl fmt::Debug for ChannelClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URLs of proxies hold passwords.
        f.debug_struct("Client").field("try_timeout", &self.shared.try_timeout).finish()
    }
}

/// Builds a client of the HTTP library that reads no environment.
fn http_client(
    tls: &ClientConfig,
    try_timeout: Duration,
    proxy: Option<&Proxy>,
) -> reqwest::Result<reqwest::Client> {
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .timeout(try_timeout)
        // Notifications are rare. A connection that is kept for long is closed by the time it is
        // needed.
        .pool_idle_timeout(Duration::from_secs(5))
        // A redirect would carry the message, and its credentials, to another place.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("allclear/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    match proxy {
        Some(proxy) => http.proxy(reqwest::Proxy::all(proxy.url().clone())?).build(),
        None => http.build(),
    }
}

impl ChannelResponse {
    /// Returns the answer as words: `answered 503: try later`.
    pub(crate) fn words(&self) -> String {
        let status = self.status_words();
        if self.body.is_empty() { status } else { format!("{status}: {}", self.body) }
    }

    /// Returns the status as words: `answered 503`.
    pub(crate) fn status_words(&self) -> String {
        format!("answered {}", self.status.as_u16())
    }

    /// Builds an answer with this status and body.
    #[cfg(test)]
    pub(crate) fn of(status: u16, body: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        let (content, body) = (body.to_owned(), text::one_line(body, MAX_QUOTED_CHARS));
        Self { status, retry_after: None, content, body }
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

/// Returns the secrets of an envelope, the pieces of a URL that suffice to post to it, and the
/// proxy's credentials. The pieces are needed because a destination that echoes its request quotes
/// only the path of the URL.
fn hidden(secrets: &Secrets, url: &Url, proxy: Option<&Proxy>) -> Secrets {
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let last = segments.last().copied();
    let has_digit = |segment: &str| segment.chars().any(|c| c.is_ascii_digit());
    let keys = segments.into_iter().filter(|one| Some(*one) == last || has_digit(one));
    let pieces = [Some(url.as_str()), Some(url.path()), url.query(), url.password()];
    let pieces = pieces.into_iter().flatten().map(str::to_owned);
    let proxy = proxy.map(Proxy::url).filter(|proxy| proxy.password().is_some());
    let pieces = pieces.chain(proxy.map(|proxy| proxy.as_str().to_owned()));
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let pieces = pieces.chain(keys.map(str::to_owned)).chain(values);
    let long_enough = pieces.filter(|piece| piece.chars().count() >= MIN_KEY_CHARS);
    let named = long_enough.enumerate().filter_map(|(index, piece)| {
        SecretName::new(format!("url.{index}")).ok().map(|name| (name, SecretString::from(piece)))
    });
    // The names only distinguish the values. A real secret of the same name keeps its entry.
    let mut all: Secrets = named.collect();
    let taken = secrets.iter().enumerate().filter_map(|(index, (_, value))| {
        SecretName::new(format!("secret.{index}")).ok().map(|name| (name, value.clone()))
    });
    all.extend(taken);
    all
}
