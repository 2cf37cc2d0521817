//! The headers of requests: those of the config, with their secrets, and the credentials of a check.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HeaderMap, PROXY_AUTHORIZATION, TE,
    TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::params::{ParamProblems, ParamText, secret};

/// Credentials of the check: either `basic` or `bearer`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthParams {
    /// A user with a password.
    basic: Option<BasicParams>,
    /// A token, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    bearer: Option<String>,
}

/// A user with a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicParams {
    /// The user's name.
    user: String,
    /// The password, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: String,
}

/// The parameters `headers` and `auth` of a check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenHeaders<'a> {
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) auth: Option<&'a AuthParams>,
}

/// The headers that a check sends with each request.
#[derive(Debug, Default)]
pub(crate) struct RequestHeaders {
    /// Headers without secrets.
    plain: HeaderMap,
    secret: Vec<SecretHeader>,
    auth: Option<Auth>,
}

/// A header whose value is a secret, after a prefix such as `Bearer `.
#[derive(Debug)]
struct SecretHeader {
    header: HeaderName,
    prefix: &'static str,
    name: SecretName,
}

/// The way in which a check authenticates itself.
#[derive(Debug)]
enum Auth {
    Basic { user: String, password: SecretName },
    Bearer(SecretName),
}

impl RequestHeaders {
    /// Creates the headers that every request has.
    pub(crate) fn new(user_agent: &str) -> Self {
        let mut plain = HeaderMap::new();
        plain.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if let Ok(user_agent) = HeaderValue::try_from(user_agent) {
            plain.insert(USER_AGENT, user_agent);
        }
        Self { plain, ..Self::default() }
    }

    /// Reads the headers from the parameters of a check.
    pub(crate) fn read(
        given: GivenHeaders<'_>,
        user_agent: &str,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let mut all = Self::new(user_agent);
        for (name, value) in given.headers {
            if let Some((header, value)) = header(name, value, problems) {
                match value {
                    Ok(value) => drop(all.plain.insert(header, value)),
                    Err(secret) => all = all.with_secret(header, "", secret),
                }
            }
        }
        all.auth = match given.auth {
            None => None,
            Some(auth) => Some(read_auth(auth, problems)?),
        };
        let names_authorization = all.plain.contains_key(AUTHORIZATION)
            || all.secret.iter().any(|one| one.header == AUTHORIZATION);
        if all.auth.is_some() && names_authorization {
            let hint = Some("keep one of the two");
            problems.add(&["auth"], "`headers` already has `authorization`", hint);
        }
        Some(all)
    }

    /// Adds a header whose value is `prefix` and a secret.
    pub(crate) fn with_secret(
        mut self,
        header: HeaderName,
        prefix: &'static str,
        name: SecretName,
    ) -> Self {
        self.plain.remove(&header);
        self.secret.push(SecretHeader { header, prefix, name });
        self
    }

    /// Returns the secrets that they need, each once.
    pub(crate) fn secrets(&self) -> Vec<SecretName> {
        let of_headers = self.secret.iter().map(|one| &one.name);
        let of_auth = self.auth.iter().map(|auth| match auth {
            Auth::Basic { password, .. } => password,
            Auth::Bearer(token) => token,
        });
        let names: BTreeSet<&SecretName> = of_headers.chain(of_auth).collect();
        names.into_iter().cloned().collect()
    }

    /// Returns true if a request with them is authenticated.
    pub(crate) fn have_credentials(&self) -> bool {
        self.auth.is_some()
            || !self.secret.is_empty()
            || self.plain.contains_key(AUTHORIZATION)
            || self.plain.contains_key(COOKIE)
    }

    /// Returns the headers with their secrets filled in.
    pub(crate) fn fill(&self, secrets: &Secrets) -> Result<HeaderMap, Cause> {
        let mut headers = self.plain.clone();
        for SecretHeader { header, prefix, name } in &self.secret {
            let value = format!("{prefix}{}", secret(secrets, name)?);
            headers.insert(header, sensitive(&value, name)?);
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
        Ok(headers)
    }
}

type HeaderOf = (HeaderName, Result<HeaderValue, SecretName>);

fn header(name: &str, value: &str, problems: &mut ParamProblems) -> Option<HeaderOf> {
    let path = ["headers", name];
    let Ok(header) = HeaderName::try_from(name) else {
        problems.add(&path, format!("`{name}` is not the name of a header"), None);
        return None;
    };
    if [CONNECTION, CONTENT_LENGTH, TE, TRANSFER_ENCODING, UPGRADE].contains(&header) {
        let what = format!("`{name}` is set by the check itself");
        problems.add(&path, what, Some("remove it"));
        return None;
    }
    let value = match problems.text(&path, value)? {
        ParamText::Secret(secret) => Err(secret),
        ParamText::Plain(_) if [AUTHORIZATION, PROXY_AUTHORIZATION].contains(&header) => {
            let hint = "write `secret:name` as the whole value, or use `auth`";
            problems.add(&path, "the config contains a secret", Some(hint));
            return None;
        }
        ParamText::Plain(text) => {
            let wrong = |_| {
                let what = "the value has characters that no header can carry, such as a line end";
                problems.add(&path, what, None);
            };
            Ok(HeaderValue::try_from(text).map_err(wrong).ok()?)
        }
    };
    Some((header, value))
}

fn read_auth(params: &AuthParams, problems: &mut ParamProblems) -> Option<Auth> {
    match (&params.basic, &params.bearer) {
        (Some(basic), None) => {
            let password = problems.secret(&["auth", "basic", "password"], &basic.password)?;
            if basic.user.contains(':') {
                let what = "the user's name has a `:`, which basic authentication cannot carry";
                problems.add(&["auth", "basic", "user"], what, None);
            }
            Some(Auth::Basic { user: basic.user.clone(), password })
        }
        (None, Some(bearer)) => problems.secret(&["auth", "bearer"], bearer).map(Auth::Bearer),
        (Some(_), Some(_)) | (None, None) => {
            let hint = "write `{ basic = { user = \"…\", password = \"secret:…\" } }` or `{ bearer = \"secret:…\" }`";
            problems.add(&["auth"], "exactly one of `basic` and `bearer` is needed", Some(hint));
            None
        }
    }
}

/// Returns the value of a header that holds a secret.
fn sensitive(text: &str, name: &SecretName) -> Result<HeaderValue, Cause> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        Cause::of(
            Reason::SecretUnreadable,
            format!(
                "the secret `{name}` has characters that no header can carry, such as a line end"
            ),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
