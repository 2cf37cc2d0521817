//! The request of a check: method, headers with their secrets, and body.

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::secret::Secrets;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap};
use http::{HeaderName, HeaderValue, Method};

use super::cookies::Jar;
use super::hop::NextHop;
use crate::api::RequestHeaders;
use crate::excerpt::excerpt;
use crate::exchange::Target;

/// The request of a check, as configured.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) headers: RequestHeaders,
    pub(super) body: Bytes,
}

/// The parts of a request with values in place of placeholders.
#[derive(Debug)]
pub(super) struct FilledParts {
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Bytes>,
    pub(super) credentials: Credentials,
}

/// The request of one hop.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    credentials: Credentials,
    /// The `cookie` of the config, while it may be sent.
    cookie: Option<HeaderValue>,
}

/// The fate of the credentials of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// The check has none.
    None,
    /// They were sent with the last request.
    Sent,
    /// The request had only values that a server gave to an earlier step.
    Captured,
    /// They stayed behind when a redirect led to another server.
    Dropped { from: String, to: String },
}

impl Outgoing {
    /// Returns the secrets that the message needs, each once.
    pub(super) fn secrets(&self) -> Vec<SecretName> {
        self.headers.secrets()
    }

    /// Builds the message with its secrets filled in.
    pub(super) fn message(&self, secrets: &Secrets) -> Result<Message, Cause> {
        let headers = self.headers.fill(secrets)?;
        let cookie = headers.get(COOKIE).cloned();
        let credentials =
            if self.headers.have_credentials() { Credentials::Sent } else { Credentials::None };
        let (method, body) = (self.method.clone(), self.body.clone());
        Ok(Message { method, headers, body, credentials, cookie })
    }

    /// Builds the message of a step from its parts that have values in them.
    pub(super) fn message_with(
        &self,
        secrets: &Secrets,
        filled: FilledParts,
    ) -> Result<Message, Cause> {
        let mut message = self.message(secrets)?;
        for (name, value) in filled.headers {
            if name == COOKIE {
                message.cookie = Some(value.clone());
            }
            message.headers.insert(name, value);
        }
        if let Some(body) = filled.body {
            message.body = body;
        }
        if message.credentials == Credentials::None {
            message.credentials = filled.credentials;
        }
        Ok(message)
    }
}

impl Message {
    /// Returns the fate of the credentials of the check.
    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Changes it for the place that a redirect from `from` leads to: confidential data stays with
    /// its origin, and the cookies are those that belong there.
    pub(super) fn follow(&mut self, from: &Target, next: &NextHop, cookies: &Jar) {
        if next.becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove(CONTENT_LENGTH);
        }
        if next.leaves_origin {
            self.drop_confidential(from, next);
        }
        self.add_cookies(&next.target, cookies);
    }

    /// Sets the cookies of a request to `target`: those of the config, and those that belong there.
    pub(super) fn add_cookies(&mut self, target: &Target, cookies: &Jar) {
        self.headers.remove(COOKIE);
        if let Some(cookie) = cookies.header(target, self.cookie.as_ref()) {
            self.headers.insert(COOKIE, cookie);
        }
    }

    fn drop_confidential(&mut self, from: &Target, next: &NextHop) {
        let confidential: Vec<HeaderName> = self
            .headers
            .iter()
            .filter(|(name, value)| value.is_sensitive() || [AUTHORIZATION, HOST].contains(*name))
            .map(|(name, _)| name.clone())
            .collect();
        for name in confidential {
            self.headers.remove(name);
        }
        self.cookie = None;
        if matches!(self.credentials, Credentials::Sent | Credentials::Captured) {
            let name = |target: &Target| excerpt(&target.url.origin().ascii_serialization());
            let (from, to) = (name(from), name(&next.target));
            self.credentials = Credentials::Dropped { from, to };
        }
    }
}
