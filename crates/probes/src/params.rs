//! Reading parameters: from JSON into a kind's struct, and from its texts into values, with every
//! problem at its place.

use std::net::IpAddr;
use std::time::Duration;

use allclear_core::checker::ParamProblem;
use allclear_core::duration::{self, DURATION_HINT};
use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
pub(crate) use allclear_core::params::read;
use allclear_core::reason::Reason;
use allclear_core::secret::Secrets;
use allclear_expression::{Expression, Variable};
use secrecy::{ExposeSecret, SecretString};
use url::Host;

use crate::tls::PeerName;

/// Prefix of a secret's name in a text.
const SECRET_PREFIX: &str = "secret:";
const SECRET_HINT: &str = "write `secret:name`; a config names secrets and never contains them";

/// The problems found so far. Each method reads one value, and notes a problem instead of failing.
#[derive(Debug, Default)]
pub(crate) struct ParamProblems(Vec<ParamProblem>);

impl ParamProblems {
    /// Notes a problem.
    pub(crate) fn add(&mut self, path: &[&str], what: impl Into<String>, hint: Option<&str>) {
        self.0.push(ParamProblem::at(path.iter().copied(), what, hint));
    }

    /// Notes a problem that was found elsewhere.
    pub(crate) fn add_problem(&mut self, problem: ParamProblem) {
        self.0.push(problem);
    }

    /// Notes the problems of the parameters below `path`.
    pub(crate) fn add_within(&mut self, path: &[&str], inner: Self) {
        self.0.extend(inner.0.into_iter().map(|mut problem| {
            problem.path.splice(0..0, path.iter().map(|&key| key.to_owned()));
            problem
        }));
    }

    /// Returns the value, unless there were problems.
    pub(crate) fn or<T>(self, value: Option<T>) -> Result<T, Vec<ParamProblem>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(self.0),
        }
    }

    /// Parses a duration.
    pub(crate) fn duration(&mut self, path: &[&str], text: &str) -> Option<Duration> {
        duration::parse(text)
            .map_err(|error| self.add(path, error.to_string(), Some(DURATION_HINT)))
            .ok()
    }

    /// Compiles a condition over `variables`, those of its kind of check.
    pub(crate) fn condition(
        &mut self,
        path: &[&str],
        text: Option<&str>,
        variables: &[Variable],
    ) -> Option<Expression> {
        let error = match Expression::compile(text?, variables) {
            Ok(expression) => return Some(expression),
            Err(error) => error,
        };
        self.0.push(ParamProblem {
            path: path.iter().map(|&key| key.to_owned()).collect(),
            range: Some(error.range),
            what: error.message,
            hint: error.hint,
        });
        None
    }

    /// Parses a text that may name a secret.
    pub(crate) fn text(&mut self, path: &[&str], text: &str) -> Option<ParamText> {
        let Some(name) = text.strip_prefix(SECRET_PREFIX) else {
            if text.contains("secret:") {
                let what =
                    "a secret's name is part of a longer text, which would be sent unchanged";
                let hint =
                    "a secret is the whole value; put the rest into the secret, or use `auth`";
                self.add(path, what, Some(hint));
            }
            return Some(ParamText::Plain(text.to_owned()));
        };
        self.secret_name(path, name).map(ParamText::Secret)
    }

    /// Checks a text that is sent to a service as it is: a name or a query.
    pub(crate) fn sent_text(&mut self, path: &[&str], text: Option<&str>, max_bytes: usize) {
        let Some(text) = text else { return };
        if text.trim().is_empty() {
            self.add(path, "the text is empty", Some("remove it"));
        }
        if text.contains('\0') {
            self.add(
                path,
                "the text contains the character U+0000, which no service accepts",
                None,
            );
        }
        if text.len() > max_bytes {
            let what = format!("the text has {} bytes, and {max_bytes} are allowed", text.len());
            self.add(path, what, Some("shorten it"));
        }
    }

    /// Parses a text that must name a secret.
    pub(crate) fn secret(&mut self, path: &[&str], text: &str) -> Option<SecretName> {
        let Some(name) = text.strip_prefix(SECRET_PREFIX) else {
            self.add(path, "the config contains a secret", Some(SECRET_HINT));
            return None;
        };
        self.secret_name(path, name)
    }

    fn secret_name(&mut self, path: &[&str], name: &str) -> Option<SecretName> {
        SecretName::new(name)
            .map_err(|error| {
                self.add(path, format!("`{name}` does not name a secret: {error}"), None);
            })
            .ok()
    }

    /// Parses a host and port: `db.example.com:5432`, `[::1]:53`.
    pub(crate) fn address(&mut self, path: &[&str], text: &str) -> Option<(Host, u16)> {
        let hint = Some("write a host and a port: `db.example.com:5432`");
        if text.contains("://") {
            self.add(path, format!("`{text}` is a URL, not a host and a port"), hint);
            return None;
        }
        let port = text.rsplit_once(':').and_then(|(host, port)| {
            Some((host, port.parse::<u16>().ok().filter(|port| *port > 0)?))
        });
        let Some((host, port)) = port else {
            self.add(path, format!("`{text}` has no port"), hint);
            return None;
        };
        Some((self.host(path, host)?, port))
    }

    /// Parses a host with or without a port: `db.example.com`, `db.example.com:5433`, `[::1]:5433`.
    pub(crate) fn address_or_port(
        &mut self,
        path: &[&str],
        text: &str,
        default_port: u16,
    ) -> Option<(Host, u16)> {
        let has_port = text.parse::<IpAddr>().is_err()
            && text.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        if has_port {
            self.address(path, text)
        } else {
            Some((self.host(path, text)?, default_port))
        }
    }

    /// Parses a name that a certificate can be for.
    pub(crate) fn server_name(&mut self, path: &[&str], text: &str) -> Option<PeerName> {
        let name = self.host(path, text).map(|host| PeerName::of(&host, text))?;
        if name.is_none() {
            let what = format!("`{text}` is not a name that a certificate can be for");
            self.add(path, what, None);
        }
        name
    }

    /// Parses a host name or IP address.
    pub(crate) fn host(&mut self, path: &[&str], text: &str) -> Option<Host> {
        if let Ok(IpAddr::V6(ip)) = text.parse() {
            return Some(Host::Ipv6(ip));
        }
        Host::parse(text)
            .map_err(|error| self.add(path, format!("`{text}` is not a host: {error}"), None))
            .ok()
    }
}

/// Returns the host of an address as it is written, without port and brackets.
pub(crate) fn host_part(address: &str) -> &str {
    if address.parse::<IpAddr>().is_ok() {
        return address;
    }
    let host = address.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    let host = host.map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

/// A text that is either plain or kept as a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParamText {
    /// The text itself.
    Plain(String),
    /// The name of a secret that holds it.
    Secret(SecretName),
}

/// Returns the value of a secret. The prober resolves all secrets that a checker asks for, so a
/// missing one is the monitor's own fault.
pub(crate) fn secret<'a>(secrets: &'a Secrets, name: &SecretName) -> Result<&'a str, Cause> {
    secrets.get(name).map(SecretString::expose_secret).ok_or_else(|| {
        Cause::of(Reason::SecretUnreadable, format!("the secret `{name}` cannot be read"))
    })
}

/// Returns a hint towards the known name nearest to `name`, or to all of them.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let lower = name.to_ascii_lowercase();
    let same_start =
        |one: &&str| lower.chars().zip(one.chars()).take_while(|(a, b)| a == b).count() >= 2;
    if let Some(one) = known.clone().find(same_start) {
        return format!("did you mean `{one}`?");
    }
    let names: Vec<String> = known.map(|one| format!("`{one}`")).collect();
    format!("known: {}", names.join(", "))
}
