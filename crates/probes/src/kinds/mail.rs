//! The common part of the checks of mail servers: the begin of TLS and the login.

use allclear_core::id::SecretName;
use allclear_core::outcome::Cause;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::params::{ParamProblems, secret};
use crate::service::{ServiceAttempt, TextWire};

/// The way in which a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Not at all.
    None,
    /// From the first byte.
    Implicit,
    /// From the command `STARTTLS` on.
    StartTls,
}

/// The parameters that choose the encryption and the port of an address without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct MailPorts<'a> {
    /// The address as the config has it.
    pub(super) address: &'a str,
    /// If true, the config has the table `tls`.
    pub(super) has_tls: bool,
    /// The parameter `starttls`.
    pub(super) starttls: Option<bool>,
    /// The port of connections that begin without TLS.
    pub(super) plain: u16,
    /// The port of connections that are encrypted from the first byte.
    pub(super) implicit: u16,
}

impl MailPorts<'_> {
    /// Returns the port of an address without one, and the encryption.
    pub(super) fn choose(self, problems: &mut ParamProblems) -> (u16, Encryption) {
        if !self.has_tls {
            if self.starttls.is_some() {
                let hint = Some("add the table `tls`; `tls = {}` suffices");
                problems.add(&["starttls"], "`starttls` needs the table `tls`", hint);
            }
            return (self.plain, Encryption::None);
        }
        let has_implicit_port = self.address.ends_with(&format!(":{}", self.implicit));
        if self.starttls.unwrap_or(!has_implicit_port) {
            (self.plain, Encryption::StartTls)
        } else {
            (self.implicit, Encryption::Implicit)
        }
    }
}

impl Encryption {
    /// Opens the connection, encrypted if it is to be from the first byte.
    pub(super) async fn open(self, line: &mut ServiceAttempt<'_>) -> Result<TextWire, Cause> {
        let wire = match self {
            Self::None | Self::StartTls => line.open_plain().await?,
            Self::Implicit => line.open().await?,
        };
        Ok(TextWire::new(wire))
    }
}

/// Begins TLS on a connection whose server has agreed to it.
pub(super) async fn begin_tls(
    text: TextWire,
    line: &mut ServiceAttempt<'_>,
) -> Result<TextWire, Cause> {
    Ok(TextWire::new(line.secure(text.into_wire()?).await?))
}

/// A user with a password.
#[derive(Debug)]
pub(super) struct MailLogin {
    pub(super) user: String,
    pub(super) password: SecretName,
}

impl MailLogin {
    /// Reads the parameters `user` and `password`.
    pub(super) fn read(
        user: Option<String>,
        password: Option<&str>,
        problems: &mut ParamProblems,
    ) -> Option<Self> {
        let password = match (&user, password) {
            (None, None) => return None,
            (Some(_), None) => {
                problems.add(&["user"], "a user needs `password` too", None);
                return None;
            }
            (None, Some(_)) => {
                problems.add(&["password"], "a password needs `user` too", None);
                return None;
            }
            (Some(_), Some(text)) => problems.secret(&["password"], text)?,
        };
        Some(Self { user: user?, password })
    }

    /// Returns the password.
    pub(super) fn password<'a>(&self, line: &ServiceAttempt<'a>) -> Result<&'a str, Cause> {
        secret(line.context.secrets, &self.password)
    }

    /// Returns the only message of the mechanism PLAIN of SASL.
    pub(super) fn plain(&self, password: &str) -> String {
        encode(&format!("\0{}\0{password}", self.user))
    }
}

/// Returns the Base64 form of a text.
pub(super) fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_decides_how_tls_begins_unless_the_config_does() {
        for (address, has_tls, starttls, wanted) in [
            ("mx.example.com", false, None, (25, Encryption::None)),
            ("mx.example.com", true, None, (25, Encryption::StartTls)),
            ("mx.example.com:587", true, None, (25, Encryption::StartTls)),
            ("mx.example.com:465", true, None, (465, Encryption::Implicit)),
            ("mx.example.com", true, Some(false), (465, Encryption::Implicit)),
            ("mx.example.com:465", true, Some(true), (25, Encryption::StartTls)),
        ] {
            let mut problems = ParamProblems::default();
            let ports = MailPorts { address, has_tls, starttls, plain: 25, implicit: 465 };
            let chosen = ports.choose(&mut problems);
            assert_eq!(problems.or(Some(chosen)).unwrap(), wanted, "{address} {starttls:?}");
        }
    }

    #[test]
    fn a_way_to_tls_needs_the_settings_of_tls() {
        let mut problems = ParamProblems::default();
        let ports = MailPorts {
            address: "mx.example.com",
            has_tls: false,
            starttls: Some(true),
            plain: 25,
            implicit: 465,
        };
        ports.choose(&mut problems);
        let all = problems.or(Some(())).unwrap_err();
        assert_eq!(all[0].what, "`starttls` needs the table `tls`");
    }
}
