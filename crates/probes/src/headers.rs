//! The headers of a check, of which some have secrets as their values.

use std::collections::BTreeMap;

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HeaderMap, PROXY_AUTHORIZATION, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderName, HeaderValue};

use crate::params::{ParamProblems, ParamText, secret};

/// A header, whose value is in the config or in a secret.
pub(crate) type ConfiguredHeader = (HeaderName, Result<HeaderValue, SecretName>);

/// The headers of a check, as configured.
#[derive(Debug, Default)]
pub(crate) struct CheckHeaders(Vec<ConfiguredHeader>);

impl CheckHeaders {
    /// Reads the headers from the parameter `key`.
    pub(crate) fn read(
        headers: &BTreeMap<String, String>,
        key: &str,
        problems: &mut ParamProblems,
    ) -> Self {
        let place = HeaderPlace { key, secret_hint: "write `secret:name` as the whole value" };
        Self(headers.iter().filter_map(|one| header(place, one, problems)).collect())
    }

    /// Returns the secrets that they need.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretName> {
        self.0.iter().filter_map(|(_, value)| value.as_ref().err().cloned())
    }

    /// Returns true if one of them has a secret.
    pub(crate) fn have_secrets(&self) -> bool {
        self.secrets().next().is_some()
    }

    /// Returns the header of this name that the config has; `None` also if its value is a secret.
    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Adds the headers with their secrets filled in.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, secrets: &Secrets) -> Result<(), Cause> {
        for (name, value) in &self.0 {
            let value = match value {
                Ok(value) => value.clone(),
                Err(name) => sensitive(secret(secrets, name)?, name)?,
            };
            headers.insert(name, value);
        }
        Ok(())
    }
}

/// The place of a header in the config, and what to write there in place of a secret.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderPlace<'a> {
    /// The parameter with the headers.
    pub(crate) key: &'a str,
    /// The hint for a secret that the config contains.
    pub(crate) secret_hint: &'static str,
}

/// Reads the name of a header that a check may set.
pub(crate) fn header_name(
    key: &str,
    name: &str,
    problems: &mut ParamProblems,
) -> Option<HeaderName> {
    let path = [key, name];
    let Ok(header) = HeaderName::try_from(name) else {
        problems.add(&path, format!("`{name}` is not the name of a header"), None);
        return None;
    };
    if [CONNECTION, CONTENT_LENGTH, TE, TRANSFER_ENCODING, UPGRADE].contains(&header) {
        let what = format!("`{name}` is set by the check itself");
        problems.add(&path, what, Some("remove it"));
        return None;
    }
    Some(header)
}

/// Reads a header.
pub(crate) fn header(
    HeaderPlace { key, secret_hint }: HeaderPlace<'_>,
    (name, value): (&String, &String),
    problems: &mut ParamProblems,
) -> Option<ConfiguredHeader> {
    let path = [key, name.as_str()];
    let header = header_name(key, name, problems)?;
    let value = match problems.text(&path, value)? {
        ParamText::Secret(secret) => Err(secret),
        ParamText::Plain(_) if [AUTHORIZATION, PROXY_AUTHORIZATION].contains(&header) => {
            problems.add(&path, "the config contains a secret", Some(secret_hint));
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

/// Returns a value of a header that contains the secret of this name.
pub(crate) fn sensitive(text: &str, name: &SecretName) -> Result<HeaderValue, Cause> {
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
