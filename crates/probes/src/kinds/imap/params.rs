//! The parameters of an `imap` check.

use std::sync::Arc;

use allclear_core::checker::{Checker, ParamProblem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ImapDialog, VARIABLES};
use crate::SharedState;
use crate::kinds::mail::{MailLogin, MailPorts};
use crate::net::AddressFamily;
use crate::params::{ParamProblems, read};
use crate::service::{AddressParams, Conditions, ServiceCheck, ServiceTarget};
use crate::tls::TlsParams;

/// The port of connections that begin without TLS.
const PORT: u16 = 143;

/// The port of connections that are encrypted from the first byte.
const TLS_PORT: u16 = 993;

/// Parameters of the `imap` check: a mail server, its greeting, its capabilities, optionally TLS and a login.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Params {
    /// The host, with a port unless it is 143: `mail.example.com:993`.
    address: String,
    /// The user of a login. Without it, the check does not log in.
    user: Option<String>,
    /// The password of the user, as `secret:name`.
    #[schemars(extend("format" = "secret"))]
    password: Option<String>,
    /// The condition for healthy, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    expect: Option<String>,
    /// The condition for degraded, over the variables of this check.
    #[schemars(extend("format" = "cel-check"))]
    degraded: Option<String>,
    /// The settings of TLS. With this table, even an empty one, the connection is encrypted.
    tls: Option<TlsParams>,
    /// If `true`, TLS begins with the command `STARTTLS`; if `false`, with the first byte. Default: `false` at
    /// port 993, `true` at any other.
    starttls: Option<bool>,
    /// The address family of the host. Default: `any`.
    #[serde(default)]
    ip: AddressFamily,
}

pub(super) fn build(
    params: &Value,
    shared: &Arc<SharedState>,
) -> Result<Box<dyn Checker>, Vec<ParamProblem>> {
    let params: Params = read(params)?;
    let mut problems = ParamProblems::default();
    let ports = MailPorts {
        address: &params.address,
        has_tls: params.tls.is_some(),
        starttls: params.starttls,
        plain: PORT,
        implicit: TLS_PORT,
    };
    let (default_port, encryption) = ports.choose(&mut problems);
    let address = AddressParams {
        address: &params.address,
        default_port,
        ip: params.ip,
        tls: params.tls.as_ref(),
    };
    let target = ServiceTarget::read(address, shared, &mut problems);
    let (expect, degraded) = (params.expect.as_deref(), params.degraded.as_deref());
    let conditions = Conditions::read(expect, degraded, VARIABLES, &mut problems);
    if params.user.as_deref().is_some_and(|user| user.contains(['\r', '\n', '\0'])) {
        problems.add(&["user"], "a user has no line ends", None);
    }
    let login = MailLogin::read(params.user, params.password.as_deref(), &mut problems);
    let dialog = ImapDialog { encryption, login };
    let shared = Arc::clone(shared);
    let check = target.map(|target| ServiceCheck { shared, target, conditions, dialog });
    problems.or(check).map(|check| Box::new(check) as Box<dyn Checker>)
}
