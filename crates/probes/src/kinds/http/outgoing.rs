//! What a check sends: method, headers with their secrets, and body.

use std::collections::BTreeSet;

use allclear_core::checker::Secrets;
use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderMap};
use http::{HeaderName, HeaderValue, Method};

use super::redirect::NextHop;
use crate::params::secret;

/// What a check sends, as configured.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    /// Headers without secrets.
    pub(super) headers: HeaderMap,
    /// Headers whose value is a secret.
    pub(super) secret_headers: Vec<(HeaderName, SecretName)>,
    pub(super) auth: Option<Auth>,
    pub(super) body: Bytes,
}

/// How a check says who it is.
#[derive(Debug)]
pub(super) enum Auth {
    Basic { user: String, password: SecretName },
    Bearer(SecretName),
}

/// What is sent on one hop.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    has_credentials: bool,
}

impl Outgoing {
    /// The secrets that the message needs, each once.
    pub(super) fn secrets(&self) -> Vec<SecretName> {
        let of_headers = self.secret_headers.iter().map(|(_, name)| name);
        let of_auth = self.auth.iter().map(|auth| match auth {
            Auth::Basic { password, .. } => password,
            Auth::Bearer(token) => token,
        });
        let names: BTreeSet<&SecretName> = of_headers.chain(of_auth).collect();
        names.into_iter().cloned().collect()
    }

    /// The message with its secrets filled in.
    pub(super) fn message(&self, secrets: &Secrets) -> Result<Message, Cause> {
        let mut headers = self.headers.clone();
        for (header, name) in &self.secret_headers {
            headers.insert(header, sensitive(secret(secrets, name)?, name)?);
        }
        match &self.auth {
            None => {}
            Some(Auth::Basic { user, password }) => {
                let pair = STANDARD.encode(format!("{user}:{}", secret(secrets, password)?));
                headers.insert(AUTHORIZATION, sensitive(&format!("Basic {pair}"), password)?);
            }
            Some(Auth::Bearer(token)) => {
                let value = format!("Bearer {}", secret(secrets, token)?);
                headers.insert(AUTHORIZATION, sensitive(&value, token)?);
            }
        }
        let has_credentials = self.auth.is_some()
            || !self.secret_headers.is_empty()
            || headers.contains_key(AUTHORIZATION)
            || headers.contains_key(COOKIE);
        Ok(Message {
            method: self.method.clone(),
            headers,
            body: self.body.clone(),
            has_credentials,
        })
    }
}

impl Message {
    /// Whether it says who we are, so that a refusal concerns our credentials.
    pub(super) fn has_credentials(&self) -> bool {
        self.has_credentials
    }

    /// Changes it for the place that a redirect leads to: what is confidential stays with its
    /// origin.
    pub(super) fn follow(&mut self, next: &NextHop) {
        if next.becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove(CONTENT_LENGTH);
        }
        if next.leaves_origin {
            let confidential: Vec<HeaderName> = self
                .headers
                .iter()
                .filter(|(name, value)| {
                    value.is_sensitive() || [AUTHORIZATION, COOKIE, HOST].contains(*name)
                })
                .map(|(name, _)| name.clone())
                .collect();
            for name in confidential {
                self.headers.remove(name);
            }
            self.has_credentials = false;
        }
    }
}

fn sensitive(text: &str, name: &SecretName) -> Result<HeaderValue, Cause> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        Cause::monitor(
            Reason::SecretUnreadable,
            format!(
                "the secret `{name}` has characters that no header can carry, such as a line end"
            ),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
