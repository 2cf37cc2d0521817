//! The `ssh` check: a server, its version and the algorithms that it offers. Does not log in.

mod params;
mod session;
mod transport;

use std::time::Duration;

use allclear_core::kind::{ADDRESS, Example, Kind, Texts};
use allclear_core::outcome::DurationParts;
use allclear_core::threshold::Category;
use allclear_expression::{ValueKind, Variable};

use super::Implementation;
use crate::service::{Dialog, ServiceAttempt, Talking};

pub(super) const KIND: Kind = Kind {
    name: "ssh",
    category: Category::Internal,
    metrics: &[],
    labels: &[ADDRESS],
    rules: &[],
    texts: Texts::NONE,
    properties: crate::properties::host_of_address,
    budget: None,
    providers: None,
    example: Example {
        parts: DurationParts {
            dns: Some(Duration::from_micros(1_500)),
            connect: Some(Duration::from_millis(12)),
            first_byte: Some(Duration::from_millis(24)),
            ..DurationParts::NONE
        },
        metrics: &[],
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
        "the time from the start of the attempt to the list of algorithms, in milliseconds",
    ),
    Variable::new("banner", ValueKind::Text, "the line with the version of the server"),
    Variable::new("protocol", ValueKind::Text, "the version of the protocol, such as `2.0`"),
    Variable::new("software", ValueKind::Text, "the software, such as `OpenSSH_9.2p1`"),
    Variable::new(
        "kex_algorithms",
        ValueKind::Texts,
        "the offered algorithms of the key exchange, such as `curve25519-sha256`",
    ),
    Variable::new(
        "host_key_algorithms",
        ValueKind::Texts,
        "the offered algorithms of the host key, such as `ssh-ed25519`",
    ),
    Variable::new("ciphers", ValueKind::Texts, "the offered ciphers from server to client"),
    Variable::new(
        "macs",
        ValueKind::Texts,
        "the offered message authentication codes from server to client",
    ),
];

/// The conversation of an `ssh` check.
#[derive(Debug)]
struct SshDialog;

impl Dialog for SshDialog {
    fn talk<'a>(&'a self, line: &'a mut ServiceAttempt<'_>) -> Talking<'a> {
        Box::pin(session::talk(line))
    }
}
