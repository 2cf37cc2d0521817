//! The `imap` check: a mail server, its greeting, its capabilities, optionally TLS and a login.

mod params;
mod response;
mod session;

use std::time::Duration;

use allclear_core::id::SecretName;
use allclear_core::kind::{ADDRESS, CERTIFICATE, Example, Kind, Texts};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use super::mail::{Encryption, MailLogin};
use crate::metrics::{CERTIFICATE_DAYS, CERTIFICATE_VERIFIED, TLS_VERSION};
use crate::service::{Dialog, ServiceAttempt, Talking};

pub(super) const KIND: Kind = Kind {
    name: "imap",
    category: Category::External,
    metrics: &[TLS_VERSION, CERTIFICATE_DAYS, CERTIFICATE_VERIFIED],
    labels: &[ADDRESS, CERTIFICATE],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            tls: Some(Duration::from_millis(26)),
            first_byte: Some(Duration::from_millis(14)),
            transfer: None,
        },
        metrics: &[(CERTIFICATE_DAYS.name, 61.0), (TLS_VERSION.name, 1.3)],
    },
};

pub(super) const IMPLEMENTATION: Implementation =
    Implementation { name: KIND.name, build: params::build };

/// The JSON Schema of the parameters.
pub(super) const SCHEMA: super::Schema = super::schema::<params::Params>;

/// The variables of `expect` and `degraded`.
pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "response_time_ms",
        ValueKind::Number,
        "the time from the start of the attempt to the answer to `CAPABILITY`, in milliseconds",
    ),
    Variable::new("banner", ValueKind::Text, "the text of the greeting"),
    Variable::new(
        "capabilities",
        ValueKind::Texts,
        "the capabilities of the server before the login, such as `IDLE`",
    ),
    Variable::new(
        "auth_mechanisms",
        ValueKind::Texts,
        "the mechanisms of logins that the server offers, such as `PLAIN`",
    ),
    Variable::new(
        "certificate_days",
        ValueKind::Number,
        "the whole days until the certificate expires",
    ),
];

/// The conversation of an `imap` check.
#[derive(Debug)]
struct ImapDialog {
    encryption: Encryption,
    login: Option<MailLogin>,
}

impl Dialog for ImapDialog {
    fn secrets(&self) -> Vec<SecretName> {
        self.login.iter().map(|login| login.password.clone()).collect()
    }

    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(self, line))
    }
}
